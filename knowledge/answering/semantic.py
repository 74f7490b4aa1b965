"""Likeness of meaning: topics learned from the vectors of their example questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embedder = Callable[[Sequence[str]], Vectors]
"""Texts → unit vectors, one row each. May be slow; never called on the event loop."""

SHARPNESS = 8.0
"""How fast likeness falls with the cosine of two vectors; chosen by cross-validation."""
RIDGE = 0.2
"""How far the fit may pass by single examples; chosen by cross-validation."""


class SemanticIndex:
    """Kernel ridge regression of "is about this topic" over all example questions; immutable."""

    def __init__(self, embed: Embedder, examples: Sequence[str], topic_of: Sequence[str]) -> None:
        """Fits all topics at once: seconds for thousands of examples, growing with their cube."""
        self._topics = sorted(set(topic_of))
        order = {topic: number for number, topic in enumerate(self._topics)}
        wanted = np.zeros((len(examples), len(self._topics)), dtype=np.float32)
        wanted[np.arange(len(examples)), [order[topic] for topic in topic_of]] = 1.0
        self._vectors = embed(examples)
        self._embed = embed
        likeness = _likeness(self._vectors, self._vectors)
        likeness[np.diag_indices_from(likeness)] += RIDGE
        self._weights: Vectors = np.linalg.solve(likeness, wanted)
        self.affinities = lru_cache(maxsize=4096)(self._affinities)

    def _affinities(self, text: str) -> dict[str, float]:
        """How much a text is about each topic: about 1 for one of its examples, about 0 for others."""
        fitted = _likeness(self._embed([text]), self._vectors)[0] @ self._weights
        return dict(zip(self._topics, fitted.tolist(), strict=True))


def _likeness(some: Vectors, others: Vectors) -> Vectors:
    likeness: Vectors = np.exp(SHARPNESS * (some @ others.T - 1.0))
    return likeness

"""Likeness of meaning: topics learned from the vectors of their example questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embedder = Callable[[str], Vectors]
"""Text → unit vector. Slow; never called on the event loop."""

SHARPNESS = 8.0
"""How fast likeness falls with the cosine of two vectors; chosen by cross-validation."""
RIDGE = 0.2
"""How far the fit may pass by single examples; chosen by cross-validation."""

PRECISION = 0.002
"""Share of what is wanted that may remain unexplained by rounding."""
MAX_STEPS = 400


def fit(vectors: Vectors, wanted: Vectors) -> Vectors:
    """Kernel ridge regression: the weights with which likeness to each row of `vectors` gives `wanted`.

    Solved by conjugate gradients, all columns side by side: about 20 seconds and 0.8 gigabytes
    for twelve thousand rows, both growing with the square of their number.
    """
    likeness = _likeness(vectors, vectors)
    likeness[np.diag_indices_from(likeness)] += RIDGE
    weights, error, step = np.zeros_like(wanted), wanted.copy(), wanted.copy()
    squares = enough = (wanted * wanted).sum(axis=0) + np.finfo(np.float32).tiny
    for _ in range(MAX_STEPS):
        moved = likeness @ step
        length = squares / ((step * moved).sum(axis=0) + np.finfo(np.float32).tiny)
        weights += length * step
        error -= length * moved
        remaining = (error * error).sum(axis=0)
        if (remaining <= PRECISION**2 * enough).all():
            break
        step = error + (remaining / squares) * step
        squares = remaining
    return weights


class SemanticIndex:
    def __init__(self, embed: Embedder, topics: Sequence[str], vectors: Vectors, weights: Vectors) -> None:
        """`vectors` holds one row per example; `weights` likewise, one column per topic (see `fit`)."""
        self._embed = embed
        self._topics = topics
        self._vectors = vectors
        self._weights = weights
        self.affinities = lru_cache(maxsize=4096)(self._affinities)

    def _affinities(self, text: str) -> dict[str, float]:
        """How much a text is about each topic: about 1 for one of its examples, about 0 for others."""
        fitted = _likeness(self._embed(text), self._vectors) @ self._weights
        return dict(zip(self._topics, fitted.tolist(), strict=True))


def _likeness(some: Vectors, others: Vectors) -> Vectors:
    likeness: Vectors = some @ others.T
    likeness -= 1.0
    likeness *= SHARPNESS
    return np.exp(likeness, out=likeness)

"""Likeness of meaning: topics learned from the vectors of their example questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embedder = Callable[[Sequence[str]], Vectors]
"""Texts → unit vectors, one row each. May be slow; never called on the event loop."""
Fit = Callable[[Vectors, Vectors], Vectors]
"""Vectors of examples and what is wanted of each → weights; see `fit`."""

SHARPNESS = 8.0
"""How fast likeness falls with the cosine of two vectors; chosen by cross-validation."""
RIDGE = 0.2
"""How far the fit may pass by single examples; chosen by cross-validation."""

PRECISION = 0.002
"""Share of what is wanted that may remain unexplained by rounding."""
MAX_STEPS = 400


def fit(vectors: Vectors, wanted: Vectors) -> Vectors:
    """Kernel ridge regression: the weights with which likeness to each row of `vectors` gives `wanted`.

    Solved by conjugate gradients, all columns side by side: some seconds and a quarter of a gigabyte
    for eight thousand rows, both growing with the square of their number.
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
    """Learns from all example questions how much a text is about each topic; immutable."""

    def __init__(self, embed: Embedder, examples: Sequence[str], topic_of: Sequence[str], fit: Fit = fit) -> None:
        """Embeds and fits; both are slow, so `embed` and `fit` may remember what they did before."""
        self._topics = sorted(set(topic_of))
        order = {topic: number for number, topic in enumerate(self._topics)}
        wanted = np.zeros((len(examples), len(self._topics)), dtype=np.float32)
        wanted[np.arange(len(examples)), [order[topic] for topic in topic_of]] = 1.0
        self._vectors = embed(examples)
        self._embed = embed
        self._weights = fit(self._vectors, wanted)
        self.affinities = lru_cache(maxsize=4096)(self._affinities)

    def _affinities(self, text: str) -> dict[str, float]:
        """How much a text is about each topic: about 1 for one of its examples, about 0 for others."""
        fitted = _likeness(self._embed([text]), self._vectors)[0] @ self._weights
        return dict(zip(self._topics, fitted.tolist(), strict=True))


def _likeness(some: Vectors, others: Vectors) -> Vectors:
    likeness: Vectors = some @ others.T
    likeness -= 1.0
    likeness *= SHARPNESS
    return np.exp(likeness, out=likeness)

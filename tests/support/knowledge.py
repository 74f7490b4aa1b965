"""The shipped knowledge and the engine by words, loaded once in a process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

from knowledge.answering.answer import Answer
from knowledge.answering.engine import Engine
from knowledge.loading import load_knowledge
from knowledge.model.snapshot import Knowledge

SPRING_2025 = date(2025, 4, 15)
Asking = Callable[..., Answer]


@cache
def shipped() -> Knowledge:
    return load_knowledge()


@cache
def by_words() -> Engine:
    return Engine(shipped())

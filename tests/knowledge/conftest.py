"""The shipped knowledge, loaded once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from knowledge.answering.answer import Answer
from knowledge.answering.engine import Engine
from knowledge.loading import load_knowledge
from knowledge.model.snapshot import Knowledge

SPRING_2025 = date(2025, 4, 15)

Asking = Callable[..., Answer]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture(scope="session")
def engine(knowledge: Knowledge) -> Engine:
    return Engine(knowledge)


@pytest.fixture
def asked(engine: Engine) -> Asking:
    """Ask the engine: asked("邮编"), asked("那示范的呢", history=(...), on=date(...))."""

    def ask(text: str, *, history: tuple[str, ...] = (), on: date = SPRING_2025) -> Answer:
        return engine.answer(text, on, history)

    return ask

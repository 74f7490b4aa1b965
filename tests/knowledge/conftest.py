"""The shipped knowledge, and asking the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # imported where they are used: a test of pure functions waits for none of them
    from knowledge.answering.engine import Engine
    from knowledge.model.snapshot import Knowledge
    from tests.support.knowledge import Asking


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    from tests.support.knowledge import shipped

    return shipped()


@pytest.fixture(scope="session")
def engine() -> Engine:
    from tests.support.knowledge import by_words

    return by_words()


@pytest.fixture
def asked(engine: Engine) -> Asking:
    """Ask the engine: asked("邮编"), asked("那示范的呢", history=(...), on=date(...))."""
    from tests.support.knowledge import SPRING_2025

    return lambda text, *, history=(), on=SPRING_2025: engine.answer(text, on, history)

"""The engine as conversations see it: off the event loop, with repeated questions remembered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from datetime import date

from knowledge.answering.answer import Answer
from knowledge.answering.engine import Engine
from knowledge.loading import Knowledge
from knowledge.schema import SeminarKind

REMEMBERED = 4096
"""Answers kept; a new engine forgets them all."""

Key = tuple[str, date, tuple[str, ...], SeminarKind | None, str]


class Answering:
    """Answers with the current engine, which may be swapped at any time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._answers: OrderedDict[Key, Answer] = OrderedDict()

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge of this moment."""
        return self._engine.knowledge

    def swap(self, engine: Engine) -> None:
        """Answer with another engine from now on."""
        self._engine = engine
        self._answers.clear()

    async def __call__(
        self,
        text: str,
        as_of: date,
        history: tuple[str, ...] = (),
        *,
        kind: SeminarKind | None = None,
        topic: str = "",
    ) -> Answer:
        """The answer; a remembered one carries no timings of its own."""
        key = (text, as_of, history, kind, topic)
        known = self._answers.get(key)
        if known:
            self._answers.move_to_end(key)
            return replace(known, timings={"remembered": 0.0})
        engine = self._engine
        answer = await asyncio.to_thread(engine.answer, text, as_of, history, kind=kind, topic=topic)
        if engine is self._engine:
            self._answers[key] = answer
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        return answer

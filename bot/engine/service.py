"""The engine as conversations see it: off the event loop, with repeated questions remembered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from functools import partial

from knowledge.answering.answer import Answer
from knowledge.answering.engine import Engine
from knowledge.language.reader import Question
from knowledge.model.notice import SeminarKind
from knowledge.model.snapshot import Knowledge

REMEMBERED = 4096
"""Answers kept; a new engine forgets them all."""
SHORT = 200
"""Messages up to this many characters are answered on the event loop where words settle them."""

Key = tuple[str, date, tuple[str, ...], SeminarKind | None, str]


class AnswerService:
    """Answers with the current engine, which may be swapped at any time."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "answering")

    @property
    def knowledge(self) -> Knowledge:
        return self.engine.knowledge

    def read(self, text: str, as_of: date) -> Question:
        return self.engine.read(text, as_of)

    def swap(self, engine: Engine) -> None:
        self.engine = engine
        self._answers.clear()

    def close(self) -> None:
        """Let the answering thread go, once it has finished what it was given."""
        self._thread.shutdown(wait=False)

    async def __call__(
        self,
        text: str,
        as_of: date,
        history: tuple[str, ...] = (),
        *,
        kind: SeminarKind | None = None,
        topic: str = "",
    ) -> Answer:
        """The answer: remembered (then without timings), at once where words settle it, else from the thread."""
        key = (text, as_of, history, kind, topic)
        known = self._answers.get(key)
        if known:
            self._answers.move_to_end(key)
            return known
        engine = self.engine
        short = len(text) + sum(map(len, history)) <= SHORT
        answer = engine.at_once(text, as_of, history, kind=kind, topic=topic) if short else None
        if answer is None:
            work = partial(engine.answer, text, as_of, history, kind=kind, topic=topic)
            answer = await asyncio.get_running_loop().run_in_executor(self._thread, work)
        if engine is self.engine:
            self._answers[key] = replace(answer, timings={})
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        return answer

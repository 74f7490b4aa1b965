"""Staff and what waits for them, as conversations see it."""

from __future__ import annotations

from handlers.domain.messages import Frozen


class StaffMember(Frozen):
    name: str
    may_answer: bool


class WaitingQuestion(Frozen):
    id: int
    text: str
    times: int
    why: str

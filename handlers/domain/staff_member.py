"""Staff and what waits for them, as conversations see it."""

from __future__ import annotations

from handlers.domain.messages import Frozen


class StaffMember(Frozen):
    """Somebody of the department in charge; `may_answer` where they may publish answers."""

    name: str
    may_answer: bool


class WaitingQuestion(Frozen):
    """A question that waits for staff, and how often it was asked."""

    id: int
    text: str
    times: int
    why: str

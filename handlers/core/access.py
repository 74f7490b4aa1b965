"""The one place where a conversation gets hold of a seminar: only through its team, in a sufficient role."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.core.context import Context
from handlers.core.replies import MY_SEMINARS, declined
from handlers.domain.seminar import RANK, Role, Seminar
from handlers.texts import conversation as texts


class AccessRefused(Exception):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.reply = declined(text, MY_SEMINARS)


@dataclass(frozen=True, slots=True)
class Opened:
    seminar: Seminar
    person: int


async def open_seminar(context: Context, number: int | None, need: Role) -> Opened:
    """Raises AccessRefused."""
    person = await context.person()
    seminar = None if number is None else await context.services.seminars.seminar(person, number)
    if seminar is None:
        raise AccessRefused(texts.NOT_YOURS)
    if RANK[seminar.role] < RANK[need]:
        raise AccessRefused(texts.READ_ONLY)
    return Opened(seminar, person)

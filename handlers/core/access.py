"""The one place where a conversation gets hold of a seminar: only through its team, in a sufficient role."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.core.context import Context
from handlers.domain.messages import Choice, Reply, Status
from handlers.domain.seminar import RANK, Role, Seminar
from handlers.texts import conversation as texts


class AccessRefused(Exception):
    """This person may not do that; `reply` tells them why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Opened:
    """A seminar, and the person who may do what they asked for."""

    seminar: Seminar
    person: int


async def open_seminar(context: Context, number: str, need: Role) -> Opened:
    """The seminar with this number for whoever writes. Raises AccessRefused."""
    person = await context.seminars.person(context.address, context.now)
    seminar = await context.seminars.seminar(person, int(number)) if number.isdecimal() else None
    if seminar is None:
        raise AccessRefused(_refusal(texts.NOT_YOURS))
    if RANK[seminar.role] < RANK[need]:
        raise AccessRefused(_refusal(texts.READ_ONLY))
    return Opened(seminar, person)


def _refusal(text: str) -> Reply:
    back = Choice(label=texts.MY_SEMINARS_LABEL, token="mine:")
    return Reply(text=text, status=Status.DECLINED, choices=(back,))

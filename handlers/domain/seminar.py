"""A registered seminar, its team and the state of its checklist, as conversations see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from pydantic import JsonValue, model_validator

from handlers.domain.messages import Frozen
from handlers.texts import registration as registration_texts
from knowledge.calendar import inclusive_days
from knowledge.model.labelled import Labelled
from knowledge.model.notice import Funding, SeminarKind
from knowledge.rules.plan import Plan

MAX_PEOPLE = 2000


class Role(Labelled):
    """What a member may do: an owner everything, an editor all but the team, a reader look."""

    OWNER = "owner", "负责人"
    EDITOR = "editor", "可修改"
    READER = "reader", "只查看"


RANK = {Role.READER: 0, Role.EDITOR: 1, Role.OWNER: 2}


class Answers(Frozen):
    """None is not said yet; `kept` and `broken` are ids of facts whose pledge was confirmed or denied.

    Raises ValueError where they contradict each other.
    """

    kind: SeminarKind | None = None
    title: str | None = None
    opening: date | None = None
    closing: date | None = None
    place: str | None = None
    trainees: int | None = None
    online: int | None = None
    staff: int | None = None
    funding: Funding | None = None
    subsidy: int | None = None
    organizer: str | None = None
    department: str | None = None
    kept: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Answers:
        if self.opening and self.closing and self.closing < self.opening:
            raise ValueError(registration_texts.ENDS_TOO_SOON)
        if self.trainees is not None and self.online is not None and self.online > self.trainees:
            raise ValueError(registration_texts.TOO_MANY_ONLINE)
        return self

    def plan(self) -> Plan | None:
        """None as long as the kind is not known."""
        if self.kind is None:
            return None
        days = inclusive_days(self.opening, self.closing) if self.opening and self.closing else None
        return Plan(
            self.kind,
            funding=self.funding,
            headcount=self.trainees,
            online=self.online,
            staff=self.staff,
            days=days,
            opening=self.opening,
            closing=self.closing,
            budget=self.subsidy,
            kept=frozenset(self.kept),
            broken=frozenset(self.broken),
        )

    def year(self, today: date) -> int:
        """The plan year: that of the opening, as long as there is none this year."""
        return (self.opening or self.closing or today).year


class Seminar(Frozen):
    """A registered seminar and the role of whoever looks at it; `version` grows with every change."""

    id: int
    answers: Answers
    version: int
    role: Role

    @property
    def name(self) -> str:
        return self.called(self.answers)

    @staticmethod
    def called(answers: Answers) -> str:
        return answers.title or registration_texts.UNNAMED.format(kind=answers.kind.label if answers.kind else "")


class State(Labelled):
    TODO = "todo", "待办"
    PREPARED = "prepared", "已备好"
    HANDED_IN = "handed_in", "已办（已报送）"
    ACCEPTED = "accepted", "已通过"
    RETURNED = "returned", "被退回"

    @property
    def done(self) -> bool:
        return self in {State.HANDED_IN, State.ACCEPTED}


class ItemDetail(Labelled):
    OWNER = "owner", "经办人"
    REMARK = "remark", "备注"


class ItemState(Frozen):
    """`on_day` is the day it was done, `note` how or why; `owner` looks after it, `remark` is theirs to keep."""

    key: str
    state: State = State.TODO
    on_day: date | None = None
    note: str = ""
    at: datetime | None = None
    owner: str = ""
    remark: str = ""


def state_of(states: Mapping[str, ItemState], key: str) -> ItemState:
    found = states.get(key)
    return found if found else ItemState(key=key)


class Member(Frozen):
    person_id: int
    role: Role
    channels: tuple[str, ...] = ()


def is_done(states: Mapping[str, ItemState], key: str) -> bool:
    found = states.get(key)
    return found is not None and found.state.done


class Delivery(Frozen):
    """One push of reminders to one person; an empty outcome is not known yet. `keys` are checklist items."""

    at: datetime
    person_id: int
    channel: str
    outcome: str
    keys: tuple[str, ...]


class LinkPurpose(StrEnum):
    CALENDAR = "calendar"
    PAGE = "page"


class Flow(Frozen):
    name: str
    answers: dict[str, JsonValue]

    def text(self, answer: str) -> str:
        return str(self.answers.get(answer, ""))

    def number(self, answer: str) -> int | None:
        found = self.answers.get(answer)
        return found if isinstance(found, int) else None


class TooManyTries(Exception):
    pass


class Conflict(Exception):
    pass

"""Every seminar that is still on somebody's list, for staff: answers, states, team."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.storage.db.values import from_row
from bot.storage.seminars.checklist_state import read_all_states
from bot.storage.tables.seminar import addresses, members, seminars
from handlers.domain.seminar import Answers, ItemState, Seminar


@dataclass(frozen=True, slots=True)
class ActiveSeminar:
    """A seminar as staff see it; `people` are its team, `channels` where they can be reached."""

    id: int
    answers: Answers
    states: dict[str, ItemState]
    people: tuple[int, ...]
    channels: tuple[str, ...]
    created_at: datetime

    @property
    def name(self) -> str:
        return Seminar.called(self.answers)


def active_seminars(
    connection: sa.Connection, only: int | None = None, *, lock: bool = False
) -> tuple[ActiveSeminar, ...]:
    """Oldest first; with `lock` nobody else replans them meanwhile."""
    query = sa.select(seminars).where(seminars.c.removed_at.is_(None)).order_by(seminars.c.id)
    query = query.where(seminars.c.id == only) if only is not None else query
    query = query.with_for_update(key_share=True) if lock else query
    team = sa.select(members.c.seminar_id, members.c.person_id).order_by(members.c.joined_at)
    where = sa.select(members.c.seminar_id, addresses.c.channel).distinct()
    where = where.join(addresses, addresses.c.person_id == members.c.person_id).where(addresses.c.disabled_at.is_(None))
    people: defaultdict[int, list[int]] = defaultdict(list)
    channels: defaultdict[int, list[str]] = defaultdict(list)
    rows = connection.execute(query).all()
    for seminar_id, person in connection.execute(team).all():
        people[seminar_id].append(person)
    for seminar_id, channel in connection.execute(where).all():
        channels[seminar_id].append(channel)
    states = read_all_states(connection, {row.id for row in rows})
    return tuple(
        from_row(
            ActiveSeminar,
            row,
            answers=Answers.model_validate(row.answers),
            states=states[row.id],
            people=tuple(people[row.id]),
            channels=tuple(sorted(channels[row.id])),
        )
        for row in rows
    )

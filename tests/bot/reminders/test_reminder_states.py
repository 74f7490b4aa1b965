"""Whatever people do in whatever order: every open obligation keeps its future reminders exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clock import SHANGHAI
from bot.storage.db.database import Database
from bot.storage.db.work import fetch_all
from bot.storage.reminders.queue import AttemptResult, AttemptStart, Outcome, Release, Reminders
from bot.storage.seminars.reminder_planning import PLANNED, SENT, ReminderPlan
from bot.storage.seminars.seminars import Seminars
from bot.storage.tables.reminder import reminders
from handlers.domain.messages import Address
from handlers.domain.reminder_schedule import SNOOZED, Planned, Preferences, all_reminders
from handlers.domain.seminar import Answers, ItemState, Seminar, State
from knowledge.model.notice import Fact, SeminarKind
from knowledge.model.snapshot import Knowledge
from tests.support.databases import migrated_sqlite
from tests.support.knowledge import shipped

KNOWLEDGE = shipped()
START = datetime(2025, 4, 28, 10, tzinfo=SHANGHAI)
KEYS = ("filing-demo/实施方案", "filing-demo/开班通知", "materials/总结报告", "completion")
ANSWERS = Answers(kind=SeminarKind.PROVINCIAL_DEMO, opening=date(2025, 6, 10), closing=date(2025, 6, 13), trainees=60)
_names = count(1)

DO = st.one_of(
    st.tuples(st.just("move"), st.integers(-40, 120)),
    st.tuples(st.just("mark"), st.sampled_from(KEYS)),
    st.tuples(st.just("return"), st.sampled_from(KEYS)),
    st.tuples(st.just("undo"), st.sampled_from(KEYS)),
    st.tuples(st.just("snooze"), st.sampled_from(KEYS)),
    st.tuples(st.just("hour"), st.sampled_from((8, 12, 18))),
    st.tuples(st.just("pause"), st.integers(1, 60)),
    st.tuples(st.just("resume"), st.none()),
    st.tuples(st.just("remove"), st.none()),
    st.tuples(st.just("restore"), st.none()),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("quiet"), st.integers(1, 60)),
    st.tuples(st.just("loud"), st.none()),
    st.tuples(st.just("few"), st.booleans()),
    st.tuples(st.just("notice"), st.sampled_from((-1, -2))),
    st.tuples(st.just("deliver"), st.integers(0, 20)),
)


class Desk:
    """One person with one seminar, a clock by hand, and all that can happen to them."""

    def __init__(self, database: Database) -> None:
        self.now = START
        self.knowledge = KNOWLEDGE
        self.quiet_until: datetime | None = None
        self.database = database
        self.open()

    def open(self) -> None:
        """As after a start of the process."""
        self.plan = ReminderPlan(self.database, self._all, lambda: self.now)
        self.seminars = Seminars(self.database, self.plan)
        self.queue = Reminders(self.database)

    async def begin(self) -> None:
        self.person = await self.seminars.person(Address(channel="test", id=f"p{next(_names)}"), self.now)
        self.seminar: Seminar = await self.seminars.register(self.person, ANSWERS, self.now)
        self.removed = False
        self.planned: set[int] = set()

    async def do(self, what: str, with_what: object) -> None:
        act: Callable[[object], Awaitable[object]] = getattr(self, f"_{what}")
        await act(with_what)

    async def _move(self, days: object) -> None:
        if not self.removed:
            by = timedelta(days=int(str(days)))
            opening, closing = ANSWERS.opening, ANSWERS.closing
            assert opening
            assert closing
            moved = ANSWERS.model_copy(update={"opening": opening + by, "closing": closing + by})
            self.seminar = await self.seminars.change(self.person, self.seminar, moved, self.now)

    async def _mark(self, key: object) -> None:
        await self.seminars.mark(self.person, self.seminar.id, str(key), State.HANDED_IN, self.now.date(), "", self.now)

    async def _return(self, key: object) -> None:
        await self.seminars.mark(self.person, self.seminar.id, str(key), State.RETURNED, None, "缺章", self.now)

    async def _undo(self, key: object) -> None:
        await self.seminars.unmark(self.seminar.id, str(key))

    async def _snooze(self, key: object) -> None:
        await self.plan.snooze(self.person, self.seminar.id, str(key), self.now + timedelta(hours=1))

    async def _hour(self, hour: object) -> None:
        held = await self.plan.preferences(self.person)
        await self.plan.prefer(self.person, replace(held, hour=int(str(hour))))

    async def _pause(self, days: object) -> None:
        held = await self.plan.preferences(self.person)
        until = self.now + timedelta(days=int(str(days)))
        await self.plan.prefer(self.person, replace(held, paused_until=until))

    async def _resume(self, _: object) -> None:
        held = await self.plan.preferences(self.person)
        await self.plan.prefer(self.person, replace(held, paused_until=None))

    async def _few(self, few: object) -> None:
        held = await self.plan.preferences(self.person)
        await self.plan.prefer(self.person, replace(held, few=bool(few)))

    async def _quiet(self, days: object) -> None:
        self.quiet_until = self.now + timedelta(days=int(str(days)))
        await self.plan.quiet(self.seminar.id, self.quiet_until)

    async def _loud(self, _: object) -> None:
        self.quiet_until = None
        await self.plan.quiet(self.seminar.id, None)

    async def _notice(self, months: object) -> None:
        """A notice is published that wants the filing so many months before the opening."""
        self.knowledge = _filing(int(str(months)))
        await self.plan.replan_all()

    async def _remove(self, _: object) -> None:
        await self.seminars.remove(self.seminar.id, self.now)
        self.removed = True

    async def _restore(self, _: object) -> None:
        await self.seminars.restore(self.person, self.seminar.id)
        self.removed = False

    async def _restart(self, _: object) -> None:
        self.open()
        await self.plan.replan_all()

    async def _deliver(self, days: object) -> None:
        """Time passes; what is due is sent."""
        self.now += timedelta(days=int(str(days)))
        for turn in await self.queue.claim(self.now, 1000):
            if turn.due:
                ids = tuple(due.id for due in turn.due)
                address = Address(channel="test", id="x")
                attempt = await self.queue.begin(AttemptStart(turn.person_id, address, ids, self.now))
                await self.queue.end(AttemptResult(attempt, Outcome.SENT, self.now, ids=ids))
            await self.queue.leave(Release(turn.person_id))

    def _all(
        self, answers: Answers, states: Mapping[str, ItemState], preferences: Preferences, today: date
    ) -> tuple[Planned, ...]:
        return all_reminders(lambda: self.knowledge, SHANGHAI, answers, states, preferences, today)

    async def check(self) -> None:
        """Planned ahead is exactly what the seminar, as it stands, demands and nobody was sent yet."""
        query = sa.select(reminders).where(reminders.c.seminar_id == self.seminar.id)
        rows = await self.database.query(fetch_all(query))
        states = await self.seminars.item_states(self.seminar.id)
        held = await self.plan.preferences(self.person)
        answers = self.seminar.answers
        held = held.quiet_until(self.quiet_until)
        demanded = () if self.removed else self._all(answers, states, held, self.now.date())
        sent = {(row.key, row.prudent, row.step) for row in rows if row.state == SENT}
        wanted = sorted(
            (p.key, p.due.prudent, p.step, p.at)
            for p in demanded
            if p.at > self.now and (p.key, p.due.prudent, p.step) not in sent
        )
        planned = [row for row in rows if row.state == PLANNED]
        ahead = sorted(
            (row.key, row.prudent, row.step, row.due_at)
            for row in planned
            if row.due_at > self.now and row.step != SNOOZED
        )
        assert ahead == wanted
        open_keys = {(p.key, p.due.prudent) for p in demanded}
        assert {(row.key, row.prudent) for row in planned} <= open_keys
        due = {row.id for row in planned if row.due_at <= self.now}
        assert due <= self.planned, "a reminder was planned in the past"
        self.planned = {row.id for row in planned}


def _filing(months: int) -> Knowledge:
    def changed(fact: Fact) -> Fact:
        if fact.id != "filing-demo" or fact.deadline is None:
            return fact
        return fact.model_copy(update={"deadline": fact.deadline.model_copy(update={"months": months})})

    notices = tuple(
        notice.model_copy(update={"facts": tuple(changed(fact) for fact in notice.facts)})
        for notice in KNOWLEDGE.notices
    )
    return replace(KNOWLEDGE, notices=notices)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(DO, max_size=12))
def test_any_order_of_deeds_leaves_exactly_the_reminders_that_are_owed(
    tmp_path: Path, deeds: list[tuple[str, object]]
) -> None:
    async def play() -> None:
        async with Database(migrated_sqlite(tmp_path / "deeds.db")) as database:
            desk = Desk(database)
            await desk.begin()
            await desk.check()
            for what, with_what in deeds:
                await desk.do(what, with_what)
                await desk.check()

    asyncio.run(play())

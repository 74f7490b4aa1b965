"""A year of reminders in advance: seminars spread over a year, who would be told what and when."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.clock import SHANGHAI
from handlers.domain.assessment import Assessment, assessment_for
from handlers.domain.reminder_schedule import Planned, Preferences, obligations, schedule
from handlers.domain.seminar import Answers, Role, Seminar
from handlers.reminders.messages import MOST_IN_FULL, OpenObligation, outgoing_reminders
from handlers.texts import channels as channel_texts
from handlers.texts.dates import shown_moment
from knowledge.calendar import ONE_DAY
from knowledge.model.notice import SeminarKind
from knowledge.model.snapshot import Knowledge

FORGETFUL = 10
"""One seminar in so many does nothing until it is late; the others do everything on the prudent day."""
SHADES = 5

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class SimulatedMessage:
    at: datetime
    seminar: Seminar
    reminders: tuple[Planned, ...]


@dataclass(frozen=True)
class SimulatedYear:
    """Seminars and what they are reminded of; the same seed gives the same year."""

    year: int
    knowledge: Knowledge
    seminars: tuple[Seminar, ...]

    @cached_property
    def by_day(self) -> Counter[date]:
        counted: Counter[date] = Counter()
        for (answers, forgetful), number in self._alike.items():
            for at, planned in self._moments(answers, forgetful):
                items = len({one.key for one in planned})
                counted[at.date()] += number * (1 if items > MOST_IN_FULL else items)
        return counted

    @property
    def count(self) -> int:
        return sum(self.by_day.values())

    def messages(self) -> Iterator[SimulatedMessage]:
        for seminar in self.seminars:
            for at, planned in self._moments(_plain(seminar), _forgetful(seminar)):
                yield SimulatedMessage(at, seminar, planned)

    def assessment_of(self, seminar: Seminar) -> Assessment:
        assessment = assessment_for(seminar.answers, self.knowledge, date(self.year, 1, 1))
        if assessment is None:
            raise ValueError(channel_texts.SIMULATED_NO_KIND)
        return assessment

    def lines(self, limit: int) -> Iterator[str]:
        if limit:
            first = sorted(self.messages(), key=lambda message: (message.at, message.seminar.id))[:limit]
            for message in first:
                for text in self._texts(message):
                    yield channel_texts.SIMULATED_LINE.format(
                        at=shown_moment(message.at), number=message.seminar.id, text=text
                    )

    def summary(self) -> str:
        day, most = max(self.by_day.items(), key=lambda item: (item[1], item[0]), default=(None, 0))
        busiest = channel_texts.SIMULATED_BUSIEST.format(day=day, most=most) if day else ""
        seminars, days = len(self.seminars), len(self.by_day)
        return channel_texts.SIMULATED_YEAR.format(
            year=self.year, seminars=seminars, count=self.count, days=days, busiest=busiest
        )

    @cached_property
    def _alike(self) -> Counter[tuple[Answers, bool]]:
        return Counter((_plain(seminar), _forgetful(seminar)) for seminar in self.seminars)

    def _moments(self, answers: Answers, forgetful: bool) -> list[tuple[datetime, tuple[Planned, ...]]]:
        """What is due at each moment; a punctual seminar has done each item by the evening of its prudent day."""
        today = date(self.year, 1, 1)
        planned = [
            one
            for obligation in obligations(answers, {}, self.knowledge, today)
            for one in schedule(obligation, Preferences(), self.knowledge.holidays, SHANGHAI)
            if forgetful or one.at.date() <= obligation.due.prudent
        ]
        planned.sort(key=lambda one: (one.at, one.key))
        return [(at, tuple(group)) for at, group in groupby(planned, key=lambda one: one.at)]

    def _texts(self, message: SimulatedMessage) -> Iterator[str]:
        assessment = self.assessment_of(message.seminar)
        items = {item.key: item for item in assessment.items}
        owed = {
            n: OpenObligation(message.seminar, assessment, items[one.key], {})
            for n, one in enumerate(message.reminders)
        }
        for outgoing in outgoing_reminders(owed, message.at.date(), frozenset()):
            yield outgoing.reply.text.replace("\n", "　")


def simulate_year(year: int, seminars: int, knowledge: Knowledge, seed: int = 0) -> SimulatedYear:
    """Seminars of every kind in the proportions that the notice of the year gives, opening on its working days."""
    chance = random.Random(f"{year}-{seed}")
    shares = _shares(knowledge, year)
    first, last = date(year, 3, 1), date(year, 11, 20)
    days = [first + n * ONE_DAY for n in range((last - first).days)]
    days = [day for day in days if knowledge.holidays.is_working_day(day)]
    kinds = chance.choices(list(shares), list(shares.values()), k=seminars)
    made = []
    for number, kind in enumerate(kinds, start=1):
        opening = chance.choice(days)
        answers = Answers(
            kind=kind,
            title=channel_texts.SIMULATED_TITLE.format(number=number),
            opening=opening,
            closing=opening + 4 * ONE_DAY,
            trainees=60,
        )
        made.append(Seminar(id=number, answers=answers, version=1, role=Role.OWNER))
    return SimulatedYear(year, knowledge, tuple(made))


def as_page(made: SimulatedYear) -> str:
    most = max(made.by_day.values(), default=1)
    months = [[_week(made, days, most) for days in _weeks(made.year, month)] for month in range(1, 13)]
    return _pages.get_template("reminder_year.html").render(made=made, months=months, most=most)


def _week(made: SimulatedYear, days: list[date | None], most: int) -> list[tuple[date, int, int] | None]:
    return [
        (day, made.by_day[day], -(-made.by_day[day] * SHADES // most) if made.by_day[day] else 0) if day else None
        for day in days
    ]


def _weeks(year: int, month: int) -> list[list[date | None]]:
    first = date(year, month, 1)
    days: list[date | None] = [None] * first.weekday()
    day = first
    while day.month == month:
        days.append(day)
        day += ONE_DAY
    days += [None] * (-len(days) % 7)
    return [days[n : n + 7] for n in range(0, len(days), 7)]


def _shares(knowledge: Knowledge, year: int) -> Mapping[SeminarKind, int]:
    notice = knowledge.notice_of_year(year) or max(knowledge.notices, key=lambda n: n.plan_year)
    return next((fact.counts for fact in notice.facts if fact.counts), dict.fromkeys(SeminarKind, 1))


def _plain(seminar: Seminar) -> Answers:
    """Without what makes no difference to its dates, so that like seminars are worked out once."""
    return seminar.answers.model_copy(update={"title": None})


def _forgetful(seminar: Seminar) -> bool:
    return seminar.id % FORGETFUL == 0

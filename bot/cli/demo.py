"""`yanxiu demo`: sample seminars at every stage, marked as such and removable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.cli import texts
from bot.storage.seminars.seminars import Seminars
from handlers.domain.assessment import assessment_for
from handlers.domain.messages import Address
from handlers.domain.seminar import Answers, Seminar, State
from knowledge.model.notice import Funding, SeminarKind, Stage
from knowledge.model.snapshot import Knowledge

MARK = "【示例】"
DEMO_ADDRESS = Address(channel="terminal", id="local")


@dataclass(frozen=True, slots=True)
class Sample:
    """`opens_in`: days from today to the opening."""

    kind: SeminarKind
    title: str
    opens_in: int
    days: int
    trainees: int
    done: tuple[Stage, ...] = ()
    funding: Funding = Funding.FISCAL


BEFORE = (Stage.PREPARATION, Stage.FILING)
SAMPLES: Sequence[Sample] = (
    Sample(SeminarKind.NATIONAL, "人工智能赋能制造", 75, 5, 60),
    Sample(SeminarKind.PROVINCIAL_DEMO, "数字经济", 40, 4, 50, (Stage.PREPARATION,)),
    Sample(SeminarKind.ENGINEERING, "海洋装备", 12, 4, 36, BEFORE),
    Sample(SeminarKind.PROVINCIAL_REGULAR, "现代物流", -1, 4, 28, BEFORE),
    Sample(SeminarKind.PROVINCIAL_DEMO, "新能源材料", -25, 4, 45, (*BEFORE, Stage.TEACHING, Stage.COMPLETION)),
    Sample(SeminarKind.NATIONAL, "生物育种", -50, 5, 55, tuple(Stage), Funding.SELF_FUNDED),
)


async def fill(seminars: Seminars, knowledge: Knowledge, now: datetime) -> int:
    """Registers the samples for the terminal user; returns their number. Raises ValueError if there are any."""
    person = await seminars.person(DEMO_ADDRESS, now)
    if any(_is_sample(seminar) for seminar in await seminars.of_person(person)):
        raise ValueError(texts.DEMO_EXISTS)
    for sample in SAMPLES:
        seminar = await seminars.register(person, _answers(sample, now.date()), now)
        await _work(seminars, person, seminar, sample, knowledge, now)
    return len(SAMPLES)


async def clear(seminars: Seminars, now: datetime) -> int:
    person = await seminars.person(DEMO_ADDRESS, now)
    samples = [seminar for seminar in await seminars.of_person(person) if _is_sample(seminar)]
    for seminar in samples:
        await seminars.remove(seminar.id, now)
    return len(samples)


async def _work(
    seminars: Seminars, person: int, seminar: Seminar, sample: Sample, knowledge: Knowledge, now: datetime
) -> None:
    today = now.date()
    assessment = assessment_for(seminar.answers, knowledge, today)
    for item in assessment.items if assessment else ():
        if item.stated and item.stage in sample.done:
            await seminars.mark(person, seminar.id, item.key, State.HANDED_IN, today, MARK, now)


def _answers(sample: Sample, today: date) -> Answers:
    opening = today + timedelta(days=sample.opens_in)
    return Answers(
        kind=sample.kind,
        title=f"{MARK}{sample.title}研修班",
        opening=opening,
        closing=opening + timedelta(days=sample.days - 1),
        place="福州",
        trainees=sample.trainees,
        online=0,
        staff=5,
        funding=sample.funding,
    )


def _is_sample(seminar: Seminar) -> bool:
    return seminar.name.startswith(MARK)

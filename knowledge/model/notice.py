"""A notice as data: clauses with offsets, facts with kinds, plan year, clause and exact words."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge.model.clauses import Clause, parse_clauses
from knowledge.model.labelled import Labelled


class SeminarKind(Labelled):
    NATIONAL = "national", "国家级"
    PROVINCIAL_DEMO = "provincial_demo", "省级示范"
    ENGINEERING = "engineering", "工程领域专项"
    PROVINCIAL_REGULAR = "provincial_regular", "省级普通"


class Funding(Labelled):
    FISCAL = "fiscal", "财政资助"
    SELF_FUNDED = "self_funded", "自筹经费"


class Stance(StrEnum):
    """What a fact does; SILENT records that the notice does not regulate it."""

    STATES = "states"
    REQUIRES = "requires"
    FORBIDS = "forbids"
    PERMITS = "permits"
    SILENT = "silent"


class Duty(StrEnum):
    FILING = "filing"
    SETTLEMENT = "settlement"
    SUBSIDY = "subsidy"
    COMPLETION = "completion"
    APPLICATION = "application"


class Metric(StrEnum):
    """The unit is fixed per metric."""

    HEADCOUNT = "headcount"
    DAYS = "days"
    STAFF_SHARE = "staff_share"
    STAFF_COUNT = "staff_count"
    ONLINE_SHARE = "online_share"
    SUBSIDY = "subsidy"


class Comparison(StrEnum):
    AT_LEAST = ">="
    AT_MOST = "<="
    ABOUT = "~"


class Anchor(StrEnum):
    OPENING = "opening"
    CLOSING = "closing"
    FIXED = "fixed"


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class Limit(Model):
    """Units: people, days, percent (0–100), yuan."""

    metric: Metric
    comparison: Comparison
    value: float


class Deadline(Model):
    """A fixed date, or a distance (calendar months, days or working days; negative is before) from the anchor."""

    duty: Duty
    anchor: Anchor
    months: int = 0
    days: int = 0
    working_days: int = 0
    day: date | None = None

    @model_validator(mode="after")
    def _one_length(self) -> Deadline:
        lengths = [length for length in (self.months, self.days, self.working_days) if length]
        if len(lengths) != (0 if self.anchor is Anchor.FIXED else 1) or (self.day is None) != bool(lengths):
            raise ValueError("期限须是固定日期，或自开班、结束之日起的一个月数、天数或工作日数")
        return self

    @property
    def length(self) -> str:
        if self.months:
            return f"{abs(self.months)}个月"
        return f"{abs(self.days)}日" if self.days else f"{abs(self.working_days)}个工作日"


class Stage(Labelled):
    PREPARATION = "preparation", "准备"
    FILING = "filing", "开班前备案"
    TEACHING = "teaching", "办班"
    COMPLETION = "completion", "结业"
    SETTLEMENT = "settlement", "结算"


class Task(Model):
    """One line of the checklist, or one a listed item. `blended_only`: for seminars with trainees online."""

    stage: Stage
    title: str
    receiver: str = ""
    each_item: bool = False
    blended_only: bool = False


class Fact(Model):
    """One cited statement of a notice.

    `say` is the direct answer in plain Chinese; each of its figures stands in `quote`, which stands
    verbatim in `clause`. No `kinds` means every kind. For a silent fact the quote is the nearest clause.
    `counts` and `total` hold a stated breakdown, checked against each other. `pledge` is what an organizer
    confirms to keep, where no plan can show it; `parts_of` the document whose parts or rows the items are.
    """

    id: str
    topic: str
    clause: str
    quote: str
    say: str
    stance: Stance = Stance.STATES
    kinds: tuple[SeminarKind, ...] = ()
    funding: Funding | None = None
    duty: Duty | None = None
    items: tuple[str, ...] = ()
    open_ended: bool = False
    limits: tuple[Limit, ...] = ()
    deadline: Deadline | None = None
    counts: dict[SeminarKind, int] = Field(default_factory=dict)
    total: int | None = None
    task: Task | None = None
    pledge: str = ""
    parts_of: str = ""

    def applies_to(self, kind: SeminarKind) -> bool:
        return not self.kinds or kind in self.kinds


class UnownedFigure(Model):
    quote: str
    reason: str


class Contact(Model):
    """The office line by default, a person's mobile number only on explicit request."""

    office: str
    person: str
    phone: str
    mobile: str = ""
    email: str = ""


class Notice(Model):
    """Unknown metadata is None."""

    id: str
    title: str
    plan_year: int
    genre: str
    issuer: str
    doc_no: str | None = None
    issued_on: date | None = None
    annexes_held: bool = False
    kinds: tuple[SeminarKind, ...]
    contact: Contact
    facts: tuple[Fact, ...]
    context: tuple[UnownedFigure, ...] = ()
    source: str

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        return parse_clauses(self.source)

    @cached_property
    def clause_by_number(self) -> dict[str, Clause]:
        return {clause.number: clause for clause in self.clauses}

    def heading_of(self, number: str) -> str:
        clause = self.clause_by_number[number]
        return clause.heading if clause.level == 1 and clause.heading else number

    def text_of(self, number: str) -> str:
        """Raises KeyError for an unknown number."""
        clause = self.clause_by_number[number]
        return self.source[clause.start : clause.end]

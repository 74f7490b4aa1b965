"""The data a document is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from handlers.domain.assessment import Assessment
from handlers.domain.seminar import Answers, ItemState, Seminar
from handlers.seminars.registration_steps import shown
from handlers.texts.dates import long_date
from knowledge.model.snapshot import CitedFact

DISCLAIMER = "参考模板，非官方表样"
BLANK = "（待填）"


@dataclass(frozen=True, slots=True)
class Dossier:
    """`evidence`: files (name, content) by checklist item key; `last_change`: the answers before and after it."""

    seminar: Seminar
    assessment: Assessment
    states: Mapping[str, ItemState]
    today: date
    evidence: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    last_change: tuple[Answers, Answers] | None = None

    @property
    def answers(self) -> Answers:
        return self.seminar.answers

    @property
    def title(self) -> str:
        return self.seminar.name

    @property
    def period(self) -> str:
        a = self.answers
        if not a.opening or not a.closing:
            return long_date(a.opening) if a.opening else BLANK
        days = (a.closing - a.opening).days + 1
        return f"{long_date(a.opening)}至{long_date(a.closing)}，共{days}天（含报到和离开）"

    @property
    def days(self) -> tuple[date, ...]:
        a = self.answers
        if not a.opening or not a.closing:
            return ()
        return tuple(a.opening + timedelta(days=n) for n in range((a.closing - a.opening).days + 1))

    def value(self, field: str) -> str:
        return shown(field, self.answers) or BLANK

    def parts(self, document: str) -> tuple[tuple[str, ...], CitedFact | None]:
        cited = next((c for c in self.assessment.ruling.facts if c.fact.parts_of == document), None)
        return (cited.fact.items, cited) if cited else ((), None)

    def fact(self, topic: str) -> CitedFact | None:
        return self.assessment.ruling.fact_on(topic)

    def basis(self, cited: CitedFact | None) -> str:
        notice = self.assessment.ruling.notice
        if cited is None:
            return f"{self.assessment.label}依据《{notice.title}》"
        return f"{self.assessment.label}依据《{notice.title}》{notice.heading_of(cited.fact.clause)}：“{cited.passage}”"

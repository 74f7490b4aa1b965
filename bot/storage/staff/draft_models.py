"""Drafts and what people say of them, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from knowledge.importing.proposed import Origin
from knowledge.model.notice import Fact


class DraftStage(StrEnum):
    READING = "reading"
    FAILED = "failed"
    OPEN = "open"
    WAITING = "waiting"
    PUBLISHED = "published"
    DISCARDED = "discarded"

    @property
    def label(self) -> str:
        return {
            "reading": "正在读取",
            "failed": "没有读成",
            "open": "审阅中",
            "waiting": "待他人批准",
            "published": "已发布",
            "discarded": "已作废",
        }[self.value]


class ReviewDecision(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return {"pending": "待定", "accepted": "采用", "rejected": "不采用"}[self.value]


@dataclass(frozen=True, slots=True)
class DraftHead:
    id: int
    stage: DraftStage
    step: str
    problem: str
    file_name: str
    title: str
    who: str
    account_id: int | None
    submitted_by: int | None
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class JudgedFact:
    id: int
    fact: Fact
    origin: Origin
    fate: str
    was: str
    confidence: float
    state: ReviewDecision
    version: int


@dataclass(frozen=True, slots=True)
class HeldDraft:
    """A draft as a whole; `said` is what the notice says of itself, `context` figures that no fact needs."""

    head: DraftHead
    source: str
    said: dict[str, Any]
    context: tuple[dict[str, str], ...]
    against: str
    reason: str
    base: int
    facts: tuple[JudgedFact, ...]

    def of_state(self, state: ReviewDecision) -> tuple[JudgedFact, ...]:
        return tuple(one for one in self.facts if one.state is state)


class Stale(Exception):
    """Somebody else has changed it since it was looked at."""

"""The console's Jinja environment: templates, filters, labels."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.web.staff import texts
from handlers.domain.assessment import due_text
from handlers.texts.channels import CHANNEL_NAMES
from knowledge.model.notice import Deadline, Fact, Limit, SeminarKind


def render(template: str, **values: Any) -> str:
    """Values are HTML-escaped."""
    return _pages.get_template(template).render(values)


def limit_text(limit: Limit) -> str:
    name, unit = texts.METRICS[limit.metric]
    return f"{name}{texts.COMPARISONS[limit.comparison]}{limit.value:g}{unit}"


def deadline_text(deadline: Deadline) -> str:
    if deadline.day:
        return f"{deadline.day.isoformat()} 前"
    return f"{texts.ANCHORS[deadline.anchor.value]}{deadline.length}"


def kinds_text(fact: Fact) -> str:
    return "、".join(kind.label for kind in fact.kinds) or texts.ALL_KINDS


def moment(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M") if at else "—"


def day(at: date | None) -> str:
    return at.isoformat() if at else "—"


_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters |= {
    "channel": lambda name: CHANNEL_NAMES.get(name, name),
    "limit": limit_text,
    "deadline": deadline_text,
    "kinds": kinds_text,
    "due": due_text,
    "moment": moment,
    "day": day,
}
_pages.globals |= {
    "STANCES": texts.STANCES,
    "METRICS": texts.METRICS,
    "COMPARISONS": texts.COMPARISONS,
    "ANCHORS": texts.ANCHORS,
    "FATES": texts.FATES,
    "KINDS": {kind: kind.label for kind in SeminarKind},
    "CHANNELS": texts.CHANNELS,
    "account": None,
    "message": "",
}

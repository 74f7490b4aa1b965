"""Templates of the console and what they say things with."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from handlers.domain.assessment import due_text
from handlers.texts.channels import CHANNEL_NAMES
from knowledge.model.notice import KIND_LABELS, Comparison, Deadline, Fact, Limit, Metric, Stance

STANCES = {
    Stance.STATES: "陈述",
    Stance.REQUIRES: "要求",
    Stance.FORBIDS: "禁止",
    Stance.PERMITS: "允许",
    Stance.SILENT: "未作规定",
}
METRICS = {
    Metric.HEADCOUNT: ("人数", "人"),
    Metric.DAYS: ("天数", "天"),
    Metric.STAFF_SHARE: ("工作人员占比", "%"),
    Metric.STAFF_COUNT: ("工作人员数", "人"),
    Metric.ONLINE_SHARE: ("线上占比", "%"),
    Metric.SUBSIDY: ("补助", "元"),
}
COMPARISONS = {Comparison.AT_LEAST: "不少于", Comparison.AT_MOST: "不超过", Comparison.ABOUT: "左右"}
ANCHORS = {"opening": "开班前", "closing": "结束后", "fixed": "固定日期"}
FATES = {"unchanged": "与上一份相同", "figures": "数字有变", "reworded": "措辞有变", "": "新读出"}
CHANNELS = {"web": "网页", "telegram": "Telegram", "terminal": "终端", "api": "接口"}


def render(template: str, **values: Any) -> str:
    """Values are HTML-escaped."""
    return _pages.get_template(template).render(values)


def limit_text(limit: Limit) -> str:
    name, unit = METRICS[limit.metric]
    return f"{name}{COMPARISONS[limit.comparison]}{limit.value:g}{unit}"


def deadline_text(deadline: Deadline) -> str:
    if deadline.day:
        return f"{deadline.day.isoformat()} 前"
    return f"{ANCHORS[deadline.anchor.value]}{deadline.length}"


def kinds_text(fact: Fact) -> str:
    return "、".join(kind.label for kind in fact.kinds) or "各类"


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
    "STANCES": STANCES,
    "METRICS": METRICS,
    "COMPARISONS": COMPARISONS,
    "ANCHORS": ANCHORS,
    "FATES": FATES,
    "KINDS": KIND_LABELS,
    "CHANNELS": CHANNELS,
    "account": None,
    "message": "",
}

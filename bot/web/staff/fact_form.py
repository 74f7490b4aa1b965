"""Parses and checks the form of a fact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import ValidationError

from bot.web.staff import texts
from bot.web.staff.access import Visit
from knowledge.model.clauses import parse_clauses
from knowledge.model.notice import Comparison, Deadline, Fact, Limit, Metric, Stage, Stance, Task
from knowledge.model.numbers import figures_in
from knowledge.validation import OPEN_LIST

LIMIT_ROWS = 3


def fact_of_form(visit: Visit, source: str, year: int, old: Fact | None, fresh_id: str) -> Fact:
    """The edited fact. Raises ValueError with what to correct."""
    quote = visit.field("quote").replace("\r\n", "\n")
    if visit.field("topic") not in visit.services.knowledge.topic_by_id:
        raise ValueError(texts.TOPIC_MISSING)
    at = source.find(quote) if quote else -1
    if at < 0:
        raise ValueError(texts.QUOTE_NOT_VERBATIM)
    clause = next((c.number for c in parse_clauses(source) if c.start <= at and at + len(quote) <= c.end), "")
    if not clause:
        raise ValueError(texts.QUOTE_SPANS_CLAUSES)
    say = visit.required("say", texts.SAY_MISSING)
    if extra := figures_in(say) - figures_in(quote) - {str(year)}:
        raise ValueError(texts.SAY_FIGURES.format(figures="、".join(sorted(extra))))
    items = tuple(line.strip() for line in visit.field("items").splitlines() if line.strip())
    if wrong := [item for item in items if item not in quote]:
        raise ValueError(texts.ITEM_NOT_QUOTED.format(item=wrong[0]))
    try:
        return Fact.model_validate(
            {
                **(old.model_dump() if old else {}),
                "id": old.id if old else fresh_id,
                "topic": visit.field("topic"),
                "clause": clause,
                "quote": quote,
                "say": say,
                "stance": visit.field("stance") or Stance.STATES,
                "kinds": visit.fields("kinds"),
                "funding": visit.field("funding") or None,
                "duty": visit.field("duty") or None,
                "items": items,
                "open_ended": bool(items) and bool(OPEN_LIST.search(quote)),
                "limits": tuple(_limits(visit)),
                "deadline": _deadline(visit),
                "task": _task(visit, old),
                "pledge": visit.field("pledge"),
            }
        )
    except ValidationError as error:
        raise ValueError("；".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())) from error


def _limits(visit: Visit) -> Iterator[Limit]:
    for row in range(LIMIT_ROWS):
        metric, value = visit.field(f"metric{row}"), visit.field(f"value{row}")
        if not metric or not value:
            continue
        try:
            figure = float(value.replace(",", ""))
        except ValueError:
            raise ValueError(texts.LIMIT_NOT_NUMBER.format(metric=texts.METRICS[Metric(metric)][0])) from None
        yield Limit(metric=Metric(metric), comparison=Comparison(visit.field(f"comparison{row}")), value=figure)


def _deadline(visit: Visit) -> Deadline | None:
    anchor, duty = visit.field("anchor"), visit.field("due_duty")
    if not anchor:
        return None
    found: dict[str, Any] = {"duty": duty or visit.field("duty"), "anchor": anchor}
    if not found["duty"]:
        raise ValueError(texts.DUTY_MISSING)
    if anchor == "fixed":
        try:
            return Deadline.model_validate(found | {"day": date.fromisoformat(visit.field("day"))})
        except ValueError:
            raise ValueError(texts.DAY_INVALID) from None
    amount = visit.field("amount")
    if not amount.isdecimal() or not int(amount):
        raise ValueError(texts.LENGTH_INVALID)
    unit = visit.field("unit") if visit.field("unit") in texts.UNITS else "days"
    return Deadline.model_validate(found | {unit: int(amount) * (-1 if anchor == "opening" else 1)})


def _task(visit: Visit, old: Fact | None) -> Task | None:
    title = visit.field("task")
    if not title:
        return None
    return Task(
        stage=Stage(visit.field("stage") or Stage.FILING),
        title=title,
        receiver=visit.field("receiver"),
        each_item=bool(visit.field("each_item")),
        blended_only=bool(old and old.task and old.task.blended_only),
    )

"""Seminars: board with filter, single view, accepting and returning materials, export, broadcast."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from secrets import token_hex
from urllib.parse import urlencode

from aiohttp import web

from bot.staff.board_export import as_xlsx
from bot.staff.seminar_board import BoardRow, Filter, Urgency
from bot.storage.seminars.uploads import Uploads
from bot.web.staff import texts
from bot.web.staff.access import Visit, download, existing, see_other
from handlers.domain.seminar import State, state_of
from knowledge.model.notice import SeminarKind

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_TEXT = 500
WIDTH, ROW, TOP = 720, 22, 26
MOST_BARS, NARROWEST = 100, 4.0
LONGEST_YEAR = 366


@dataclass(frozen=True, slots=True)
class Bar:
    row: BoardRow
    x: float
    width: float
    y: int


async def board(visit: Visit) -> web.Response:
    rows, chosen = await _rows(visit, visit.request.query)
    every = await visit.services.board.rows(visit.services.knowledge, Filter())
    year = visit.services.clock().year
    return visit.page(
        "board.html",
        rows=rows,
        chosen=chosen,
        query=urlencode(_query(chosen)),
        Urgency=Urgency,
        departments=sorted({row.seminar.answers.department for row in every if row.seminar.answers.department}),
        places=sorted({row.seminar.answers.place for row in every if row.seminar.answers.place}),
        bars=_bars(rows, year),
        months=[(month, _x(date(year, month, 1))) for month in range(1, 13)],
        today=_x(visit.services.clock().date()),
        height=TOP + ROW * max(1, min(len(rows), MOST_BARS)),
        year=year,
    )


async def export(visit: Visit) -> web.Response:
    rows, _ = await _rows(visit, visit.request.query)
    now = visit.services.clock()
    data = await asyncio.to_thread(as_xlsx, rows, now)
    return download(texts.BOARD_FILE.format(day=now), data, XLSX)


async def seminar(visit: Visit) -> web.Response:
    services = visit.services
    row = await services.board.one(visit.number(), services.knowledge)
    uploads = await Uploads(services.database).of_seminar(row.seminar.id)
    deliveries = await services.reports.deliveries(row.seminar.id, 10)
    states = {item.key: state_of(row.seminar.states, item.key) for item in row.assessment.items}
    return visit.page("seminar.html", row=row, states=states, uploads=uploads, deliveries=deliveries)


async def file(visit: Visit) -> web.Response:
    services = visit.services
    row = await services.board.one(visit.number(), services.knowledge)
    uploads = Uploads(services.database)
    sent = await uploads.of_seminar(row.seminar.id)
    found = existing(next((one for one in sent if one.id == visit.number("file")), None))
    return download(found.name, existing(await uploads.content_of(found.id)))


async def decide(visit: Visit) -> web.Response:
    state, reason = State(visit.field("state")), visit.field("reason")
    if state not in {State.ACCEPTED, State.RETURNED}:
        raise ValueError(texts.NOT_A_DECISION)
    if state is State.RETURNED and not reason:
        raise ValueError(texts.RETURN_REASON_MISSING)
    services, number = visit.services, visit.number()
    await services.board.decide(number, visit.field("key"), state, reason, visit.account, services.knowledge)
    return see_other(f"/staff/seminars/{number}", m="decided")


async def broadcast_page(visit: Visit) -> web.Response:
    rows, chosen = await _rows(visit, visit.request.query)
    return _broadcast(visit, rows, chosen, visit.request.query.get("text", ""), preview=False)


async def broadcast(visit: Visit) -> web.Response:
    """Shows a preview with the number of recipients; sends once that number is confirmed."""
    rows, chosen = await _rows(visit, {key: str(value) for key, value in visit.form.items()})
    text = visit.field("text")
    if not text or len(text) > LONGEST_TEXT:
        raise ValueError(texts.BROADCAST_TEXT_RULE.format(most=LONGEST_TEXT))
    people = {person for row in rows for person in row.seminar.people}
    if not people:
        raise ValueError(texts.NOBODY_TO_TELL)
    if visit.field("confirmed") != str(len(people)):
        return _broadcast(visit, rows, chosen, text, preview=True)
    sent = await visit.services.board.broadcast(rows, text, visit.field("nonce"), visit.account)
    return see_other("/staff/seminars", m="sent", n=sent)


def _broadcast(visit: Visit, rows: tuple[BoardRow, ...], chosen: Filter, text: str, *, preview: bool) -> web.Response:
    people = {person for row in rows for person in row.seminar.people}
    return visit.page(
        "broadcast.html",
        rows=rows,
        people=len(people),
        query=_query(chosen),
        text=text,
        preview=preview,
        longest=LONGEST_TEXT,
        nonce=token_hex(8),
    )


async def _rows(visit: Visit, query: Mapping[str, str]) -> tuple[tuple[BoardRow, ...], Filter]:
    chosen = _filter(query)
    return await visit.services.board.rows(visit.services.knowledge, chosen), chosen


def _filter(query: Mapping[str, str]) -> Filter:
    """Unknown values filter nothing."""
    kind, urgency = query.get("kind", ""), query.get("urgency", "")
    return Filter(
        kind=SeminarKind(kind) if kind in set(SeminarKind) else None,
        place=query.get("place", "").strip(),
        department=query.get("department", "").strip(),
        urgency=Urgency(urgency) if urgency in set(Urgency) else None,
    )


def _query(chosen: Filter) -> dict[str, str]:
    values = {
        "kind": str(chosen.kind or ""),
        "place": chosen.place,
        "department": chosen.department,
        "urgency": str(chosen.urgency or ""),
    }
    return {name: value for name, value in values.items() if value}


def _x(day: date) -> float:
    return round(WIDTH * (day - date(day.year, 1, 1)).days / LONGEST_YEAR, 1)


def _bars(rows: tuple[BoardRow, ...], year: int) -> list[Bar]:
    first, bars = date(year, 1, 1), []
    dated = [row for row in rows if row.seminar.answers.opening and row.seminar.answers.opening.year == year]
    dated.sort(key=lambda row: row.seminar.answers.opening or first)
    for number, row in enumerate(dated[:MOST_BARS]):
        opening = row.seminar.answers.opening or first
        closing = row.seminar.answers.closing or opening + timedelta(days=1)
        width = max(NARROWEST, WIDTH * ((closing - opening).days + 1) / LONGEST_YEAR)
        bars.append(Bar(row, _x(opening), round(width, 1), TOP + ROW * number))
    return bars

"""Usage statistics from the log, and their CSV export."""

from __future__ import annotations

import csv
from io import StringIO

from aiohttp import web

from bot.storage.staff.statistics import Statistics, insight
from bot.web.staff import texts
from bot.web.staff.access import HEADERS, Visit

PERIODS = (7, 30, 90, 365)
BOM = "\ufeff"


async def insight_page(visit: Visit) -> web.Response:
    days, found = await _found(visit)
    topics = _topics(visit, found)
    peak = max((day.asked for day in found.days), default=0)
    status = await visit.services.reports.status(visit.services.clock())
    failures = await visit.services.reports.failures()
    return visit.page(
        "insight.html",
        found=found,
        days=days,
        periods=PERIODS,
        topics=topics,
        peak=peak or 1,
        delivery=status,
        failures=failures,
    )


async def export(visit: Visit) -> web.Response:
    days, found = await _found(visit)
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(texts.STATISTICS_COLUMNS)
    writer.writerows([one.day.isoformat(), one.asked, one.answered, one.declined, one.voted_down] for one in found.days)
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="insight-{days}.csv"'}
    return web.Response(text=BOM + out.getvalue(), content_type="text/csv", headers=headers)


async def _found(visit: Visit) -> tuple[int, Statistics]:
    given = visit.request.query.get("days", "")
    days = int(given) if given.isdecimal() and int(given) in PERIODS else PERIODS[1]
    return days, await insight(visit.services.database, visit.services.clock(), days)


def _topics(visit: Visit, found: Statistics) -> list[tuple[str, int]]:
    knowledge = visit.services.knowledge
    topic_of = {f"{n.id}/{fact.id}": fact.topic for n in knowledge.notices for fact in n.facts}
    counted: dict[str, int] = {}
    for key, count in found.facts:
        topic = knowledge.topic_by_id.get(topic_of.get(key, ""))
        label = topic.label if topic else texts.OFFICE_ANSWERS
        counted[label] = counted.get(label, 0) + count
    return sorted(counted.items(), key=lambda pair: -pair[1])

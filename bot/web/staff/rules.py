"""Synonyms and holidays, published and rolled back like notices."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from bot.staff.publishing import NotReady, occasion_of
from bot.web.staff import texts
from bot.web.staff.access import Visit, see_other
from knowledge.publications import DaysOff, Publication, Subject, Synonyms, synonym_problems

SYNONYMS, HOLIDAYS = "synonyms", "holidays"


async def rules_page(visit: Visit) -> web.Response:
    return visit.page(
        "rules.html",
        synonyms=Synonyms.model_validate(await _current(visit, Subject.SYNONYMS)),
        days=DaysOff.model_validate(await _current(visit, Subject.HOLIDAYS)),
        concepts=visit.services.live_knowledge.shipped.vocabulary.concepts,
        heads={
            SYNONYMS: await visit.services.revisions.head(Subject.SYNONYMS, SYNONYMS),
            HOLIDAYS: await visit.services.revisions.head(Subject.HOLIDAYS, HOLIDAYS),
        },
    )


async def save_synonyms(visit: Visit) -> web.Response:
    concept, form = visit.field("concept"), visit.field("form")
    held = Synonyms.model_validate(await _current(visit, Subject.SYNONYMS))
    forms = list(held.forms.get(concept, ()))
    forms = [one for one in forms if one != form] if visit.field("remove") else list(dict.fromkeys([*forms, form]))
    changed = Synonyms(forms={**held.forms, concept: tuple(forms)})
    if wrong := tuple(synonym_problems(changed, visit.services.live_knowledge.shipped.vocabulary)):
        raise NotReady(wrong)
    said = texts.SYNONYM_REMOVED if visit.field("remove") else texts.SYNONYM_ADDED
    change = Publication(Subject.SYNONYMS, SYNONYMS, changed.model_dump(mode="json"))
    return await _publish(visit, change, said.format(concept=concept, form=form))


async def save_holidays(visit: Visit) -> web.Response:
    try:
        days = DaysOff(off=_dates(visit.field("off")), working=_dates(visit.field("working")))
    except ValueError:
        raise ValueError(texts.HOLIDAY_LINE_INVALID) from None
    if both := set(days.off) & set(days.working):
        raise ValueError(texts.HOLIDAY_CONFLICT.format(day=min(both).isoformat()))
    reason = visit.required("reason", texts.HOLIDAY_REASON_MISSING)
    change = Publication(Subject.HOLIDAYS, HOLIDAYS, days.model_dump(mode="json"))
    return await _publish(visit, change, reason)


def _dates(text: str) -> tuple[date, ...]:
    return tuple(sorted({date.fromisoformat(line.strip()) for line in text.splitlines() if line.strip()}))


async def _publish(visit: Visit, change: Publication, reason: str) -> web.Response:
    occasion, replaces = occasion_of(change, None, reason), visit.counted("replaces")
    await visit.services.publishing.publish(change, replaces, reason, visit.account.actor, occasion=occasion)
    return see_other("/staff/rules", m="published")


async def _current(visit: Visit, subject: Subject) -> dict[str, object]:
    return next((one.content for one in await visit.services.revisions.current() if one.subject is subject), None) or {}

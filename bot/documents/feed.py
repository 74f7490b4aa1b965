"""The iCalendar file of a seminar: its days and due dates (prudent day; the literal one in the text)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from icalendar import Alarm, Calendar, Event

from bot.documents.dossier import Dossier
from handlers.domain.assessment import due_text
from handlers.domain.seminar import is_done
from handlers.seminars.overview import short

DOMAIN = "yanxiu"


def calendar(dossier: Dossier) -> bytes:
    """An iCalendar file; an event keeps its UID when its date moves."""
    feed = Calendar()
    feed.add("prodid", "-//yanxiu//seminars//ZH")
    feed.add("version", "2.0")
    feed.add("x-wr-calname", dossier.title)
    for event in events(dossier):
        feed.add_component(event)
    return bytes(feed.to_ical())


def events(dossier: Dossier) -> list[Event]:
    found = []
    if dossier.days:
        found.append(_event(dossier, "seminar", dossier.title, dossier.days[0], len(dossier.days)))
    for item in dossier.assessment.items:
        if item.due is None or is_done(dossier.states, item.key):
            continue
        event = _event(dossier, short(item.key), f"{item.title}（{dossier.title}）", item.due.prudent, 1)
        receiver = f"报{item.receiver}。" if item.receiver else ""
        event.add("description", f"{dossier.assessment.label}{due_text(item)}。{receiver}{dossier.basis(item.cited)}")
        event.add_component(_alarm())
        found.append(event)
    return found


def _event(dossier: Dossier, key: str, summary: str, first: date, days: int) -> Event:
    event = Event()
    event.add("uid", f"{dossier.seminar.id}-{key}@{DOMAIN}")
    event.add("summary", summary)
    event.add("dtstart", first)
    event.add("dtend", first + timedelta(days=days))
    event.add("dtstamp", datetime.combine(dossier.today, time(0), UTC))
    event.add("sequence", dossier.seminar.version)
    return event


def _alarm() -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", "研修班事项到期提醒")
    alarm.add("trigger", timedelta(days=-3))
    return alarm

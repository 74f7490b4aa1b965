"""Being reminded later, and how one wants to be reminded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from handlers.core.access import Opened, open_seminar
from handlers.core.choice_token import ChoiceToken
from handlers.core.contact_ports import ContactRoute
from handlers.core.context import Context
from handlers.core.replies import acknowledged, clarify, declined, to_checklist
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import Flow, Role
from handlers.seminars.checklist_item import find, gone
from handlers.texts import channels as channel_texts
from handlers.texts import conversation as texts
from handlers.texts import reminders as reminder_texts
from handlers.texts.dates import shown_moment

NAME = "snooze"
HOURS = (8, 9, 12, 15, 18)
LATER = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "3d": timedelta(days=3)}
PAUSES = {"7d": timedelta(days=7), "30d": timedelta(days=30)}
ASK_DAY = "day"
FIRST = "@"
"""Before the name of the channel that is to be tried first."""
EMAIL = "email"


async def snooze(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.READER)
    number, key, when = opened.seminar.id, token.arg(1), token.arg(2)
    item = find(context, opened.seminar, key)
    if item is None:
        return gone(opened.seminar)
    if when == ASK_DAY:
        await context.begin_flow(NAME, seminar=number, key=key)
        back = Choice(label=texts.CANCEL_LABEL, token=f"item:{number}:{key}")
        return clarify(reminder_texts.ASK_SNOOZE_DAY, back, typed=True)
    if when not in LATER:
        labels = {**reminder_texts.SNOOZE_LABELS, ASK_DAY: reminder_texts.SNOOZE_DAY_LABEL}
        choices = tuple(Choice(label=label, token=f"snooze:{number}:{key}:{name}") for name, label in labels.items())
        return clarify(reminder_texts.ASK_SNOOZE.format(title=item.title), *choices)
    at = context.now + LATER[when]
    if LATER[when] >= timedelta(days=1):
        at = await _morning(context, opened.person, at)
    return await _snoozed(context, opened, item.key, at)


async def answer(context: Context, flow: Flow) -> Reply | None:
    if context.incoming.asks:
        return None
    opened = await open_seminar(context, flow.number("seminar"), Role.READER)
    item = find(context, opened.seminar, flow.text("key"))
    if item is None:
        await context.end_flow()
        return gone(opened.seminar)
    stated = context.services.answering.read(context.incoming.text, context.today).quantities.dates
    if not stated or stated[0].day <= context.today:
        problem = reminder_texts.SNOOZE_PAST if stated else texts.NO_DATE
        return clarify(problem)
    await context.end_flow()
    day = datetime.combine(stated[0].day, time(), context.now.tzinfo)
    at = await _morning(context, opened.person, day)
    return await _snoozed(context, opened, item.key, at)


async def preferences(context: Context, token: ChoiceToken | None = None) -> Reply:
    said = token.rest(0) if token else ""
    person = await context.person()
    held = await context.services.reminders.preferences(person)
    if said.isdecimal() and int(said) in HOURS:
        held = replace(held, hour=int(said))
    elif said in PAUSES:
        held = replace(held, paused_until=context.now + PAUSES[said])
    elif said == "go":
        held = replace(held, paused_until=None)
    elif said in {"few", "usual"}:
        held = replace(held, few=said == "few")
    elif said.startswith(FIRST) and said[1:] in channel_texts.CHANNEL_NAMES:
        held = replace(held, first=said[1:])
    if said:
        await context.services.reminders.prefer(person, held)
    paused = held.paused_until if held.paused_until and held.paused_until > context.now else None
    lines = [reminder_texts.REMIND_HOUR.format(hour=held.hour)]
    if paused:
        lines.append(reminder_texts.REMIND_PAUSED.format(until=shown_moment(paused)))
    lines += [reminder_texts.REMIND_FEW] if held.few else []
    last = await context.services.reminder_log.last_sent(person)
    lines.append(reminder_texts.LAST_REMINDED.format(at=shown_moment(last)) if last else reminder_texts.NEVER_REMINDED)
    hours = [
        Choice(label=reminder_texts.HOUR_LABEL.format(hour=hour), token=f"prefer:{hour}")
        for hour in HOURS
        if hour != held.hour
    ]
    pauses = (
        [Choice(label=reminder_texts.RESUME_LABEL, token="prefer:go")]
        if paused
        else [Choice(label=label, token=f"prefer:{name}") for name, label in reminder_texts.PAUSE_LABELS.items()]
    )
    often = Choice(label=reminder_texts.USUAL_LABEL, token="prefer:usual")
    seldom = Choice(label=reminder_texts.FEW_LABEL, token="prefer:few")
    contact_routes = await context.services.contact_routes.of_person(person, held.first)
    lines += _shown_ways(contact_routes)
    choices = (*_way_choices(context, contact_routes), *hours, often if held.few else seldom, *pauses)
    return Reply(text="\n".join(lines), choices=choices)


def _shown_ways(contact_routes: Sequence[ContactRoute]) -> list[str]:
    lines = [channel_texts.WAYS_HEADING]
    for number, way in enumerate(contact_routes, start=1):
        name = channel_texts.CHANNEL_NAMES.get(way.address.channel, way.address.channel)
        name = f"{name} {way.address.id}" if way.address.channel == EMAIL else name
        state = (
            channel_texts.WAY_BARRED.format(why=way.unavailable_reason)
            if way.unavailable_reason
            else channel_texts.WAY_OPEN
        )
        lines.append(channel_texts.WAY.format(number=number, name=name, state=state))
    return lines


def _way_choices(context: Context, contact_routes: Sequence[ContactRoute]) -> list[Choice]:
    channels = list(dict.fromkeys(way.address.channel for way in contact_routes))
    choices = []
    for one in channels[1:]:
        label = channel_texts.WAY_FIRST_LABEL.format(channel=channel_texts.CHANNEL_NAMES.get(one, one))
        choices.append(Choice(label=label, token=f"prefer:{FIRST}{one}"))
    if context.services.mailboxes.available and EMAIL in channels:
        choices.append(Choice(label=channel_texts.MAIL_SETTINGS_LABEL, token="mail:"))
    elif context.services.mailboxes.available:
        choices.append(Choice(label=channel_texts.MAIL_ADD_LABEL, token="mail:add"))
    return choices


async def _morning(context: Context, person: int, day: datetime) -> datetime:
    hour = (await context.services.reminders.preferences(person)).hour
    return datetime.combine(day.date(), time(hour), day.tzinfo)


async def _snoozed(context: Context, opened: Opened, key: str, at: datetime) -> Reply:
    back = to_checklist(opened.seminar.id)
    if not await context.services.reminders.snooze(opened.person, opened.seminar.id, key, at):
        return declined(reminder_texts.NOTHING_TO_SNOOZE, back)
    return acknowledged(reminder_texts.SNOOZED.format(at=shown_moment(at)), back)

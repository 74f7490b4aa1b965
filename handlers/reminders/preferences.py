"""Being reminded later, and how one wants to be reminded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from handlers.core.access import open_seminar
from handlers.core.contact_ports import ContactRoute
from handlers.core.context import Context
from handlers.domain.messages import Choice, Reply, Status
from handlers.domain.seminar import Flow, Role
from handlers.seminars.checklist_item import find, gone
from handlers.seminars.overview import shown_moment
from handlers.texts import channels as channel_texts
from handlers.texts import conversation as texts

NAME = "snooze"
HOURS = (8, 9, 12, 15, 18)
LATER = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "3d": timedelta(days=3)}
PAUSES = {"7d": timedelta(days=7), "30d": timedelta(days=30)}
ASK_DAY = "day"
FIRST = "@"
"""Before the name of the channel that is to be tried first."""
EMAIL = "email"


async def snooze(context: Context, token: str) -> Reply:
    """`snooze:ID:KEY` asks when; `:1h`, `:1d`, `:3d` is an answer, `:day` asks for a date."""
    _, number, key, when = (*token.split(":", 3), "", "", "")[:4]
    opened = await open_seminar(context, number, Role.READER)
    item = find(context, opened.seminar, key)
    if item is None:
        return gone(opened.seminar)
    if when == ASK_DAY:
        flow = Flow(name=NAME, answers={"seminar": opened.seminar.id, "key": key})
        await context.flows.save(context.address, flow, context.now)
        back = Choice(label=texts.CANCEL_LABEL, token=f"item:{number}:{key}")
        return Reply(text=texts.ASK_SNOOZE_DAY, status=Status.CLARIFY, choices=(back,), typed=True)
    if when not in LATER:
        labels = {**texts.SNOOZE_LABELS, ASK_DAY: texts.SNOOZE_DAY_LABEL}
        choices = tuple(Choice(label=label, token=f"snooze:{number}:{key}:{name}") for name, label in labels.items())
        return Reply(text=texts.ASK_SNOOZE.format(title=item.title), status=Status.CLARIFY, choices=choices)
    at = context.now + LATER[when]
    if LATER[when] >= timedelta(days=1):
        at = await _morning(context, opened.person, at)
    return await _snoozed(context, opened.person, number, item.key, at)


async def answer(context: Context, flow: Flow) -> Reply | None:
    """The day to be reminded on; None where the message is a question."""
    if context.incoming.asks:
        return None
    number = str(flow.answers["seminar"])
    opened = await open_seminar(context, number, Role.READER)
    item = find(context, opened.seminar, str(flow.answers["key"]))
    if item is None:
        await context.flows.end(context.address)
        return gone(opened.seminar)
    stated = context.answering.read(context.incoming.text, context.now.date()).quantities.dates
    if not stated or stated[0].day <= context.now.date():
        problem = texts.SNOOZE_PAST if stated else texts.NO_DATE
        return Reply(text=problem, status=Status.CLARIFY)
    await context.flows.end(context.address)
    day = datetime.combine(stated[0].day, time(), context.now.tzinfo)
    at = await _morning(context, opened.person, day)
    return await _snoozed(context, opened.person, number, item.key, at)


async def preferences(context: Context, token: str = "") -> Reply:
    """/remind: the hour, the pause and the last delivery; `prefer:9`, `:7d`, `:go`, `:@CHANNEL` change them."""
    said = token.partition(":")[2]
    person = await context.seminars.person(context.address, context.now)
    held = await context.reminders.preferences(person)
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
        await context.reminders.prefer(person, held)
    paused = held.paused_until if held.paused_until and held.paused_until > context.now else None
    lines = [texts.REMIND_HOUR.format(hour=held.hour)]
    if paused:
        lines.append(texts.REMIND_PAUSED.format(until=shown_moment(paused)))
    lines += [texts.REMIND_FEW] if held.few else []
    last = await context.reminder_log.last_sent(person)
    lines.append(texts.LAST_REMINDED.format(at=shown_moment(last)) if last else texts.NEVER_REMINDED)
    hours = [Choice(label=f"{hour}点", token=f"prefer:{hour}") for hour in HOURS if hour != held.hour]
    pauses = (
        [Choice(label=texts.RESUME_LABEL, token="prefer:go")]
        if paused
        else [Choice(label=label, token=f"prefer:{name}") for name, label in texts.PAUSE_LABELS.items()]
    )
    often = Choice(label=texts.USUAL_LABEL, token="prefer:usual")
    seldom = Choice(label=texts.FEW_LABEL, token="prefer:few")
    contact_routes = await context.contact_routes.of_person(person, held.first)
    lines += _shown_ways(contact_routes)
    choices = (*_way_choices(context, contact_routes), *hours, often if held.few else seldom, *pauses)
    return Reply(text="\n".join(lines), status=Status.ANSWERED, choices=choices)


def _shown_ways(contact_routes: Sequence[ContactRoute]) -> list[str]:
    """Where reminders go, in order, and what stands against it."""
    lines = [channel_texts.WAYS_HEADING]
    for number, way in enumerate(contact_routes, start=1):
        name = channel_texts.CHANNEL_NAMES.get(way.address.channel, way.address.channel)
        name = f"{name} {way.address.id}" if way.address.channel == EMAIL else name
        state = (
            channel_texts.WAY_BARRED.format(why=way.unavailable_reason)
            if way.unavailable_reason
            else channel_texts.WAY_OPEN
        )
        lines.append(f"{number}. {name}：{state}")
    return lines


def _way_choices(context: Context, contact_routes: Sequence[ContactRoute]) -> list[Choice]:
    channels = list(dict.fromkeys(way.address.channel for way in contact_routes))
    choices = []
    for one in channels[1:]:
        label = channel_texts.WAY_FIRST_LABEL.format(channel=channel_texts.CHANNEL_NAMES.get(one, one))
        choices.append(Choice(label=label, token=f"prefer:{FIRST}{one}"))
    if context.mailboxes.available and EMAIL in channels:
        choices.append(Choice(label=channel_texts.MAIL_SETTINGS_LABEL, token="mail:"))
    elif context.mailboxes.available:
        choices.append(Choice(label=channel_texts.MAIL_ADD_LABEL, token="mail:add"))
    return choices


async def _morning(context: Context, person: int, day: datetime) -> datetime:
    """That day at the hour this person wants."""
    hour = (await context.reminders.preferences(person)).hour
    return datetime.combine(day.date(), time(hour), day.tzinfo)


async def _snoozed(context: Context, person: int, number: str, key: str, at: datetime) -> Reply:
    back = Choice(label=texts.CHECKLIST_LABEL, token=f"list:{number}")
    if not await context.reminders.snooze(person, int(number), key, at):
        return Reply(text=texts.NOTHING_TO_SNOOZE, status=Status.DECLINED, choices=(back,))
    return Reply(text=texts.SNOOZED.format(at=shown_moment(at)), status=Status.SMALLTALK, choices=(back,))

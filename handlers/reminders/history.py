"""The reminders of one seminar: what has been sent to whom, what comes next, silence for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.core.access import open_seminar
from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import to_seminar
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import Delivery, Role, Seminar, is_done
from handlers.reminders.messages import listed
from handlers.seminars.overview import assessment_of
from handlers.texts import channels as channel_texts
from handlers.texts import reminders as reminder_texts
from handlers.texts.dates import shown_moment

QUIET = {"7d": timedelta(days=7), "30d": timedelta(days=30)}
SHOWN = 8


async def show(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.READER)
    return await _shown(context, opened.seminar, opened.person)


async def quiet(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.EDITOR)
    said = token.arg(1)
    until = context.now + QUIET[said] if said in QUIET else None
    await context.services.reminders.quiet(opened.seminar.id, until)
    if until is None:
        return await _shown(context, opened.seminar, opened.person, reminder_texts.SEMINAR_QUIET_OVER)
    lines = [reminder_texts.SEMINAR_QUIET_UNTIL.format(until=shown_moment(until))]
    missed = await _due_before(context, opened.seminar, until)
    if missed:
        lines.append(reminder_texts.QUIET_MISSES.format(titles=listed(missed)))
    return await _shown(context, opened.seminar, opened.person, "\n".join(lines))


async def _due_before(context: Context, seminar: Seminar, until: datetime) -> list[str]:
    states = await context.services.seminars.item_states(seminar.id)
    return [
        item.title
        for item in assessment_of(context, seminar).items
        if item.stated and item.due and context.today <= item.due.prudent <= until.date()
        if not is_done(states, item.key)
    ]


async def _shown(context: Context, seminar: Seminar, person: int, heading: str = "") -> Reply:
    quiet_until = await context.services.reminders.quiet_until(seminar.id)
    is_quiet = quiet_until is not None and quiet_until > context.now
    titles = {item.key: item.title for item in assessment_of(context, seminar).items}
    lines = [heading] if heading else [reminder_texts.SEMINAR_REMINDERS.format(name=seminar.name)]
    if is_quiet and quiet_until and not heading:
        lines.append(reminder_texts.SEMINAR_QUIET.format(until=shown_moment(quiet_until)))
    upcoming = await context.services.reminder_log.next_planned(seminar.id, person)
    if upcoming:
        at, key = upcoming
        lines.append(reminder_texts.SEMINAR_NEXT_REMINDER.format(at=shown_moment(at), title=titles.get(key, key)))
    else:
        lines.append(reminder_texts.SEMINAR_NO_REMINDER)
    sent = await context.services.reminder_log.deliveries(seminar.id, SHOWN)
    lines.append(reminder_texts.DELIVERIES_HEADING if sent else reminder_texts.NO_DELIVERIES)
    team = [member.person_id for member in await context.services.teams.of_seminar(seminar.id)]
    lines += [_line(one, _name(one.person_id, person, team), titles) for one in sent]
    choices = [to_seminar(seminar)]
    if seminar.role is not Role.READER:
        labels = {"go": reminder_texts.RESUME_LABEL} if is_quiet else reminder_texts.QUIET_LABELS
        choices = [
            *(Choice(label=label, token=f"quiet:{seminar.id}:{said}") for said, label in labels.items()),
            *choices,
        ]
    return Reply(text="\n".join(lines), choices=tuple(choices))


def _name(who: int, reader: int, team: list[int]) -> str:
    return reminder_texts.YOURSELF if who == reader else reminder_texts.MEMBER_NUMBER.format(number=team.index(who) + 1)


def _line(one: Delivery, who: str, titles: dict[str, str]) -> str:
    return reminder_texts.DELIVERY.format(
        at=shown_moment(one.at),
        who=who,
        channel=channel_texts.CHANNEL_NAMES.get(one.channel, one.channel),
        outcome=reminder_texts.DELIVERY_OUTCOMES[one.outcome],
        titles=listed([titles.get(key, key) for key in one.keys]),
    )

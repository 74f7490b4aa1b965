"""What a reminder says: one obligation in full, or several as a digest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from handlers.domain.assessment import Assessment, due_text
from handlers.domain.citations import citations_of
from handlers.domain.messages import Attachment, Choice, Notification, Reply
from handlers.domain.reminder_schedule import ESCALATED_AFTER, HANDED_ON, TEAM_AFTER, taken_up
from handlers.domain.seminar import ItemState, Role, Seminar, State, is_done, state_of
from handlers.seminars.overview import short
from handlers.texts import conversation as texts
from handlers.texts import reminders as reminder_texts
from knowledge.model.notice import Stage
from knowledge.model.snapshot import CitedFact
from knowledge.rules.checklists import ChecklistItem

MOST_IN_FULL = 3
"""More than these on one day become one digest."""
PENALTY = "penalty"
RESPONSIBILITY = "responsibility"
ESCALATING = frozenset({Stage.FILING, Stage.SETTLEMENT})
"""What does not stay between the assistant and its recipient when it is long overdue."""
MOST_TITLES = 6


@dataclass(frozen=True)
class OpenObligation:
    seminar: Seminar
    assessment: Assessment
    item: ChecklistItem
    states: Mapping[str, ItemState]
    team: int = 1
    step: str = ""

    @cached_property
    def state(self) -> ItemState:
        return state_of(self.states, self.item.key)

    def days_late(self, today: date) -> int:
        """Since the literal date; negative before it."""
        return (today - self.item.due.literal).days if self.item.due else -1


@dataclass(frozen=True, slots=True)
class OutgoingReminder:
    ids: tuple[int, ...]
    notification: Notification

    @property
    def reply(self) -> Reply:
        return self.notification.reply

    def saying(self, text: str) -> OutgoingReminder:
        reply = self.reply.model_copy(update={"text": text})
        return OutgoingReminder(self.ids, self.notification.model_copy(update={"reply": reply}))


def outgoing_reminders(
    owed: Mapping[int, OpenObligation], today: date, repeated: frozenset[int]
) -> tuple[OutgoingReminder, ...]:
    """By reminder; an item is named once however many have piled up; labelled where it may have come before."""
    by_item: dict[tuple[int, str], list[int]] = {}
    for number, one in owed.items():
        by_item.setdefault((one.seminar.id, one.item.key), []).append(number)
    groups = [(tuple(ids), owed[ids[0]]) for ids in by_item.values()]
    if len(groups) > MOST_IN_FULL:
        made = [OutgoingReminder(tuple(owed), _digest([one for _, one in groups], today))]
    else:
        made = [OutgoingReminder(ids, _single(one, today)) for ids, one in groups]
    return tuple(_labelled(outgoing) if repeated.intersection(outgoing.ids) else outgoing for outgoing in made)


def messages(told: Mapping[int, Reply], repeated: frozenset[int]) -> tuple[OutgoingReminder, ...]:
    made = (
        OutgoingReminder((number,), Notification(reply=reply, subject=_first_line(reply)))
        for number, reply in told.items()
    )
    return tuple(_labelled(outgoing) if repeated.intersection(outgoing.ids) else outgoing for outgoing in made)


def _labelled(outgoing: OutgoingReminder) -> OutgoingReminder:
    labelled = outgoing.saying(texts.MAYBE_REPEATED + outgoing.reply.text)
    subject = reminder_texts.MAYBE_REPEATED_SUBJECT + outgoing.notification.subject
    return OutgoingReminder(outgoing.ids, labelled.notification.model_copy(update={"subject": subject}))


def _first_line(reply: Reply) -> str:
    return next(iter(reply.text.splitlines()), "")


def _single(owed: OpenObligation, today: date) -> Notification:
    item, facts = owed.item, [owed.item.cited]
    lines = [
        _headline(item, today),
        reminder_texts.REMIND_SEMINAR.format(name=owed.seminar.name),
        f"{owed.assessment.label}{due_text(item)}",
    ]
    if owed.step.startswith(HANDED_ON):
        lines[0] = reminder_texts.REMIND_FOR_COLLEAGUE + lines[0]
    if item.receiver:
        lines.append(reminder_texts.REMIND_RECEIVER.format(receiver=item.receiver))
    lines += _progress(owed)
    penalty = owed.assessment.ruling.fact_on(PENALTY)
    if penalty and owed.days_late(today) > 0:
        lines.append(f"{owed.assessment.label}{penalty.fact.say}")
        facts.append(penalty)
    lines += _escalation(owed, today, facts)
    text, cited = "\n".join(lines), citations_of(facts)
    return Notification(
        reply=Reply(text=text, citations=cited, choices=_choices(owed)),
        subject=lines[0],
        seminar=owed.seminar.name,
        due=item.due.literal if item.due else None,
        last=_is_last(owed, today),
        calendars=(_calendar(owed.seminar),),
    )


def _is_last(owed: OpenObligation, today: date) -> bool:
    return owed.item.due is not None and today >= owed.item.due.prudent


def _calendar(seminar: Seminar) -> Attachment:
    return Attachment(name=reminder_texts.CALENDAR_FILE, token=f"file:{seminar.id}:ics")


def _progress(owed: OpenObligation) -> Iterator[str]:
    if owed.state.state is not State.TODO:
        note = f"：{owed.state.note}" if owed.state.note else ""
        yield reminder_texts.REMIND_STATE.format(state=owed.state.state.label, note=note)
    if owed.state.owner:
        yield reminder_texts.REMIND_OWNER.format(owner=owed.state.owner)
    missing = [
        item.title
        for item in owed.assessment.items
        if item.stage is owed.item.stage and item.due == owed.item.due and item.stated
        if not is_done(owed.states, item.key)
    ]
    if len(missing) > 1:
        yield reminder_texts.REMIND_MISSING.format(count=len(missing), titles=listed(missing))


def listed(titles: Sequence[str]) -> str:
    more = "…" if len(titles) > MOST_TITLES else ""
    return "、".join(titles[:MOST_TITLES]) + more


def _escalation(owed: OpenObligation, today: date, facts: list[CitedFact]) -> Iterator[str]:
    late, due = owed.days_late(today), owed.item.due
    if owed.item.stage not in ESCALATING or due is None or taken_up(owed.state, due.literal):
        return
    if late >= TEAM_AFTER and owed.team > 1:
        yield reminder_texts.REMIND_TEAM.format(people=owed.team)
    if late >= ESCALATED_AFTER:
        department = owed.seminar.answers.department or reminder_texts.DEPARTMENT
        yield reminder_texts.REMIND_ESCALATED.format(department=department)
        rule = owed.assessment.ruling.fact_on(RESPONSIBILITY)
        if rule:
            yield f"{owed.assessment.label}{rule.fact.say}"
            facts.append(rule)


def _choices(owed: OpenObligation) -> tuple[Choice, ...]:
    number, key = owed.seminar.id, short(owed.item.key)
    choices = [
        Choice(label=reminder_texts.SNOOZE_LABEL, token=f"snooze:{number}:{key}"),
        Choice(label=texts.CHECKLIST_LABEL, token=f"list:{number}"),
        Choice(label=reminder_texts.CALENDAR_LABEL, token=f"docs:{number}:ics"),
    ]
    if owed.seminar.role is not Role.READER:
        done = Choice(label=texts.MARK_LABELS["handed_in"], token=f"mark:{number}:{key}:{State.HANDED_IN}")
        choices.insert(0, done)
    return tuple(choices)


def _digest(owed: Sequence[OpenObligation], today: date) -> Notification:
    lines, facts = [reminder_texts.REMIND_DIGEST.format(count=len(owed))], [one.item.cited for one in owed]
    for seminar_id in dict.fromkeys(one.seminar.id for one in owed):
        mine = [one for one in owed if one.seminar.id == seminar_id]
        lines.append(reminder_texts.REMIND_SEMINAR.format(name=mine[0].seminar.name))
        lines += _by_date(mine, today)
        penalty = mine[0].assessment.ruling.fact_on(PENALTY)
        if penalty and any(one.days_late(today) > 0 for one in mine):
            lines.append(f"{mine[0].assessment.label}{penalty.fact.say}")
            facts.append(penalty)
    names = {one.seminar.id: one.seminar.name for one in owed}
    choices = tuple(Choice(label=name[:20], token=f"list:{number}") for number, name in names.items())
    citations = citations_of(tuple(dict.fromkeys(facts)))
    names_of = tuple(names.values())
    return Notification(
        reply=Reply(text="\n".join(lines), citations=citations, choices=choices),
        subject=lines[0],
        seminar=names_of[0] if len(names_of) == 1 else reminder_texts.SEMINARS_COUNTED.format(count=len(names_of)),
        due=min((one.item.due.literal for one in owed if one.item.due), default=None),
        last=any(_is_last(one, today) for one in owed),
        calendars=tuple(_calendar(seminar) for seminar in {one.seminar.id: one.seminar for one in owed}.values()),
    )


def _by_date(owed: Sequence[OpenObligation], today: date) -> Iterator[str]:
    titles: dict[str, list[str]] = {}
    for one in owed:
        due = f"{one.assessment.label}{due_text(one.item)}"
        when = reminder_texts.REMIND_WHEN.format(left=_left(one.item, today), due=due)
        titles.setdefault(when, []).append(one.item.title)
    for when, what in titles.items():
        yield reminder_texts.REMIND_BY_DATE.format(when=when, titles="、".join(what))


def _headline(item: ChecklistItem, today: date) -> str:
    form = reminder_texts.REMIND_LATE if item.due and today > item.due.literal else reminder_texts.REMIND_AHEAD
    return form.format(left=_left(item, today), title=item.title)


def _left(item: ChecklistItem, today: date) -> str:
    """How near it is, counted to the prudent date; late only once the literal date has passed."""
    if item.due is None:
        return ""
    if today > item.due.literal:
        return texts.DAYS_LATE.format(days=(today - item.due.literal).days)
    days = (item.due.prudent - today).days
    return reminder_texts.DAYS_LEFT.format(days=days) if days > 0 else reminder_texts.LAST_DAYS

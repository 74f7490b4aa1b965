"""A seminar at a glance: dates, progress, check-up, the one next thing; and who may do what."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

from handlers.core.context import Context
from handlers.domain.assessment import Assessment, assessment_for, due_text
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import ItemState, Role, Seminar, is_done
from handlers.seminars.registration_steps import shown
from handlers.texts import conversation as texts
from handlers.texts import reminders as reminder_texts
from handlers.texts.dates import long_date
from knowledge.rules.checklists import ChecklistItem
from knowledge.rules.results import Verdict

BAR = 10


def assessment_of(context: Context, seminar: Seminar) -> Assessment:
    """Raises ValueError where the kind is not known."""
    assessment = assessment_for(seminar.answers, context.knowledge, context.today)
    if assessment is None:
        raise ValueError(f"seminar {seminar.id} has no kind")
    return assessment


async def overview(context: Context, seminar: Seminar, *, heading: str = "") -> Reply:
    assessment = assessment_of(context, seminar)
    states = await context.services.seminars.item_states(seminar.id)
    counts = {v: sum(f.verdict is v for f in assessment.findings) for v in Verdict}
    lines = [heading] if heading else []
    lines += [texts.CARD_TITLE.format(name=seminar.name, kind=shown("kind", seminar.answers)), *_facts(seminar)]
    if assessment.ruling.reference:
        lines.append(reference_line(assessment))
    lines.append(progress_line(assessment, states))
    lines.append(
        texts.CHECKUP_COUNTS.format(
            fail=counts[Verdict.FAIL], missing=counts[Verdict.MISSING], passed=counts[Verdict.PASS]
        )
    )
    lines.append(next_line(assessment, states, context.today))
    return Reply(text="\n".join(lines), choices=_choices(seminar))


def next_item(assessment: Assessment, states: Mapping[str, ItemState]) -> ChecklistItem | None:
    """The one next thing: among what is stated and not done, the earliest due, else the first listed."""
    open_items = [i for i in assessment.items if i.stated and not is_done(states, i.key)]
    dated = [item for item in open_items if item.due]
    return min(dated, key=lambda item: item.due.prudent) if dated else next(iter(open_items), None)  # type: ignore[union-attr]


def next_line(assessment: Assessment, states: Mapping[str, ItemState], today: date) -> str:
    item = next_item(assessment, states)
    if item is None:
        return texts.ALL_DONE
    due = due_text(item)
    if item.due:
        left = (item.due.prudent - today).days
        due += texts.DAYS_TO_GO.format(days=left) if left >= 0 else texts.DAYS_OVER.format(days=-left)
    receiver = texts.RECEIVER.format(receiver=item.receiver) if item.receiver else ""
    return texts.NEXT_STEP.format(title=item.title, receiver=receiver, due=due)


def progress_line(assessment: Assessment, states: Mapping[str, ItemState]) -> str:
    done, every = progress(assessment.items, states)
    return texts.PROGRESS.format(bar=bar(done, every), done=done, all=every)


def bar(done: int, every: int) -> str:
    filled = BAR * done // every if every else BAR
    return "■" * filled + "□" * (BAR - filled)


def progress(items: Iterable[ChecklistItem], states: Mapping[str, ItemState]) -> tuple[int, int]:
    stated = [item for item in items if item.stated]
    return sum(is_done(states, i.key) for i in stated), len(stated)


def reference_line(assessment: Assessment) -> str:
    year = assessment.plan.opening.year if assessment.plan.opening else texts.SOME_YEAR
    return texts.REFERENCE_HEADING.format(year=year, notice=assessment.ruling.notice.plan_year)


@cache
def short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:10]


def _facts(seminar: Seminar) -> list[str]:
    a = seminar.answers
    days = [long_date(day) for day in (a.opening, a.closing) if day]
    online = texts.ONLINE.format(count=a.online) if a.online else ""
    people = [texts.TRAINEES.format(count=a.trainees) + online] if a.trainees else []
    people += [texts.STAFF.format(count=a.staff)] if a.staff else []
    found = ["—".join(days), "，".join([*filter(None, [a.place]), *people]), a.organizer or ""]
    return [line for line in found if line]


def _choices(seminar: Seminar) -> tuple[Choice, ...]:
    number = seminar.id
    choices = [
        Choice(label=texts.NEXT_LABEL, token=f"next:{number}"),
        Choice(label=texts.CHECKLIST_LABEL, token=f"list:{number}"),
        Choice(label=texts.CHECKUP_LABEL, token=f"check:{number}"),
        Choice(label=texts.DOCUMENTS_LABEL, token=f"docs:{number}"),
        Choice(label=texts.PAGE_LABEL, token=f"link:{number}:page"),
    ]
    if seminar.role is not Role.READER:
        choices.append(Choice(label=texts.CHANGE_LABEL, token=f"change:{number}"))
    choices.append(Choice(label=texts.TEAM_LABEL, token=f"team:{number}"))
    choices.append(Choice(label=reminder_texts.SEMINAR_REMINDERS_LABEL, token=f"reminded:{number}"))
    if seminar.role is Role.OWNER:
        choices.append(Choice(label=texts.REMOVE_LABEL, token=f"remove:{number}"))
    return tuple(choices)

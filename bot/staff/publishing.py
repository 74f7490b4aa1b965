"""Publishing: one transaction for the revision, audit log, replanned reminders and notifications."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial

import structlog

from bot.clock import Clock
from bot.engine.live_knowledge import LiveKnowledge
from bot.storage.db.database import Connection, Database
from bot.storage.db.retry import retried
from bot.storage.reminders.announcements import Announcement, enqueue
from bot.storage.seminars.active_seminars import ActiveSeminar, active_seminars
from bot.storage.seminars.reminder_planning import PlanReminders, ReminderPlan
from bot.storage.staff.audit import Actor
from bot.storage.staff.draft_models import DraftStage, HeldDraft, ReviewDecision
from bot.storage.staff.drafts import move
from bot.storage.staff.revisions import Outdated, append, current_publications, one_at_a_time
from handlers.domain.notice_effects import Effect, effects, told
from handlers.texts import staff as staff_texts
from knowledge.model.notice import Contact, Notice, UnownedFigure
from knowledge.model.snapshot import Knowledge
from knowledge.publications import Publication, Subject
from knowledge.validation import notice_problems, problems

MOVING = frozenset({Subject.NOTICE, Subject.HOLIDAYS})
UNPUBLISHED = (DraftStage.OPEN, DraftStage.WAITING)
Within = Callable[[Connection], None]
TRIES = 10
"""How often a publication is worked out anew because another one came first."""


log = structlog.get_logger(__name__)


class NotReady(ValueError):
    """`problems` says, in Chinese, what prevents publishing."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Touched:
    seminar: ActiveSeminar
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a publication does, worked out before its transaction from what was published and registered then."""

    current: tuple[Publication, ...]
    before: Knowledge
    after: Knowledge
    today: date
    seminars: Mapping[int, Touched]

    def effects_for(self, one: ActiveSeminar) -> tuple[Effect, ...]:
        known = self.seminars.get(one.id)
        if known and (known.seminar.answers, known.seminar.states) == (one.answers, one.states):
            return known.effects
        return effects(one.answers, one.states, self.before, self.after, self.today)


class Overtaken(Exception):
    pass


def compiled(draft: HeldDraft) -> Notice:
    """Raises ValidationError."""
    said = draft.said
    contact = Contact.model_validate(said.get("contact") or {"office": "", "person": "", "phone": ""})
    return Notice(
        id=said["id"],
        title=said["title"],
        plan_year=said["plan_year"],
        genre=said["genre"],
        issuer=said["issuer"],
        doc_no=said.get("doc_no") or None,
        issued_on=said.get("issued_on") or None,
        annexes_held=False,
        kinds=said["kinds"],
        contact=contact,
        facts=tuple(one.fact for one in draft.of_state(ReviewDecision.ACCEPTED)),
        context=tuple(UnownedFigure.model_validate(row) for row in draft.context),
        source=draft.source,
    )


def standing_against(
    draft: HeldDraft, after: Callable[[Notice], Knowledge], held: Collection[str] = ()
) -> tuple[str, ...]:
    """Problems, in Chinese, with `after` the notice added; those that `held` has already are not reported."""
    found = []
    said = draft.said
    for field, label in {"title": "标题", "plan_year": "计划年度", "issuer": "发文单位", "genre": "通知性质"}.items():
        if not said.get(field):
            found.append(staff_texts.FIELD_MISSING.format(field=label))
    if not said.get("kinds"):
        found.append(staff_texts.KINDS_MISSING)
    pending = len(draft.of_state(ReviewDecision.PENDING))
    if pending:
        found.append(staff_texts.FACTS_PENDING.format(count=pending))
    unnamed = [one for one in draft.of_state(ReviewDecision.ACCEPTED) if not one.fact.topic]
    found += [staff_texts.TOPIC_UNCHOSEN.format(quote=one.fact.quote[:20]) for one in unnamed]
    if found:
        return tuple(found)
    notice = compiled(draft)
    own = [f"{notice.id}：{line}" for line in notice_problems(notice)]
    found += [line for line in problems(after(notice)) if line not in held]
    return (*(line.partition("：")[2] for line in own), *(line for line in found if line not in own))


@dataclass(frozen=True)
class Publishing:
    database: Database
    live_knowledge: LiveKnowledge
    plan_with: Callable[[Knowledge], PlanReminders]
    clock: Clock

    async def touched(self, before: Knowledge, after: Knowledge) -> tuple[Touched, ...]:
        live = await self.database.query(active_seminars)
        return await asyncio.to_thread(_touched, live, before, after, self.clock().date())

    async def publish(
        self,
        change: Publication,
        replaces: int,
        reason: str,
        actor: Actor,
        *,
        occasion: str = "",
        draft: tuple[int, int] | None = None,
        maker: int | None = None,
        also: Sequence[Announcement] = (),
        within: Within | None = None,
    ) -> int:
        """Returns the new revision. Raises Outdated, Stale, ValidationError and StorageUnavailable.

        `replaces` was current when the change was reviewed, `draft` is its draft with the version of then, `maker` who
        prepared it where `actor` is the second person; `also` and `within` join the same transaction.
        """
        now = self.clock()

        def write(foreseen: Foreseen, connection: Connection) -> int:
            """Locks are taken in the order everybody takes them: seminars, then people, the audit log last."""
            one_at_a_time(connection)
            if current_publications(connection) != foreseen.current:
                raise Overtaken
            if draft is not None:
                move(connection, draft[0], UNPUBLISHED, DraftStage.PUBLISHED, actor, now, version=draft[1])
            found = self._replan(connection, foreseen) if change.subject in MOVING else ()
            if within is not None:
                within(connection)
            name = f"{change.subject}:{change.name}:{replaces}"  # one publication replaces each revision
            messages = [message for one in found for message in _messages(one, name, occasion)]
            enqueue(self.database, connection, [*messages, *also], now)
            return append(connection, change, replaces, reason, actor, now, maker, draft)

        revision = await self._written(change, now.date(), write)
        try:
            await self.live_knowledge.refresh()
        except Exception:  # committed: the refresh loop loads it on its next pass
            log.exception("已发布，本进程稍后换上", revision=revision)
        return revision

    async def _written(self, change: Publication, today: date, write: Callable[[Foreseen, Connection], int]) -> int:
        for _ in range(TRIES):
            current = await self.database.query(current_publications)
            live = await self.database.query(active_seminars) if change.subject in MOVING else ()
            foreseen = await asyncio.to_thread(self._foresee, change, current, live, today)
            with suppress(Overtaken):
                return await retried(partial(self.database.transact, partial(write, foreseen)))
        raise Outdated

    def _foresee(
        self, change: Publication, current: tuple[Publication, ...], live: Iterable[ActiveSeminar], today: date
    ) -> Foreseen:
        before, after = self.live_knowledge.overlaid(current), self.live_knowledge.overlaid([*current, change])
        seen = {one.id: Touched(one, effects(one.answers, one.states, before, after, today)) for one in live}
        return Foreseen(current=current, before=before, after=after, today=today, seminars=seen)

    def _replan(self, connection: Connection, foreseen: Foreseen) -> tuple[Touched, ...]:
        """The seminars are locked: only what has changed since it was foreseen is worked out again."""
        plan = ReminderPlan(self.database, self.plan_with(foreseen.after), self.clock)
        live = active_seminars(connection, lock=True)
        for one in live:
            plan.replan(connection, one.id)
        found = (Touched(one, foreseen.effects_for(one)) for one in live)
        return tuple(one for one in found if one.effects)


def _touched(live: Sequence[ActiveSeminar], before: Knowledge, after: Knowledge, today: date) -> tuple[Touched, ...]:
    found = ((one, effects(one.answers, one.states, before, after, today)) for one in live)
    return tuple(Touched(one, changed) for one, changed in found if changed)


def _messages(one: Touched, name: str, occasion: str) -> list[Announcement]:
    reply = told(one.seminar.id, one.seminar.name, occasion, one.effects)
    return [Announcement(person, one.seminar.id, name, reply) for person in one.seminar.people]


def occasion_of(change: Publication, before: Notice | None, reason: str) -> str:
    if change.subject is not Subject.NOTICE:
        return staff_texts.RULES_CHANGED.format(label=change.subject.label, reason=reason)
    if change.content is None:
        title = f"《{before.title}》" if before else change.name
        return staff_texts.NOTICE_WITHDRAWN.format(title=title, reason=reason)
    title = f"《{change.content['title']}》"
    form = staff_texts.NOTICE_REVISED if before else staff_texts.NOTICE_PUBLISHED
    return form.format(title=title, reason=reason)

"""Publishing: one transaction for the revision, audit log, replanned reminders and notifications."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.engine.live_knowledge import LiveKnowledge
from bot.storage.db.database import Database
from bot.storage.db.retry import retried
from bot.storage.reminders.announcements import Announcement, enqueue
from bot.storage.seminars.active_seminars import ActiveSeminar, active_seminars
from bot.storage.seminars.reminder_planning import PlanReminders, ReminderPlan
from bot.storage.staff.audit import Actor
from bot.storage.staff.draft_models import DraftStage, HeldDraft, ReviewDecision
from bot.storage.staff.drafts import move
from bot.storage.staff.revisions import append, current_publications
from handlers.domain.notice_effects import Effect, effects, told
from handlers.texts import staff as staff_texts
from knowledge.model.notice import Contact, Notice, UnownedFigure
from knowledge.model.snapshot import Knowledge
from knowledge.publications import Publication, Subject
from knowledge.validation import notice_problems, problems

PUBLISHING = 7_120_251_003
"""PostgreSQL advisory lock: publications happen one after the other."""

MOVING = frozenset({Subject.NOTICE, Subject.HOLIDAYS})
"""Subjects that determine seminars' dates and limits."""
UNPUBLISHED = (DraftStage.OPEN, DraftStage.WAITING)
Within = Callable[[AsyncConnection], Awaitable[None]]


log = structlog.get_logger(__name__)


class NotReady(ValueError):
    """`problems` says, in Chinese, what prevents publishing."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Touched:
    """An active seminar whose plan the publication changes."""

    seminar: ActiveSeminar
    effects: tuple[Effect, ...]


def compiled(draft: HeldDraft) -> Notice:
    """The notice made of a draft's accepted facts. Raises ValidationError."""
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
    """Problems, in Chinese, that prevent a draft from being published.

    `after` is the knowledge with the notice added; problems that `held` has already are not reported.
    """
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


class Publishing:
    def __init__(
        self,
        database: Database,
        live_knowledge: LiveKnowledge,
        plan_with: Callable[[Knowledge], PlanReminders],
        clock: Clock,
    ) -> None:
        self._database = database
        self._live_knowledge = live_knowledge
        self._plan_with = plan_with
        self._clock = clock

    async def touched(self, before: Knowledge, after: Knowledge) -> tuple[Touched, ...]:
        async with self._database.read() as connection:
            live = await active_seminars(connection)
        return await asyncio.to_thread(_touched, live, before, after, self._clock().date())

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

        `replaces` is the revision current when the change was reviewed, `draft` the draft with its version at that
        time, `maker` who prepared it where `actor` is the second person. `also` are further messages, `within`
        further writes of the caller, in the same transaction.
        """
        revision = await retried(
            lambda: self._transaction(
                change,
                replaces,
                reason,
                actor,
                occasion=occasion,
                draft=draft,
                maker=maker,
                also=also,
                within=within,
            )
        )
        try:
            await self._live_knowledge.refresh()
        except Exception:  # committed: the refresh loop loads it on its next pass
            log.exception("已发布，本进程稍后换上", revision=revision)
        return revision

    async def _transaction(
        self,
        change: Publication,
        replaces: int,
        reason: str,
        actor: Actor,
        *,
        occasion: str,
        draft: tuple[int, int] | None,
        maker: int | None,
        also: Sequence[Announcement],
        within: Within | None,
    ) -> int:
        """Reads everything after taking the lock, so that a concurrent publication is not undone.

        Lock order everywhere: seminars, then people, the audit log last.
        """
        now = self._clock()
        async with self._database.write() as connection:
            await _one_at_a_time(connection)
            current = await current_publications(connection)
            before = self._live_knowledge.overlaid(current)
            after = self._live_knowledge.overlaid([*current, change])
            if draft is not None:
                await move(connection, draft[0], UNPUBLISHED, DraftStage.PUBLISHED, actor, now, version=draft[1])
            found: tuple[Touched, ...] = ()
            if change.subject in MOVING:
                plan = ReminderPlan(self._database, self._plan_with(after), self._clock)
                live = await active_seminars(connection, lock=True)
                found = await asyncio.to_thread(_touched, live, before, after, now.date())
                for one in live:
                    await plan.replan(connection, one.id)
            if within is not None:
                await within(connection)
            name = f"{change.subject}:{change.name}:{replaces}"  # one publication replaces each revision
            messages = [message for one in found for message in _messages(one, name, occasion)]
            await enqueue(self._database, connection, [*messages, *also], now)
            return await append(connection, change, replaces, reason, actor, now, maker, draft)


def _touched(live: Sequence[ActiveSeminar], before: Knowledge, after: Knowledge, today: date) -> tuple[Touched, ...]:
    found = ((one, effects(one.answers, one.states, before, after, today)) for one in live)
    return tuple(Touched(one, changed) for one, changed in found if changed)


def _messages(one: Touched, name: str, occasion: str) -> list[Announcement]:
    reply = told(one.seminar.id, one.seminar.name, occasion, one.effects)
    return [Announcement(person, one.seminar.id, name, reply) for person in one.seminar.people]


async def _one_at_a_time(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(PUBLISHING)))


def occasion_of(change: Publication, before: Notice | None, reason: str) -> str:
    if change.subject is not Subject.NOTICE:
        return staff_texts.RULES_CHANGED.format(label=change.subject.label, reason=reason)
    if change.content is None:
        title = f"《{before.title}》" if before else change.name
        return staff_texts.NOTICE_WITHDRAWN.format(title=title, reason=reason)
    title = f"《{change.content['title']}》"
    form = staff_texts.NOTICE_REVISED if before else staff_texts.NOTICE_PUBLISHED
    return form.format(title=title, reason=reason)

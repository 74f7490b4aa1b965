"""Publishing: one transaction for revision, log, replanned reminders and messages to those it touches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.snapshots import Snapshots
from bot.storage.audit import Actor
from bot.storage.database import Database
from bot.storage.drafts import DraftStage, HeldDraft, Judgement, move
from bot.storage.live import LiveSeminar, live_seminars
from bot.storage.reminder_plan import PlanReminders, ReminderPlan
from bot.storage.revisions import append
from bot.storage.telling import Message, tell
from handlers import staff_texts
from handlers.effects import Effect, effects, told
from knowledge.check import notice_problems, problems
from knowledge.loading import Knowledge
from knowledge.publications import Publication, Subject
from knowledge.schema import Contact, Context, Notice

PUBLISHING = 7_120_251_003
"""PostgreSQL advisory lock: publications happen one after the other."""

UNPUBLISHED = (DraftStage.OPEN, DraftStage.WAITING)
Within = Callable[[AsyncConnection], Awaitable[None]]


class NotReady(ValueError):
    """Something stands against publishing: the messages say what, in Chinese."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Touched:
    """A live seminar that a publication changes something for."""

    seminar: LiveSeminar
    effects: tuple[Effect, ...]


def compiled(draft: HeldDraft) -> Notice:
    """The notice that the accepted facts of a draft make. Raises ValidationError."""
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
        facts=tuple(one.fact for one in draft.of_state(Judgement.ACCEPTED)),
        context=tuple(Context.model_validate(row) for row in draft.context),
        source=draft.source,
    )


def standing_against(draft: HeldDraft, after: Callable[[Notice], Knowledge]) -> tuple[str, ...]:
    """Everything that has to be settled before a draft can be published, in Chinese; `after` adds the notice."""
    found = []
    said = draft.said
    for field, label in {"title": "标题", "plan_year": "计划年度", "issuer": "发文单位", "genre": "通知性质"}.items():
        if not said.get(field):
            found.append(f"还没有填{label}")
    if not said.get("kinds"):
        found.append("还没有勾选适用的项目类型")
    pending = len(draft.of_state(Judgement.PENDING))
    if pending:
        found.append(f"还有{pending}条事实待定：逐条采用、修改或不采用")
    unnamed = [one for one in draft.of_state(Judgement.ACCEPTED) if not one.fact.topic]
    found += [f"事实“{one.fact.quote[:20]}”还没有选话题" for one in unnamed]
    if found:
        return tuple(found)
    notice = compiled(draft)
    whole = after(notice)
    own = list(notice_problems(notice))
    return (*own, *(line for line in problems(whole) if not line.startswith(f"{notice.id}：")))


class Publishing:
    """What changes the knowledge of every process."""

    def __init__(
        self,
        database: Database,
        snapshots: Snapshots,
        plan_with: Callable[[Knowledge], PlanReminders],
        clock: Clock,
    ) -> None:
        self._database = database
        self._snapshots = snapshots
        self._plan_with = plan_with
        self._clock = clock

    async def touched(self, before: Knowledge, after: Knowledge) -> tuple[Touched, ...]:
        """The live seminars for which something changes."""
        async with self._database.read() as connection:
            live = await live_seminars(connection)
        return await asyncio.to_thread(_touched, live, before, after, self._clock().date())

    async def publish(
        self,
        change: Publication,
        replaces: int,
        reason: str,
        actor: Actor,
        *,
        occasion: str = "",
        draft_id: int | None = None,
        approved_by: int | None = None,
        also: Sequence[Message] = (),
        within: Within | None = None,
    ) -> int:
        """Publish; returns the revision. Raises Outdated, Stale, ValidationError and StorageUnavailable.

        `replaces` is the revision that was current when the change was looked at. `also` are messages of the caller's,
        `within` writes of the caller's in the same transaction.
        """
        now = self._clock()
        before = await self._snapshots.as_at(now)
        after = await self._snapshots.with_change(change)
        plan = ReminderPlan(self._database, self._plan_with(after), self._clock)
        async with self._database.write() as connection:
            await _one_at_a_time(connection)
            revision = await append(connection, change, replaces, reason, actor, now, approved_by)
            if draft_id is not None:
                await move(
                    connection, draft_id, (DraftStage.OPEN, DraftStage.WAITING), DraftStage.PUBLISHED, actor, now
                )
            live = await live_seminars(connection)
            found = await asyncio.to_thread(_touched, live, before, after, now.date())
            for one in live:
                await plan.replan(connection, one.id)
            messages = [message for one in found for message in _messages(one, f"revision:{revision}", occasion)]
            await tell(self._database, connection, [*messages, *also], now)
            if within is not None:
                await within(connection)
        await self._snapshots.refresh()
        return revision


def _touched(live: Sequence[LiveSeminar], before: Knowledge, after: Knowledge, today: date) -> tuple[Touched, ...]:
    found = ((one, effects(one.answers, one.states, before, after, today)) for one in live)
    return tuple(Touched(one, changed) for one, changed in found if changed)


def _messages(one: Touched, name: str, occasion: str) -> list[Message]:
    reply = told(one.seminar.id, one.seminar.name, occasion, one.effects)
    return [Message(person, one.seminar.id, name, reply) for person in one.seminar.people]


async def _one_at_a_time(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(PUBLISHING)))


def occasion_of(change: Publication, before: Notice | None, reason: str) -> str:
    """What people are told about why they are told."""
    if change.subject is not Subject.NOTICE:
        return staff_texts.RULES_CHANGED.format(label=change.subject.label, reason=reason)
    if change.content is None:
        title = f"《{before.title}》" if before else change.name
        return staff_texts.NOTICE_WITHDRAWN.format(title=title, reason=reason)
    title = f"《{change.content['title']}》"
    form = staff_texts.NOTICE_REVISED if before else staff_texts.NOTICE_PUBLISHED
    return form.format(title=title, reason=reason)

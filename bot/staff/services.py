"""The services behind the console and staff chat commands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.clock import SHANGHAI, Clock
from bot.engine.live_knowledge import LiveKnowledge
from bot.engine.service import AnswerService
from bot.staff.authentication import SigningIn
from bot.staff.impact import MOST_QUESTIONS, Impact, asked_again, fact_changes
from bot.staff.notice_import import NoticeImport
from bot.staff.publishing import Publishing, compiled, standing_against
from bot.staff.question_inbox import QuestionInbox
from bot.staff.seminar_board import Board
from bot.storage.channels.incidents import ChannelIncidents
from bot.storage.db.database import Database
from bot.storage.reminders.reports import ReminderReports
from bot.storage.seminars.reminder_planning import PlanReminders, ReminderPlan
from bot.storage.seminars.seminars import Seminars
from bot.storage.staff.accounts import Accounts
from bot.storage.staff.audit import Audit
from bot.storage.staff.draft_models import HeldDraft
from bot.storage.staff.drafts import Drafts
from bot.storage.staff.open_questions import StaffInbox
from bot.storage.staff.revisions import Revisions
from bot.storage.staff.statistics import recent_questions
from handlers.domain.reminder_schedule import all_reminders
from handlers.texts import staff as staff_texts
from knowledge.importing.alignment import earlier_of_series
from knowledge.model.notice import Notice
from knowledge.model.snapshot import Knowledge
from knowledge.publications import Publication, Subject, overlaid
from knowledge.validation import problems


@dataclass(frozen=True, kw_only=True)
class StaffServices:
    database: Database
    answering: AnswerService
    accounts: Accounts
    signing_in: SigningIn
    audit: Audit
    drafts: Drafts
    revisions: Revisions
    live_knowledge: LiveKnowledge
    publishing: Publishing
    reading: NoticeImport
    inbox: QuestionInbox
    board: Board
    reports: ReminderReports
    incidents: ChannelIncidents
    clock: Clock
    second_person: bool

    @classmethod
    def over(
        cls,
        *,
        database: Database,
        shipped: Knowledge,
        answering: AnswerService,
        seminars: Seminars,
        plan: ReminderPlan,
        reports: ReminderReports,
        clock: Clock,
        second_person: bool,
    ) -> StaffServices:
        accounts, drafts, revisions = Accounts(database), Drafts(database), Revisions(database)
        live_knowledge = LiveKnowledge(shipped, revisions, answering, plan.replan_all)
        publishing = Publishing(database, live_knowledge, plan_with, clock)
        return cls(
            database=database,
            answering=answering,
            accounts=accounts,
            signing_in=SigningIn(accounts, clock),
            audit=Audit(database),
            drafts=drafts,
            revisions=revisions,
            live_knowledge=live_knowledge,
            publishing=publishing,
            reading=NoticeImport(drafts, revisions, answering, clock),
            inbox=QuestionInbox(database, StaffInbox(database), seminars, revisions, publishing, clock),
            board=Board(database, plan, clock),
            reports=reports,
            incidents=ChannelIncidents(database),
            clock=clock,
            second_person=second_person,
        )

    @property
    def knowledge(self) -> Knowledge:
        return self.answering.knowledge

    def with_notice(self, notice: Notice) -> Knowledge:
        return overlaid(self.knowledge, [Publication(Subject.NOTICE, notice.id, notice.model_dump(mode="json"))])

    def problems_of(self, draft: HeldDraft) -> tuple[str, ...]:
        return standing_against(draft, self.with_notice, problems(self.knowledge))

    def compared_with(self, notice: Notice) -> Notice | None:
        """The notice's own earlier version, else the preceding one of its series."""
        others = [one for one in self.knowledge.notices if one.plan_year < notice.plan_year]
        return self.knowledge.notice_by_id.get(notice.id) or earlier_of_series(notice.title, others)

    async def change_of(self, draft: HeldDraft) -> tuple[Publication, int, Notice | None]:
        """The publication of a draft, the revision it replaces, and the held notice of the same id."""
        notice = compiled(draft)
        held = self.knowledge.notice_by_id.get(notice.id)
        change = Publication(Subject.NOTICE, notice.id, notice.model_dump(mode="json"))
        return change, await self.revisions.head(Subject.NOTICE, notice.id), held

    async def overtaken(self, draft: HeldDraft) -> bool:
        change, head, held = await self.change_of(draft)
        if draft.against == change.name:
            return head != draft.base
        return held is not None and held.title != draft.said["title"]

    async def before(self, subject: Subject, name: str) -> tuple[Publication, int] | None:
        """The content before the current revision of a subject, and that revision; None where there is none."""
        own = await self.revisions.of(subject, name, 2)
        if not own:
            return None
        if len(own) > 1:
            return Publication(subject, name, own[1].content), own[0].id
        shipped = self.live_knowledge.shipped.notice_by_id.get(name) if subject is Subject.NOTICE else None
        content = shipped.model_dump(mode="json") if shipped else None
        return Publication(subject, name, content), own[0].id

    def check_withdrawal(self, change: Publication) -> None:
        """Raises ValueError where no notice would be left to answer from."""
        left = [one for one in self.knowledge.notices if one.id != change.name]
        if change.subject is Subject.NOTICE and change.content is None and not left:
            raise ValueError(staff_texts.LAST_NOTICE)

    async def impact_of_draft(self, draft: HeldDraft) -> Impact:
        notice = compiled(draft)
        return await self.impact(self.compared_with(notice), notice, self.with_notice(notice))

    async def impact(self, before: Notice | None, after: Notice | None, then: Knowledge) -> Impact:
        today, now_known = self.clock().date(), self.knowledge
        questions = await recent_questions(self.database, MOST_QUESTIONS)
        cases = await self.revisions.cases()
        answers, results = await asyncio.to_thread(asked_again, self.answering.engine, then, questions, cases, today)
        touched = await self.publishing.touched(now_known, then)
        return Impact(fact_changes(before, after), len(questions), answers, results, touched)


def plan_with(knowledge: Knowledge) -> PlanReminders:
    current: Callable[[], Knowledge] = lambda: knowledge  # noqa: E731 - a name for the type
    return partial(all_reminders, current, SHANGHAI)

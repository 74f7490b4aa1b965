"""Unanswered questions for staff: grouped near-duplicates, published answers, notified askers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from secrets import token_hex

from rapidfuzz import fuzz

from bot.clock import Clock
from bot.staff.publishing import NotReady, Publishing
from bot.storage.db.database import Connection, Database
from bot.storage.reminders.announcements import Announcement
from bot.storage.staff.accounts import Account
from bot.storage.staff.audit import record
from bot.storage.staff.open_questions import OpenQuestion, StaffInbox, keep_case, reopen, reopen_answered, settle
from bot.storage.staff.revisions import Revisions
from handlers.core.seminar_ports import SeminarStore
from handlers.domain.citations import citations_of
from handlers.domain.messages import Address, Citation, Reply
from handlers.texts import staff as staff_texts
from knowledge.language.text import plain_text
from knowledge.model.snapshot import CitedFact, Knowledge
from knowledge.model.staff_answer import StaffAnswer
from knowledge.publications import Publication, Subject, answer_problems

ALIKE = 82.0
"""Percent similarity from which questions are grouped."""
SHOWN_ASIDE = 10
OFFICE_HOLDS = timedelta(days=365)
MOST_WORDINGS = 12
SHOWN_QUESTION = 60
UNREACHED = frozenset({"api"})
EXPIRES_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Group:
    """Near-duplicate questions; the newest one represents them."""

    questions: tuple[OpenQuestion, ...]

    @property
    def first(self) -> OpenQuestion:
        return self.questions[0]

    @property
    def weight(self) -> tuple[int, int, int]:
        """Sort order: questions forwarded to staff, then down-voted ones, then by number of askers."""
        left, down = any(q.left for q in self.questions), any(q.voted_down for q in self.questions)
        return (int(left), int(down), len(self.questions))

    @property
    def wordings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(question.text for question in self.questions))


def grouped(found: Sequence[OpenQuestion]) -> tuple[Group, ...]:
    groups: list[tuple[str, list[OpenQuestion]]] = []
    for question in found:
        words = plain_text(question.text)
        home = next((members for key, members in groups if fuzz.ratio(words, key) >= ALIKE), None)
        if home is None:
            groups.append((words, [question]))
        else:
            home.append(question)
    made = [Group(tuple(members)) for _, members in groups]
    return tuple(sorted(made, key=lambda group: group.weight, reverse=True))


@dataclass(frozen=True)
class QuestionInbox:
    database: Database
    inbox: StaffInbox
    people: SeminarStore
    revisions: Revisions
    publishing: Publishing
    clock: Clock

    async def groups(self) -> tuple[Group, ...]:
        found = await self.inbox.open(self.clock())
        return await asyncio.to_thread(grouped, found)

    async def group_of(self, question_id: int) -> Group | None:
        found = await self.groups()
        return next((group for group in found if any(q.id == question_id for q in group.questions)), None)

    async def answer(
        self,
        group: Group,
        *,
        text: str,
        wordings: Sequence[str],
        notice: str,
        clause: str,
        quote: str,
        account: Account,
        knowledge: Knowledge,
    ) -> int:
        """Publishes an answer, notifies the askers, keeps a regression case. Raises NotReady and Outdated."""
        now = self.clock()
        answer = StaffAnswer(
            id=f"da-{now:%Y%m%d}-{token_hex(3)}",
            questions=tuple(dict.fromkeys(words.strip() for words in wordings if words.strip()))[:MOST_WORDINGS],
            text=text.strip(),
            notice=notice,
            clause=clause if notice else "",
            quote=quote.strip() if notice else "",
            author=account.display,
            answered_on=now.date(),
            expires_on=None if notice else (now + OFFICE_HOLDS).date(),
        )
        if wrong := tuple(answer_problems(answer, knowledge)):
            raise NotReady(wrong)
        change = Publication(Subject.ANSWER, answer.id, answer.model_dump(mode="json"))
        ids = [question.id for question in group.questions]

        def settled(connection: Connection) -> None:
            settle(connection, self.database, ids, answer.id, account.id, now)
            keep_case(connection, answer.questions[0], answer.text, answer.id, now)

        messages = told(group, answer, knowledge, await self._askers(group))
        reason = staff_texts.ANSWER_REASON.format(question=group.first.text[:SHOWN_QUESTION])
        return await self.publishing.publish(change, 0, reason, account.actor, also=messages, within=settled)

    async def _askers(self, group: Group) -> dict[Address, int]:
        """Distinct addresses; clients of the HTTP API cannot be notified."""
        found = {question.address: question.person_id for question in group.questions}
        return {
            address: person if person is not None else await self.people.person(address, self.clock())
            for address, person in found.items()
            if address.channel not in UNREACHED
        }

    async def put_aside(self, group: Group, account: Account) -> None:
        ids = [question.id for question in group.questions]
        now = self.clock()
        after = {"questions": ids, "text": group.first.text}

        def work(connection: Connection) -> None:
            settle(connection, self.database, ids, "", account.id, now)
            record(connection, account.actor, "搁置问题", f"提问 {group.first.id}", now, after=after)

        await self.database.transact(work)

    async def last_put_aside(self) -> tuple[tuple[int, str], ...]:
        return await self.inbox.put_aside(SHOWN_ASIDE)

    async def list_again(self, question_id: int, account: Account) -> None:
        def work(connection: Connection) -> None:
            if reopen(connection, question_id):
                record(connection, account.actor, "重新列出", f"提问 {question_id}", self.clock())

        await self.database.transact(work)

    async def standing(self) -> tuple[StaffAnswer, ...]:
        current = await self.revisions.current()
        answers = [StaffAnswer.model_validate(r.content) for r in current if r.subject is Subject.ANSWER and r.content]
        return tuple(sorted(answers, key=lambda answer: (answer.expires_on or date.max, answer.id)))

    async def confirm(self, answer_id: str, account: Account) -> None:
        """Extends an office answer by a year. Raises NotReady and Outdated."""
        answer = next((one for one in await self.standing() if one.id == answer_id), None)
        if answer is None or answer.expires_on is None:
            raise NotReady((staff_texts.NO_OFFICE_ANSWER,))
        now = self.clock()
        longer = answer.model_copy(update={"expires_on": (now + OFFICE_HOLDS).date()})
        change = Publication(Subject.ANSWER, answer_id, longer.model_dump(mode="json"))
        replaces = await self.revisions.head(Subject.ANSWER, answer_id)
        await self.publishing.publish(change, replaces, staff_texts.ANSWER_CONFIRMED, account.actor)

    async def take_back(self, answer_id: str, reason: str, account: Account) -> None:
        """Withdraws an answer. Raises Outdated."""
        if all(one.id != answer_id for one in await self.standing()):
            raise NotReady((staff_texts.NO_ANSWER,))
        replaces = await self.revisions.head(Subject.ANSWER, answer_id)
        change = Publication(Subject.ANSWER, answer_id, None)
        waiting_again = partial(reopen_answered, answer=answer_id)
        await self.publishing.publish(change, replaces, reason, account.actor, within=waiting_again)


def expires_soon(answer: StaffAnswer, now: datetime) -> bool:
    return answer.expires_on is not None and answer.expires_on <= (now + EXPIRES_SOON).date()


def told(
    group: Group, answer: StaffAnswer, knowledge: Knowledge, person_of: Mapping[Address, int]
) -> tuple[Announcement, ...]:
    notice = knowledge.notice_by_id.get(answer.notice)
    citations = citations_of((CitedFact(notice, answer.fact),)) if notice else ()
    asked: dict[int, str] = {}
    for question in group.questions:
        if question.address in person_of:
            asked.setdefault(person_of[question.address], question.text)
    return tuple(
        Announcement(person, None, f"answer:{answer.id}", _reply(words, answer, citations))
        for person, words in asked.items()
    )


def _reply(words: str, answer: StaffAnswer, citations: tuple[Citation, ...]) -> Reply:
    head = staff_texts.STAFF_ANSWERED.format(question=words[:SHOWN_QUESTION])
    signed = staff_texts.ANSWER_SIGNED.format(author=answer.author, day=answer.answered_on.isoformat())
    mark = signed if answer.of_office else ""
    return Reply(text=f"{head}\n{answer.text}{mark}", citations=citations)

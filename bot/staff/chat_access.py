"""`handlers.core.ports.StaffChatPort`: staff services for a linked chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.staff.question_inbox import Group
from bot.staff.seminar_board import Filter, Urgency
from bot.staff.services import StaffServices
from bot.storage.seminars.seminars import Seminars
from bot.storage.staff.accounts import Account, Purpose, StaffRole
from handlers.domain.messages import Address
from handlers.domain.seminar import TooManyTries
from handlers.domain.staff_member import StaffMember, WaitingQuestion
from handlers.texts import staff as texts

MOST_TRIES, TRIES_WINDOW = 5, timedelta(minutes=10)
EVERYWHERE, MOST_EVERYWHERE = "chat", 100
"""Limit over all chats together, against guessing from many of them."""
TELEGRAM_GROUP = "-"
"""A group cannot be linked: its members share one address."""


@dataclass(frozen=True)
class StaffChat:
    """Account and role are looked up on every call, so that a change takes effect at once."""

    services: StaffServices
    seminars: Seminars

    async def link(self, address: Address, code: str) -> str | None:
        accounts, now = self.services.accounts, self.services.clock()
        source = f"chat {address.channel} {address.id}"
        for place, most in ((source, MOST_TRIES), (EVERYWHERE, MOST_EVERYWHERE)):
            if await accounts.failures_since(place, now - TRIES_WINDOW) >= most:
                raise TooManyTries
        if address.channel == "telegram" and address.id.startswith(TELEGRAM_GROUP):
            return None
        account_id = await accounts.redeem(code, Purpose.CHAT, now)
        account = await accounts.by_id(account_id) if account_id else None
        if account is None or account.disabled_at:
            for place in (source, EVERYWHERE):
                await accounts.note_failure(place, now)
            return None
        person = await self.seminars.person(address, now)
        await accounts.link_chat(account, person, now)
        return account.display

    async def member(self, address: Address) -> StaffMember | None:
        account = await self.services.accounts.by_address(address)
        return StaffMember(name=account.display, may_answer=_may_answer(account)) if account else None

    async def questions(self, limit: int) -> tuple[WaitingQuestion, ...]:
        return tuple(_waiting(group) for group in (await self.services.inbox.groups())[:limit])

    async def question(self, question_id: int) -> WaitingQuestion | None:
        group = await self.services.inbox.group_of(question_id)
        return _waiting(group) if group else None

    async def overdue(self, limit: int) -> tuple[str, ...]:
        rows = await self.services.board.rows(self.services.knowledge, Filter(urgency=Urgency.OVERDUE))
        return tuple(
            texts.OVERDUE_LINE.format(seminar=row.seminar.name, item=row.item.title, due=row.due)
            for row in rows[:limit]
            if row.item
        )

    async def answer(self, address: Address, question_id: int, text: str) -> None:
        account = await self.services.accounts.by_address(address)
        group = await self.services.inbox.group_of(question_id)
        if account is None or not _may_answer(account):
            raise ValueError(texts.NO_PUBLISHING_RIGHT)
        if group is None:
            raise ValueError(texts.QUESTION_SETTLED)
        await self.services.inbox.answer(
            group,
            text=text,
            wordings=group.wordings,
            notice="",
            clause="",
            quote="",
            account=account,
            knowledge=self.services.knowledge,
        )


def _may_answer(account: Account) -> bool:
    return account.role.may(StaffRole.PUBLISHER)


def _waiting(group: Group) -> WaitingQuestion:
    return WaitingQuestion(id=group.first.id, text=group.first.text, times=len(group.questions), why=group.first.why)

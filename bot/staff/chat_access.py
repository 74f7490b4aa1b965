"""`handlers.core.ports.StaffChatPort`: the desk as a linked chat reaches it."""

from __future__ import annotations

from datetime import timedelta

from bot.staff.question_inbox import Group
from bot.staff.seminar_board import Filter, Urgency
from bot.staff.services import StaffServices
from bot.storage.seminars.seminars import Seminars
from bot.storage.staff.accounts import Account, Purpose, StaffRole
from handlers.domain.messages import Address
from handlers.domain.seminar import TooManyTries
from handlers.domain.staff_member import StaffMember, WaitingQuestion

MOST_TRIES, TRIES_WINDOW = 5, timedelta(minutes=10)
EVERYWHERE, MOST_EVERYWHERE = "chat", 100
"""However many chats somebody opens to guess from."""
TELEGRAM_GROUP = "-"
"""How the identifiers of Telegram's groups begin: what is said there everybody in them says."""


class StaffChat:
    """Every call looks anew whose chat it is and what they may do."""

    def __init__(self, desk: StaffServices, seminars: Seminars) -> None:
        self._desk = desk
        self._seminars = seminars

    async def link(self, address: Address, code: str) -> str | None:
        accounts, now = self._desk.accounts, self._desk.clock()
        source = f"chat {address.channel} {address.id}"
        for place, most in ((source, MOST_TRIES), (EVERYWHERE, MOST_EVERYWHERE)):
            if await accounts.failures_since(place, now - TRIES_WINDOW) >= most:
                raise TooManyTries
        if _is_group(address):
            return None
        account_id = await accounts.redeem(code, Purpose.CHAT, now)
        account = await accounts.by_id(account_id) if account_id else None
        if account is None or account.disabled_at:
            for place in (source, EVERYWHERE):
                await accounts.note_failure(place, now)
            return None
        person = await self._seminars.person(address, now)
        await accounts.link_chat(account, person, now)
        return account.display

    async def member(self, address: Address) -> StaffMember | None:
        account = await self._desk.accounts.by_address(address)
        return StaffMember(name=account.display, may_answer=_may_answer(account)) if account else None

    async def questions(self, limit: int) -> tuple[WaitingQuestion, ...]:
        return tuple(_waiting(group) for group in (await self._desk.inbox.groups())[:limit])

    async def question(self, question_id: int) -> WaitingQuestion | None:
        group = await self._desk.inbox.group_of(question_id)
        return _waiting(group) if group else None

    async def overdue(self, limit: int) -> tuple[str, ...]:
        rows = await self._desk.board.rows(self._desk.knowledge, Filter(urgency=Urgency.OVERDUE))
        return tuple(f"《{row.seminar.name}》{row.item.title}：{row.due}" for row in rows[:limit] if row.item)

    async def answer(self, address: Address, question_id: int, text: str) -> None:
        account = await self._desk.accounts.by_address(address)
        group = await self._desk.inbox.group_of(question_id)
        if account is None or not _may_answer(account):
            raise ValueError("没有发布权限")
        if group is None:
            raise ValueError("这个问题已经处理过了")
        await self._desk.inbox.answer(
            group,
            text=text,
            wordings=group.wordings,
            notice="",
            clause="",
            quote="",
            account=account,
            knowledge=self._desk.knowledge,
        )


def _is_group(address: Address) -> bool:
    return address.channel == "telegram" and address.id.startswith(TELEGRAM_GROUP)


def _may_answer(account: Account) -> bool:
    return account.role.may(StaffRole.PUBLISHER)


def _waiting(group: Group) -> WaitingQuestion:
    return WaitingQuestion(id=group.first.id, text=group.first.text, times=len(group.questions), why=group.first.why)

"""One-time secrets: of what replaces each other one works, whoever asks at the same moment."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from bot.clock import SHANGHAI
from bot.storage.db.database import Database
from bot.storage.seminars.private_links import Links
from bot.storage.seminars.seminars import Seminars
from bot.storage.seminars.teams import Teams
from bot.storage.staff.accounts import Accounts, Purpose, StaffRole
from bot.storage.staff.audit import Actor
from handlers.domain.messages import Address
from handlers.domain.seminar import Answers, LinkPurpose, Role

NOW = datetime(2025, 4, 15, 10, tzinfo=SHANGHAI)
AMY, BEN = Address(channel="web", id="amy"), Address(channel="web", id="ben")


async def test_of_links_opened_at_once_one_works(database: Database) -> None:
    seminars, links = Seminars(database), Links(database)
    amy = await seminars.person(AMY, NOW)
    seminar = await seminars.register(amy, Answers(), NOW)
    tokens = await asyncio.gather(*(links.open(amy, seminar.id, LinkPurpose.PAGE, NOW) for _ in range(5)))
    assert sum([await links.owner(token, LinkPurpose.PAGE) is not None for token in tokens]) == 1


async def test_of_invitations_made_at_once_one_works_and_is_used_once(database: Database) -> None:
    accounts = Accounts(database)
    lin = await accounts.create("lin", "林", StaffRole.READER, Actor(None, "test"), NOW)
    tokens = await asyncio.gather(*(accounts.invite(lin.id, Purpose.PASSWORD, NOW) for _ in range(5)))
    redeemed = await asyncio.gather(*(accounts.redeem(token, Purpose.PASSWORD, NOW) for token in tokens * 2))
    assert [found for found in redeemed if found] == [lin.id]


async def test_a_code_joins_nobody_when_its_day_is_over(database: Database) -> None:
    seminars, teams = Seminars(database), Teams(database)
    amy, ben = await seminars.person(AMY, NOW), await seminars.person(BEN, NOW)
    seminar = await seminars.register(amy, Answers(), NOW)
    code = await teams.invite(amy, seminar.id, Role.READER, NOW)
    assert await teams.join(ben, BEN, code, NOW + timedelta(hours=25)) is None
    code = await teams.invite(amy, seminar.id, Role.READER, NOW)
    assert await teams.join(ben, BEN, code, NOW + timedelta(hours=23)) == seminar.id

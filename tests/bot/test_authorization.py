"""Who may do what: every button and every URL, times every role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app import build_web
from bot.channels.webchat import WebChat
from bot.core import Core
from bot.storage.seminars.seminars import Seminars
from handlers.domain.messages import Address
from handlers.domain.seminar import LinkPurpose
from handlers.router import CHOICES
from handlers.texts import conversation as texts
from tests.support.application import SPRING_2025, say, settings_for, whole
from tests.support.documents import PEOPLE, roster
from tests.support.seminars import number_of, press, registered


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    async with whole(tmp_path) as core:
        yield core


LOOKING = (
    "seminar:{id}",
    "check:{id}",
    "list:{id}",
    "list:{id}:filing",
    "snooze:{id}:{key}",
    "snooze:{id}:{key}:1d",
    "next:{id}",
    "item:{id}:{key}",
    "team:{id}",
    "docs:{id}",
    "docs:{id}:plan",
    "link:{id}:calendar",
    "link:{id}:page",
    "link:{id}:page:stop",
    "files:{id}",
    "reminded:{id}",
)
EDITING = (
    "change:{id}",
    "change:{id}:place",
    "mark:{id}:{key}:prepared",
    "detail:{id}:{key}:owner",
    "detail:{id}:{key}:remark:clear",
    "mark:{id}:{key}:handed_in",
    "item:{id}:{key}:undo",
    "pledge:{id}",
    "pledge:{id}:no-fees:y",
    "quiet:{id}:7d",
    "quiet:{id}:go",
)
OWNING = ("invite:{id}:reader", "remove:{id}", "member:{id}:1:reader")
ALLOWED = {
    "owner": {*LOOKING, *EDITING, *OWNING},
    "editor": {*LOOKING, *EDITING},
    "reader": {*LOOKING},
    "stranger": set(),
}


async def test_every_handler_lets_in_exactly_the_roles_it_should(core: Core) -> None:
    card = await registered(core, who="owner")
    number = number_of(card)
    key = next(
        choice.token.split(":")[2]
        for choice in (await say(core, choice=f"list:{number}:filing", who="owner")).choices
        if choice.token.startswith("item:")
    )
    for role, label in (("editor", "邀请（可修改）"), ("reader", "邀请（只查看）")):
        team = await say(core, choice=f"team:{number}", who="owner")
        code = (await press(core, team, label, "owner")).text.split("加入 ")[1][:6]
        await say(core, f"加入 {code}", who=role)
    refusals = (texts.NOT_YOURS, texts.READ_ONLY)
    for who, allowed in ALLOWED.items():
        for token in (*LOOKING, *EDITING, *OWNING):
            reply = await say(core, choice=token.format(id=number, key=key), who=who)
            assert (reply.text not in refusals) is (token in allowed), (who, token, reply.text)


def test_every_button_that_names_a_seminar_is_in_the_matrix() -> None:
    covered = {token.partition(":")[0] for token in (*LOOKING, *EDITING, *OWNING)}
    of_files = {"upload", "put"}
    """Matrix in test_uploads."""
    of_oneself = {"up", "down", "why", "kind", "topic", "leave", "withdraw", "reg", "mine", "how", "new", "restore"}
    of_oneself |= {"prefer", "mail", "say"}
    of_staff = {"staff"}
    """Matrix in test_inbox_desk."""
    assert set(CHOICES) == covered | of_files | of_oneself | of_staff


OPEN_TO_ALL = {"/", "/static", "/ws", "/api/ask", "/healthz", "/readyz", "/metrics"}
"""Nothing of a seminar is behind these; /ws speaks for the session its page made up."""
BY_SESSION = {"/files", "/upload"}
BY_TOKEN = {"/calendar/{token}.ics", "/seminar/{token}", "/download/{token}"}


def sessions() -> dict[str, str]:
    """A page's session for each role."""
    return {role: f"session-of-the-{role}-0123456789" for role in ("owner", "editor", "reader", "stranger")}


async def enrolled(core: Core) -> tuple[str, str]:
    """A seminar with an editor and a reader on their pages, and a file; number and file id."""
    who = sessions()
    seminars = Seminars(core.database)
    number = number_of(await registered(core, who="amy"))
    for role, label in (("owner", "关联"), ("editor", "邀请（可修改）"), ("reader", "邀请（只查看）")):
        if role == "owner":
            said = (await say(core, label)).text
        else:
            said = (await press(core, await say(core, choice=f"team:{number}"), label)).text
        word = "关联" if role == "owner" else "加入"
        code = said.split(f"{word} ")[1][:6]
        await say(core, f"{word} {code}", who=who[role], channel="web")
        assert await seminars.seminar(await seminars.person(page(role), SPRING_2025), int(number))
    sent = await core.files.receive(page("owner"), "名单.xlsx", roster(PEOPLE))
    await say(core, file=sent, who=who["owner"], channel="web")
    return number, str(sent.id)


def page(role: str) -> Address:
    return Address(channel="web", id=sessions()[role])


async def test_every_url_is_known_here(core: Core, tmp_path: Path) -> None:
    app = build_web(core, settings_for(tmp_path), WebChat(), [])
    paths = {r.canonical for r in app.router.resources()}
    others = {path for path in paths if path and not path.startswith("/staff")}  # those are in test_console
    assert others == OPEN_TO_ALL | BY_SESSION | BY_TOKEN


async def test_a_files_content_goes_to_the_team_alone_whatever_the_url(core: Core, tmp_path: Path) -> None:
    number, file = await enrolled(core)
    app: web.Application = build_web(core, settings_for(tmp_path), WebChat(), [])
    async with TestClient(TestServer(app)) as client:
        for role, session in sessions().items():
            for token in (f"file:{number}:plan", f"file:{number}:pack", f"sent:{file}"):
                answer = await client.post("/files", json={"session": session, "token": token})
                assert answer.status == (404 if role == "stranger" else 200), (role, token)
        for token in ("", "x", f"file:{number}", f"sent:{file}0", "file:0:plan", f"sent:-{file}", f"sent:{10**30}"):
            answer = await client.post("/files", json={"session": sessions()["owner"], "token": token})
            assert answer.status == 404, token


@pytest.mark.parametrize("purpose", list(LinkPurpose))
async def test_a_private_address_ends_with_the_membership_of_whoever_made_it(
    core: Core, tmp_path: Path, purpose: LinkPurpose
) -> None:
    number, _ = await enrolled(core)
    seminars = Seminars(core.database)
    path = {LinkPurpose.CALENDAR: "/calendar/{}.ics", LinkPurpose.PAGE: "/seminar/{}"}[purpose]
    app = build_web(core, settings_for(tmp_path), WebChat(), [])
    async with TestClient(TestServer(app)) as client:
        for role in ("editor", "reader"):
            person = await seminars.person(page(role), SPRING_2025)
            secret = await core.links.open(person, int(number), purpose, SPRING_2025)
            assert (await client.get(path.format(secret))).status == 200
            team = await say(core, choice=f"team:{number}", who=page(role).id, channel="web")
            await press(core, team, texts.LEAVE_TEAM_LABEL, page(role).id, "web")
            assert (await client.get(path.format(secret))).status == 404
        stranger = await seminars.person(page("stranger"), SPRING_2025)
        secret = await core.links.open(stranger, int(number), purpose, SPRING_2025)
        assert (await client.get(path.format(secret))).status == 404


async def test_what_is_removed_is_gone_from_every_url_until_it_is_restored(core: Core, tmp_path: Path) -> None:
    number, file = await enrolled(core)
    person = await Seminars(core.database).person(page("owner"), SPRING_2025)
    secret = await core.links.open(person, int(number), LinkPurpose.PAGE, SPRING_2025)
    app = build_web(core, settings_for(tmp_path), WebChat(), [])
    async with TestClient(TestServer(app)) as client:

        async def statuses() -> set[int]:
            session = sessions()["owner"]
            found = {(await client.get(f"/seminar/{secret}")).status}
            for token in (f"file:{number}:plan", f"sent:{file}"):
                found.add((await client.post("/files", json={"session": session, "token": token})).status)
            return found

        assert await statuses() == {200}
        await say(core, choice=f"remove:{number}:yes")
        assert await statuses() == {404}
        assert (await say(core, choice=f"restore:{number}", who="eve")).text == texts.NOT_YOURS
        await say(core, choice=f"restore:{number}")
        assert await statuses() == {200}

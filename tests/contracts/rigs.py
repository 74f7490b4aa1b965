"""Each channel with somebody at its other end, all driven in the same way."""

from __future__ import annotations

import asyncio
import itertools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from aiohttp.test_utils import TestClient, TestServer

from bot.app import build_web
from bot.channels.base import Channel, RateLimit
from bot.channels.registry import build_channels
from bot.channels.terminal import TerminalChannel
from bot.channels.text_splitting import Cost, utf8_cost, utf16_cost
from bot.channels.webchat import WebChat
from bot.core import Core
from bot.settings import Settings
from handlers.domain.messages import Address, Notification
from handlers.texts.channels import MORE_TO_READ
from tests.contracts.script import Script, fetch, scripted
from tests.support import fake_wechat, fake_wecom
from tests.support.application import settings_for
from tests.support.channel_settings import wechat_settings, wecom_settings
from tests.support.fake_robot import FakeRobot
from tests.support.fake_telegram import FakeTelegram, running, until
from tests.support.mail_server import PASSWORD, USER, mail_server
from tests.support.ticking import Ticking

JPEG = fake_wechat.JPEG
PACE = timedelta(milliseconds=50)
"""Between the parts of a robot's message; the platform's three seconds would only be waited for."""


class Rig(ABC):
    """One channel at work. `limit` is the longest message in the unit of `cost`, where there is one."""

    name: ClassVar[str]
    limit: ClassVar[int | None] = None
    cost: ClassVar[Cost] = staticmethod(utf8_cost)
    converses: ClassVar[bool] = True
    can_refuse: ClassVar[bool] = True
    """Whether its platform can say that somebody is gone for good."""

    def __init__(self, core: Core, channel: Channel | TerminalChannel, script: Script) -> None:
        self.core = core
        self.channel = channel
        self.script = script

    @abstractmethod
    def seen(self) -> list[str]:
        """The texts that have reached the other end, in order."""

    async def says(self, text: str) -> None:
        """Write something, and wait until it is answered."""
        raise NotImplementedError

    async def repeats(self) -> None:
        """The platform delivers the last message once more."""
        raise NotImplementedError

    async def chooses(self, number: int) -> None:
        """Take the choice with this number (from one) of the last reply."""
        raise NotImplementedError

    async def sends_photo(self) -> None:
        raise NotImplementedError

    async def sends_strange(self) -> None:
        """Something that the assistant has no use for."""
        raise NotImplementedError

    def got_file(self) -> bool:
        """Whether the attachment of a reply has come, or a way to it."""
        raise NotImplementedError

    def fail(self, *, for_good: bool) -> None:
        """Refuse what is sent next."""
        raise NotImplementedError

    async def reads_on(self) -> None:  # noqa: B027
        """Ask for the rest of a long answer, where the platform makes people do so."""

    @property
    def address(self) -> str:
        return "lin"

    async def push(self, notification: Notification) -> None:
        await self.channel.push(self.address, notification)

    async def answered(self, count: int) -> None:
        """Wait for so many messages to be performed, and their answers to arrive."""
        await until(lambda: len(self.script.performed) >= count)


class TelegramRig(Rig):
    name = "telegram"
    limit = 4096
    cost = staticmethod(utf16_cost)
    telegram: FakeTelegram
    update: dict[str, Any]

    @property
    def address(self) -> str:
        return "1001"

    def seen(self) -> list[str]:
        return [sent.text for sent in self.telegram.sent]

    async def says(self, text: str) -> None:
        person = self.telegram.person(1001)
        self.update = self.telegram.update("message", person.message(text))
        await person.sends(self.update)

    async def repeats(self) -> None:
        await self.telegram.person(1001).sends(dict(self.update))

    async def chooses(self, number: int) -> None:
        label = self.script.reply.choices[number - 1].label
        await self.telegram.person(1001).presses(label)

    async def sends_photo(self) -> None:
        await self.telegram.person(1001).sends_file("照片.jpg", JPEG)

    async def sends_strange(self) -> None:
        person = self.telegram.person(1001)
        await person.sends(self.telegram.update("message", person.message(dice={"emoji": "🎲", "value": 1})))

    def got_file(self) -> bool:
        return bool(self.telegram.files)

    def fail(self, *, for_good: bool) -> None:
        if for_good:
            self.telegram.fail("sendMessage", 403, "Forbidden: bot was blocked by the user")
        else:
            self.telegram.fail("sendMessage", 429, "Too Many Requests: retry after 60", retry_after=60)


@asynccontextmanager
async def telegram(folder: Path, script: Script) -> AsyncIterator[Rig]:
    async with FakeTelegram() as fake, scripted(folder, Ticking(), script) as core:
        services = core.services
        async with running(fake, core.dispatch, fetch=fetch, receive=services.receive) as channel:
            rig = TelegramRig(core, channel, script)
            rig.telegram = fake
            fake.person(1001)
            yield rig


class WebRig(Rig):
    name = "web"
    can_refuse = False
    socket: Any
    frames: list[dict[str, Any]]
    client: TestClient
    last: dict[str, Any]
    _numbers = itertools.count(10_000_000)

    @property
    def address(self) -> str:
        return "session-of-lin-0123456789"

    def seen(self) -> list[str]:
        return [reply["text"] for frame in self.frames for reply in frame.get("replies", [])]

    async def says(self, text: str) -> None:
        await self._sends({"type": "message", "id": f"m{next(self._numbers)}", "text": text})

    async def repeats(self) -> None:
        await self._sends(self.last)

    async def chooses(self, number: int) -> None:
        choice = self.script.reply.choices[number - 1]
        press = {"type": "choice", "token": choice.token, "label": choice.label}
        await self._sends({**press, "id": f"m{next(self._numbers)}"})

    async def sends_photo(self) -> None:
        headers = {"X-Session": self.address, "X-Name": "photo.jpg"}
        async with self.client.post("/upload", data=JPEG, headers=headers) as response:
            kept = await response.json()
        await self._sends({"type": "file", "id": f"m{next(self._numbers)}", "file": kept["id"], "name": kept["name"]})

    async def sends_strange(self) -> None:
        await self.socket.send_json({"type": "hologram", "id": "x" * 10})

    def got_file(self) -> bool:
        return any(reply["files"] for frame in self.frames for reply in frame.get("replies", []))

    def fail(self, *, for_good: bool) -> None:
        self.channel = WebChat()  # nobody has its page open

    async def listen(self) -> None:
        async for message in self.socket:
            frame = message.json()
            self.frames.append(frame)
            if frame["type"] == "push":
                await self.socket.send_json({"type": "received", "push": frame["push"]})

    async def _sends(self, frame: dict[str, Any]) -> None:
        self.last = frame
        before = sum(one["type"] == "reply" for one in self.frames)
        await self.socket.send_json(frame)
        await until(lambda: sum(one["type"] == "reply" for one in self.frames) > before)


@asynccontextmanager
async def web(folder: Path, script: Script) -> AsyncIterator[Rig]:
    webchat = WebChat()
    async with scripted(folder, Ticking(), script) as core:
        app = build_web(core, settings_for(folder), webchat, [])
        async with TestClient(TestServer(app)) as client:
            rig = WebRig(core, webchat, script)
            rig.client, rig.frames = client, []
            rig.socket = await client.ws_connect("/ws")
            await rig.socket.send_json({"type": "hello", "session": rig.address})
            listening = asyncio.create_task(rig.listen())
            await until(lambda: rig.frames)
            yield rig
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


class TerminalRig(Rig):
    name = "terminal"
    can_refuse = False
    lines: asyncio.Queue[str]
    written: list[str]
    folder: Path

    def seen(self) -> list[str]:
        return self.written

    async def says(self, text: str) -> None:
        await self._types(text)

    async def repeats(self) -> None:
        """A line that was read once is not read again."""

    async def chooses(self, number: int) -> None:
        await self._types(str(number))

    async def sends_photo(self) -> None:
        photo = self.folder / "photo.jpg"
        photo.write_bytes(JPEG)
        await self._types(f"/file {photo}")

    async def sends_strange(self) -> None:
        await self._types("\x1b[2J\x00")

    def got_file(self) -> bool:
        return any("文件已存为" in line for line in self.written)

    async def _types(self, line: str) -> None:
        performed = len(self.script.performed)
        await self.lines.put(line)
        await until(lambda: len(self.script.performed) > performed)
        await asyncio.sleep(0.05)


@asynccontextmanager
async def terminal(folder: Path, script: Script) -> AsyncIterator[Rig]:
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    written: list[str] = []

    def read(_prompt: str) -> str:
        line = asyncio.run_coroutine_threadsafe(lines.get(), loop).result()
        if line == "<end>":
            raise EOFError
        return line

    async with scripted(folder, Ticking(), script) as core:
        channel = TerminalChannel(core.dispatch, read, written.append, fetch, core.services.receive, folder=folder)
        rig = TerminalRig(core, channel, script)
        rig.lines, rig.written, rig.folder = lines, written, folder
        running_ = asyncio.create_task(channel.run())
        await until(lambda: script.performed)
        script.performed.clear()
        written.clear()
        yield rig
        await lines.put("<end>")
        await running_


class PlatformRig(Rig):
    """What WeChat and WeCom have in common."""

    async def chooses(self, number: int) -> None:
        await self.says(str(number))


class WeChatRig(PlatformRig):
    name = "wechat"
    limit = 2047
    wechat: fake_wechat.FakeWeChat
    delivered: tuple[dict[str, str], str]

    @property
    def person(self) -> fake_wechat.Person:
        return self.wechat.person("lin")

    def seen(self) -> list[str]:
        return self.person.got

    async def says(self, text: str) -> None:
        before = len(self.script.performed)
        await self.person.says(text)
        await self.answered(before + 1)

    async def repeats(self) -> None:
        await self.wechat.post(*self.wechat.last_delivery)

    async def reads_on(self) -> None:
        while True:
            seen = -1
            while seen != len(self.person.got):
                seen = len(self.person.got)
                await asyncio.sleep(0.5)
            if not self.person.got[-1].endswith(MORE_TO_READ):
                return
            self.person.got[-1] = self.person.got[-1].removesuffix(MORE_TO_READ)
            await self.person.says("继续")

    async def sends_photo(self) -> None:
        await self.person.shows("photo-1")

    async def sends_strange(self) -> None:
        await self.person.sends_kind("hologram", Label="x")

    def got_file(self) -> bool:
        return any("/download/" in text for text in self.person.got)

    def fail(self, *, for_good: bool) -> None:
        self.wechat.failures.append(("custom/send", 40003 if for_good else 502))


class WeComRig(PlatformRig):
    name = "wecom"
    limit = 2048
    wecom: fake_wecom.FakeWeCom

    @property
    def member(self) -> fake_wecom.Member:
        return self.wecom.member("lin")

    def seen(self) -> list[str]:
        return self.member.got

    async def says(self, text: str) -> None:
        before = len(self.member.got)
        await self.member.says(text)
        await until(lambda: len(self.member.got) > before)

    async def repeats(self) -> None:
        await self.wecom.post(*self.wecom.last_delivery)

    async def chooses(self, number: int) -> None:
        before = len(self.script.performed)
        await until(lambda: self.member.cards)
        await self.member.presses(self.script.reply.choices[number - 1].label)
        await self.answered(before + 1)

    async def sends_photo(self) -> None:
        self.wecom.media["m"] = JPEG
        await self.member.sends_kind("image", MediaId="m")
        await self.answered(1)

    async def sends_strange(self) -> None:
        before = len(self.member.got)
        await self.member.sends_kind("hologram")
        await until(lambda: len(self.member.got) > before)

    def got_file(self) -> bool:
        return bool(self.member.files)

    def fail(self, *, for_good: bool) -> None:
        self.wecom.failures.append(("message/send", 60111 if for_good else 502))


@asynccontextmanager
async def _platform(
    folder: Path, script: Script, clock: Ticking, settings: Settings, path: str
) -> AsyncIterator[tuple[Core, Channel, str]]:
    async with scripted(folder, clock, script) as core:
        [channel] = channels = build_channels(settings, core.services)
        async with TestServer(build_web(core, settings, WebChat(), channels)) as server:
            work = asyncio.create_task(channel.run())
            yield core, channel, str(server.make_url(path))
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


@asynccontextmanager
async def wechat(folder: Path, script: Script) -> AsyncIterator[Rig]:
    clock = Ticking()
    async with (
        fake_wechat.FakeWeChat(clock) as fake,
        _platform(folder, script, clock, wechat_settings(folder, fake), "/wechat") as (core, channel, url),
    ):
        fake.callback = url
        rig = WeChatRig(core, channel, script)
        rig.wechat = fake
        rig.person.subscribed = True
        await rig.person.says("在吗")  # opens the window
        script.performed.clear()
        rig.person.got.clear()
        yield rig


@asynccontextmanager
async def wecom(folder: Path, script: Script) -> AsyncIterator[Rig]:
    clock = Ticking()
    async with (
        fake_wecom.FakeWeCom(clock) as fake,
        _platform(folder, script, clock, wecom_settings(folder, fake), "/wecom") as (core, channel, url),
    ):
        fake.callback = url
        rig = WeComRig(core, channel, script)
        rig.wecom = fake
        fake.member("lin")
        yield rig


class RobotRig(Rig):
    name = "robot"
    limit = 2048
    converses = False
    robot: FakeRobot

    def seen(self) -> list[str]:
        return self.robot.got

    def fail(self, *, for_good: bool) -> None:
        self.robot.refusals.append(93000 if for_good else 502)


@asynccontextmanager
async def robot(folder: Path, script: Script) -> AsyncIterator[Rig]:
    clock = Ticking()
    async with FakeRobot(clock) as fake, scripted(folder, clock, script) as core:
        [channel] = build_channels(settings_for(folder, robot_webhooks={"lin": fake.url}), core.services)
        channel.rate_limit = RateLimit(every=PACE, in_chat=PACE)
        rig = RobotRig(core, channel, script)
        rig.robot = fake
        yield rig


class EmailRig(Rig):
    name = "email"
    converses = False
    boxes: Any

    @property
    def address(self) -> str:
        return "lin@bureau.example"

    def seen(self) -> list[str]:
        return [mail.get_body(("plain",)).get_content() for mail in self.boxes.got.get(self.address, [])]

    def got_file(self) -> bool:
        return any(part for mail in self.boxes.got[self.address] for part in mail.iter_attachments())

    def fail(self, *, for_good: bool) -> None:
        self.boxes.answers[self.address] = "550 5.1.1 no such user" if for_good else "452 4.2.2 full"


@asynccontextmanager
async def email(folder: Path, script: Script) -> AsyncIterator[Rig]:
    clock = Ticking()
    async with mail_server() as server, scripted(folder, clock, script) as core:
        fixed = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_user": USER, "smtp_password": PASSWORD}
        [channel] = build_channels(settings_for(folder, **fixed, smtp_from=USER, smtp_security="none"), core.services)
        rig = EmailRig(core, channel, script)
        rig.boxes = server.boxes
        person, boxes = await core.seminars.person(Address(channel="test", id="lin"), clock()), core.services.mailboxes
        await boxes.confirm(person, await boxes.ask(person, rig.address, clock()) or "", clock())
        yield rig


Open = Callable[[Path, Script], AbstractAsyncContextManager[Rig]]
RIGS: dict[type[Rig], Open] = {
    TelegramRig: telegram,
    WebRig: web,
    TerminalRig: terminal,
    WeChatRig: wechat,
    WeComRig: wecom,
    RobotRig: robot,
    EmailRig: email,
}


def longest(rig: Rig) -> int:
    """The longest message that has been seen, in the platform's unit."""
    return max(type(rig).cost(text) for text in rig.seen())

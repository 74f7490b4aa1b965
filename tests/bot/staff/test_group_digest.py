"""The group robot: the weekly board and urgent lists, once each, nothing personal, the address a secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

import pytest

from bot.app import build_reminders, group_board
from bot.channels.base import PermanentSendError, TemporarySendError
from bot.channels.registry import build_channels
from bot.channels.robot import RobotChannel
from bot.clock import SHANGHAI
from bot.core import Core
from bot.reminders.delivery import ReminderLoop
from bot.staff.group_digest import GroupBoard, impersonal, is_first_working_day
from handlers.domain.messages import Notification, Reply
from tests.support.application import say, settings_for, whole
from tests.support.fake_robot import KEY, FakeRobot
from tests.support.knowledge import shipped
from tests.support.seminars import press
from tests.support.ticking import Ticking

EDUCATION = "省教育厅"


@dataclass
class Office:
    core: Core
    robot: FakeRobot
    clock: Ticking
    reminders: ReminderLoop
    board: GroupBoard
    channel: RobotChannel


@asynccontextmanager
async def office(folder: Path, group: str = EDUCATION) -> AsyncIterator[Office]:
    clock = Ticking(datetime(2025, 4, 15, 10, tzinfo=SHANGHAI))
    async with FakeRobot(clock) as robot:
        settings = settings_for(folder, robot_webhooks={group: robot.url})
        async with whole(folder, clock=clock, build=partial(build_channels, settings)) as core:
            [channel] = core.channels
            assert isinstance(channel, RobotChannel)
            board = group_board(core, channel)
            assert board
            yield Office(core, robot, clock, build_reminders(core, [channel]), board, channel)


async def registered(core: Core, title: str, department: str = EDUCATION) -> None:
    await say(core, "登记 示范班 6月10到13日 福州 60人 线上20")
    for said in (title, "7", "5万元", "福建大学", department):
        reply = await say(core, said)
    saved = await press(core, reply, "保存登记")
    assert "已登记" in saved.text


async def test_the_board_comes_on_the_first_working_day_once_for_two_processes(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await registered(at.core, "数字乡村研修班")
        await registered(at.core, "别家的班", "省农业农村厅")
        at.clock.set(datetime(2025, 5, 12, 9, 1, tzinfo=SHANGHAI))
        again = GroupBoard(at.core.desk, at.core.seminars, "robot", [EDUCATION])
        assert await at.board.plan() + await again.plan() == 1
        await at.reminders.tick()
        [text] = at.robot.got
        assert text.startswith("研修班一周看板（5月12日）：在办1期")
        assert "【已过期】数字乡村研修班（福建大学）" in text
        assert "别家的班" not in text
        assert await at.board.plan() == 0


async def test_on_other_days_only_what_is_urgent_is_said(tmp_path: Path) -> None:
    async with office(tmp_path, "*") as at:
        await registered(at.core, "数字乡村研修班")
        at.clock.set(datetime(2025, 5, 7, 9, 1, tzinfo=SHANGHAI))
        assert await at.board.plan() == 1
        await at.reminders.tick()
        assert "研修班紧急清单：1期" in at.robot.got[0]
        at.clock.set(datetime(2025, 5, 8, 9, 1, tzinfo=SHANGHAI))
        assert await at.board.plan() == 0
        for early_or_free in ((2025, 5, 9, 8, 59), (2025, 5, 10, 10, 0)):
            at.clock.set(datetime(*early_or_free, tzinfo=SHANGHAI))
            assert await at.board.plan() == 0


async def test_nothing_that_leads_to_a_person_gets_into_the_group(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await registered(at.core, "研修班 联系13805912345 或 lin@bureau.example")
        at.clock.set(datetime(2025, 5, 12, 9, 1, tzinfo=SHANGHAI))
        await at.board.plan()
        await at.reminders.tick()
        assert "13805912345" not in at.robot.got[0]
        assert "@" not in at.robot.got[0]


@pytest.mark.parametrize("words", ["0591-8765 4321", "350102199001011234", "a.b@c.cn", "1380 591 2345"])
def test_numbers_and_addresses_are_left_out(words: str) -> None:
    assert impersonal(f"班{words}次") == "班…次"
    assert impersonal("2025年第3期") == "2025年第3期"


def test_a_week_whose_monday_is_a_holiday_begins_on_its_first_working_day() -> None:
    holidays = shipped().holidays
    assert not is_first_working_day(date(2025, 5, 7), holidays)
    assert is_first_working_day(date(2025, 5, 6), holidays)  # 5月5日 is a holiday
    assert is_first_working_day(date(2025, 5, 12), holidays)


async def test_a_removed_robot_is_told_to_staff_and_its_address_to_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with office(tmp_path) as at:
        at.robot.removed = True
        with pytest.raises(PermanentSendError) as refused:
            await at.channel.push(EDUCATION, Notification(reply=Reply(text="x"), subject="x"))
        [trouble] = await at.core.services.incidents.all()
        assert "省教育厅的群机器人" in trouble.text
        said = capsys.readouterr()
        assert KEY not in f"{refused.value}{trouble.text}{said.out}{said.err}"


async def test_too_many_messages_are_waited_out(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        at.robot.refusals.append(45009)
        with pytest.raises(TemporarySendError) as busy:
            await at.channel.push(EDUCATION, Notification(reply=Reply(text="x"), subject="x"))
        assert busy.value.retry_after == 600


def test_an_address_that_is_none_is_refused_at_the_start(tmp_path: Path) -> None:
    from bot.channels.robot import build

    with pytest.raises(ValueError, match="Webhook"):
        build(settings_for(tmp_path, robot_webhooks={"x": "not an address"}), None)  # type: ignore[arg-type]

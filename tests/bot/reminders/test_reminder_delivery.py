"""Delivering reminders when channels are slow, limited or dead, people gone, and nobody acts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestClient, TestServer

from bot.app import build_reminders, build_web
from bot.channels.base import AwaySendError, PermanentSendError, RateLimit, TemporarySendError
from bot.channels.webchat import WebChat
from bot.clock import SHANGHAI
from bot.reminders.metrics import ReminderMetrics
from bot.reminders.rate_limit import IN_A_ROW
from bot.staff.escalation import escalations, grouped
from bot.storage.db.errors import StorageUnavailable
from bot.storage.db.work import execute, fetch_value
from bot.storage.reminders.queue import AttemptStart
from bot.storage.tables.reminder import recipients
from bot.web.metrics import Metrics
from handlers.domain.messages import Address, Notification
from handlers.texts import conversation as texts
from handlers.texts import reminders as reminder_texts
from tests.support.application import say, settings_for, whole
from tests.support.reminder_world import Hand, Phone, World
from tests.support.seminars import number_of, press, registered


@pytest.fixture
async def world(tmp_path: Path, database_url: str) -> AsyncIterator[World]:
    clock = Hand()
    async with whole(tmp_path, clock=clock, database_url=database_url) as core:
        yield World(core, clock, Phone())


async def hired(world: World, who: str = "ben", label: str = "邀请（可修改）") -> str:
    """Amy's seminar with a colleague on its team; its number."""
    card = await registered(world.core)
    team = await press(world.core, card, texts.TEAM_LABEL)
    code = (await press(world.core, team, label)).text.split("加入 ")[1][:6]
    await say(world.core, f"加入 {code}", who=who)
    return number_of(card)


async def next_try(world: World) -> datetime:
    found: datetime = await world.core.database.query(fetch_value(sa.select(sa.func.min(recipients.c.next_at))))
    return found


async def test_the_wait_a_platform_asks_for_is_kept(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    world.phone.errors = [TemporarySendError("429", retry_after=600)]
    await world.loop.tick()
    assert await next_try(world) == world.clock.now + timedelta(minutes=10)


async def test_a_channel_that_keeps_failing_is_left_alone_and_tried_again(world: World) -> None:
    for who in ("amy", "ben", "cat", "dan", "eve"):
        await registered(world.core, who=who)
    world.clock.set(5, 8)
    loop, tried = world.loop_over({}), 0

    async def dead(address_id: str, notification: Notification) -> None:
        nonlocal tried
        tried += 1
        raise TemporarySendError("503")

    loop = world.loop_over({"test": dead})
    await loop.tick()
    assert IN_A_ROW <= tried <= 5
    world.clock.now += timedelta(minutes=2)
    before = tried
    await loop.tick()
    assert before < tried
    world.clock.now += timedelta(hours=2)
    loop = world.loop
    while await loop.tick():
        pass
    assert len(world.phone.got) == 10


async def test_a_channel_that_hangs_does_not_hold_up_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.reminders.push.PUSH_SECONDS", 2.0)
    await registered(world.core)
    other = Address(channel="other", id="zoe")
    code = (await say(world.core, "关联")).text.split("关联 ")[1][:6]
    await registered(world.core, who="ben")
    await say(world.core, f"关联 {code}", who=other.id, channel=other.channel)
    world.clock.set(5, 8)
    done = asyncio.Event()

    async def hangs(address_id: str, notification: Notification) -> None:
        await asyncio.Event().wait()

    async def quick(address_id: str, notification: Notification) -> None:
        done.set()

    amy_is_only_there = "DELETE FROM addresses WHERE address_id = 'amy'"
    await world.core.database.transact(execute(sa.text(amy_is_only_there)))
    ticking = asyncio.create_task(world.loop_over({"test": hangs, "other": quick}).tick())
    await asyncio.wait_for(done.wait(), 1.5)
    assert await ticking == 2


async def test_the_pace_of_a_channel_holds_for_two_processes_together(world: World) -> None:
    for who in ("amy", "ben", "cat"):
        await registered(world.core, who=who)
    world.clock.set(5, 8)
    pushed: list[float] = []

    async def push(address_id: str, notification: Notification) -> None:
        pushed.append(asyncio.get_running_loop().time())

    rate_limit = {"test": RateLimit(every=timedelta(seconds=0.05))}
    loops = [world.loop_over({"test": push}, rate_limit) for _ in range(2)]
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(loop.tick() for loop in loops))
    assert len(pushed) == 6
    assert max(pushed) - began >= 5 * 0.05 - 0.01


async def test_more_than_a_channel_takes_soon_goes_back_and_comes_later(world: World) -> None:
    for who in ("amy", "ben", "cat"):
        await registered(world.core, who=who)
    world.clock.set(5, 8)
    loop = world.loop_over({"test": world.phone.push}, {"test": RateLimit(every=timedelta(minutes=1))})
    await loop.tick()
    assert len(world.phone.got) == 1
    assert await loop.tick() == 0
    for _ in range(10):
        world.clock.now += timedelta(minutes=1)
        await loop.tick()
    assert len(world.phone.got) == 6


async def test_a_chat_rests_between_two_messages_whoever_sends_them(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    loop = world.loop_over({"test": world.phone.push}, {"test": RateLimit(in_chat=timedelta(seconds=0.05))})
    await loop.tick()
    assert len(world.phone.got) == 2
    rests = await world.core.database.query(fetch_value(sa.select(recipients.c.lease_until)))
    assert rests == world.clock.now + timedelta(seconds=0.05)


async def test_whoever_cannot_be_reached_is_stood_in_for_by_a_colleague_who_is_told_so(world: World) -> None:
    await hired(world)
    await say(world.core, "/remind", who="ben")
    world.clock.set(5, 8)

    async def push(address_id: str, notification: Notification) -> None:
        if address_id == "amy":
            raise PermanentSendError("blocked")
        await world.phone.push(address_id, notification)

    loop = world.loop_over({"test": push})
    await loop.tick()
    assert len(world.phone.texts("ben")) == 2
    world.phone.got.clear()
    await loop.tick()
    assert [text.startswith(reminder_texts.REMIND_FOR_COLLEAGUE) for text in world.phone.texts("ben")] == [True, True]
    world.phone.got.clear()
    assert await loop.tick() == 0


async def test_what_reaches_nobody_is_on_the_list_for_staff(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    world.phone.errors = [PermanentSendError("blocked")]
    await world.loop.tick()
    rows = await world.core.reminders.reports.neglected(world.clock().date())
    found = escalations(rows, world.core.answering.knowledge, world.clock().date())
    assert {one.text.split("：")[0] for one in found} == {"开班通知", "实施方案"}
    assert all(texts.NOBODY_REACHABLE in one.text for one in found)
    assert (await world.core.reminders.reports.status(world.clock())).unreachable > 0


async def test_an_overdue_filing_nobody_takes_up_goes_to_the_department_and_leaves_when_somebody_does(
    world: World,
) -> None:
    number = await hired(world)
    await say(world.core, choice=f"change:{number}:department")
    await press(world.core, await say(world.core, "福州市人社局"), texts.CONFIRM_CHANGE_LABEL)
    world.clock.set(5, 14)
    await world.loop.tick()
    assert "团队2人都在这一项的提醒名单上，还没有人标记处理" in "".join(world.phone.texts())
    world.clock.set(5, 19)
    world.phone.got.clear()
    await world.loop.tick()
    late = "".join(world.phone.texts())
    assert "这一项已列入福州市人社局和主管处室的督办清单" in late
    assert "谁申报、谁监管" in late

    async def listed() -> dict[str, list[str]]:
        today = world.clock().date()
        rows = await world.core.reminders.reports.neglected(today)
        groups = grouped(escalations(rows, world.core.answering.knowledge, today), "福州市人社局")
        return {name: [one.text for one in found] for name, found in groups.items()}

    assert len((await listed())["福州市人社局"]) == 2
    key = next(c.token.split(":")[2] for _, reply in world.phone.got for c in reply.choices if c.label == "已办好")
    await say(world.core, choice=f"mark:{number}:{key}:prepared")
    assert len((await listed())["福州市人社局"]) == 1


async def test_few_reminders_are_a_week_a_day_and_the_day_itself(world: World) -> None:
    await registered(world.core)
    usual = await world.planned()
    reply = await press(world.core, await say(world.core, "/remind"), reminder_texts.FEW_LABEL)
    assert reminder_texts.REMIND_FEW in reply.text
    few = [step for key, step, _ in await world.planned() if key == "filing-demo/实施方案" and step[0] == "-"]
    assert few == ["-7", "-1", "-0"]
    await press(world.core, reply, reminder_texts.USUAL_LABEL)
    assert await world.planned() == usual


async def test_a_seminar_is_left_in_peace_for_its_whole_team_and_says_what_falls_due_meanwhile(world: World) -> None:
    number = await hired(world)
    everything = await world.planned()
    world.clock.set(5, 6, 10)
    shown = await say(world.core, choice=f"reminded:{number}")
    assert reminder_texts.NO_DELIVERIES in shown.text
    quiet = await press(world.core, shown, "这期暂停一周")
    assert "5月13日10:00" in quiet.text
    assert "这段时间里会到期，别忘了：开班通知、实施方案" in quiet.text
    assert not [day for _, _, day in await world.planned() if day < date(2025, 5, 13)]
    assert "已暂停" in (await say(world.core, choice=f"reminded:{number}", who="ben")).text
    world.clock.set(4, 15, 10)
    await press(world.core, quiet, reminder_texts.RESUME_LABEL)
    assert await world.planned() == everything


async def test_the_team_sees_what_was_sent_to_whom(world: World) -> None:
    number = await hired(world)
    world.clock.set(5, 8)
    world.phone.errors = [TemporarySendError("503")]
    await world.loop.tick()
    world.clock.now += timedelta(minutes=1)
    await world.loop.tick()
    shown = (await say(world.core, choice=f"reminded:{number}")).text
    assert "您（test）已送达：开班通知" in shown
    assert "2号成员（test）已送达：实施方案" in shown
    assert "没送到，会再试" in shown
    assert "接下来：5月9日9:00 提醒" in shown


async def test_a_recipient_who_left_a_second_ago_gets_nothing(world: World) -> None:
    number = await hired(world)
    world.clock.set(5, 8)
    loop = world.loop
    [*_] = turns = await world.core.reminders.queue.claim(world.clock(), 10)
    await say(world.core, choice=f"member:{number}:{turns[1].person_id}:out")
    world.clock.now += timedelta(minutes=2)
    await loop.tick()
    assert {address for address, _ in world.phone.got} == {"amy"}


async def test_a_clock_that_jumps_ahead_and_back_sends_nothing_twice(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 9, 8)
    await world.loop.tick()
    sent = len(world.phone.got)
    for day, hour in ((8, 23), (10, 0), (9, 8), (8, 9)):
        world.clock.set(5, day, hour)
        await world.loop.tick()
    assert len(world.phone.got) == sent


async def test_the_hour_is_shanghais_wherever_the_host_stands(world: World) -> None:
    await registered(world.core)
    world.clock.now = datetime(2025, 5, 8, 0, 59, tzinfo=UTC).astimezone(SHANGHAI)
    await world.loop.tick()
    world.phone.got.clear()
    world.clock.now = datetime(2025, 5, 8, 1, 0, tzinfo=UTC).astimezone(SHANGHAI)
    await world.loop.tick()
    assert len(world.phone.got) == 2


async def test_one_person_whose_reminder_cannot_be_made_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registered(world.core)
    await registered(world.core, "国家级 6月10到14日 60人", who="ben")
    world.clock.set(5, 8)
    from bot.reminders import delivery as loop_module

    made = loop_module.outgoing_reminders

    def breaks_for_amy(owed, *rest):  # type: ignore[no-untyped-def]
        if any(one.seminar.id == 1 for one in owed.values()):
            raise RuntimeError("bad row")
        return made(owed, *rest)

    monkeypatch.setattr(loop_module, "outgoing_reminders", breaks_for_amy)
    await world.loop.tick()
    assert world.phone.texts("ben")
    assert not world.phone.texts("amy")
    monkeypatch.undo()
    world.clock.now += timedelta(minutes=1)
    await world.loop.tick()
    assert world.phone.texts("amy")


async def test_the_running_loop_wakes_for_what_is_due_and_finishes_its_pushes_when_stopped(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(address_id: str, notification: Notification) -> None:
        begun.set()
        await go_on.wait()
        await world.phone.push(address_id, notification)

    running = asyncio.create_task(world.loop_over({"test": slow}).run())
    await asyncio.wait_for(begun.wait(), 5)
    running.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(world.phone.got) == 2
    assert set(await world.outcomes()) == {"sent"}


async def test_the_figures_reach_the_monitor(world: World, tmp_path: Path) -> None:
    await registered(world.core)
    world.clock.set(5, 8, 10)
    metrics = Metrics()
    loop = world.loop_over({"test": world.phone.push}, metrics=ReminderMetrics(metrics.registry))
    world.phone.errors = [TemporarySendError("429")]
    await loop.tick()
    world.clock.now += timedelta(minutes=1)
    await loop.tick()
    app = build_web(world.core, settings_for(tmp_path), WebChat(), [], metrics=metrics)
    async with TestClient(TestServer(app)) as client:
        shown = await (await client.get("/metrics")).text()
    assert "yanxiu_reminders_sent_total 8.0" in shown
    assert 'yanxiu_reminder_pushes_failed_total{outcome="temporary"} 1.0' in shown
    assert "yanxiu_reminder_lag_seconds_count 2.0" in shown


async def test_a_closed_page_gets_its_reminders_when_it_is_opened_and_keeps_them(world: World, tmp_path: Path) -> None:
    session = "a" * 32
    await registered(world.core, who=session, channel="web")
    webchat = WebChat()
    loop = build_reminders(world.core, [webchat])
    world.clock.set(5, 8)
    await loop.tick()
    assert await world.outcomes() == ["temporary"]
    app = build_web(world.core, settings_for(tmp_path), webchat, [])
    async with TestClient(TestServer(app)) as client:
        socket = await client.ws_connect("/ws")
        await socket.send_json({"type": "hello", "session": session, "after": None})
        assert (await socket.receive_json())["type"] == "history"
        for _ in range(100):
            if await next_try(world) <= world.clock.now:
                break
            await asyncio.sleep(0.02)
        ticking = asyncio.create_task(loop.tick())
        pushes = []
        for _ in range(2):
            frame = await socket.receive_json()
            pushes.append(frame["replies"][0]["text"])
            await socket.send_json({"type": "received", "push": frame["push"]})
        assert await ticking == 1
        await socket.close()
        again = await client.ws_connect("/ws")
        await again.send_json({"type": "hello", "session": session, "after": None})
        turns = (await again.receive_json())["turns"]
        await again.close()
    kept = [turn["replies"][0]["text"] for turn in turns if turn["message_id"] is None]
    assert kept == pushes


async def test_an_away_page_does_not_count_against_the_channel(world: World) -> None:
    for who in ("amy", "ben", "cat", "dan", "eve"):
        await registered(world.core, who=who)
    world.clock.set(5, 8)

    async def push(address_id: str, notification: Notification) -> None:
        if address_id != "eve":
            raise AwaySendError("no open page")
        await world.phone.push(address_id, notification)

    await world.loop_over({"test": push}).tick()
    assert len(world.phone.texts("eve")) == 2


async def test_holding_a_seminar_in_time_comes_about_by_itself_and_one_planned_too_late_is_reminded_of(
    world: World,
) -> None:
    number = number_of(await registered(world.core))
    assert "completion" not in {key for key, _, _ in await world.planned()}
    await say(world.core, choice=f"change:{number}:closing")
    await press(world.core, await say(world.core, "12月2日"), texts.CONFIRM_CHANGE_LABEL)
    assert "completion" in {key for key, _, _ in await world.planned()}


async def test_a_full_disk_stops_pushes_before_they_happen_and_loses_none(tmp_path: Path) -> None:
    clock = Hand()
    async with whole(tmp_path, clock=clock) as core:
        world = World(core, clock, Phone())
        await registered(core)
        clock.set(5, 8)
        await core.database.transact(execute(sa.text("PRAGMA max_page_count = 1")))
        async with AsyncExitStack() as stack:
            stack.enter_context(pytest.raises(StorageUnavailable))
            for _ in range(10_000):
                await core.reminders.queue.begin(AttemptStart(1, Address(channel="x", id="x" * 4000), (), clock()))
        await world.loop.tick()
        assert world.phone.got == []
        await core.database.transact(execute(sa.text("PRAGMA max_page_count = 1000000")))
        clock.now += timedelta(minutes=2)
        await world.loop.tick()
        assert len(world.phone.got) == 2


async def test_a_message_nobody_knows_the_fate_of_comes_again_and_says_so_and_goes_nowhere_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.reminders.push.PUSH_SECONDS", 0.1)
    await registered(world.core)
    code = (await say(world.core, "关联")).text.split("关联 ")[1][:6]
    await say(world.core, f"关联 {code}", who="phone")
    world.clock.set(5, 8)
    hung: list[str] = []

    async def hangs_once(address_id: str, notification: Notification) -> None:
        if not hung:
            hung.append(address_id)
            await asyncio.Event().wait()
        await world.phone.push(address_id, notification)

    loop = world.loop_over({"test": hangs_once})
    await loop.tick()
    assert world.phone.got == []
    world.clock.now += timedelta(minutes=2)
    await loop.tick()
    assert [text.startswith(texts.MAYBE_REPEATED) for text in world.phone.texts(hung[0])] == [True, False]
    assert (await world.outcomes())[0] == "unknown"


async def test_a_loop_that_stumbles_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    loop = world.loop_over({"test": world.phone.push}, idle_seconds=0.05)
    queue, stumbled = world.core.reminders.queue, asyncio.Event()
    claim = queue.claim

    async def stumbles_once(*arguments: Any) -> Any:
        if not stumbled.is_set():
            stumbled.set()
            raise RuntimeError("unforeseen")
        return await claim(*arguments)

    monkeypatch.setattr(queue, "claim", stumbles_once)
    running = asyncio.create_task(loop.run())
    async with asyncio.timeout(5):
        while len(world.phone.got) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

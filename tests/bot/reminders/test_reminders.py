"""Reminders: when they are planned, what follows a change, how they are delivered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.app import build_web
from bot.channels.base import AddressMoved, PermanentSendError, TemporarySendError
from bot.channels.webchat import WebChat
from bot.clock import SHANGHAI
from bot.storage.db.work import execute
from bot.storage.reminders.queue import AttemptStart
from bot.storage.tables.reminder import reminders
from handlers.domain.messages import Address
from handlers.domain.reminder_schedule import Obligation, Preferences, schedule
from handlers.texts import conversation as texts
from handlers.texts import reminders as reminder_texts
from knowledge.calendar import DueDate, Holidays, prudent
from tests.support.application import say, settings_for, whole
from tests.support.knowledge import shipped
from tests.support.reminder_world import Hand, Phone, World
from tests.support.seminars import number_of, press, registered

HOLIDAYS = shipped().holidays
DAYS = st.dates(date(2023, 1, 1), date(2026, 10, 31))
HALL = "hall"


@given(DAYS)
def test_reminders_come_on_working_days_once_a_day_and_the_last_before_it_is_too_late(literal: date) -> None:
    due = DueDate.of(literal, HOLIDAYS)
    series = schedule(Obligation("k", due), Preferences(), HOLIDAYS, SHANGHAI)
    days = [planned.at.date() for planned in series]
    assert days == sorted(set(days))
    assert all(HOLIDAYS.is_working_day(day) for day in days)
    assert all(planned.at.timetz() == time(9, tzinfo=SHANGHAI) for planned in series)
    ahead = [planned.at.date() for planned in series if planned.step.startswith("-")]
    assert max(ahead) == due.prudent
    late = [planned.at.date() for planned in series if planned.step.startswith("+")]
    assert min(late) > literal


@given(DAYS)
def test_the_series_equals_one_counted_day_by_day(literal: date) -> None:
    due = DueDate.of(literal, HOLIDAYS)
    wanted = set()
    for ahead in (30, 14, 7, 3, 1, 0):
        wanted.add(prudent(due.prudent - timedelta(days=ahead), HOLIDAYS))
    for late in (1, 3, 7, *range(14, 57, 7)):
        day = literal + timedelta(days=late)
        wanted.add(next(day + timedelta(days=n) for n in range(15) if _open(day + timedelta(days=n), HOLIDAYS)))
    series = schedule(Obligation("k", due), Preferences(), HOLIDAYS, SHANGHAI)
    assert {planned.at.date() for planned in series} == wanted


def _open(day: date, holidays: Holidays) -> bool:
    return holidays.is_working_day(day)


@pytest.fixture
async def world(tmp_path: Path, database_url: str) -> AsyncIterator[World]:
    clock = Hand()
    async with whole(tmp_path, clock=clock, database_url=database_url) as core:
        yield World(core, clock, Phone())


async def test_registering_plans_the_series_of_every_dated_item_from_now_on(world: World) -> None:
    await registered(world.core)
    filing = [day for key, _, day in await world.planned() if key == "filing-demo/实施方案"]
    assert filing[:5] == [date(2025, 4, 25), date(2025, 4, 30), date(2025, 5, 6), date(2025, 5, 8), date(2025, 5, 9)]


async def test_moving_the_date_moves_the_reminders_and_none_of_the_old_ones_stays(world: World) -> None:
    number = number_of(await registered(world.core))
    before = {day for key, _, day in await world.planned() if key.startswith("filing-demo")}
    await say(world.core, choice=f"change:{number}:opening")
    await press(world.core, await say(world.core, "9月10日"), texts.CONFIRM_CHANGE_LABEL)
    after = {day for key, _, day in await world.planned() if key.startswith("filing-demo")}
    assert not before & after
    assert min(after) == date(2025, 7, 9)


async def test_what_is_done_is_not_reminded_of_until_it_is_undone(world: World) -> None:
    number = number_of(await registered(world.core))
    whole_series = await world.planned()
    item = await say(world.core, choice=f"next:{number}")
    reply = await press(world.core, item, texts.MARK_LABELS["handed_in"])
    reply = await press(world.core, reply, texts.TODAY_LABEL)
    reply = await press(world.core, reply, texts.SKIP_LABEL)
    assert "filing-demo/开班通知" not in {key for key, _, _ in await world.planned()}
    await press(world.core, reply, texts.UNDO_LABEL)
    assert sorted(await world.planned()) == sorted(whole_series)


async def test_a_removed_seminar_is_silent_and_a_restored_one_is_not(world: World) -> None:
    number = number_of(await registered(world.core))
    whole_series = await world.planned()
    await say(world.core, choice=f"remove:{number}:yes")
    assert await world.planned() == []
    await say(world.core, choice=f"restore:{number}")
    assert await world.planned() == whole_series


async def test_a_colleague_is_reminded_too_until_they_leave(world: World) -> None:
    card = await registered(world.core)
    alone = len(await world.planned())
    team = await press(world.core, card, texts.TEAM_LABEL)
    code = (await press(world.core, team, "邀请（只查看）")).text.split("加入 ")[1][:6]
    joined = await say(world.core, f"加入 {code}", who="ben")
    assert len(await world.planned()) == 2 * alone
    team = await press(world.core, joined, texts.TEAM_LABEL, "ben")
    await press(world.core, team, texts.LEAVE_TEAM_LABEL, "ben")
    assert len(await world.planned()) == alone


async def test_a_reminder_says_what_when_to_whom_and_by_which_clause_and_comes_once(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 6, 8)
    assert await world.loop.tick() == 1  # 25 and 30 April are still owed: said once
    world.clock.set(5, 8)
    world.phone.got.clear()
    assert await world.loop.tick() == 1
    assert len(world.phone.got) == 2
    _, reply = world.phone.got[0]
    assert reply.text.startswith("⏰ 还有1天：")
    assert "最晚2025年5月10日（稳妥：5月9日前）" in reply.text
    assert "报送：省人社厅" in reply.text
    assert reply.citations
    assert [choice.label for choice in reply.choices] == ["已办好", "稍后提醒", "清单", "导出日历"]
    assert await world.loop.tick() == 0


async def test_the_button_of_a_reminder_marks_the_item(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    await world.loop.tick()
    asked = await press(world.core, world.phone.got[0][1], "已办好")
    assert "哪天办的" in asked.text


async def test_after_days_of_downtime_one_digest_comes_and_no_storm(world: World) -> None:
    await registered(world.core)
    world.clock.set(7, 14)
    await world.loop.tick()
    assert len(world.phone.got) == 1
    assert world.phone.texts()[0].startswith("⏰ 有11件事要办")
    assert "已过期65天" in world.phone.texts()[0]


async def test_late_it_says_what_the_notice_says_missing_a_date_costs(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 12)
    await world.loop.tick()
    assert world.phone.texts()[0].startswith("⚠️ 已过期2天：")
    assert "不予经费补助" in world.phone.texts()[0]


async def test_a_channel_that_fails_for_a_while_is_tried_again_later(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    world.phone.errors = [TemporarySendError("429")]
    await world.loop.tick()
    assert world.phone.got == []
    assert await world.loop.tick() == 0
    world.clock.now += timedelta(minutes=1)
    assert await world.loop.tick() == 1
    assert len(world.phone.got) == 2
    assert await world.outcomes() == ["temporary", "sent", "sent"]
    assert texts.MAYBE_REPEATED not in world.phone.texts()[0]


async def test_whoever_blocked_one_address_is_reached_at_the_next_and_can_come_back(world: World) -> None:
    await registered(world.core)
    code = (await say(world.core, "关联")).text.split("关联 ")[1][:6]
    await say(world.core, f"关联 {code}", who="phone")
    world.clock.set(5, 8)
    world.phone.errors = [PermanentSendError("blocked")]
    await world.loop.tick()
    assert {address for address, _ in world.phone.got} == {"phone"}
    await say(world.core, "我的研修班")
    world.clock.set(5, 9)
    world.phone.got.clear()
    await world.loop.tick()
    assert {address for address, _ in world.phone.got} <= {"amy", "phone"}
    assert not await world.disabled()


async def test_a_group_that_moved_is_followed(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    world.phone.errors = [AddressMoved(HALL)]
    await world.loop.tick()
    assert {address for address, _ in world.phone.got} == {HALL}
    assert "省级示范" in (await say(world.core, "我的研修班", who=HALL)).text


async def test_a_push_whose_outcome_nobody_knows_is_repeated_once_and_says_so(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    held = world.core.reminders
    [turn] = await held.queue.claim(world.clock(), 10)
    address = Address(channel="test", id="amy")
    await held.queue.begin(AttemptStart(turn.person_id, address, (turn.due[0].id,), world.clock()))
    assert await world.loop.tick() == 0  # the lease is held
    world.clock.now += timedelta(minutes=2)
    await world.loop.tick()
    labelled = [text.startswith(texts.MAYBE_REPEATED) for text in world.phone.texts()]
    assert labelled.count(True) == 1
    assert (await world.outcomes())[0] == "unknown"


async def test_a_repeat_says_so_although_the_process_that_was_to_send_it_died_as_well(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    queue = world.core.reminders.queue
    [turn] = await queue.claim(world.clock(), 10)
    address = Address(channel="test", id="amy")
    ids = tuple(due.id for due in turn.due)
    await queue.begin(AttemptStart(turn.person_id, address, ids, world.clock()))
    for _ in range(2):  # nobody notes how the push ended, and whoever claims it next dies too
        world.clock.now += timedelta(minutes=2)
        [turn] = await queue.claim(world.clock(), 10)
        assert turn.repeated == frozenset(ids)


async def test_what_was_sent_after_all_is_no_repeat_when_it_is_snoozed(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    queue = world.core.reminders.queue
    [turn] = await queue.claim(world.clock(), 10)
    address = Address(channel="test", id="amy")
    ids = tuple(due.id for due in turn.due)
    await queue.begin(AttemptStart(turn.person_id, address, ids, world.clock()))
    world.clock.now += timedelta(minutes=2)
    await world.loop.tick()
    assert any(text.startswith(texts.MAYBE_REPEATED) for text in world.phone.texts())
    number = turn.due[0].seminar_id
    assert number is not None
    plan = world.core.reminders.plan
    assert await plan.snooze(turn.person_id, number, turn.due[0].key, world.clock() + timedelta(hours=1))
    world.clock.now += timedelta(hours=2)
    [turn] = await queue.claim(world.clock(), 10)
    assert turn.repeated == frozenset()


async def test_two_processes_never_take_the_same_turn(world: World) -> None:
    for who in ("amy", "ben", "cat"):
        await registered(world.core, who=who)
    world.clock.set(5, 8)
    await world.loop.tick()
    assert sorted(address for address, _ in world.phone.got) == ["amy", "amy", "ben", "ben", "cat", "cat"]


async def test_replanning_does_not_lose_what_is_due_and_not_sent_yet(world: World) -> None:
    number = number_of(await registered(world.core))
    world.clock.set(5, 8, 10)
    await say(world.core, choice=f"change:{number}:staff")
    await press(world.core, await say(world.core, "5"), texts.CONFIRM_CHANGE_LABEL)
    await world.loop.tick()
    assert len(world.phone.got) == 2


async def test_at_night_nothing_is_pushed_and_nothing_lost(world: World) -> None:
    await registered(world.core)
    for day, hour in ((8, 22), (8, 23), (9, 0), (9, 7)):
        world.clock.set(5, day, hour)
        assert await world.loop.tick() == 0
    world.clock.set(5, 9, 8)
    assert await world.loop.tick() == 1
    assert len(world.phone.got) == 2


async def test_a_date_that_moved_while_the_reminder_waited_is_not_reminded_of(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    [turn] = await world.core.reminders.queue.claim(world.clock(), 10)
    assert turn.due
    await world.core.database.transact(execute(sa.update(reminders).values(prudent=date(2025, 5, 1))))
    world.clock.now += timedelta(minutes=2)
    await world.loop.tick()
    assert world.phone.got == []
    assert await world.loop.tick() == 0


async def test_a_reminder_is_put_off_and_comes_once_more(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    await world.loop.tick()
    asked = await press(world.core, world.phone.got[0][1], reminder_texts.SNOOZE_LABEL)
    world.phone.got.clear()
    assert "5月8日10:00再提醒您" in (await press(world.core, asked, "1小时后")).text
    assert await world.loop.tick() == 0
    world.clock.set(5, 8, 10)
    assert await world.loop.tick() == 1
    assert len(world.phone.got) == 1
    chosen = await press(world.core, asked, reminder_texts.SNOOZE_DAY_LABEL)
    assert "哪天提醒" in chosen.text
    assert reminder_texts.SNOOZE_PAST in (await say(world.core, "5月1日")).text
    assert "5月20日9:00" in (await say(world.core, "5月20日")).text


async def test_what_is_put_off_is_forgotten_once_it_is_done(world: World) -> None:
    await registered(world.core)
    world.clock.set(5, 8)
    await world.loop.tick()
    reply = world.phone.got[0][1]
    await press(world.core, await press(world.core, reply, reminder_texts.SNOOZE_LABEL), "明天")
    assert "snoozed" in {step for _, step, _ in await world.planned()}
    await press(world.core, await press(world.core, reply, "已办好"), texts.TODAY_LABEL)
    await say(world.core, choice="how:")
    assert "snoozed" not in {step for _, step, _ in await world.planned()}
    again = await press(world.core, reply, reminder_texts.SNOOZE_LABEL)
    assert (await press(world.core, again, "明天")).text == reminder_texts.NOTHING_TO_SNOOZE


async def test_the_hour_is_ones_own_and_a_pause_holds_until_it_ends(world: World) -> None:
    await registered(world.core)
    shown = await say(world.core, "提醒设置")
    assert reminder_texts.NEVER_REMINDED in shown.text
    await press(world.core, shown, "15点")
    world.clock.set(5, 8, 9)
    await world.loop.tick()
    world.phone.got.clear()  # what was owed from April
    world.clock.set(5, 8, 14)
    assert await world.loop.tick() == 0
    world.clock.set(5, 8, 15)
    assert await world.loop.tick() == 1
    assert "上次提醒已送达：5月8日15:00" in (await say(world.core, "/remind")).text
    paused = await press(world.core, await say(world.core, "/remind"), "暂停一周")
    assert "已暂停到5月15日15:00" in paused.text
    world.phone.got.clear()
    world.clock.set(5, 14, 20)
    assert await world.loop.tick() == 0
    await press(world.core, paused, reminder_texts.RESUME_LABEL)
    world.clock.set(5, 19, 15)
    assert await world.loop.tick() == 1


async def test_the_figures_say_what_is_planned_sent_late_and_failed(world: World) -> None:
    await registered(world.core)
    held = world.core.reminders.reports
    before = await held.status(world.clock())
    assert (before.sent, before.late) == (0, 0)
    assert before.next_at == datetime(2025, 4, 25, 9, tzinfo=SHANGHAI)
    world.clock.set(5, 8)
    world.phone.errors = [TemporarySendError("429")]
    await world.loop.tick()
    assert (await held.status(world.clock())).late == 8
    world.clock.now += timedelta(minutes=1)
    await world.loop.tick()
    after = await held.status(world.clock())
    assert (after.sent, after.late, after.planned) == (8, 0, before.planned - 8)
    assert [(failure.channel, failure.reason) for failure in await held.failures()] == [("test", "429")]
    assert (await held.upcoming(1))[0].prudent == date(2025, 5, 9)


async def test_a_loop_that_stalls_is_seen_by_the_health_probe(world: World, tmp_path: Path) -> None:
    loop = world.loop
    app = build_web(world.core, settings_for(tmp_path), WebChat(), [], loop.alive)
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/healthz")).status == 200
        world.clock.now += timedelta(minutes=6)
        assert (await client.get("/healthz")).status == 503
        await loop.tick()
        assert (await client.get("/healthz")).status == 200


async def test_a_team_that_works_at_the_same_moment_ends_with_exactly_the_reminders_it_should(world: World) -> None:
    card = await registered(world.core)
    number = number_of(card)
    for who in ("ben", "cat", "dan"):
        team = await press(world.core, card, texts.TEAM_LABEL)
        code = (await press(world.core, team, "邀请（可修改）")).text.split("加入 ")[1][:6]
        await say(world.core, f"加入 {code}", who=who)
    whole_series = sorted(await world.planned())
    listed = await say(world.core, choice=f"list:{number}:settlement")
    keys = [choice.token.split(":")[2] for choice in listed.choices if choice.token.startswith("item:")]
    people = ("amy", "ben", "cat", "dan")

    async def marks_and_undoes(who: str, key: str) -> None:
        for token in (f"mark:{number}:{key}:handed_in", "how:今天", "how:", f"item:{number}:{key}:undo"):
            reply = await say(world.core, choice=token, who=who)
            assert reply.text != texts.INTERNAL_ERROR

    await asyncio.gather(*(marks_and_undoes(who, key) for who, key in zip(people, keys, strict=False)))
    assert sorted(await world.planned()) == whole_series

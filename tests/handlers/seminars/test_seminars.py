"""Seminars in conversation: every kind from registration to settlement, teams, and who may do what."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import docx
import pytest

from bot.core import Core
from handlers.domain.messages import MAX_TOKEN_BYTES, Address, Reply, Status
from handlers.domain.seminar import LinkPurpose
from handlers.texts import conversation as texts
from handlers.texts import registration as registration_texts
from tests.support.application import say, whole
from tests.support.documents import PNG
from tests.support.seminars import number_of, press, registered

KINDS = ("国家级", "省级示范", "工程领域专项", "省级普通")
FUNDINGS = ("财政资助", "自筹经费")


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    async with whole(tmp_path) as core:
        yield core


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("funding", FUNDINGS)
async def test_every_kind_is_led_from_registration_to_the_last_item_across_a_restart(
    tmp_path: Path, kind: str, funding: str
) -> None:
    async with whole(tmp_path) as core:
        card = await registered(core, f"{kind} {funding} 6月10日到14日 福州 60人 线上20人 工作人员6人")
        reply = await press(core, card, texts.NEXT_LABEL)
        reply = await press(core, reply, texts.MARK_LABELS["handed_in"])
    async with whole(tmp_path) as core:
        assert "哪天办的" in (await say(core, "不知道")).text
        reply = await say(core, "昨天")
        for _ in range(100):
            if texts.ALL_DONE in reply.text:
                break
            wanted = [texts.MARK_LABELS["handed_in"], texts.TODAY_LABEL, texts.SKIP_LABEL, texts.NEXT_LABEL]
            label = next(label for label in wanted if any(c.label == label for c in reply.choices))
            reply = await press(core, reply, label)
        card = await say(core, "我的研修班")
        assert texts.ALL_DONE in card.text
        done, every = card.text.split("■ ")[1].split("\n")[0].split("/")
        assert done == every


async def test_a_seminar_of_an_uncovered_year_says_reference_on_every_line(core: Core) -> None:
    card = await registered(core, "示范班 2026年6月10日到13日 60人 线上0人 工作人员3人")
    assert "2026年度的通知尚未收录" in card.text
    checkup = await press(core, card, texts.CHECKUP_LABEL)
    ruled = [line for line in checkup.text.splitlines()[1:] if not line.startswith("提示：办班期间")]
    assert ruled
    assert all("参照2025年通知" in line for line in ruled)


async def test_no_button_is_too_long_for_telegram(core: Core) -> None:
    replies = [await registered(core)]
    for label in (texts.NEXT_LABEL, texts.CHECKLIST_LABEL, texts.CHECKUP_LABEL, texts.CHANGE_LABEL, texts.TEAM_LABEL):
        replies.append(await press(core, replies[0], label))
    replies.append(await press(core, replies[2], "结算"))
    for choice in (choice for reply in replies for choice in reply.choices):
        assert len(choice.token.encode()) <= MAX_TOKEN_BYTES


async def test_a_long_title_is_refused_with_its_length(core: Core) -> None:
    await say(core, "/new 示范班")
    assert "太长了（300字）" in (await say(core, "长" * 300)).text
    assert "研修班名称好班" in (await say(core, "好班")).text


async def test_a_place_in_emoji_is_asked_for_again_in_words(core: Core) -> None:
    await say(core, "/new 示范班 6月10到13日 60人 线上0人 工作人员3人")
    await say(core, "好班")
    asked = await say(core, "5万元")
    assert registration_texts.ASK_PLACE in asked.text
    assert (await say(core, "🏖🏖")).text.startswith(texts.NO_WORDS)


async def test_a_colleague_joins_by_code_once_and_sees_the_seminar(core: Core) -> None:
    card = await registered(core)
    team = await press(core, card, texts.TEAM_LABEL)
    invitation = await press(core, team, "邀请（可修改）")
    code = invitation.text.split("加入 ")[1][:6]
    joined = await say(core, f"加入 {code}", who="ben")
    assert joined.text.startswith("✅ 已加入（可修改）")
    assert (await say(core, f"加入 {code}", who="cat")).text == texts.WRONG_CODE
    assert "可修改（test）" in (await press(core, card, texts.TEAM_LABEL)).text


async def test_five_wrong_codes_and_the_address_waits(core: Core) -> None:
    for _ in range(5):
        assert (await say(core, "加入 000000", who="eve")).text == texts.WRONG_CODE
    assert (await say(core, "加入 000000", who="eve")).text == texts.TOO_MANY_TRIES
    assert (await say(core, "加入 000000", who="fay")).text == texts.WRONG_CODE


async def test_one_person_on_two_channels_sees_the_same_seminars(core: Core) -> None:
    await registered(core)
    code = (await say(core, "关联")).text.split("关联 ")[1][:6]
    await registered(core, "国家级", who="phone")
    assert (await say(core, f"关联 {code}", who="phone")).text == texts.LINKED
    for who in ("amy", "phone"):
        assert "2期研修班" in (await say(core, "我的研修班", who=who)).text


async def test_whoever_links_a_second_channel_keeps_the_stronger_role_the_files_and_the_addresses(
    tmp_path: Path,
) -> None:
    async with whole(tmp_path, public_url="https://yanxiu.example") as core:
        card = await registered(core, who="phone")
        page = await press(core, card, texts.PAGE_LABEL, "phone")
        secret = page.text.split("/seminar/")[1].split("\n")[0]
        team = await press(core, card, texts.TEAM_LABEL, "phone")
        code = (await press(core, team, "邀请（只查看）", "phone")).text.split("加入 ")[1][:6]
        await say(core, f"加入 {code}")
        sent = await core.files.receive(Address(channel="test", id="phone"), "照片.png", PNG)
        code = (await say(core, "关联")).text.split("关联 ")[1][:6]
        await say(core, f"关联 {code}", who="phone")
        for who in ("amy", "phone"):
            assert texts.REMOVE_LABEL in [c.label for c in (await say(core, "我的研修班", who=who)).choices]
        assert (await press(core, card, texts.TEAM_LABEL)).text.splitlines()[1:] == ["1. 负责人（您）（test、test）"]
        assert await core.links.owner(secret, LinkPurpose.PAGE)
        assert "它是清单里的哪一项" in (await say(core, file=sent)).text


async def test_the_last_owner_cannot_leave_but_can_hand_over(core: Core) -> None:
    card = await registered(core)
    team = await press(core, card, texts.TEAM_LABEL)
    assert (await press(core, team, texts.LEAVE_TEAM_LABEL)).text == texts.LAST_OWNER
    code = (await press(core, team, "邀请（只查看）")).text.split("加入 ")[1][:6]
    await say(core, f"加入 {code}", who="ben")
    team = await press(core, card, texts.TEAM_LABEL)
    team = await press(core, team, "2号改为负责人")
    assert (await press(core, team, texts.LEAVE_TEAM_LABEL)).text.startswith("您已退出")
    assert "还没有登记" in (await say(core, "我的研修班")).text
    assert (await say(core, "我的研修班", who="ben")).status is Status.ANSWERED


async def test_what_was_proposed_before_a_colleagues_change_is_not_saved(core: Core) -> None:
    card = await registered(core)
    code = (await press(core, await press(core, card, texts.TEAM_LABEL), "邀请（可修改）")).text.split("加入 ")[1][:6]
    joined = await say(core, f"加入 {code}", who="ben")
    await press(core, await press(core, card, texts.CHANGE_LABEL), "地点")
    mine = await say(core, "泉州")
    await press(core, await press(core, joined, texts.CHANGE_LABEL, "ben"), "工作人员", "ben")
    await press(core, await say(core, "5", who="ben"), texts.CONFIRM_CHANGE_LABEL, "ben")
    assert (await press(core, mine, texts.CONFIRM_CHANGE_LABEL)).text.startswith(texts.SOMEBODY_FASTER)
    assert "福州，学员60人（线上20人），工作人员5人" in (await say(core, "我的研修班")).text


async def test_a_removed_seminar_is_gone_for_all_and_only_its_owner_brings_it_back(core: Core) -> None:
    card = await registered(core)
    number = number_of(card)
    await say(core, choice=f"remove:{number}:yes")
    assert (await say(core, choice=f"seminar:{number}")).text == texts.NOT_YOURS
    assert (await say(core, choice=f"restore:{number}", who="eve")).text == texts.NOT_YOURS
    assert (await say(core, choice=f"restore:{number}")).text.startswith(texts.RESTORED)


@pytest.mark.parametrize("token", ["reg:save", "reg:set:kind:国家级", "how:今天", "new:60", "change:1:place:yes"])
async def test_a_button_of_a_step_long_over_says_so(core: Core, token: str) -> None:
    assert (await say(core, choice=token)).status is Status.DECLINED


@pytest.mark.parametrize(
    "token", ["seminar:x", "seminar:", "list:99999999999999999999", "item:1", "mark:1:a:b", "member:1:x:y"]
)
async def test_a_forged_button_changes_nothing(core: Core, token: str) -> None:
    assert (await say(core, choice=token)).text == texts.NOT_YOURS


async def test_several_seminars_stand_side_by_side_with_what_is_next(core: Core) -> None:
    await registered(core)
    await registered(core, "国家级 10月10日到14日 80人 线上0人 工作人员8人")
    shown = (await say(core, "我的研修班")).text
    assert "· 6月10日 省级示范研修班：开班通知，最晚2025年5月10日（稳妥：5月9日前）" in shown
    assert "· 10月10日 国家级研修班：与省人社厅沟通并提交实施方案，最晚2025年9月10日" in shown


async def test_days_off_among_the_days_of_a_seminar_are_pointed_out(core: Core) -> None:
    card = await registered(core, "示范班 5月30日到6月2日 60人 线上0人 工作人员3人")
    checkup = await press(core, card, texts.CHECKUP_LABEL)
    assert "提示：办班期间5月31日、6月1日、6月2日不是工作日" in checkup.text


async def test_an_item_has_somebody_who_looks_after_it_and_a_remark(core: Core) -> None:
    number = number_of(await registered(core))
    listed = await say(core, choice=f"list:{number}:settlement")
    item = await press(core, listed, "总结报告")
    assert "由谁经办" in (await press(core, item, "经办人")).text
    shown = await say(core, "张老师")
    assert "经办人：张老师" in shown.text
    await press(core, shown, "备注")
    assert "太长了（300字）" in (await say(core, "长" * 300)).text
    shown = await say(core, "等财务的数字")
    assert "备注：等财务的数字" in shown.text
    assert (
        "总结报告　最晚2025年7月13日（稳妥：7月11日前）　〔张老师〕" in (await say(core, choice=f"list:{number}")).text
    )
    cleared = await press(core, await press(core, shown, "经办人"), texts.CLEAR_LABEL)
    assert "张老师" not in cleared.text
    assert "备注：等财务的数字" in cleared.text
    assert "补助" in (await ask_amid(core, shown)).text


async def ask_amid(core: Core, shown: Reply) -> Reply:
    """A policy question while a remark is asked for."""
    await press(core, shown, "备注")
    return await say(core, "示范班补助多少？")


async def test_a_change_of_what_was_planned_offers_the_statement_with_both_values(core: Core) -> None:
    number = number_of(await registered(core))
    await say(core, choice=f"change:{number}:place")
    saved = await press(core, await say(core, "泉州"), texts.CONFIRM_CHANGE_LABEL)
    (attachment,) = (await press(core, saved, texts.STATEMENT_LABEL)).files
    file = await core.documents.fetch(Address(channel="test", id="amy"), attachment.token)
    assert file is not None
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(file.data)).paragraphs)
    assert "原定地点福州，因（待填），拟变更为地点泉州。" in text
    await say(core, choice=f"change:{number}:staff")
    saved = await press(core, await say(core, "5"), texts.CONFIRM_CHANGE_LABEL)
    assert texts.STATEMENT_LABEL not in [choice.label for choice in saved.choices]


async def test_two_editors_confirming_at_once_change_one_thing_and_tell_the_other(
    tmp_path: Path, database_url: str
) -> None:
    async with whole(tmp_path, database_url=database_url) as core:
        card = await registered(core)
        number = number_of(card)
        team = await press(core, card, texts.TEAM_LABEL)
        code = (await press(core, team, "邀请（可修改）")).text.split("加入 ")[1][:6]
        await say(core, f"加入 {code}", who="ben")
        for who, place in (("amy", "泉州"), ("ben", "厦门")):
            await say(core, choice=f"change:{number}:place", who=who)
            await say(core, place, who=who)
        sure = f"change:{number}:place:yes"
        replies = await asyncio.gather(*(say(core, choice=sure, who=who) for who in ("amy", "ben")))
        firsts = sorted(reply.text.splitlines()[0] for reply in replies)
        assert firsts == sorted([texts.CHANGED, texts.SOMEBODY_FASTER])
        shown = (await say(core, "我的研修班")).text
        assert ("泉州" in shown) is not ("厦门" in shown)

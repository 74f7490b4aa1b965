"""Publishing on both engines: what it changes, for whom, and what two people or two processes do to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core import Core
from bot.staff.notice_import import NoticeReading, read_notice
from bot.staff.publishing import NotReady, Publishing, compiled, occasion_of
from bot.storage.db.work import fetch_values
from bot.storage.staff.accounts import Account, StaffRole
from bot.storage.staff.audit import Actor
from bot.storage.staff.draft_models import DraftStage, HeldDraft, ReviewDecision, Stale
from bot.storage.staff.revisions import Outdated
from bot.storage.tables.reminder import reminders
from handlers.domain.messages import Reply
from handlers.seminars.overview import short
from knowledge.model.notice import Notice
from knowledge.model.snapshot import Knowledge
from knowledge.publications import Publication, Subject
from tests.support.application import say, whole
from tests.support.console import SPRING_2026, employed, notice_of_2026
from tests.support.seminars import number_of, registered

REASON = "收录2026年实施通知"
_READ: dict[tuple[str, Knowledge, datetime], NoticeReading] = {}
"""What was read of a text with some knowledge: as slow as it is the same each time."""


@asynccontextmanager
async def office(url: str, now: datetime = SPRING_2026) -> AsyncIterator[Core]:
    async with whole(Path("/nonexistent"), now, database_url=url) as core:
        yield core


@pytest.fixture
async def core(database_url: str) -> AsyncIterator[Core]:
    async with office(database_url) as core:
        yield core


@pytest.fixture
async def lin(core: Core) -> Account:
    return await employed(core, "lin", StaffRole.PUBLISHER)


async def reviewed(core: Core, account: Account, text: str | None = None) -> HeldDraft:
    """A draft of the notice of 2026 with everything decided."""
    desk, now = core.desk, core.clock()
    draft_id = await desk.drafts.begin("2026.docx", b"", account.actor, now)
    text = text or notice_of_2026()
    key = (text, desk.answering.knowledge, now)
    if key not in _READ:
        _READ[key] = await asyncio.to_thread(read_notice, text, desk.answering, now)
    read = _READ[key]
    await desk.drafts.fill(draft_id, read.made.text, read.said, "2025-shishi", read.facts, now)
    for fate in ("unchanged", "figures", "reworded"):
        await desk.drafts.judge_all(draft_id, {"fate": fate}, ReviewDecision.ACCEPTED, account.actor, now)
    await desk.drafts.judge_all(draft_id, {}, ReviewDecision.REJECTED, account.actor, now)
    draft = await desk.drafts.one(draft_id)
    assert draft
    return draft


async def published(core: Core, account: Account, draft: HeldDraft) -> int:
    desk = core.desk
    assert desk.problems_of(draft) == ()
    change, replaces, held = await desk.change_of(draft)
    occasion = occasion_of(change, held, REASON)
    return await desk.publishing.publish(
        change, replaces, REASON, account.actor, occasion=occasion, draft=(draft.head.id, draft.head.version)
    )


async def told(core: Core) -> list[Reply]:
    """Messages that wait for the reminder loop."""
    query = sa.select(reminders.c.message).where(reminders.c.message.is_not(None)).order_by(reminders.c.id)
    return [Reply.model_validate(row) for row in await core.database.query(fetch_values(query))]


async def planned(core: Core, key: str) -> set[Any]:
    query = sa.select(reminders.c.literal).where(reminders.c.key == key, reminders.c.message.is_(None))
    return set(await core.database.query(fetch_values(query)))


async def answer(core: Core, question: str = "国家级班至少多少人") -> str:
    return (await say(core, question, who="asker")).text


async def test_publishing_moves_dates_tells_the_team_once_and_changes_answers(core: Core, lin: Account) -> None:
    await registered(core)
    await registered(core, "国家级 2027年6月10到15日 福州 60人 线上0 工作人员5人", who="bob")
    assert "50人" in await answer(core)
    [was] = await planned(core, "filing-demo/开班通知")
    await published(core, lin, await reviewed(core, lin))
    assert "60人" in await answer(core)
    [moved] = await planned(core, "filing-demo/开班通知")
    assert (was.isoformat(), moved.isoformat()) == ("2026-05-10", "2026-04-27")
    assert await planned(core, "filing-demo/安全预案") == {moved}
    messages = await told(core)
    assert len([m for m in messages if "省级示范研修班" in m.text]) == 1
    assert "开班通知：原最晚2026年5月10日" in messages[0].text
    assert "现最晚2026年4月27日" in messages[0].text
    assert messages[0].citations[0].plan_year == "2026"


async def test_going_back_restores_answers_and_dates_and_is_a_revision_of_its_own(core: Core, lin: Account) -> None:
    await registered(core)
    await published(core, lin, await reviewed(core, lin))
    going = await core.desk.before(Subject.NOTICE, "2026-shishi")
    assert going
    change, head = going
    await core.desk.publishing.publish(change, head, "发布有误", lin.actor, occasion="已撤下")
    assert "50人" in await answer(core)
    [back] = await planned(core, "filing-demo/开班通知")
    assert back.isoformat() == "2026-05-10"
    assert [one.content is None for one in await core.desk.revisions.history()] == [True, False]
    assert (await told(core))[-1].text.startswith("已撤下")


async def test_what_is_done_stays_done_and_nobody_is_bothered_about_it(core: Core, lin: Account) -> None:
    number = number_of(await registered(core))
    await say(core, choice=f"mark:{number}:{short('filing-demo/开班通知')}:handed_in")
    for words in ("今天", "邮寄"):
        await say(core, words)
    await published(core, lin, await reviewed(core, lin))
    [message] = await told(core)
    assert "· 开班通知：" not in message.text
    assert "· 实施方案：原" in message.text


async def test_two_people_who_publish_at_the_same_moment_publish_once(core: Core, lin: Account) -> None:
    bao = await employed(core, "bao", StaffRole.PUBLISHER)
    first, second = await reviewed(core, lin), await reviewed(core, bao)
    outcomes = await asyncio.gather(published(core, lin, first), published(core, bao, second), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["Outdated", "int"]
    assert len(await core.desk.revisions.history()) == 1


async def test_a_draft_is_published_once(core: Core, lin: Account) -> None:
    draft = await reviewed(core, lin)
    change, _, _ = await core.desk.change_of(draft)
    await published(core, lin, draft)
    again = core.desk.publishing.publish(change, 1, REASON, lin.actor, draft=(draft.head.id, draft.head.version))
    with pytest.raises(Stale):
        await again
    assert len(await core.desk.revisions.history()) == 1


async def test_what_fails_in_the_middle_leaves_nothing_behind(core: Core, lin: Account) -> None:
    await registered(core)
    draft = await reviewed(core, lin)
    change, replaces, _ = await core.desk.change_of(draft)

    def fails(_connection: object) -> None:
        raise RuntimeError("power cut")

    looked_at = (draft.head.id, draft.head.version)
    with pytest.raises(RuntimeError):
        await core.desk.publishing.publish(change, replaces, REASON, lin.actor, draft=looked_at, within=fails)
    assert await core.desk.revisions.history() == ()
    assert await told(core) == []
    assert "50人" in await answer(core)
    held = await core.desk.drafts.one(draft.head.id)
    assert held
    assert held.head.stage.value == "open"
    assert (await core.desk.audit.verify())[2] == ""


async def test_nothing_pending_unproved_or_edited_away_from_its_source_is_published(core: Core, lin: Account) -> None:
    desk, now = core.desk, core.clock()
    draft = await reviewed(core, lin)
    one = draft.facts[0]
    await desk.drafts.judge(one.id, one.version, ReviewDecision.PENDING, lin.actor, now)
    held = await desk.drafts.one(draft.head.id)
    assert held
    assert desk.problems_of(held) == ("还有1条事实待定：逐条采用、修改或不采用",)
    bent = one.fact.model_copy(update={"quote": "学员不少于10人"})
    await desk.drafts.edit(one.id, one.version + 1, bent, lin.actor, now)
    held = await desk.drafts.one(draft.head.id)
    assert held
    assert any("引文不在条款" in line for line in desk.problems_of(held))


async def test_two_notices_of_one_year_are_not_published(core: Core, lin: Account) -> None:
    draft = await reviewed(core, lin)
    said = draft.said | {"plan_year": 2025, "id": "2025-other"}
    twice = replace(draft, said=said)
    assert "2025年有2份通知，年度重叠" in core.desk.problems_of(twice)


async def test_two_people_may_not_overwrite_each_other_in_a_draft(core: Core, lin: Account) -> None:
    desk, now = core.desk, core.clock()
    draft = await reviewed(core, lin)
    one = draft.facts[3]
    await desk.drafts.edit(one.id, one.version, one.fact, lin.actor, now)
    with pytest.raises(Stale):
        await desk.drafts.edit(one.id, one.version, one.fact, Actor(None, "bao"), now)
    held = await desk.drafts.one(draft.head.id)
    assert held
    await desk.drafts.describe(draft.head.id, held.head.version, {"reason": "一"}, lin.actor, now)
    with pytest.raises(Stale):
        await desk.drafts.describe(draft.head.id, held.head.version, {"reason": "二"}, lin.actor, now)


async def test_a_held_notice_is_corrected_under_its_own_id(core: Core, lin: Account) -> None:
    held = next(n for n in core.desk.knowledge.notices if n.plan_year == 2025)
    read = await asyncio.to_thread(read_notice, held.source, core.desk.answering, core.clock())
    assert read.said["id"] == held.id
    fixed = held.model_copy(update={"doc_no": None, "genre": "实施通知（更正）"})
    change = Publication(Subject.NOTICE, held.id, fixed.model_dump(mode="json"))
    await core.desk.publishing.publish(change, 0, "更正性质", lin.actor)
    going = await core.desk.before(Subject.NOTICE, held.id)
    assert going
    assert going[0].content
    assert Notice.model_validate(going[0].content) == held


async def test_the_knowledge_of_any_day_can_be_looked_at(core: Core, lin: Account) -> None:
    await published(core, lin, await reviewed(core, lin))
    earlier = await core.desk.live_knowledge.as_at(datetime(2026, 3, 15, 23, tzinfo=SPRING_2026.tzinfo))
    assert earlier.plan_years == (2025, 2023)
    assert (await core.desk.live_knowledge.as_at(core.clock())).plan_years == (2026, 2025, 2023)


async def test_impact_names_changed_facts_answers_and_seminars_before_anything_is_published(
    core: Core, lin: Account
) -> None:
    await registered(core)
    await answer(core)
    draft = await reviewed(core, lin)
    impact = await core.desk.impact_of_draft(draft)
    changed = {(one.after or one.before).id: one.label for one in impact.facts}  # type: ignore[union-attr]
    assert changed["headcount-national"] == "有变"
    assert changed["filing-demo"] == "有变"
    assert [one.seminar.name for one in impact.touched] == ["省级示范研修班"]
    assert impact.people == 1
    assert any("60人" in one.after and "50人" in one.before for one in impact.answers)
    assert await core.desk.revisions.history() == ()


async def test_holidays_and_synonyms_are_published_like_notices(core: Core, lin: Account) -> None:
    desk = core.desk
    off = Publication(Subject.HOLIDAYS, "holidays", {"off": ["2026-04-24"], "working": []})
    await desk.publishing.publish(off, 0, "放假", lin.actor)
    assert date(2026, 4, 24) in desk.knowledge.holidays.off
    words = Publication(Subject.SYNONYMS, "synonyms", {"forms": {"subsidy": ["奖励金"]}})
    await desk.publishing.publish(words, 0, "新说法", lin.actor)
    assert "奖励金" in desk.knowledge.vocabulary.concepts["subsidy"]
    assert "5万元" in await answer(core, "示范班奖励金几个")
    with pytest.raises(Outdated):
        await desk.publishing.publish(words, 0, "又一次", lin.actor)


async def test_two_processes_on_postgresql_agree_within_seconds(empty_postgres_url: str) -> None:
    async with office(empty_postgres_url) as one, office(empty_postgres_url) as other:
        following = asyncio.create_task(other.desk.live_knowledge.run())
        await asyncio.sleep(0.2)
        lin = await employed(one, "lin", StaffRole.PUBLISHER)
        await registered(other)
        await published(one, lin, await reviewed(one, lin))
        for _ in range(100):
            if "60人" in await answer(other):
                break
            await asyncio.sleep(0.05)
        assert "60人" in await answer(other)
        assert one.desk.knowledge.revision == other.desk.knowledge.revision
        card = await say(other, choice="next:1")
        assert "4月27日" in card.text
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_a_process_started_later_knows_what_was_published(empty_postgres_url: str) -> None:
    async with office(empty_postgres_url) as one:
        lin = await employed(one, "lin", StaffRole.PUBLISHER)
        await published(one, lin, await reviewed(one, lin))
    async with office(empty_postgres_url) as later:
        assert "60人" in await answer(later)


async def test_missing_metadata_is_named_before_publishing(core: Core, lin: Account) -> None:
    draft = await reviewed(core, lin)
    bare = replace(draft, said=draft.said | {"issuer": "", "kinds": []})
    assert core.desk.problems_of(bare) == ("还没有填发文单位", "还没有勾选适用的项目类型")
    assert compiled(draft).plan_year == 2026
    assert str(NotReady(("甲", "乙"))) == "甲；乙"


async def test_two_publications_at_once_keep_what_both_of_them_say(core: Core, lin: Account) -> None:
    await registered(core)
    draft = await reviewed(core, lin)
    off = Publication(Subject.HOLIDAYS, "holidays", {"off": ["2026-04-28"], "working": []})
    await asyncio.gather(published(core, lin, draft), core.desk.publishing.publish(off, 0, "放假", lin.actor))
    [moved] = await planned(core, "filing-demo/安全预案")
    assert moved.isoformat() == "2026-04-24"
    assert "60人" in await answer(core)


async def test_a_seminar_registered_while_a_publication_is_worked_out_is_moved_and_told(
    core: Core, lin: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await reviewed(core, lin)
    publishing, loop = core.desk.publishing, asyncio.get_running_loop()
    foresee = publishing._foresee

    def meanwhile(*known: Any) -> Any:
        foreseen = foresee(*known)
        asyncio.run_coroutine_threadsafe(registered(core), loop).result(10)
        return foreseen

    monkeypatch.setattr(Publishing, "_foresee", staticmethod(meanwhile))
    await published(core, lin, draft)
    [moved] = await planned(core, "filing-demo/开班通知")
    assert moved.isoformat() == "2026-04-27"
    [message] = await told(core)
    assert "开班通知：原最晚2026年5月10日" in message.text


async def test_what_changed_after_it_was_looked_at_is_not_published(core: Core, lin: Account) -> None:
    draft = await reviewed(core, lin)
    one = draft.of_state(ReviewDecision.ACCEPTED)[0]
    await core.desk.drafts.judge(one.id, one.version, ReviewDecision.REJECTED, lin.actor, core.clock())
    with pytest.raises(Stale):
        await published(core, lin, draft)
    assert await core.desk.revisions.history() == ()


async def test_going_back_knows_what_held_before_however_much_was_published_since(core: Core, lin: Account) -> None:
    await published(core, lin, await reviewed(core, lin))
    words = Publication(Subject.SYNONYMS, "synonyms", {"forms": {"subsidy": ["奖励金"]}})
    head = 0
    for _ in range(3):
        head = await core.desk.publishing.publish(words, head, "又一次", lin.actor)
    assert [one.id for one in await core.desk.revisions.of(Subject.SYNONYMS, "synonyms", 2)] == [head, head - 1]
    going = await core.desk.before(Subject.NOTICE, "2026-shishi")
    assert going
    assert (going[0].content, going[1]) == (None, 1)


async def test_a_notice_whose_table_repeats_a_line_can_be_published(core: Core, lin: Account) -> None:
    line = "示范班每期配备联络员3名"
    text = notice_of_2026().replace("联系人：", f"{line}\n{line}\n联系人：", 1)
    draft = await reviewed(core, lin, text)
    assert any("没有归属" in one for one in core.desk.problems_of(draft))
    owned = replace(draft, context=({"quote": line, "reason": "背景"},))
    assert not [one for one in core.desk.problems_of(owned) if "没有归属" in one]


async def test_the_last_notice_stays_and_what_lacked_before_is_no_obstacle(core: Core, lin: Account) -> None:
    gone = Publication(Subject.NOTICE, "2023-shenbao", None)
    await core.desk.publishing.publish(gone, 0, "过时", lin.actor)
    assert core.desk.problems_of(await reviewed(core, lin)) == ()
    with pytest.raises(ValueError, match="唯一的一份通知"):
        core.desk.check_withdrawal(Publication(Subject.NOTICE, "2025-shishi", None))


async def test_a_draft_given_up_while_it_was_read_stays_given_up(core: Core, lin: Account) -> None:
    desk, now = core.desk, core.clock()
    draft_id = await desk.drafts.begin("2026.docx", b"", lin.actor, now)
    await desk.drafts.set_stage(draft_id, (DraftStage.READING,), DraftStage.DISCARDED, lin.actor, now)
    await desk.drafts.fill(draft_id, "一、内容", {"title": "晚到的"}, "", (), now)
    held = await desk.drafts.one(draft_id)
    assert held
    assert (held.head.stage, held.said) == (DraftStage.DISCARDED, {})


async def test_a_correction_that_was_overtaken_says_so(core: Core, lin: Account) -> None:
    held = next(n for n in core.desk.knowledge.notices if n.plan_year == 2025)
    draft = await reviewed(core, lin, held.source)
    assert not await core.desk.overtaken(draft)
    change = Publication(Subject.NOTICE, held.id, held.model_dump(mode="json"))
    await core.desk.publishing.publish(change, 0, "另一处更正", lin.actor)
    assert await core.desk.overtaken(draft)

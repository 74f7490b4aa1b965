"""Letters: implementation plan, opening notice, summary report, statement of change."""

from __future__ import annotations

from bot.documents.dossier import BLANK, Dossier
from bot.documents.word import Letter
from handlers.seminars.registration_steps import STEPS, shown
from handlers.texts.dates import long_date

PLAN = "实施方案"
COSTS = "经费结算表"
CHANGE = "change"


def implementation_plan(dossier: Dossier) -> bytes:
    """实施方案: one section per part the notice names; an unknown part stays open."""
    parts, cited = dossier.parts(PLAN)
    letter = Letter(f"{dossier.title}实施方案", f"{dossier.value('kind')}高级研修项目")
    for number, part in enumerate(parts, start=1):
        letter.heading(f"{number}. {part}")
        _write_part(letter, dossier, part)
    letter.section(f"{len(parts) + 1}. 其他事项", BLANK)
    _sign(letter, dossier)
    letter.small(dossier.basis(cited))
    return letter.data()


def _write_part(letter: Letter, dossier: Dossier, part: str) -> None:
    if "日程" in part:
        rows = [(long_date(day), half, BLANK, BLANK) for day in dossier.days for half in ("上午", "下午")]
        letter.table(("日期", "时段", "内容", "授课专家"), rows or [(BLANK,) * 4])
    elif "预算" in part:
        categories, _ = dossier.parts(COSTS)
        letter.table(("科目", "金额（元）", "说明"), [(name, "", "") for name in (*categories, "合计")])
    elif "专家" in part:
        letter.table(("姓名", "单位", "职称", "授课题目"), [(BLANK,) * 4])
    elif "对象" in part:
        letter.text(_say(dossier, "eligibility"))
    elif "时间" in part:
        letter.text(dossier.period)
    elif "地点" in part:
        letter.text(dossier.value("place"))
    elif "人数" in part:
        letter.text(
            f"学员{dossier.value('trainees')}，其中线上{dossier.value('online')}；工作人员{dossier.value('staff')}。"
        )
    else:
        letter.text(BLANK)


def opening_notice(dossier: Dossier) -> bytes:
    letter = Letter(f"关于举办{dossier.title}的通知")
    letter.text("各有关单位：", f"根据高级研修项目计划，现将举办{dossier.title}有关事项通知如下：")
    letter.section("一、时间", dossier.period)
    letter.section("二、地点", dossier.value("place"))
    letter.section("三、研修对象", _say(dossier, "eligibility"))
    letter.section("四、费用", _say(dossier, "no_fees"))
    letter.section("五、报名方式", BLANK)
    _sign(letter, dossier)
    letter.small(dossier.basis(dossier.fact("opening_notice")))
    return letter.data()


def summary_report(dossier: Dossier) -> bytes:
    letter = Letter(f"{dossier.title}总结报告")
    people = f"学员{dossier.value('trainees')}（线上{dossier.value('online')}），工作人员{dossier.value('staff')}"
    letter.section("一、基本情况", f"{dossier.period}，在{dossier.value('place')}举办，{people}。")
    for heading in ("二、组织实施", "三、主要成效", "四、经费使用", "五、问题和建议"):
        letter.section(heading, BLANK)
    _sign(letter, dossier)
    letter.small(dossier.basis(dossier.fact("settlement_materials")))
    return letter.data()


def change_statement(dossier: Dossier) -> bytes:
    letter = Letter(f"关于{dossier.title}有关事项变化的情况说明")
    letter.text(f"{dossier.assessment.ruling.notice.contact.office}：")
    was, now = _changes(dossier)
    letter.text(f"我单位承办的{dossier.title}（{dossier.value('kind')}），原定{was}，因{BLANK}，拟变更为{now}。")
    letter.text(f"变更后：{dossier.period}，地点{dossier.value('place')}，学员{dossier.value('trainees')}。")
    letter.text("特此说明。")
    _sign(letter, dossier)
    letter.small(dossier.basis(dossier.fact(CHANGE)))
    return letter.data()


def _changes(dossier: Dossier) -> tuple[str, str]:
    if dossier.last_change is None:
        return BLANK, BLANK
    before, after = dossier.last_change
    fields = [s for s in STEPS if shown(s.field, before) and shown(s.field, before) != shown(s.field, after)]
    sides = ("、".join(f"{s.name}{shown(s.field, side)}" for s in fields) for side in (before, after))
    was, now = (side or BLANK for side in sides)
    return was, now


def _say(dossier: Dossier, topic: str) -> str:
    cited = dossier.fact(topic)
    return cited.fact.say if cited else BLANK


def _sign(letter: Letter, dossier: Dossier) -> None:
    letter.right(dossier.value("organizer"), f"{dossier.today.year}年    月    日")

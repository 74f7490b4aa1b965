"""Every document we can make, and which checklist items it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.documents.dossier import Dossier
from bot.documents.feed import calendar
from bot.documents.letters import change_statement, implementation_plan, opening_notice, summary_report
from bot.documents.pack import settlement_pack
from bot.documents.page import page
from bot.documents.tables import satisfaction, settlement_table, sign_in, trainee_list


@dataclass(frozen=True, slots=True)
class DocumentTemplate:
    id: str
    name: str
    ending: str
    build: Callable[[Dossier], bytes]

    def file_name(self, title: str) -> str:
        safe = "".join(letter for letter in title if letter.isalnum())[:40]
        return f"{safe}-{self.name}.{self.ending}"


CHANGE = DocumentTemplate("change", "变更情况说明", "docx", change_statement)
TEMPLATES = (
    DocumentTemplate("plan", "实施方案", "docx", implementation_plan),
    DocumentTemplate("notice", "开班通知", "docx", opening_notice),
    DocumentTemplate("report", "总结报告", "docx", summary_report),
    DocumentTemplate("money", "经费结算表", "xlsx", settlement_table),
    DocumentTemplate("people", "学员名单", "xlsx", trainee_list),
    DocumentTemplate("signin", "学员和工作人员签到表", "xlsx", sign_in),
    DocumentTemplate("survey", "学员满意度测评统计表", "xlsx", satisfaction),
    CHANGE,
)
PACK = DocumentTemplate("pack", "结算材料包", "zip", lambda dossier: _pack(dossier))
CALENDAR = DocumentTemplate("ics", "日历", "ics", calendar)
PAGE = DocumentTemplate("page", "网页", "html", page)
BY_ID = {template.id: template for template in (*TEMPLATES, PACK, CALENDAR, PAGE)}


def _pack(dossier: Dossier) -> bytes:
    wanted = {item.title for item in dossier.assessment.items}
    made = {t.name: (t.file_name(dossier.title), t.build(dossier)) for t in TEMPLATES if t.name in wanted}
    return settlement_pack(dossier, made)

"""The seminar board as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from bot.staff.seminar_board import BoardRow
from handlers.domain.assessment import finding_line

FORMULA = ("=", "+", "-", "@")
COLUMNS = (
    ("名称", 34),
    ("类型", 12),
    ("承办单位", 24),
    ("主管部门", 20),
    ("地点", 10),
    ("开班", 12),
    ("结束", 12),
    ("学员", 8),
    ("阶段", 12),
    ("下一步", 26),
    ("期限", 30),
    ("紧急程度", 12),
    ("进度", 10),
    ("体检不符合", 40),
)


def as_xlsx(rows: Sequence[BoardRow], made_at: datetime) -> bytes:
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise RuntimeError("a new workbook has a sheet")
    sheet.title = "研修班"
    sheet.append([name for name, _ in COLUMNS])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([_cell(value) for value in _values(row)])
    for number, (_, width) in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    book.properties.title = f"研修班一览 {made_at:%Y-%m-%d %H:%M}"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _values(row: BoardRow) -> list[object]:
    answers = row.seminar.answers
    failed = [finding_line(row.assessment, f) for f in row.assessment.findings if f.verdict.value == "fail"]
    return [
        row.seminar.name,
        answers.kind.label if answers.kind else "",
        answers.organizer or "",
        answers.department or "",
        answers.place or "",
        answers.opening,
        answers.closing,
        answers.trainees,
        row.stage,
        row.item.title if row.item else "",
        row.due,
        row.urgency.label,
        f"{row.done}/{row.every}",
        "；".join(failed),
    ]


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    shown = ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{shown}" if shown.startswith(FORMULA) else shown

"""Spreadsheets: trainee list, sign-in sheets, satisfaction survey, settlement table."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from bot.documents.dossier import DISCLAIMER, Dossier

COSTS = "经费结算表"
TRAINEE_COLUMNS = ("序号", "姓名", "单位", "职务", "职称（职业资格）", "参训方式（线上/线下）", "联系电话")
SIGN_IN_COLUMNS = ("序号", "姓名", "单位", "上午签到", "下午签到")
SURVEY_ITEMS = ("课程设置", "授课水平", "组织服务", "食宿安排", "总体评价")
SURVEY_COLUMNS = ("项目", "很满意", "满意", "一般", "不满意", "合计", "满意率")
SPARE_ROWS = 10
TITLE_HEIGHT, REMARK_HEIGHT = 32.0, 80.0
"""Row heights in points."""
LINE = Side(style="thin")
THIN = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)


def trainee_list(dossier: Dossier) -> bytes:
    book, sheet = _book("学员名单", f"{dossier.title}学员名单", dossier)
    _grid(sheet, TRAINEE_COLUMNS, [(n,) for n in range(1, (dossier.answers.trainees or SPARE_ROWS) + 1)])
    return _data(book)


def sign_in(dossier: Dossier) -> bytes:
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    days = [f"{day.month}月{day.day}日" for day in dossier.days] or ["第1天"]
    for day in days:
        for who, count in (("学员", dossier.answers.trainees), ("工作人员", dossier.answers.staff)):
            sheet = book.create_sheet(f"{day}{who}")
            _title(sheet, f"{dossier.title}{who}签到表（{day}）", dossier, len(SIGN_IN_COLUMNS))
            _grid(sheet, SIGN_IN_COLUMNS, [(n,) for n in range(1, (count or SPARE_ROWS) + 1)])
    return _data(book)


def satisfaction(dossier: Dossier) -> bytes:
    book, sheet = _book("满意度统计", f"{dossier.title}学员满意度测评统计表", dossier, len(SURVEY_COLUMNS))
    first = sheet.max_row + 2
    rows = [
        (item, None, None, None, None, f"=SUM(B{row}:E{row})", f'=IF(F{row}=0,"",(B{row}+C{row})/F{row})')
        for row, item in enumerate(SURVEY_ITEMS, start=first)
    ]
    _grid(sheet, SURVEY_COLUMNS, rows)
    for row in range(first, first + len(rows)):
        sheet.cell(row, len(SURVEY_COLUMNS)).number_format = "0.0%"
    return _data(book)


def settlement_table(dossier: Dossier) -> bytes:
    columns = ("科目", "预算（元）", "决算（元）", "其中补助列支（元）", "备注")
    book, sheet = _book("经费结算", f"{dossier.title}经费结算表", dossier, len(columns))
    categories, cited = dossier.parts(COSTS)
    names = (*categories, "其他必要费用")
    first = sheet.max_row + 2
    last = first + len(names) - 1
    total = ("合计", *(f"=SUM({letter}{first}:{letter}{last})" for letter in "BCD"), None)
    _grid(sheet, columns, [*((name,) for name in names), total])
    _remark(sheet, dossier.basis(cited), len(columns))
    return _data(book)


def _book(name: str, title: str, dossier: Dossier, columns: int = len(TRAINEE_COLUMNS)) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    sheet = book.create_sheet(name, 0)
    del book[book.sheetnames[1]]
    _title(sheet, title, dossier, columns)
    return book, sheet


def _title(sheet: Worksheet, title: str, dossier: Dossier, columns: int) -> None:
    sheet.append([title])
    sheet.append([f"{dossier.value('kind')}　{dossier.period}　{dossier.value('place')}　〔{DISCLAIMER}〕"])
    for row in (1, 2):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=columns)
        sheet.cell(row, 1).alignment = Alignment(horizontal="center", wrap_text=True)
    sheet.cell(1, 1).font = Font(size=16, bold=True)
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = TITLE_HEIGHT, TITLE_HEIGHT
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]


def _remark(sheet: Worksheet, text: str, columns: int) -> None:
    sheet.append([text])
    row = sheet.max_row
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=columns)
    sheet.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[row].height = REMARK_HEIGHT


def _grid(sheet: Worksheet, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    first = sheet.max_row + 1
    sheet.append(list(columns))
    for row in rows:
        sheet.append([*row, *[None] * (len(columns) - len(row))])
    for cells in sheet.iter_rows(first, sheet.max_row, 1, len(columns)):
        for cell in cells:
            cell.border, cell.alignment = THIN, Alignment(wrap_text=True, vertical="center")
    for number, name in enumerate(columns, start=1):
        sheet.cell(first, number).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = max(12, 2.4 * len(name))
    sheet.print_title_rows = f"{first}:{first}"
    sheet.freeze_panes = f"A{first + 1}"


def _data(book: Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()

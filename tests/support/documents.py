"""Documents of a seminar, and our tables filled in by somebody."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import docx
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bot.documents.catalogue import BY_ID
from bot.documents.dossier import Dossier
from handlers.domain.assessment import assess
from handlers.domain.seminar import Answers, Role, Seminar
from knowledge.model.notice import SeminarKind
from knowledge.model.snapshot import Knowledge
from knowledge.rules.plan import Plan
from tests.support.knowledge import shipped

TODAY = date(2025, 4, 15)
ANSWERS = Answers(
    kind=SeminarKind.PROVINCIAL_DEMO,
    title="数字经济高级研修班",
    opening=date(2025, 6, 10),
    closing=date(2025, 6, 13),
    place="福州",
    trainees=60,
    online=20,
    staff=6,
    organizer="某大学",
)
PEOPLE = [f"学员{letter}" for letter in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒"]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
Fill = Callable[[Worksheet, int], None]


def dossier(answers: Answers = ANSWERS, knowledge: Knowledge | None = None) -> Dossier:
    plan = answers.plan()
    assert isinstance(plan, Plan)
    seminar = Seminar(id=7, answers=answers, version=1, role=Role.OWNER)
    return Dossier(seminar, assess(plan, answers.year(TODAY), knowledge or shipped(), TODAY), {}, TODAY)


def words(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    footer = document.sections[0].footer.paragraphs[0].text
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells, footer])


def build(which: str, held: Dossier | None = None) -> bytes:
    return BY_ID[which].build(held or dossier())


def filled(which: str, fill: Fill, mark: str = "姓名") -> bytes:
    """One of our templates with every sheet filled below its header."""
    book = load_workbook(io.BytesIO(build(which)))
    for sheet in book.worksheets:
        header = next(row[0].row for row in sheet.iter_rows() if any(cell.value == mark for cell in row))
        fill(sheet, header + 1)
    return saved(book)


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def roster(names: list[str], online: int = 0) -> bytes:
    def fill(sheet: Worksheet, first: int) -> None:
        for n, name in enumerate(names):
            sheet.cell(first + n, 2, name)
            sheet.cell(first + n, 6, "线上" if n < online else "线下")

    return filled("people", fill)


def signed(names: list[str], staff: list[str]) -> bytes:
    def fill(sheet: Worksheet, first: int) -> None:
        for n, name in enumerate(staff if "工作人员" in sheet.title else names):
            sheet.cell(first + n, 2, name)
            sheet.cell(first + n, 4, "✓")

    return filled("signin", fill)


def survey() -> bytes:
    def fill(sheet: Worksheet, first: int) -> None:
        for n in range(5):
            for column, value in zip((2, 3, 4, 5), (40, 10, 5, 1), strict=True):
                sheet.cell(first + n, column, value)

    return filled("survey", fill, "项目")


def money() -> bytes:
    def fill(sheet: Worksheet, first: int) -> None:
        for n in range(3):
            sheet.cell(first + n, 2, 10000)
            sheet.cell(first + n, 3, 9000.5)

    return filled("money", fill, "科目")

"""Opens one file in a process of its own: `python -m bot.files.table_worker FORMAT < file > reading.json`.

A hostile file can at worst kill this process; memory and processor time are limited.
"""

from __future__ import annotations

import resource
import sys
from io import BytesIO

from bot.files.inspection import MEGABYTE, Format
from bot.files.rosters import read
from bot.files.tables import Table

MEMORY = 1024 * MEGABYTE
CPU_SECONDS = 20
MAX_ROWS, MAX_COLUMNS, MAX_TABLES, MAX_PAGES = 5000, 60, 60, 200
MAX_CELL = 500


def main() -> None:
    limit_resources(CPU_SECONDS)
    tables, text = OPENERS[Format(sys.argv[1])](sys.stdin.buffer.read())
    sys.stdout.write(read(tables, text).model_dump_json())


def limit_resources(cpu_seconds: int, memory: int = MEMORY) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))


def _xlsx(data: bytes) -> tuple[list[Table], str]:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    tables = []
    for sheet in book.worksheets[:MAX_TABLES]:
        sheet.reset_dimensions()  # a forged size would have us walk a million empty rows
        rows = sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
        tables.append(Table(sheet.title, tuple(tuple(map(_cell, row)) for row in rows)))
    return tables, ""


def _docx(data: bytes) -> tuple[list[Table], str]:
    from docx import Document

    document = Document(BytesIO(data))
    tables = [
        Table("", tuple(tuple(_cell(cell.text) for cell in row.cells[:MAX_COLUMNS]) for row in table.rows[:MAX_ROWS]))
        for table in document.tables[:MAX_TABLES]
    ]
    return tables, "\n".join(paragraph.text for paragraph in document.paragraphs)


def _pdf(data: bytes) -> tuple[list[Table], str]:
    import pdfplumber

    tables, texts = [], []
    with pdfplumber.open(BytesIO(data)) as document:
        for page in document.pages[:MAX_PAGES]:
            prose = page
            for found in page.find_tables():
                tables.append(Table("", tuple(tuple(map(_cell, row)) for row in found.extract())))
                prose = prose.outside_bbox(found.bbox, strict=False)
            texts.append(prose.extract_text() or "")
    return tables[:MAX_TABLES], "\n".join(texts)


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return text.strip()[:MAX_CELL]


OPENERS = {Format.XLSX: _xlsx, Format.DOCX: _docx, Format.PDF: _pdf}

if __name__ == "__main__":
    main()

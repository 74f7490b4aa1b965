"""Opens a Word or PDF file in a process of its own: `python -m bot.files.text_worker FORMAT < file > text`.

A hostile file can at worst kill this process; memory and processor time are limited.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from bot.files.inspection import Format
from bot.files.table_worker import limit_resources

CPU_SECONDS = 50
MAX_PAGES = 400
SCAN, SCAN_CPU_SECONDS, MAX_SCANNED = "scan", 600, 30
SCAN_MEMORY = 8 * 1024**3
"""Bytes of address space; the models reserve far more than they use."""
OCR_SCALE = 2.5
"""Relative to 72 dpi; ordinary letters become tall enough to be recognised."""
PAGE_NUMBER = re.compile(r"^\s*[—\-－–]*\s*\d{1,3}\s*[—\-－–]*\s*$")
FULL_LINE = 0.85
"""A PDF line at least this share of the longest one continues in the next line."""


def main() -> None:
    if sys.argv[1] == SCAN:
        limit_resources(SCAN_CPU_SECONDS, SCAN_MEMORY)
    else:
        limit_resources(CPU_SECONDS)
    sys.stdout.buffer.write(OPENERS[sys.argv[1]](sys.stdin.buffer.read()).encode())


def _docx(data: bytes) -> str:
    from docx import Document
    from docx.table import Table

    lines = []
    for part in Document(BytesIO(data)).iter_inner_content():
        if isinstance(part, Table):
            lines += ["　".join(dict.fromkeys(cell.text.strip() for cell in row.cells)) for row in part.rows]
        else:
            lines.append(part.text)
    return "\n".join(lines)


def _pdf(data: bytes) -> str:
    import pdfplumber

    pages = []
    with pdfplumber.open(BytesIO(data)) as document:
        for page in document.pages[:MAX_PAGES]:
            pages.append((page.extract_text() or "").split("\n"))
    return "\n".join(joined([line for page in without_margins(pages) for line in page]))


def _scan(data: bytes) -> str:
    import numpy as np
    import pypdfium2
    from PIL import Image
    from rapidocr_onnxruntime import RapidOCR

    read = RapidOCR()
    if data.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(data)
        pictures: Iterator[Any] = (
            page.render(scale=OCR_SCALE).to_pil() for page in itertools.islice(document, MAX_SCANNED)
        )
    else:
        pictures = iter([Image.open(BytesIO(data))])
    pages = []
    for picture in pictures:
        found, _ = read(np.asarray(picture.convert("RGB")))
        pages.append([str(text) for _, text, _ in found or ()])
    return "\n".join(joined([line for page in without_margins(pages) for line in page]))


def without_margins(pages: list[list[str]]) -> list[list[str]]:
    """Pages without page numbers and without first or last lines that most pages share."""
    edges = Counter(line for page in pages for line in {*page[:1], *page[-1:]})
    repeated = {line for line, times in edges.items() if len(pages) > 2 and times > len(pages) / 2}
    return [[line for line in page if not PAGE_NUMBER.match(line) and line not in repeated] for page in pages]


def joined(lines: list[str]) -> list[str]:
    longest = max(map(len, lines), default=0)
    whole: list[str] = []
    continues = False
    for line in lines:
        if continues and whole:
            whole[-1] += line.strip()
        else:
            whole.append(line)
        continues = len(line) >= FULL_LINE * longest and not line.rstrip().endswith(("。", "：", ":"))
    return whole


OPENERS = {Format.DOCX.value: _docx, Format.PDF.value: _pdf, SCAN: _scan}

if __name__ == "__main__":
    main()

"""Word documents in one plain style: title, headings, paragraphs, tables, the disclaimer at the foot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph

from bot.documents.dossier import DISCLAIMER

BODY_FONT, TITLE_FONT = "宋体", "黑体"


class Letter:
    def __init__(self, title: str, subtitle: str = "") -> None:
        self._document: Document = docx.Document()
        style = self._document.styles["Normal"]
        style.font.name, style.font.size = BODY_FONT, Pt(12)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY_FONT)
        footer = self._document.sections[0].footer.paragraphs[0]
        footer.text, footer.alignment = DISCLAIMER, WD_ALIGN_PARAGRAPH.CENTER
        self._centred(title, 18)
        if subtitle:
            self._centred(subtitle, 12)

    def heading(self, text: str) -> None:
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(8)
        self._run(paragraph, text, 14)

    def section(self, heading: str, text: str) -> None:
        self.heading(heading)
        self.text(text)

    def text(self, *paragraphs: str) -> None:
        for words in paragraphs:
            paragraph = self._document.add_paragraph(words)
            paragraph.paragraph_format.first_line_indent = Pt(24)

    def right(self, *lines: str) -> None:
        for words in lines:
            self._document.add_paragraph(words).alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        table = self._document.add_table(rows=1, cols=len(header), style="Table Grid")
        for cell, words in zip(table.rows[0].cells, header, strict=True):
            self._run(cell.paragraphs[0], words, 12)
        for row in rows:
            for cell, words in zip(table.add_row().cells, row, strict=True):
                cell.text = words

    def small(self, text: str) -> None:
        self._document.add_paragraph().add_run(text).font.size = Pt(9)

    def data(self) -> bytes:
        buffer = BytesIO()
        self._document.save(buffer)
        return buffer.getvalue()

    def _centred(self, text: str, size: int) -> None:
        paragraph = self._document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._run(paragraph, text, size)

    @staticmethod
    def _run(paragraph: Paragraph, text: str, size: int) -> None:
        run = paragraph.add_run(text)
        run.bold, run.font.size, run.font.name = True, Pt(size), TITLE_FONT
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), TITLE_FONT)

"""The raw text of a document: plain text and HTML here, Word and PDF in a process of their own."""

from __future__ import annotations

import codecs
import re
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import PurePath

from bot.files import texts
from bot.files.inspection import BadFile, Format, inspect, too_large
from bot.files.sandbox import run_isolated
from bot.files.text_worker import SCAN

MAX_BYTES = 100 * 1024 * 1024
TEXT_ENDINGS = {".txt", ".text", ".md", ""}
HTML_ENDINGS = {".html", ".htm"}
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.I)
BLOCKS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "section", "title", "td"}
HIDDEN = {"script", "style", "head", "noscript"}
PICTURES = {Format.PNG, Format.JPEG}
SECONDS, SCAN_SECONDS = 60.0, 600.0


async def raw_text(name: str, data: bytes) -> str:
    """Raises BadFile; its message is shown to the person who uploaded the file."""
    ending = PurePath(name).suffix.lower()
    if len(data) > MAX_BYTES:
        raise too_large(len(data))
    if ending in TEXT_ENDINGS | HTML_ENDINGS:
        text = _decoded(data)
        text = _without_tags(text) if ending in HTML_ENDINGS else text
    else:
        found = inspect(name, data)
        text = await _scanned(data) if found in PICTURES else await _opened(found, data)
        if found is Format.PDF and not text.strip():
            text = await _scanned(data)
    if not text.strip():
        raise BadFile(texts.NO_TEXT)
    return text


async def _opened(found: Format, data: bytes) -> str:
    if found not in {Format.DOCX, Format.PDF}:
        raise BadFile(texts.NOT_TEXT)
    return (await run_isolated("bot.files.text_worker", found.value, data, SECONDS)).decode()


async def _scanned(data: bytes) -> str:
    """By OCR. Raises BadFile where it is not installed."""
    if find_spec("rapidocr_onnxruntime") is None:
        raise BadFile(texts.NO_OCR)
    return (await run_isolated("bot.files.text_worker", SCAN, data, SCAN_SECONDS)).decode()


def _decoded(data: bytes) -> str:
    """By byte order mark, HTML's declaration, UTF-8, else GB 18030. Raises BadFile where it is no text."""
    if b"\x00" in data and not data.startswith(tuple(MARKS)):
        raise BadFile(texts.NOT_TEXT)
    declared = CHARSET.search(data[:2048])
    marked = next((name for mark, name in MARKS.items() if data.startswith(mark)), "")
    for encoding in filter(None, (marked, declared[1].decode() if declared else "", "utf-8", "gb18030")):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise BadFile(texts.NOT_TEXT)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in HIDDEN
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in HIDDEN and self._hidden > 0
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"[\r\n]+", "", data))


def _without_tags(html: str) -> str:
    page = _Text()
    page.feed(html)
    page.close()
    return "".join(page.parts)

"""Checks a file's type and safety from its bytes, without opening it."""

from __future__ import annotations

import zipfile
from enum import StrEnum
from io import BytesIO
from pathlib import PurePath

from bot.files import texts
from handlers.domain.file import ACCEPTED

MEGABYTE = 1024 * 1024
MAX_BYTES = 20 * MEGABYTE
"""Telegram's limit for a bot's downloads; the same on every channel."""
MAX_UNPACKED = 100 * MEGABYTE
MAX_ENTRIES = 2000
MAX_RATIO = 200
"""A large entry that unpacks to more than this many times its size is a zip bomb."""
MAX_NAME = 120
FORBIDDEN = '<>:"|?*'
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Format(StrEnum):
    XLSX = "xlsx"
    DOCX = "docx"
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"


ENDINGS = {".xlsx": Format.XLSX, ".docx": Format.DOCX, ".pdf": Format.PDF, ".png": Format.PNG}
ENDINGS |= {".jpg": Format.JPEG, ".jpeg": Format.JPEG}
WITH_MACROS = {".xlsm", ".docm", ".xltm", ".dotm", ".xlsb"}
OLD = {".xls", ".doc"}


class BadFile(Exception):
    pass


def clean_name(name: str) -> str:
    bare = PurePath(name.replace("\\", "/")).name
    kept = "".join("_" if letter in FORBIDDEN else letter for letter in bare if letter.isprintable())
    printable = kept.strip(" .") or texts.UNNAMED
    stem, dot, ending = printable.rpartition(".")
    return printable if len(printable) <= MAX_NAME else f"{stem[: MAX_NAME - len(ending) - 1]}{dot}{ending}"


def too_large(size: int) -> BadFile:
    return BadFile(texts.TOO_LARGE.format(size=size / MEGABYTE, most=MAX_BYTES // MEGABYTE))


def inspect(name: str, data: bytes) -> Format:
    """Raises BadFile where the file is empty, too large, disguised, encrypted or dangerous."""
    if len(data) > MAX_BYTES:
        raise too_large(len(data))
    if not data:
        raise BadFile(texts.EMPTY)
    ending = PurePath(name).suffix.lower()
    if ending in WITH_MACROS:
        raise BadFile(texts.WITH_MACROS)
    found = _format(data, ending)
    if ending in ENDINGS and ENDINGS[ending] is not found:
        raise BadFile(texts.DISGUISED.format(ending=ending, found=found.value))
    return found


def _format(data: bytes, ending: str) -> Format:
    if data.startswith(b"%PDF-"):
        return Format.PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if data.startswith(OLD_OFFICE):
        raise BadFile(texts.OLD_OFFICE.format(ending=ending) if ending in OLD else texts.ENCRYPTED)
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    raise BadFile(texts.UNKNOWN.format(accepted=ACCEPTED))


def _office(data: bytes) -> Format:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise BadFile(texts.DAMAGED) from None
    _refuse_bombs(entries)
    names = {entry.filename for entry in entries}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise BadFile(texts.MACROS_INSIDE)
    if "xl/workbook.xml" in names:
        return Format.XLSX
    if "word/document.xml" in names:
        return Format.DOCX
    raise BadFile(texts.ARCHIVE.format(accepted=ACCEPTED))


def _refuse_bombs(entries: list[zipfile.ZipInfo]) -> None:
    large = [entry for entry in entries if entry.file_size > MEGABYTE]
    if (
        len(entries) > MAX_ENTRIES
        or sum(entry.file_size for entry in entries) > MAX_UNPACKED
        or any(entry.file_size > MAX_RATIO * max(entry.compress_size, 1) for entry in large)
    ):
        raise BadFile(texts.BOMB)

"""Is a file what it says it is, and safe to open? Looks at bytes only, opens nothing."""

from __future__ import annotations

import zipfile
from enum import StrEnum
from io import BytesIO
from pathlib import PurePath

from handlers.domain.file import ACCEPTED

MEGABYTE = 1024 * 1024
MAX_BYTES = 20 * MEGABYTE
"""The most that Telegram lets a bot fetch; the same on every channel."""
MAX_UNPACKED = 100 * MEGABYTE
MAX_ENTRIES = 2000
MAX_RATIO = 200
"""A part that grows more than this when unpacked, and is large, is a bomb."""
MAX_NAME = 120
FORBIDDEN = '<>:"|?*'
"""What some file system refuses in a name."""
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Format(StrEnum):
    """File type as detected from the content."""

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
    """A refused file; the message is shown to its sender."""


def clean_name(name: str) -> str:
    bare = PurePath(name.replace("\\", "/")).name
    kept = "".join("_" if letter in FORBIDDEN else letter for letter in bare if letter.isprintable())
    printable = kept.strip(" .") or "未命名"
    stem, dot, ending = printable.rpartition(".")
    return printable if len(printable) <= MAX_NAME else f"{stem[: MAX_NAME - len(ending) - 1]}{dot}{ending}"


def too_large(size: int) -> BadFile:
    return BadFile(f"文件有{size / MEGABYTE:.0f}MB，超过{MAX_BYTES // MEGABYTE}MB的上限，请压缩图片或拆开后再发。")


def inspect(name: str, data: bytes) -> Format:
    """Raises BadFile where the file is empty, too large, disguised, encrypted or dangerous."""
    if len(data) > MAX_BYTES:
        raise too_large(len(data))
    if not data:
        raise BadFile("这个文件是空的，请确认后重新发送。")
    ending = PurePath(name).suffix.lower()
    if ending in WITH_MACROS:
        raise BadFile("不收带宏的文件，请另存为 .xlsx 或 .docx 后再发。")
    found = _format(data, ending)
    if ending in ENDINGS and ENDINGS[ending] is not found:
        raise BadFile(f"文件名以{ending}结尾，内容却是{found.value}。请用正确的扩展名另存后再发。")
    return found


def _format(data: bytes, ending: str) -> Format:
    if data.startswith(b"%PDF-"):
        return Format.PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if data.startswith(OLD_OFFICE):
        raise BadFile(_old_office(ending))
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    raise BadFile(f"认不出这个文件。请发 {ACCEPTED} 格式的文件。")


def _old_office(ending: str) -> str:
    if ending in OLD:
        return f"暂不支持旧版 {ending} 文件，请另存为 {ending}x 后再发。"
    return "文件设了打开密码，读不了。请去掉密码后再发。"


def _office(data: bytes) -> Format:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise BadFile("文件已损坏，打不开。请重新导出后再发。") from None
    _refuse_bombs(entries)
    names = {entry.filename for entry in entries}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise BadFile("文件里带有宏，不能收。请另存为不带宏的 .xlsx 或 .docx 后再发。")
    if "xl/workbook.xml" in names:
        return Format.XLSX
    if "word/document.xml" in names:
        return Format.DOCX
    raise BadFile(f"不收压缩包。请逐个发送 {ACCEPTED} 格式的文件。")


def _refuse_bombs(entries: list[zipfile.ZipInfo]) -> None:
    large = [entry for entry in entries if entry.file_size > MEGABYTE]
    if (
        len(entries) > MAX_ENTRIES
        or sum(entry.file_size for entry in entries) > MAX_UNPACKED
        or any(entry.file_size > MAX_RATIO * max(entry.compress_size, 1) for entry in large)
    ):
        raise BadFile("文件解开后异常庞大，已拒收。请检查文件，或只复制需要的内容到新文件再发。")

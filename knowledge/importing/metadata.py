"""Metadata of a notice: title, issuer, number, date, addressees, contacts, attachments, bases.

Unstated fields stay empty: nothing is taken from the documents it cites.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from knowledge.importing.outline import HAN
from knowledge.model.numbers import han_to_int

GENRES = "通知|意见|批复|方案|办法|决定|公告|通告|规定|细则|纲要|规划|命令|报告|复函|函"
TITLE = re.compile(
    rf"^(?P<issuer>[^《》\n，。：]{{2,40}}?)关于.+?(?:{GENRES})(?=[\s\[【〔（(]|[^\s，。]{{1,12}}[〔\[]|各|\Z)",
    re.S | re.M,
)
NUMBER = re.compile(r"([\u4e00-\u9fff]{1,12})\s*[〔\[【(（](\d{4})[〕\]】)）]\s*(\d+)\s*号")
DAY = re.compile(
    rf"(\d{{4}})\s*年\s*(\d{{1,2}})\s*月\s*(\d{{1,2}})\s*日|([{HAN}]{{4}})年([{HAN}]{{1,2}})月([{HAN}]{{1,3}})日"
)
PUBLIC = re.compile(r"[（(]此件[^）)]*[）)]\s*\Z")
LONGEST_ADDRESS = 400
CONTACT = re.compile(r"联\s*系\s*人[:：]\s*(?P<people>[^，,；;。\n]{2,40})")
PHONE = re.compile(r"(?:联系)?电\s*话[:：]\s*(?P<phone>[\d\-－—、,，/ 转（）()]{7,60})")
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
OFFICES = ("处", "科", "室", "局", "厅", "部", "中心", "办公室")
OFFICE = re.compile(rf"^(.+?(?:{'|'.join(OFFICES)}))(?=[\u4e00-\u9fff]{{2,4}}$)")
ATTACHMENTS = re.compile(r"^附\s*件[:：]\s*", re.M)
CLOSING = re.compile(r"^(?:附\s*件[:：]|联\s*系\s*人|联系电话|联系方式)", re.M)
ITEM = re.compile(r"^\s*\d+[.．、]\s*")
BASIS = re.compile(r"(?:根据|按照|依据|依照)[^。；]{0,80}?《[^》]+》")
QUOTED = re.compile(r"《([^》]+(?:《[^》]*》[^》]*)*)》(?:\s*[（(]([^（）()]*号)[）)])?")


@dataclass(frozen=True, slots=True)
class Contacts:
    offices: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metadata:
    """Empty or None is unknown. The numbered text spans `body` to `body_end` (before contacts or attachments)."""

    title: str
    issuer: str
    doc_no: str | None
    issued_on: date | None
    addressees: str
    contacts: Contacts
    attachments: tuple[str, ...]
    bases: tuple[tuple[str, str | None], ...]
    body: int
    body_end: int


def metadata(text: str) -> Metadata:
    title = _title(text)
    addressees, body = _addressees(text, title.end() if title else 0)
    head = text[: body or LONGEST_ADDRESS]
    number = NUMBER.search(head, title.end() if title else 0)
    name = re.sub(r"\s+", "", title.group()) if title else text.split("\n", 1)[0].strip()
    return Metadata(
        title=name,
        issuer=re.sub(r"\s+", "", title["issuer"]) if title else "",
        doc_no=f"{number[1]}〔{number[2]}〕{number[3]}号" if number else None,
        issued_on=_issued_on(text[body:]),
        addressees=_without_number(addressees, number),
        contacts=_contacts(text[body:]),
        attachments=tuple(_attachments(text)),
        bases=tuple(_bases(text[body:])),
        body=body,
        body_end=_body_end(text, body),
    )


def _title(text: str) -> re.Match[str] | None:
    return TITLE.search(text, 0, LONGEST_ADDRESS)


def _addressees(text: str, after: int) -> tuple[str, int]:
    """The line ending with the first colon after the title, before any sentence ends; and its end."""
    colon = next((at for at in range(after, min(len(text), after + LONGEST_ADDRESS)) if text[at] in "：:"), -1)
    head = text[after:colon]
    if colon < 0 or "。" in head:
        return "", after
    return head.strip(), colon + 1


def _without_number(addressees: str, number: re.Match[str] | None) -> str:
    printed = number.group() if number else ""
    return re.sub(r"\s+", "", addressees.replace(printed, "") if printed else addressees)


def _issued_on(text: str) -> date | None:
    """The date at the very end, where a notice is signed; dates inside the text do not count."""
    ending = PUBLIC.sub("", text[: _annex(text)].rstrip()).rstrip()
    found = list(DAY.finditer(ending))
    if not found or len(ending) - found[-1].end() > 2:
        return None
    year, month, day, *han = found[-1].groups()
    numbers = [int(year), int(month), int(day)] if year else [han_to_int(figure) or 0 for figure in han]
    try:
        return date(*numbers)
    except ValueError:
        return None


def _body_end(text: str, body: int) -> int:
    found = CLOSING.search(text, body)
    return found.start() if found else len(text)


def _annex(text: str) -> int:
    found = re.search(r"\n附\s*件\s*\d*\s*\n", text)
    return found.start() if found else len(text)


def _contacts(text: str) -> Contacts:
    names = [
        name
        for match in CONTACT.finditer(text)
        for word in re.split(r"[、\s]+", match["people"].strip())
        for name in OFFICE.sub(r"\1\n", word).split("\n")
        if name
    ]
    printed = [re.sub(r"\s+", "", match["phone"]) for match in PHONE.finditer(text)]
    phones = [phone for line in printed for phone in re.split(r"[、，,/]+", line) if phone]
    return Contacts(
        offices=tuple(name for name in names if name.endswith(OFFICES)),
        people=tuple(name for name in names if not name.endswith(OFFICES)),
        phones=tuple(phones),
        mails=tuple(dict.fromkeys(MAIL.findall(text))),
    )


def _attachments(text: str) -> Iterator[str]:
    found = ATTACHMENTS.search(text)
    if not found:
        return
    for number, line in enumerate(text[found.end() :].split("\n")):
        if number and not ITEM.match(line):
            return
        name = ITEM.sub("", line).strip()
        if name:
            yield name


def _bases(text: str) -> Iterator[tuple[str, str | None]]:
    for basis in BASIS.finditer(text):
        sentence_end = next((at for at in range(basis.end(), len(text)) if text[at] in "，。；\n"), len(text))
        for quoted in QUOTED.finditer(text, basis.start(), sentence_end):
            yield quoted[1], quoted[2]

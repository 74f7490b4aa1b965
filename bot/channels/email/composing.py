"""A notification as an e-mail: plain text and HTML, the dates as a calendar file, the way out in its head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid, parseaddr
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.documents.service import File
from handlers.domain.citations import citation_heading, plain
from handlers.domain.messages import Notification, Reply
from handlers.texts import channels as channel_texts

LONGEST_SUBJECT = 120
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
_PAGES.filters["heading"] = citation_heading


@dataclass(frozen=True)
class Letterhead:
    sender: str
    public_url: str
    domain: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "domain", self.address.partition("@")[2])

    @property
    def address(self) -> str:
        return parseaddr(self.sender)[1]


def compose(
    notification: Notification, to: str, letterhead: Letterhead, leave: str, files: tuple[File, ...], now: datetime
) -> EmailMessage:
    """The message. `leave` is the address of the page that unsubscribes; empty where the assistant has no address."""
    reply = notification.reply
    mail = _begun(_one_line(notification.subject), to, letterhead, now)
    for name, value in _leaving(letterhead, leave).items():
        mail[name] = value
    mail.set_content(_text(reply, letterhead, leave))
    mail.add_alternative(html("mail.html", reply=reply, url=letterhead.public_url, leave=leave), subtype="html")
    for file in files:
        if file.name.endswith(".ics"):
            mail.add_attachment(
                file.data, maintype="text", subtype="calendar", filename=file.name, params={"method": "PUBLISH"}
            )
        else:
            mail.add_attachment(file.data, maintype="application", subtype="octet-stream", filename=file.name)
    return mail


def confirmation(code: str, to: str, letterhead: Letterhead, now: datetime) -> EmailMessage:
    mail = _begun(channel_texts.MAIL_CODE_SUBJECT, to, letterhead, now)
    mail.set_content(channel_texts.MAIL_CODE.format(code=code))
    return mail


def html(page: str, **values: object) -> str:
    return _PAGES.get_template(page).render(**values)


def _begun(subject: str, to: str, letterhead: Letterhead, now: datetime) -> EmailMessage:
    mail = EmailMessage()
    name, address = parseaddr(letterhead.sender)
    mail["From"] = formataddr((name or channel_texts.MAIL_FROM_NAME, address))
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(domain=letterhead.domain)
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def _leaving(letterhead: Letterhead, leave: str) -> Mapping[str, str]:
    by_mail = f"<mailto:{letterhead.address}?subject=unsubscribe>"
    if not leave:
        return {"List-Unsubscribe": by_mail}
    return {"List-Unsubscribe": f"<{leave}>, {by_mail}", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _text(reply: Reply, letterhead: Letterhead, leave: str) -> str:
    lines = [plain(reply), "", "——", channel_texts.MAIL_FOOT]
    lines += [channel_texts.MAIL_OPEN.format(url=letterhead.public_url)] if letterhead.public_url else []
    lines += [channel_texts.MAIL_LEAVE.format(url=leave)] if leave else []
    return "\n".join(lines) + "\n"


def _one_line(subject: str) -> str:
    """No line break of a seminar's name can begin a header of its own."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in subject).split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"

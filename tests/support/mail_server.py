"""A real SMTP server on the loopback, with a mailbox for each address and some that do not exist."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "yanxiu@office.example", "authorisation-code"


@dataclass
class Mailboxes:
    """What has arrived, by mailbox; `answers` are what the server says to a recipient instead of taking the mail."""

    got: dict[str, list[EmailMessage]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    senders: list[str] = field(default_factory=list)
    refuses_text: str = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuses_text:
            return self.refuses_text
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.senders.append(envelope.mail_from)
        for to in envelope.rcpt_tos:
            self.got.setdefault(to, []).append(mail)
        return "250 Message accepted"


@dataclass
class MailServer:
    port: int
    boxes: Mailboxes

    def last(self, mailbox: str) -> EmailMessage:
        return self.boxes.got[mailbox][-1]

    def code(self, mailbox: str) -> str:
        """The six digits in the last mail."""
        text = self.last(mailbox).get_content()
        return "".join(letter for letter in text.split("验证码是")[1][:8] if letter.isdigit())


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    boxes = Mailboxes()

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    def protocol() -> SMTP:
        return SMTP(boxes, authenticator=authenticate, auth_required=True, auth_require_tls=False)

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        yield MailServer(server.sockets[0].getsockname()[1], boxes)
    finally:
        server.close()
        await server.wait_closed()

"""Handing a message to the mail server, and what its answers mean."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib
from aiosmtplib import errors

from bot.channels.base import PermanentSendError, SendError, TemporarySendError, UncertainSendError
from bot.settings import MailSecurity
from handlers.texts import channel_setup as setup_texts
from handlers.texts import channels as channel_texts

TIMEOUT_SECONDS = 10.0
NO_SUCH_MAILBOX = frozenset({550, 551, 553, 556})


@dataclass(frozen=True)
class MailServer:
    host: str
    port: int
    user: str
    password: str
    security: MailSecurity


class PostingFailed(Exception):
    """The mail was not taken; `error` for the sender, `for_staff` where they can do something."""

    def __init__(self, error: SendError, for_staff: str = "") -> None:
        super().__init__(str(error))
        self.error = error
        self.for_staff = for_staff


async def post(server: MailServer, mail: EmailMessage, sender: str, to: str) -> None:
    """Hand one message to one mailbox. Raises PostingFailed."""
    client = connection(server)
    try:
        await client.connect()
    except (errors.SMTPException, OSError, TimeoutError) as error:
        raise _not_connected(error) from error
    try:
        await client.send_message(mail, sender=sender, recipients=[to])
    except errors.SMTPException as error:
        raise _meaning(error) from error
    except (OSError, TimeoutError) as error:
        raise PostingFailed(UncertainSendError(f"mail: {type(error).__name__}")) from error
    finally:
        client.close()


async def log_in(server: MailServer) -> None:
    client = connection(server)
    try:
        await client.connect()
        await client.quit()
    except (errors.SMTPException, OSError, TimeoutError) as error:
        raise _not_connected(error) from error
    finally:
        client.close()


def connection(server: MailServer) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user or None,
        password=server.password or None,
        use_tls=server.security is MailSecurity.TLS,
        start_tls=server.security is MailSecurity.STARTTLS,
        timeout=TIMEOUT_SECONDS,
    )


def _not_connected(error: Exception) -> PostingFailed:
    if isinstance(error, errors.SMTPAuthenticationError):
        return PostingFailed(TemporarySendError(f"mail: login {error.code}"), setup_texts.MAIL_LOGIN_REFUSED)
    return PostingFailed(TemporarySendError(f"mail: {type(error).__name__}"), setup_texts.MAIL_NO_SERVER)


def _meaning(error: errors.SMTPException) -> PostingFailed:
    if isinstance(error, errors.SMTPRecipientsRefused):
        return _of_code(error.recipients[0].code, error.recipients[0].message)
    if isinstance(error, errors.SMTPSenderRefused):
        return PostingFailed(TemporarySendError(f"mail: sender refused {error.code}"), setup_texts.MAIL_SENDER_REFUSED)
    if isinstance(error, errors.SMTPResponseException):  # of the message, not of the mailbox
        return PostingFailed(TemporarySendError(f"mail: {error.code} {error.message[:120]}"))
    return PostingFailed(UncertainSendError(f"mail: {type(error).__name__}"))


def _of_code(code: int, message: str) -> PostingFailed:
    reason = f"mail: {code} {message[:120]}"
    if code in NO_SUCH_MAILBOX:
        return PostingFailed(PermanentSendError(reason, why=channel_texts.MAIL_NO_SUCH_BOX))
    return PostingFailed(TemporarySendError(reason, why=channel_texts.MAIL_REFUSED if code >= 500 else ""))

"""The e-mail channel: one-way, to mailboxes that their owners have confirmed."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

from aiohttp import web

from bot.channels.base import Channel, Diagnosis, PermanentSendError, RateLimit
from bot.channels.email.composing import Letterhead, compose, confirmation, html
from bot.channels.email.posting import MailServer, PostingFailed, log_in, post
from bot.channels.services import ChannelServices
from bot.documents.service import File
from bot.settings import Settings
from bot.storage.channels.mailboxes import EMAIL
from handlers.domain.messages import Address, Notification
from handlers.texts import channel_setup as setup_texts
from handlers.texts import channels as channel_texts

LEAVE = "/email/leave/{secret:[A-Za-z0-9_-]{1,64}}"
PAGE_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


class EmailChannel(Channel):
    name = EMAIL
    rate_limit = RateLimit(every=timedelta(seconds=0.2))

    def __init__(self, settings: Settings, services: ChannelServices) -> None:
        if "@" not in settings.smtp_from:
            raise ValueError(setup_texts.MAIL_NEEDS_SENDER)
        self._services = services
        self._letterhead = Letterhead(settings.smtp_from, settings.public_url.rstrip("/"))
        password = settings.smtp_password.get_secret_value()
        self.server = MailServer(
            settings.smtp_host, settings.smtp_port, settings.smtp_user, password, settings.smtp_security
        )

    def routes(self) -> list[web.RouteDef]:
        return [web.get(LEAVE, self._ask_leave), web.post(LEAVE, self._leave)]

    async def push(self, address_id: str, notification: Notification) -> None:
        secret = await self._services.mailboxes.secret(address_id)
        if secret is None:
            raise PermanentSendError("mailbox not confirmed", why=channel_texts.MAIL_NOT_CONFIRMED)
        files = await self._files(address_id, notification)
        leave = f"{self._letterhead.public_url}/email/leave/{secret}" if self._letterhead.public_url else ""
        mail = compose(notification, address_id, self._letterhead, leave, files, self._services.clock())
        await self._post(mail, address_id)
        await self._services.sent.note(
            mail["Message-ID"], Address(channel=EMAIL, id=address_id), self._services.clock()
        )

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        note = "" if self._letterhead.public_url else setup_texts.MAIL_NO_UNSUBSCRIBE
        try:
            await log_in(self.server)
        except PostingFailed as failed:
            return (Diagnosis(setup_texts.MAIL_LOGIN, failed.for_staff or str(failed)),)
        login = Diagnosis(setup_texts.MAIL_LOGIN, note=setup_texts.MAIL_LOGGED_IN)
        return (login, Diagnosis(setup_texts.MAIL_UNSUBSCRIBE, note=note))

    async def send_code(self, mailbox: str, code: str) -> None:
        await self._post(confirmation(code, mailbox, self._letterhead, self._services.clock()), mailbox)

    async def _post(self, mail: EmailMessage, to: str) -> None:
        try:
            await post(self.server, mail, self._letterhead.address, to)
        except PostingFailed as failed:
            if failed.for_staff:
                await self._services.incidents.note(EMAIL, "server", failed.for_staff, self._services.clock())
            raise failed.error from failed

    async def _files(self, address_id: str, notification: Notification) -> tuple[File, ...]:
        wanted = [attachment.token for attachment in (*notification.calendars, *notification.reply.files)]
        address = Address(channel=EMAIL, id=address_id)
        found = [await self._services.fetch(address, token) for token in wanted]
        return tuple(file for file in found if file)

    async def _ask_leave(self, request: web.Request) -> web.Response:
        """A question, because mail programs open links by themselves."""
        mailbox = await self._services.mailboxes.of_secret(request.match_info["secret"])
        if mailbox is None:
            return _page(channel_texts.MAIL_OVER, channel_texts.MAIL_LINK_OVER, status=404)
        return _page(
            channel_texts.MAIL_LEAVE_ASK, channel_texts.MAIL_LEAVE_WHAT.format(mailbox=masked(mailbox)), asks=True
        )

    async def _leave(self, request: web.Request) -> web.Response:
        mailbox = await self._services.mailboxes.of_secret(request.match_info["secret"])
        if mailbox is None:
            return _page(channel_texts.MAIL_OVER, channel_texts.MAIL_LINK_OVER, status=404)
        await self._services.mailboxes.forget(mailbox)
        return _page(channel_texts.MAIL_LEFT, channel_texts.MAIL_LEFT_NOTE)


def masked(mailbox: str) -> str:
    name, _, domain = mailbox.partition("@")
    return f"{name[:2]}***@{domain}"


def _page(heading: str, text: str, *, asks: bool = False, status: int = 200) -> web.Response:
    body = html("leave.html", heading=heading, text=text, asks=asks)
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
    return web.Response(text=body, content_type="text/html", status=status, headers=headers)

"""An e-mail address of one's own: named, confirmed by the code that is mailed to it, taken off again."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

from handlers.core.choice_token import ChoiceToken
from handlers.core.contact_ports import CodeCheck, CodeSent
from handlers.core.context import Context
from handlers.core.replies import acknowledged, clarify, declined
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import Flow
from handlers.texts import channels as channel_texts
from handlers.texts import conversation as texts

CANCEL = Choice(label=texts.CANCEL_LABEL, token="mail:stop")
NAME = "mailbox"
MAILBOX = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
CODE = re.compile(r"\D*(\d{6})\D*")
GAP = str.maketrans("", "", " \u3000\u200b")


async def begin(context: Context) -> Reply:
    _, _, said = context.incoming.text.strip().partition(" ")
    return await _name(context, said) if said.strip() else await _held(context)


async def press(context: Context, token: ChoiceToken) -> Reply:
    action = token.arg(0)
    if action == "add":
        await context.begin_flow(NAME)
        return clarify(channel_texts.MAIL_WHICH, CANCEL, typed=True)
    if action == "again":
        flow = await context.flow(NAME)
        if flow and flow.text("mailbox"):
            return await _name(context, flow.text("mailbox"))
    if action == "stop":
        await context.end_flow()
        return acknowledged(texts.CANCELLED)
    if action in {"off", "gone"}:
        return await _take_off(context, token.arg(1), sure=action == "gone")
    return await _held(context)


async def answer(context: Context, flow: Flow) -> Reply | None:
    if context.incoming.asks:
        return None
    mailbox = flow.text("mailbox")
    said = unicodedata.normalize("NFKC", context.incoming.text)
    if not mailbox or "@" in said:
        return await _name(context, said)
    match = CODE.fullmatch(said.translate(GAP))
    if match is None:
        return _code_please(mailbox, channel_texts.MAIL_NO_CODE)
    person = await context.person()
    outcome = await context.services.mailboxes.confirm(person, match[1], context.now)
    if outcome is CodeCheck.WRONG:
        return _code_please(mailbox, channel_texts.MAIL_WRONG_CODE)
    await context.end_flow()
    if outcome is CodeCheck.OVER:
        again = Choice(label=channel_texts.MAIL_AGAIN_LABEL, token="mail:add")
        return declined(channel_texts.MAIL_CODE_OVER, again)
    prefer = Choice(label=channel_texts.REMIND_SETTINGS_LABEL, token="prefer:")
    return Reply(text=channel_texts.MAIL_CONFIRMED.format(mailbox=mailbox), choices=(prefer,))


async def _name(context: Context, said: str) -> Reply:
    match = MAILBOX.search(unicodedata.normalize("NFKC", said))
    if match is None:
        await context.begin_flow(NAME)
        return clarify(channel_texts.MAIL_UNREADABLE, CANCEL, typed=True)
    mailbox = match[0].lower()
    person = await context.person()
    asked = await context.services.mailboxes.ask(person, mailbox, context.now)
    if asked is not CodeSent.SENT:
        await context.end_flow()
        return declined(channel_texts.MAIL_NOT_SENT[asked].format(mailbox=mailbox))
    await context.begin_flow(NAME, mailbox=mailbox)
    return _code_please(mailbox, channel_texts.MAIL_CODE_SENT.format(mailbox=mailbox))


def _code_please(mailbox: str, text: str) -> Reply:
    again = Choice(label=channel_texts.MAIL_AGAIN_LABEL, token="mail:again")
    return clarify(text, again, CANCEL, typed=True)


async def _held(context: Context) -> Reply:
    if not context.services.mailboxes.available:
        return declined(channel_texts.MAIL_OFF)
    person = await context.person()
    held = await context.services.mailboxes.of_person(person)
    lines = [channel_texts.MAIL_HELD.format(mailboxes="、".join(held))] if held else [channel_texts.MAIL_NONE]
    choices = [Choice(label=channel_texts.MAIL_ADD_LABEL, token="mail:add")]
    choices += [
        Choice(label=channel_texts.MAIL_OFF_LABEL.format(mailbox=one)[:30], token=f"mail:off:{_key(one)}")
        for one in held
    ]
    return Reply(text="\n".join(lines), choices=tuple(choices))


async def _take_off(context: Context, key: str, *, sure: bool) -> Reply:
    person = await context.person()
    held = await context.services.mailboxes.of_person(person)
    mailbox = next((one for one in held if _key(one) == key), None)
    if mailbox is None:
        return await _held(context)
    if not sure:
        yes = Choice(label=channel_texts.MAIL_OFF_YES, token=f"mail:gone:{key}")
        keep = Choice(label=texts.KEEP_LABEL, token="mail:")
        return clarify(channel_texts.MAIL_OFF_ASK.format(mailbox=mailbox), yes, keep)
    await context.services.mailboxes.take_off(person, mailbox)
    add = Choice(label=channel_texts.MAIL_ADD_LABEL, token="mail:add")
    return acknowledged(channel_texts.MAIL_TAKEN_OFF.format(mailbox=mailbox), add)


def _key(mailbox: str) -> str:
    return sha256(mailbox.encode()).hexdigest()[:12]

"""Documents of a seminar: which there are, and handing one over."""

from __future__ import annotations

from handlers.core.access import open_seminar
from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import acknowledged, clarify, declined, to_seminar
from handlers.domain.messages import Attachment, Choice, Reply
from handlers.domain.seminar import LinkPurpose, Role
from handlers.seminars.overview import assessment_of
from handlers.texts import conversation as texts
from handlers.texts import files as file_texts

CALENDAR = "ics"


async def choose(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.READER)
    number, which, back = opened.seminar.id, token.arg(1), to_seminar(opened.seminar)
    offered = context.services.documents.offered(assessment_of(context, opened.seminar))
    if not which:
        choices = [Choice(label=name, token=f"docs:{number}:{key}") for key, name in offered]
        sent = Choice(label=file_texts.FILES_LABEL, token=f"files:{number}")
        return clarify(texts.WHICH_DOCUMENT, *choices, sent, back)
    if which not in dict(offered):
        return declined(texts.BUTTON_EXPIRED, back)
    name = context.services.documents.file_name(which, opened.seminar)
    attachment = Attachment(name=name, token=f"file:{number}:{which}")
    more = [Choice(label=texts.DOCUMENTS_LABEL, token=f"docs:{number}")]
    if which == CALENDAR and context.link_base:
        more.insert(0, Choice(label=texts.SUBSCRIBE_LABEL, token=f"link:{number}:{LinkPurpose.CALENDAR}"))
    return Reply(text=texts.DOCUMENT_READY[which == CALENDAR], files=(attachment,), choices=(*more, back))


async def link(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.READER)
    number, wanted, back = opened.seminar.id, token.arg(1), to_seminar(opened.seminar)
    if wanted not in set(LinkPurpose):
        return declined(texts.BUTTON_EXPIRED, back)
    purpose = LinkPurpose(wanted)
    if token.arg(2):
        ended = await context.services.links.revoke(opened.person, opened.seminar.id, purpose)
        text = texts.LINK_STOPPED if ended else texts.NO_LINK
        return acknowledged(text, back)
    if not context.link_base:
        return declined(texts.NO_PUBLIC_URL, back)
    secret = await context.services.links.open(opened.person, opened.seminar.id, purpose, context.now)
    path = texts.LINK_PATHS[purpose].format(secret=secret)
    end = Choice(label=texts.STOP_LINK_LABEL, token=f"link:{number}:{purpose}:stop")
    return Reply(text=texts.LINKS[purpose].format(url=f"{context.link_base}{path}"), choices=(end, back))

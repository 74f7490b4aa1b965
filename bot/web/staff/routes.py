"""Every page and action of the console with the role it needs."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from bot.staff.services import StaffServices
from bot.storage.staff.accounts import StaffRole
from bot.web.staff import channels, drafts, entrance, home, inbox, insight, notices, people, review, rules, seminars
from bot.web.staff.access import CHANNELS_ON, PUBLIC_URL, SERVICES, Route, guarded, see_other

READER, EDITOR = StaffRole.READER, StaffRole.EDITOR
PUBLISHER, ADMINISTRATOR = StaffRole.PUBLISHER, StaffRole.ADMINISTRATOR
DRAFT, FACT = r"/staff/drafts/{id:\d{1,18}}", r"/staff/drafts/{id:\d{1,18}}/facts/{fact:\d{1,18}}"
NOTICE, ANSWER = "/staff/notices/{name:[a-z0-9-]{1,60}}", "/staff/answers/{name:[a-z0-9-]{1,60}}"
QUESTION, SEMINAR = r"/staff/inbox/{id:\d{1,18}}", r"/staff/seminars/{id:\d{1,18}}"
WELCOME = "/staff/welcome/{token:[A-Za-z0-9_-]{20,64}}"

ROUTES: tuple[Route, ...] = (
    Route("GET", "/staff/login", None, entrance.login_page),
    Route("POST", "/staff/login", None, entrance.login),
    Route("GET", WELCOME, None, entrance.welcome_page),
    Route("POST", WELCOME, None, entrance.welcome),
    Route("POST", "/staff/logout", READER, entrance.logout),
    Route("GET", "/staff", READER, home.home),
    Route("GET", "/staff/mine", READER, entrance.account_page),
    Route("POST", "/staff/mine/password", READER, entrance.change_password),
    Route("POST", "/staff/mine/totp", READER, entrance.begin_totp),
    Route("POST", "/staff/mine/totp/confirm", READER, entrance.confirm_totp),
    Route("POST", "/staff/mine/totp/drop", READER, entrance.drop_totp),
    Route("POST", "/staff/mine/chat", READER, entrance.chat_code),
    Route("POST", "/staff/mine/chat/unlink", READER, entrance.unlink_chat),
    Route("GET", "/staff/notices", READER, notices.notices),
    Route("POST", "/staff/notices", EDITOR, notices.import_notice),
    Route("GET", NOTICE, READER, notices.notice),
    Route("POST", NOTICE + "/correct", EDITOR, notices.correct),
    Route("POST", NOTICE + "/withdraw", PUBLISHER, notices.withdraw),
    Route("GET", "/staff/revisions", READER, notices.revisions),
    Route("GET", r"/staff/revisions/{id:\d{1,18}}/back", PUBLISHER, notices.rollback_page),
    Route("POST", r"/staff/revisions/{id:\d{1,18}}/back", PUBLISHER, notices.rollback),
    Route("GET", "/staff/look", READER, notices.preview_answer),
    Route("GET", DRAFT, READER, review.draft_page),
    Route("POST", DRAFT + "/said", EDITOR, review.save_metadata),
    Route("POST", DRAFT + "/background", EDITOR, review.background),
    Route("POST", DRAFT + "/many", EDITOR, review.judge_many),
    Route("POST", DRAFT + "/discard", EDITOR, drafts.discard),
    Route("POST", DRAFT + "/reopen", EDITOR, drafts.reopen),
    Route("GET", DRAFT + "/add", EDITOR, review.add_page),
    Route("POST", DRAFT + "/add", EDITOR, review.add),
    Route("GET", DRAFT + "/impact", READER, drafts.impact_page),
    Route("POST", DRAFT + "/submit", EDITOR, drafts.submit),
    Route("POST", DRAFT + "/publish", PUBLISHER, drafts.publish),
    Route("POST", FACT, EDITOR, review.judge),
    Route("GET", FACT + "/edit", EDITOR, review.edit_page),
    Route("POST", FACT + "/edit", EDITOR, review.edit),
    Route("GET", "/staff/rules", READER, rules.rules_page),
    Route("POST", "/staff/rules/synonyms", PUBLISHER, rules.save_synonyms),
    Route("POST", "/staff/rules/holidays", PUBLISHER, rules.save_holidays),
    Route("GET", "/staff/inbox", READER, inbox.inbox),
    Route("GET", QUESTION, READER, inbox.group_page),
    Route("POST", QUESTION + "/answer", PUBLISHER, inbox.answer),
    Route("POST", QUESTION + "/aside", EDITOR, inbox.put_aside),
    Route("POST", QUESTION + "/again", EDITOR, inbox.list_again),
    Route("GET", "/staff/answers", READER, inbox.answers),
    Route("POST", ANSWER + "/confirm", PUBLISHER, inbox.confirm),
    Route("POST", ANSWER + "/take-back", PUBLISHER, inbox.take_back),
    Route("GET", "/staff/seminars", READER, seminars.board),
    Route("GET", "/staff/seminars/export", READER, seminars.export),
    Route("GET", "/staff/seminars/broadcast", PUBLISHER, seminars.broadcast_page),
    Route("POST", "/staff/seminars/broadcast", PUBLISHER, seminars.broadcast),
    Route("GET", SEMINAR, READER, seminars.seminar),
    Route("GET", SEMINAR + r"/files/{file:\d{1,18}}", READER, seminars.file),
    Route("POST", SEMINAR + "/decide", EDITOR, seminars.decide),
    Route("GET", "/staff/channels", READER, channels.channels),
    Route("POST", "/staff/channels/settled", EDITOR, channels.resolve),
    Route("GET", "/staff/insight", READER, insight.insight_page),
    Route("GET", "/staff/insight/export", READER, insight.export),
    Route("GET", "/staff/people", ADMINISTRATOR, people.people),
    Route("POST", "/staff/people", ADMINISTRATOR, people.add),
    Route("POST", r"/staff/people/{id:\d{1,18}}", ADMINISTRATOR, people.change),
    Route("GET", "/staff/audit", ADMINISTRATOR, people.audit),
)


def add_console(app: web.Application, services: StaffServices, public_url: str, channels: Sequence[str]) -> None:
    app[SERVICES], app[PUBLIC_URL], app[CHANNELS_ON] = services, public_url, tuple(channels)
    app.router.add_get("/staff/", _without_slash)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, guarded(route))


async def _without_slash(_request: web.Request) -> web.Response:
    return see_other("/staff")

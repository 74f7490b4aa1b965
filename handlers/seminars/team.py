"""Working together: inviting, joining, roles, leaving; and one person on several channels."""

from __future__ import annotations

from handlers.core.access import Opened, open_seminar
from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import EXPIRED, MY_SEMINARS, acknowledged, clarify, declined, to_seminar
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import Member, Role
from handlers.seminars.overview import overview
from handlers.texts import conversation as texts


async def show(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.READER)
    return await _team(context, opened)


async def invite(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.OWNER)
    role = token.arg(1)
    if role not in {Role.EDITOR, Role.READER}:
        return EXPIRED
    code = await context.services.teams.invite(opened.person, opened.seminar.id, Role(role), context.now)
    text = texts.INVITATION.format(name=opened.seminar.name, role=Role(role).label, code=code)
    return Reply(text=text, choices=(to_seminar(opened.seminar),))


async def join(context: Context) -> Reply:
    code = _argument(context)
    if not code:
        return clarify(texts.JOIN_USAGE)
    person = await context.person()
    seminar_id = await context.services.teams.join(person, context.address, code, context.now)
    seminar = await context.services.seminars.seminar(person, seminar_id) if seminar_id else None
    if seminar is None:
        return declined(texts.WRONG_CODE)
    return await overview(context, seminar, heading=texts.JOINED.format(role=seminar.role.label))


async def link(context: Context) -> Reply:
    code = _argument(context)
    if not code:
        person = await context.person()
        made = await context.services.teams.link_code(person, context.now)
        return Reply(text=texts.LINK_CODE.format(code=made))
    if not await context.services.teams.link(context.address, code, context.now):
        return declined(texts.WRONG_CODE)
    return Reply(text=texts.LINKED, choices=(MY_SEMINARS,))


async def member(context: Context, token: ChoiceToken) -> Reply:
    number, person, what = token.number(0), token.number(1) or 0, token.arg(2)
    opened = await open_seminar(context, number, Role.READER)
    leaving = what == "out" and person == opened.person
    if not leaving:
        opened = await open_seminar(context, number, Role.OWNER)
    if what == "out":
        done = await context.services.teams.leave(opened.seminar.id, person)
        if done and leaving:
            return acknowledged(texts.LEFT_TEAM.format(name=opened.seminar.name))
    elif what in set(Role):
        done = await context.services.teams.set_role(opened.seminar.id, person, Role(what))
    else:
        return EXPIRED
    if not done:
        return declined(texts.LAST_OWNER, to_seminar(opened.seminar))
    return await _team(context, await open_seminar(context, number, Role.READER))


async def _team(context: Context, opened: Opened) -> Reply:
    team = await context.services.teams.of_seminar(opened.seminar.id)
    lines = [texts.TEAM_HEADING.format(name=opened.seminar.name)]
    lines += [f"{number}. {_named(each, opened)}" for number, each in enumerate(team, start=1)]
    choices = []
    if opened.seminar.role is Role.OWNER:
        choices += [
            Choice(label=texts.INVITE_LABEL.format(role=role.label), token=f"invite:{opened.seminar.id}:{role}")
            for role in (Role.EDITOR, Role.READER)
        ]
        others = [(n, m) for n, m in enumerate(team, start=1) if m.person_id != opened.person]
        choices += [choice for number, each in others for choice in _member_choices(number, each, opened)]
    choices.append(Choice(label=texts.LEAVE_TEAM_LABEL, token=f"member:{opened.seminar.id}:{opened.person}:out"))
    choices.append(to_seminar(opened.seminar))
    return Reply(text="\n".join(lines), choices=tuple(choices))


def _member_choices(number: int, each: Member, opened: Opened) -> list[Choice]:
    prefix = f"member:{opened.seminar.id}:{each.person_id}"
    roles = [
        Choice(label=texts.MAKE_LABEL.format(number=number, role=role.label), token=f"{prefix}:{role}")
        for role in Role
        if role is not each.role
    ]
    return [*roles, Choice(label=texts.TAKE_OFF_LABEL.format(number=number), token=f"{prefix}:out")]


def _named(each: Member, opened: Opened) -> str:
    you = texts.YOU if each.person_id == opened.person else ""
    channels = "、".join(each.channels) or texts.NO_CHANNEL
    return texts.TEAM_MEMBER.format(role=each.role.label, you=you, channels=channels)


def _argument(context: Context) -> str:
    return "".join(context.incoming.text.split()[1:])

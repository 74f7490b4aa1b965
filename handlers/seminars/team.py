"""Working together: inviting, joining, roles, leaving; and one person on several channels."""

from __future__ import annotations

from handlers.core.access import Opened, open_seminar
from handlers.core.context import Context
from handlers.domain.messages import Choice, Reply, Status
from handlers.domain.seminar import Member, Role, TooManyTries
from handlers.seminars.overview import overview
from handlers.texts import conversation as texts


async def show(context: Context, token: str) -> Reply:
    """`team:ID`: who is on it, and what can be done about that."""
    opened = await open_seminar(context, token.partition(":")[2], Role.READER)
    return await _team(context, opened)


async def invite(context: Context, token: str) -> Reply:
    """`invite:ID:ROLE`: a code to pass on."""
    _, number, role = (*token.split(":", 2), "", "")[:3]
    opened = await open_seminar(context, number, Role.OWNER)
    if role not in {Role.EDITOR, Role.READER}:
        return Reply(text=texts.BUTTON_EXPIRED, status=Status.DECLINED)
    code = await context.teams.invite(opened.person, opened.seminar.id, Role(role), context.now)
    text = texts.INVITATION.format(name=opened.seminar.name, role=Role(role).label, code=code)
    return Reply(text=text, status=Status.ANSWERED, choices=(_back(opened),))


async def join(context: Context) -> Reply:
    """加入 CODE: become a member of the seminar the code belongs to."""
    code = _argument(context)
    if not code:
        return Reply(text=texts.JOIN_USAGE, status=Status.CLARIFY)
    person = await context.seminars.person(context.address, context.now)
    try:
        seminar_id = await context.teams.join(person, context.address, code, context.now)
    except TooManyTries:
        return Reply(text=texts.TOO_MANY_TRIES, status=Status.DECLINED)
    seminar = await context.seminars.seminar(person, seminar_id) if seminar_id else None
    if seminar is None:
        return Reply(text=texts.WRONG_CODE, status=Status.DECLINED)
    return await overview(context, seminar, heading=texts.JOINED.format(role=seminar.role.label))


async def link(context: Context) -> Reply:
    """关联: a code for one's other channel; 关联 CODE there makes it the same person."""
    code = _argument(context)
    if not code:
        person = await context.seminars.person(context.address, context.now)
        made = await context.teams.link_code(person, context.now)
        return Reply(text=texts.LINK_CODE.format(code=made), status=Status.ANSWERED)
    try:
        linked = await context.teams.link(context.address, code, context.now)
    except TooManyTries:
        return Reply(text=texts.TOO_MANY_TRIES, status=Status.DECLINED)
    mine = Choice(label=texts.MY_SEMINARS_LABEL, token="mine:")
    if not linked:
        return Reply(text=texts.WRONG_CODE, status=Status.DECLINED)
    return Reply(text=texts.LINKED, status=Status.ANSWERED, choices=(mine,))


async def member(context: Context, token: str) -> Reply:
    """`member:ID:PERSON:ROLE` gives a role; `member:ID:PERSON:out` takes off the team, oneself always."""
    _, number, who, what = (*token.split(":", 3), "", "", "")[:4]
    opened = await open_seminar(context, number, Role.READER)
    person = int(who) if who.isdecimal() else 0
    leaving = what == "out" and person == opened.person
    if not leaving:
        opened = await open_seminar(context, number, Role.OWNER)
    if what == "out":
        done = await context.teams.leave(opened.seminar.id, person)
        if done and leaving:
            return Reply(text=texts.LEFT_TEAM.format(name=opened.seminar.name), status=Status.SMALLTALK)
    elif what in set(Role):
        done = await context.teams.set_role(opened.seminar.id, person, Role(what))
    else:
        return Reply(text=texts.BUTTON_EXPIRED, status=Status.DECLINED)
    if not done:
        return Reply(text=texts.LAST_OWNER, status=Status.DECLINED, choices=(_back(opened),))
    return await _team(context, await open_seminar(context, number, Role.READER))


async def _team(context: Context, opened: Opened) -> Reply:
    team = await context.teams.of_seminar(opened.seminar.id)
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
    choices.append(_back(opened))
    return Reply(text="\n".join(lines), status=Status.ANSWERED, choices=tuple(choices))


def _member_choices(number: int, each: Member, opened: Opened) -> list[Choice]:
    """What the owner can do about one member: another role, handing over, taking off the team."""
    prefix = f"member:{opened.seminar.id}:{each.person_id}"
    roles = [
        Choice(label=texts.MAKE_LABEL.format(number=number, role=role.label), token=f"{prefix}:{role}")
        for role in Role
        if role is not each.role
    ]
    return [*roles, Choice(label=texts.TAKE_OFF_LABEL.format(number=number), token=f"{prefix}:out")]


def _named(each: Member, opened: Opened) -> str:
    you = texts.YOU if each.person_id == opened.person else ""
    return f"{each.role.label}{you}（{'、'.join(each.channels) or texts.NO_CHANNEL}）"


def _argument(context: Context) -> str:
    return "".join(context.incoming.text.split()[1:])


def _back(opened: Opened) -> Choice:
    return Choice(label=opened.seminar.name[:20], token=f"seminar:{opened.seminar.id}")

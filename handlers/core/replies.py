"""Buttons and replies that more than one conversation gives."""

from __future__ import annotations

from handlers.domain.messages import Choice, Reply, Status
from handlers.domain.seminar import Seminar
from handlers.texts import conversation as texts

MY_SEMINARS = Choice(label=texts.MY_SEMINARS_LABEL, token="mine:")
REGISTER = Choice(label=texts.NEW_LABEL, token="reg:new")


def declined(text: str, *choices: Choice) -> Reply:
    return Reply(text=text, status=Status.DECLINED, choices=choices)


def clarify(text: str, *choices: Choice, typed: bool = False) -> Reply:
    return Reply(text=text, status=Status.CLARIFY, choices=choices, typed=typed)


def acknowledged(text: str, *choices: Choice) -> Reply:
    return Reply(text=text, status=Status.SMALLTALK, choices=choices)


def to_seminar(seminar: Seminar) -> Choice:
    return Choice(label=seminar.name[:20], token=f"seminar:{seminar.id}")


def to_checklist(seminar_id: int) -> Choice:
    return Choice(label=texts.CHECKLIST_LABEL, token=f"list:{seminar_id}")


EXPIRED = declined(texts.BUTTON_EXPIRED)

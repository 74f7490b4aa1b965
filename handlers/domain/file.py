"""Files people send in, and what was read from them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from handlers.domain.messages import Frozen

ACCEPTED = "xlsx、docx、pdf、jpg、png"


class FileKind(StrEnum):
    TRAINEES = "trainees"
    SIGN_IN = "sign_in"
    SURVEY = "survey"
    MONEY = "money"
    TEXT = "text"
    PICTURE = "picture"
    OTHER = "other"


class SignIn(Frozen):
    heading: str
    staff: bool
    listed: tuple[str, ...]
    signed: tuple[str, ...]


class Rated(Frozen):
    item: str
    answers: int
    satisfied: int


class Cost(Frozen):
    """In yuan."""

    category: str
    planned: float | None
    spent: float | None


class FileReading(Frozen):
    """`names` are trainees, `staff` the staff of a list. `online` counts trainees whose row says so; None where the
    list does not say. `missing` are columns that our template has and the file lacks; `repeated` names that stand
    twice; `identities` counts 18-digit identity numbers, which are never shown.
    """

    sort: FileKind
    names: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    online: int | None = None
    missing: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    sign_ins: tuple[SignIn, ...] = ()
    ratings: tuple[Rated, ...] = ()
    costs: tuple[Cost, ...] = ()
    text: str = ""
    identities: int = 0


class Upload(Frozen):
    """A file that was sent in; without a seminar until its sender has said where it belongs."""

    id: int
    name: str
    size: int
    reading: FileReading
    at: datetime
    seminar_id: int | None = None
    item: str = ""
    """Key of the checklist item it is evidence of; empty: none."""

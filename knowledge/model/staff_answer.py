"""Staff's answers to questions the notices leave open."""

from __future__ import annotations

from datetime import date

from knowledge.model.notice import Fact, Model

STAFF = "staff"
"""Topic of the facts behind staff's answers."""


class StaffAnswer(Model):
    """A published answer, matched by the askers' wordings.

    It rests on a clause (`notice`, `clause`, `quote`) and repeats only its figures, or is an office answer: then
    `author` and `answered_on` are named in it, and it is not given after `expires_on`.
    """

    id: str
    questions: tuple[str, ...]
    text: str
    notice: str = ""
    clause: str = ""
    quote: str = ""
    author: str
    answered_on: date
    expires_on: date | None = None

    @property
    def of_office(self) -> bool:
        return not self.notice

    def holds(self, day: date) -> bool:
        return self.expires_on is None or day <= self.expires_on

    @property
    def fact(self) -> Fact:
        return Fact(id=self.id, topic=STAFF, clause=self.clause, quote=self.quote, say=self.text)

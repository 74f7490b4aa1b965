"""What staff answered to questions the notices leave open."""

from __future__ import annotations

from datetime import date

from knowledge.model.notice import Fact, Model

STAFF = "staff"
"""The topic of facts that only staff's answers rest on."""


class StaffAnswer(Model):
    """What staff answered to questions the assistant could not, in the askers' own words.

    It rests on a clause (`notice`, `clause`, `quote`), whose figures alone it may repeat, or it is a word of the
    office itself: then `author` and `answered_on` are said with it, and after `expires_on` it no longer holds.
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
        """Whether no clause stands behind it."""
        return not self.notice

    def holds(self, day: date) -> bool:
        """Whether it may be given on a day."""
        return self.expires_on is None or day <= self.expires_on

    @property
    def fact(self) -> Fact:
        """The clause behind it, as a fact."""
        return Fact(id=self.id, topic=STAFF, clause=self.clause, quote=self.quote, say=self.text)

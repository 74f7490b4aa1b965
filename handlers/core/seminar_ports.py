"""What conversations about seminars need from the outside, implemented in `bot.storage`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from handlers.domain.assessment import Assessment
from handlers.domain.file import Upload
from handlers.domain.messages import Address
from handlers.domain.reminder_schedule import Preferences
from handlers.domain.seminar import Answers, Delivery, ItemDetail, ItemState, LinkPurpose, Member, Role, Seminar, State


class SeminarStore(Protocol):
    """What organizers have registered. Every read of a seminar goes through its members."""

    async def person(self, address: Address, now: datetime) -> int:
        """The person at this address, known from now on if they were not."""

    async def register(self, person_id: int, answers: Answers, now: datetime) -> Seminar:
        """A new seminar, owned by this person."""

    async def of_person(self, person_id: int) -> tuple[Seminar, ...]:
        """The seminars this person is a member of, oldest first."""

    async def seminar(self, person_id: int, seminar_id: int) -> Seminar | None:
        """One seminar; None where it does not exist or this person is not on its team."""

    async def change(self, person_id: int, seminar: Seminar, answers: Answers, now: datetime) -> Seminar:
        """Replace the answers and record the change. Raises Conflict where somebody was faster."""

    async def remove(self, seminar_id: int, now: datetime) -> None:
        """Take a seminar out of every list; `restore` brings it back."""

    async def restore(self, person_id: int, seminar_id: int) -> Seminar | None:
        """Bring a removed seminar back for its owner. None where there is none of theirs."""

    async def item_states(self, seminar_id: int) -> dict[str, ItemState]:
        """The newest state of every item that has one."""

    async def mark(
        self, person_id: int, seminar_id: int, key: str, state: State, on_day: date | None, note: str, now: datetime
    ) -> None:
        """Record an item's new state."""

    async def describe(self, seminar_id: int, key: str, field: ItemDetail, words: str) -> None:
        """Say who looks after an item, or a remark on it; empty words take it back."""

    async def last_change(self, seminar_id: int) -> tuple[Answers, Answers] | None:
        """The answers before and after the newest change; None where nothing was changed."""

    async def unmark(self, seminar_id: int, key: str) -> ItemState:
        """Undo the newest change of an item: the state before it counts again."""


class TeamStore(Protocol):
    """Who is on a seminar's team, and the codes by which people join and link addresses."""

    async def of_seminar(self, seminar_id: int) -> tuple[Member, ...]:
        """The team, owners first, each with the channels they are on."""

    async def invite(self, person_id: int, seminar_id: int, role: Role, now: datetime) -> str:
        """A code that lets one person join in this role, for a day."""

    async def link_code(self, person_id: int, now: datetime) -> str:
        """A code that makes another address this person's, for ten minutes."""

    async def join(self, person_id: int, address: Address, code: str, now: datetime) -> int | None:
        """The seminar joined with a code; None where no such code holds. Raises TooManyTries."""

    async def link(self, address: Address, code: str, now: datetime) -> bool:
        """Make this address the person's who asked for the code. Raises TooManyTries."""

    async def set_role(self, seminar_id: int, person_id: int, role: Role) -> bool:
        """Give a member another role. False where that would leave nobody in charge, or nobody is meant."""

    async def leave(self, seminar_id: int, person_id: int) -> bool:
        """Take a member off the team. False where that would leave nobody in charge."""


class Documents(Protocol):
    """What documents there are; their contents are made when a channel fetches them."""

    def offered(self, assessment: Assessment) -> tuple[tuple[str, str], ...]:
        """Id and name of each document that this seminar has a use for."""

    def file_name(self, which: str, seminar: Seminar) -> str:
        """The file name of one of them. Raises KeyError for an unknown one."""


class UploadStore(Protocol):
    """Files people have sent in. A file without a seminar is its sender's alone."""

    async def upload(self, person_id: int, upload_id: int) -> Upload | None:
        """One file; None where it does not exist or this person may not see it."""

    async def put(self, upload_id: int, seminar_id: int, item: str) -> None:
        """Say where it belongs: a seminar, and the key of a checklist item (or none)."""

    async def of_seminar(self, seminar_id: int) -> tuple[Upload, ...]:
        """The files of a seminar, newest first."""

    async def delete(self, upload_id: int) -> None:
        """Forget a file and all that was read from it."""


class LinkStore(Protocol):
    """Private addresses: at most one per member, seminar and purpose."""

    async def open(self, person_id: int, seminar_id: int, purpose: LinkPurpose, now: datetime) -> str:
        """A new secret; the one before it stops working."""

    async def revoke(self, person_id: int, seminar_id: int, purpose: LinkPurpose) -> bool:
        """Stop the secret. False where there was none."""


class ReminderStore(Protocol):
    """How people want to be reminded."""

    async def preferences(self, person_id: int) -> Preferences:
        """One person's; the usual ones where they have said nothing."""

    async def prefer(self, person_id: int, preferences: Preferences) -> None:
        """Remind this person so from now on."""

    async def snooze(self, person_id: int, seminar_id: int, key: str, at: datetime) -> bool:
        """Remind of an item once more at a moment. False where it is done or has no date."""

    async def quiet(self, seminar_id: int, until: datetime | None) -> None:
        """Remind nobody of a seminar before a moment; None ends that."""

    async def quiet_until(self, seminar_id: int) -> datetime | None:
        """Before when nobody is reminded of a seminar."""


class ReminderLog(Protocol):
    """What has been sent and what comes next."""

    async def last_sent(self, person_id: int) -> datetime | None:
        """When a reminder last reached this person."""

    async def next_planned(self, seminar_id: int, person_id: int) -> tuple[datetime, str] | None:
        """When this person is reminded of the seminar next, and of which item; None where nothing is planned."""

    async def deliveries(self, seminar_id: int, limit: int) -> tuple[Delivery, ...]:
        """The newest pushes about a seminar to its team, newest first."""

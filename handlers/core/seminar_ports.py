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

    async def person(self, address: Address, now: datetime) -> int: ...
    async def register(self, person_id: int, answers: Answers, now: datetime) -> Seminar: ...
    async def of_person(self, person_id: int) -> tuple[Seminar, ...]:
        """Oldest first."""

    async def seminar(self, person_id: int, seminar_id: int) -> Seminar | None:
        """None where it does not exist or this person is not on its team."""

    async def change(self, person_id: int, seminar: Seminar, answers: Answers, now: datetime) -> Seminar:
        """Raises Conflict where somebody was faster."""

    async def remove(self, seminar_id: int, now: datetime) -> None: ...
    async def restore(self, person_id: int, seminar_id: int) -> Seminar | None:
        """None where this person owns no such seminar."""

    async def item_states(self, seminar_id: int) -> dict[str, ItemState]: ...
    async def mark(
        self, person_id: int, seminar_id: int, key: str, state: State, on_day: date | None, note: str, now: datetime
    ) -> None: ...
    async def describe(self, seminar_id: int, key: str, field: ItemDetail, words: str) -> None:
        """Empty words take it back."""

    async def last_change(self, seminar_id: int) -> tuple[Answers, Answers] | None:
        """The answers before and after it; None where nothing was changed."""

    async def unmark(self, seminar_id: int, key: str) -> ItemState:
        """The state before the newest one counts again."""


class TeamStore(Protocol):
    async def of_seminar(self, seminar_id: int) -> tuple[Member, ...]:
        """Owners first, each with the channels they are on."""

    async def invite(self, person_id: int, seminar_id: int, role: Role, now: datetime) -> str:
        """A code that holds for a day."""

    async def link_code(self, person_id: int, now: datetime) -> str:
        """A code that holds for ten minutes."""

    async def join(self, person_id: int, address: Address, code: str, now: datetime) -> int | None:
        """None where no such code holds. Raises TooManyTries."""

    async def link(self, address: Address, code: str, now: datetime) -> bool:
        """Raises TooManyTries."""

    async def set_role(self, seminar_id: int, person_id: int, role: Role) -> bool:
        """False where that would leave nobody in charge, or nobody is meant."""

    async def leave(self, seminar_id: int, person_id: int) -> bool:
        """False where that would leave nobody in charge."""


class Documents(Protocol):
    def offered(self, assessment: Assessment) -> tuple[tuple[str, str], ...]:
        """Id and name of each document that the seminar has a use for."""

    def file_name(self, which: str, seminar: Seminar) -> str:
        """Raises KeyError for an unknown document."""


class UploadStore(Protocol):
    """Files people have sent in. A file without a seminar is its sender's alone."""

    async def upload(self, person_id: int, upload_id: int) -> Upload | None:
        """None where it does not exist or this person may not see it."""

    async def put(self, upload_id: int, seminar_id: int, item: str) -> None: ...
    async def of_seminar(self, seminar_id: int) -> tuple[Upload, ...]:
        """Newest first."""

    async def delete(self, upload_id: int) -> None: ...


class LinkStore(Protocol):
    """Private addresses: at most one per member, seminar and purpose."""

    async def open(self, person_id: int, seminar_id: int, purpose: LinkPurpose, now: datetime) -> str:
        """A new secret; the one before it stops working."""

    async def revoke(self, person_id: int, seminar_id: int, purpose: LinkPurpose) -> bool:
        """False where there was none."""


class ReminderStore(Protocol):
    async def preferences(self, person_id: int) -> Preferences: ...
    async def prefer(self, person_id: int, preferences: Preferences) -> None: ...
    async def snooze(self, person_id: int, seminar_id: int, key: str, at: datetime) -> bool:
        """False where it is done or has no date."""

    async def quiet(self, seminar_id: int, until: datetime | None) -> None:
        """None ends that."""

    async def quiet_until(self, seminar_id: int) -> datetime | None: ...


class ReminderLog(Protocol):
    async def last_sent(self, person_id: int) -> datetime | None: ...
    async def next_planned(self, seminar_id: int, person_id: int) -> tuple[datetime, str] | None: ...
    async def deliveries(self, seminar_id: int, limit: int) -> tuple[Delivery, ...]:
        """Newest first."""

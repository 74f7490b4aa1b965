"""Documents on demand: access is checked on every request, generation runs off the event loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from bot.clock import Clock
from bot.documents.catalogue import BY_ID, CALENDAR, CHANGE, PACK, PAGE, TEMPLATES
from bot.documents.dossier import Dossier
from bot.storage.seminars.uploads import Uploads
from handlers.core.ports import Answering
from handlers.core.seminar_ports import SeminarStore
from handlers.domain.assessment import Assessment, assessment_for
from handlers.domain.messages import Address
from handlers.domain.seminar import LinkPurpose, Seminar
from knowledge.model.notice import Stage

ALWAYS = {"实施方案", CHANGE.name}
MAKING_SECONDS = 30.0
LINKED = {LinkPurpose.CALENDAR: CALENDAR, LinkPurpose.PAGE: PAGE}


@dataclass(frozen=True, slots=True)
class File:
    name: str
    data: bytes


class FetchFile(Protocol):
    async def __call__(self, address: Address, token: str) -> File | None:
        """None where this address has no access or the file does not exist."""
        ...


@dataclass(frozen=True)
class DocumentService:
    seminars: SeminarStore
    uploads: Uploads
    answering: Answering
    clock: Clock

    def offered(self, assessment: Assessment) -> tuple[tuple[str, str], ...]:
        wanted = {item.title for item in assessment.items if item.stated} | ALWAYS
        found = [(t.id, t.name) for t in TEMPLATES if t.name in wanted]
        if any(item.stage is Stage.SETTLEMENT for item in assessment.items):
            found.append((PACK.id, PACK.name))
        return (*found, (CALENDAR.id, CALENDAR.name))

    def file_name(self, which: str, seminar: Seminar) -> str:
        return BY_ID[which].file_name(seminar.name)

    async def fetch(self, address: Address, token: str) -> File | None:
        """`file:ID:WHICH` is generated for team members, `sent:FILE` is an upload. Raises StorageUnavailable."""
        name, number, which = (*token.split(":", 2), "", "")[:3]
        person = await self.seminars.person(address, self.clock())
        if name == "sent":
            return await self._sent(person, number)
        seminar = await self.seminars.seminar(person, int(number)) if number.isdecimal() else None
        return await self._make(seminar, which) if seminar else None

    async def _sent(self, person: int, number: str) -> File | None:
        upload = await self.uploads.upload(person, int(number)) if number.isdecimal() else None
        data = await self.uploads.content(person, upload.id) if upload else None
        return File(upload.name, data) if upload and data else None

    async def linked(self, person: int, seminar_id: int, purpose: LinkPurpose) -> File | None:
        seminar = await self.seminars.seminar(person, seminar_id)
        return await self._make(seminar, LINKED[purpose].id) if seminar else None

    async def _make(self, seminar: Seminar, which: str) -> File | None:
        today = self.clock().date()
        assessment = assessment_for(seminar.answers, self.answering.knowledge, today)
        if which not in BY_ID or assessment is None:
            return None
        evidence = await self.uploads.evidence(seminar.id) if which == PACK.id else {}
        change = await self.seminars.last_change(seminar.id) if which == CHANGE.id else None
        states = await self.seminars.item_states(seminar.id)
        dossier = Dossier(seminar, assessment, states, today, evidence, change)
        data = await asyncio.wait_for(asyncio.to_thread(BY_ID[which].build, dossier), MAKING_SECONDS)
        return File(BY_ID[which].file_name(seminar.name), data)

"""Reads an uploaded notice into a draft, in the background; the draft's page shows the progress."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from bot.clock import Clock
from bot.engine.service import AnswerService
from bot.files.inspection import BadFile
from bot.files.text import raw_text
from bot.storage.db.errors import StorageUnavailable
from bot.storage.staff.audit import Actor
from bot.storage.staff.drafts import Drafts
from bot.storage.staff.revisions import Revisions
from handlers.texts import staff as texts
from knowledge.importing.alignment import earlier_of_series
from knowledge.importing.draft import NoticeDraft, draft
from knowledge.importing.proposed import ProposedFact, kinds_of, plan_year_of
from knowledge.importing.proposing import proposed_facts
from knowledge.model.notice import Notice
from knowledge.model.snapshot import Knowledge
from knowledge.publications import Subject

GENRES = {"申报": "申报通知", "实施": "实施通知"}
SHORTEST = 30
"""Characters; anything shorter is no notice."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class NoticeReading:
    made: NoticeDraft
    earlier: Notice | None
    said: dict[str, Any]
    facts: tuple[ProposedFact, ...]


@dataclass(frozen=True)
class NoticeImport:
    drafts: Drafts
    revisions: Revisions
    answering: AnswerService
    clock: Clock
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    async def begin(self, file_name: str, data: bytes, actor: Actor) -> int:
        draft_id = await self.drafts.begin(file_name, data, actor, self.clock())
        task = asyncio.create_task(self._read(draft_id, file_name, data), name=f"draft {draft_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return draft_id

    async def close(self) -> None:
        """Cancels reading; an unfinished draft is marked so when it is next opened."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self, draft_id: int, file_name: str, data: bytes) -> None:
        try:
            text = await raw_text(file_name, data)
            await self.drafts.step(draft_id, texts.IMPORT_STEP, self.clock())
            read = await asyncio.to_thread(read_notice, text, self.answering, self.clock())
            against, base = read.earlier.id if read.earlier else "", 0
            if against == read.said["id"]:
                base = await self.revisions.head(Subject.NOTICE, against)
            await self.drafts.fill(draft_id, read.made.text, read.said, against, read.facts, self.clock(), base=base)
        except BadFile as error:
            await self.drafts.fail(draft_id, str(error), self.clock())
        except StorageUnavailable as error:
            log.warning("草稿暂时写不进数据库", draft=draft_id, reason=str(error))
        except Exception:
            log.exception("通知没有读成", draft=draft_id)
            await self.drafts.fail(draft_id, texts.IMPORT_FAILED, self.clock())


def read_notice(text: str, answering: AnswerService, now: datetime) -> NoticeReading:
    library, made = answering.knowledge, draft(text)
    if len(made.text) < SHORTEST or not (made.sections or made.metadata.issuer):
        raise BadFile(texts.IMPORT_NO_CLAUSES)
    earlier = earlier_of_series(made.metadata.title, library.notices)
    year = plan_year_of(made) or now.year
    facts = proposed_facts(made, library, earlier, answering.engine.topic_of, year)
    return NoticeReading(made, earlier, _metadata_of(made, earlier, year, library), facts)


def _metadata_of(made: NoticeDraft, earlier: Notice | None, year: int, library: Knowledge) -> dict[str, Any]:
    found = made.metadata
    genre = next((name for word, name in GENRES.items() if word in found.title), "通知")
    contacts = found.contacts
    suffix = earlier.id.partition("-")[2] if earlier else "tongzhi"
    return {
        "id": _free_id(f"{year}-{suffix}", found.title, library),
        "title": found.title,
        "plan_year": year,
        "genre": earlier.genre if earlier else genre,
        "issuer": found.issuer,
        "doc_no": found.doc_no,
        "issued_on": found.issued_on.isoformat() if found.issued_on else None,
        "kinds": [str(kind) for kind in kinds_of(made, library)],
        "contact": {
            "office": contacts.offices[0] if contacts.offices else "",
            "person": contacts.people[0] if contacts.people else "",
            "phone": contacts.phones[0] if contacts.phones else "",
            "mobile": next((phone for phone in contacts.phones[1:] if len(phone) == len("13900000000")), ""),
            "email": contacts.mails[0] if contacts.mails else "",
        },
    }


def _free_id(wanted: str, title: str, library: Knowledge) -> str:
    """The id of the held notice with this title, which the draft then corrects; else an unused id."""
    taken = library.notice_by_id
    same = next((notice.id for notice in library.notices if notice.title == title), "")
    if same or wanted not in taken:
        return same or wanted
    number = 2
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"

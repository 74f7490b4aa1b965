"""A notice as the importer reads it, for review."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from knowledge.importing.cleaning import clean_document
from knowledge.importing.figures import Figures, figures
from knowledge.importing.metadata import Metadata, metadata
from knowledge.importing.outline import Section, outline

STARTS = 12


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """Every offset points into `text`."""

    text: str
    metadata: Metadata
    sections: tuple[Section, ...]
    figures: Figures

    def clause_at(self, offset: int) -> str | None:
        return next((s.path for s in reversed(self.sections) if s.start <= offset < s.end), None)


def draft(raw: str) -> NoticeDraft:
    text = relined(clean_document(raw))
    found = metadata(text)
    sections = outline(text, found.body_end)
    return NoticeDraft(text, found, sections, figures(text[found.body :], found.body))


def relined(text: str) -> str:
    found = metadata(text)
    title_end = text.find(found.title) + len(found.title) if found.title in text else 0
    breaks = {section.start for section in outline(text, found.body_end)}
    breaks |= {found.body} if found.body > title_end else set()
    breaks |= {title_end} if title_end and found.doc_no else set()
    lines, position = [], 0
    for at in sorted(breaks):
        if 0 < at < len(text) and text[at - 1] != "\n" and text[at] != "\n":
            lines.append(text[position:at].rstrip())
            position = at
    return "\n".join([*lines, text[position:]])


def as_json(made: NoticeDraft) -> dict[str, Any]:
    said = made.metadata
    return {
        "title": said.title,
        "issuer": said.issuer or None,
        "doc_no": said.doc_no,
        "date": said.issued_on.isoformat() if said.issued_on else None,
        "addressees": said.addressees or None,
        "clauses": [_clause(made, section) for section in made.sections],
        "contacts": {
            "offices": list(said.contacts.offices),
            "people": list(said.contacts.people),
            "phones": list(said.contacts.phones),
            "mails": list(said.contacts.mails),
        },
        "attachments": list(said.attachments),
        "bases": [{"title": title, "doc_no": number} for title, number in said.bases],
        "figures": {
            kind: [{"text": one.text, "start": one.start, "clause": made.clause_at(one.start)} for one in found]
            for kind, found in made.figures.items()
        },
    }


def _clause(made: NoticeDraft, section: Section) -> dict[str, Any]:
    body = made.text[section.body : section.end]
    return {
        "number": section.number,
        "path": section.path,
        "level": section.level,
        "starts": "".join(made.text[section.body : section.body + 4 * STARTS].split())[:STARTS],
        "text": body.strip(),
        "start": section.start,
        "end": section.end,
    }

"""A reply as plain text: the direct answer, then 依据 with title, number, clause and exact words."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.domain.messages import Citation, Reply
from handlers.texts import conversation as texts
from knowledge.model.snapshot import CitedFact


def citations_of(facts: Iterable[CitedFact]) -> tuple[Citation, ...]:
    return tuple(
        Citation(
            notice=cited.notice.id,
            plan_year=str(cited.notice.plan_year),
            clause=cited.fact.clause,
            quote=cited.passage,
            title=cited.notice.title,
            doc_no=cited.notice.doc_no,
            heading=cited.notice.heading_of(cited.fact.clause),
        )
        for cited in facts
    )


def citation_heading(citation: Citation) -> str:
    number = texts.CITATION_NUMBER.format(number=citation.doc_no) if citation.doc_no else ""
    clause = citation.heading or citation.clause
    return texts.CITATION_TITLE.format(title=citation.title, number=number, clause=clause)


def basis(citations: tuple[Citation, ...]) -> str:
    if not citations:
        return ""
    return texts.BASIS + "\n".join(texts.CITATION.format(heading=citation_heading(c), quote=c.quote) for c in citations)


def plain(reply: Reply) -> str:
    return "\n\n".join(part for part in (reply.text, basis(reply.citations)) if part)

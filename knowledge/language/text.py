"""One spelling for a question: width, script, markup, pinyin and homophones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import opencc
import rjieba
from pypinyin import lazy_pinyin

from knowledge.model.snapshot import Vocabulary

MAX_CHARS = 2000
"""Characters analysed; of a longer message only its asking sentences."""
INTERROGATIVE = re.compile(r"多少|几|什么|哪|怎|谁|何|啥|咋|吗|吧")

DRAWN_OUT = re.compile(r"([^\W\d_]|[^\w\s])\1{3,}")
ROLE_PLAY = re.compile(
    r"(?:你现在是|现在你是|从现在起你是|请?你?扮演|假装你是|假设你是)[^,，。:：;；!！?？\n]{1,20}[,，。:：;；!！\n]"
)
ENDING = "。.!~…,，、;； "
TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,200}>")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\ufeff]")
LATIN_RUN = re.compile(r"[a-z]+(?:[ '][a-z]+)*")
MAX_WINDOW = 4
HAN = re.compile(r"[\u3400-\u9fff]+")
CANTONESE = str.maketrans(
    {"咩": "什么", "嘅": "的", "喺": "在", "唔": "不", "哋": "们", "冇": "没", "佢": "他", "嗰": "那"}
)
ACCENT = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))

_TO_SIMPLIFIED = opencc.OpenCC("t2s")


def plain_text(raw: str) -> str:
    text = unicodedata.normalize("NFKC", _asking(DRAWN_OUT.sub(r"\1", raw)))
    text = ROLE_PLAY.sub(" ", CONTROL.sub(" ", TAG.sub(" ", text))).lower()
    return str(_TO_SIMPLIFIED.convert(text)).translate(CANTONESE).strip().rstrip(ENDING)


def questions_in(raw: str) -> tuple[str, ...]:
    ended = re.findall(r"[^?？!！。;；\n]+[?？]?", raw)
    return tuple(
        s.strip() for s in ended if len(s.strip()) > 3 and (s.endswith(("?", "？")) or INTERROGATIVE.search(s))
    )


def _asking(raw: str) -> str:
    if len(raw) <= MAX_CHARS:
        return raw
    asking = [part for part in re.split(r"[?？!！。;；,，\n]+", raw) if INTERROGATIVE.search(part)]
    return "?".join(asking)[:MAX_CHARS] or raw[:MAX_CHARS]


def language_of(raw: str) -> str:
    """zh-hant where Traditional characters stand in the text, en where no Han does, else zh-hans."""
    if not HAN.search(raw):
        return "en" if re.search(r"[A-Za-z]{3}", raw) else "zh-hans"
    return "zh-hant" if _TO_SIMPLIFIED.convert(raw) != raw else "zh-hans"


class Speller:
    def __init__(self, vocabulary: Vocabulary) -> None:
        forms = [form for forms in vocabulary.concepts.values() for form in forms]
        forms += [form for forms in vocabulary.kinds.values() for form in forms]
        self._known = frozenset((*forms, *vocabulary.pinyin_terms, *vocabulary.keep))
        spoken = (*vocabulary.pinyin_terms, *forms, *vocabulary.fillers)
        self._by_pinyin = _index(spoken, exact=True)
        self._homophones = _index(vocabulary.pinyin_terms, exact=True)
        self._accented = _index((t for t in vocabulary.pinyin_terms if len(t) > 2), exact=False)
        self.correct = lru_cache(maxsize=4096)(self._correct)

    def _correct(self, text: str) -> str:
        return self._homophone_words(LATIN_RUN.sub(self._decode, text))

    def _decode(self, match: re.Match[str]) -> str:
        run = match.group()
        whole = self._segment(run.replace(" ", "").replace("'", ""))
        if whole:
            return whole
        return " ".join(self._segment(word) or word for word in run.split())

    def _segment(self, letters: str) -> str:
        best: list[tuple[int, str] | None] = [(0, "")] + [None] * len(letters)
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - 24), end):
                before, word = best[start], self._by_pinyin.get(letters[start:end])
                if before and word and (best[end] is None or before[0] + 1 < best[end][0]):  # type: ignore[index]
                    best[end] = (before[0] + 1, before[1] + word)
        found = best[len(letters)]
        return found[1] if found and (found[0] <= 2 or len(letters) > 3 * found[0]) and len(letters) > 3 else ""

    def _homophone_words(self, text: str) -> str:
        tokens = rjieba.cut(text)
        out, position = [], 0
        while position < len(tokens):
            size, word = self._best_window(tokens, position)
            out.append(word)
            position += size
        return "".join(out)

    def _best_window(self, tokens: list[str], start: int) -> tuple[int, str]:
        for size, window in _windows(tokens, start):
            if window in self._known:
                break
            if len(window) > 1 and HAN.fullmatch(window) and (word := self._sounds_like(window)):
                return size, word
        return 1, tokens[start]

    def _sounds_like(self, window: str) -> str:
        sound = _sound(window, exact=True)
        return self._homophones.get(sound) or self._accented.get(_sound(window, exact=False), "")


def _windows(tokens: list[str], start: int) -> Iterator[tuple[int, str]]:
    runs = []
    for size in range(1, 4):
        window = "".join(tokens[start : start + size])
        if len(window) > MAX_WINDOW or start + size > len(tokens):
            break
        runs.append((size, window))
    return reversed(runs)


def _index(words: object, *, exact: bool) -> dict[str, str]:
    index: dict[str, str] = {}
    for word in words:  # type: ignore[attr-defined]
        if HAN.fullmatch(word):
            index.setdefault(_sound(word, exact=exact), word)
    return index


def _sound(word: str, *, exact: bool) -> str:
    """Toneless pinyin, letter by letter; with exact=False also blind to zh/z, ang/an and the like."""
    return "".join([_syllable(letter, exact) for letter in word])


@lru_cache(maxsize=32768)
def _syllable(letter: str, exact: bool) -> str:
    syllable = "".join(lazy_pinyin(letter))
    if not exact:
        for full, bare in ACCENT:
            syllable = syllable.replace(full, bare)
    return syllable

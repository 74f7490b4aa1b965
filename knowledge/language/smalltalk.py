"""Greetings, thanks, farewells: messages that ask nothing."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "smalltalk.toml"
SOMETHING = re.compile(r"[\w\u3400-\u9fff]")
NOISE = re.compile(
    r"[\W_啊呀啦哦噢呢吧了的哈嘛哟咯啰喽!~]+|还是|您|你们?|老师|小助手|助手|大家|非常|太|很|真|先|我|那|就|帮|同志|客服"
)
MAX_LEFT = 2


@dataclass(frozen=True, slots=True)
class CannedReply:
    patterns: tuple[re.Pattern[str], ...]
    say: str


def load_smalltalk(path: Path = DATA) -> tuple[CannedReply, ...]:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(CannedReply(tuple(re.compile(p) for p in row["patterns"]), row["say"]) for row in data["replies"])


def is_empty(text: str) -> bool:
    return not SOMETHING.search(text)


def smalltalk(text: str, replies: tuple[CannedReply, ...]) -> str:
    rest, say = text, ""
    for reply in replies:
        for pattern in reply.patterns:
            shorter = pattern.sub("", rest)
            if shorter != rest:
                say = say or reply.say
                rest = shorter
    return say if say and len(NOISE.sub("", rest)) <= MAX_LEFT else ""

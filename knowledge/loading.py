"""From the data files to one immutable knowledge snapshot."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from knowledge.calendar import Holidays
from knowledge.model.notice import Notice
from knowledge.model.snapshot import Knowledge, Vocabulary
from knowledge.model.topic import Topic

DATA = Path(__file__).parent


class KnowledgeError(Exception):
    """Raised by everything here; the message names the unreadable file and what is wrong in it."""


def load_knowledge(folder: Path = DATA) -> Knowledge:
    return Knowledge(
        notices=load_notices(folder / "notices"),
        topics=load_topics(folder / "topics"),
        vocabulary=load_vocabulary(folder / "language" / "synonyms.toml"),
        holidays=load_holidays(folder / "holidays.toml"),
    )


def load_notices(folder: Path) -> tuple[Notice, ...]:
    found = [load_notice(path.parent) for path in folder.glob("*/notice.toml")]
    return tuple(sorted(found, key=lambda n: n.plan_year))


def load_notice(folder: Path) -> Notice:
    source = folder / "source.txt"
    if not source.is_file():
        raise KnowledgeError(f"{source}：缺少通知原文")
    data = _toml(folder / "notice.toml")
    try:
        return Notice.model_validate({**data, "source": source.read_text(encoding="utf-8")})
    except ValidationError as error:
        raise KnowledgeError(f"{folder / 'notice.toml'}：{error}") from error


def load_vocabulary(path: Path) -> Vocabulary:
    data = _toml(path)
    return Vocabulary(
        concepts={name: tuple(forms) for name, forms in data["concepts"].items()},
        kinds={name: tuple(forms) for name, forms in data["kinds"].items()},
        fillers=tuple(data["fillers"]["words"]),
        stop=tuple(data["fillers"]["stop"]),
        pinyin_terms=tuple(data["typos"]["terms"]),
        keep=tuple(data["typos"]["keep"]),
        places=tuple(data["places"]["words"]),
    )


def load_holidays(path: Path) -> Holidays:
    data = _toml(path)
    return Holidays(off=frozenset(data.get("off", ())), working=frozenset(data.get("working", ())))


def load_topics(folder: Path) -> tuple[Topic, ...]:
    return tuple(_topic(path, row) for path in sorted(folder.glob("*.toml")) for row in _toml(path)["topics"])


def _topic(path: Path, row: dict[str, object]) -> Topic:
    try:
        return Topic.model_validate(row)
    except ValidationError as error:
        raise KnowledgeError(f"{path.name}：话题 {row.get('id')}：{error}") from error


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(f"{path}：{error}") from error

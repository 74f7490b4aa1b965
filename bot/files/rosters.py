"""Classifies an uploaded file and reads its roster, sign-ins, survey or costs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from bot.documents.tables import TRAINEE_COLUMNS
from bot.files.surveys_and_costs import cost_grids, costs, has_ratings, ratings
from bot.files.tables import Grid, Table, bare, cell_of, find_grid, is_total
from handlers.domain.file import FileKind, FileReading, SignIn

MAX_NAMES = 5000
MAX_TEXT = 20_000
MOST_HEADING = 40
NAME = "姓名"
STAFF = "工作人员"
ONLINE = ("线上", "网络", "远程", "在线")
NO = frozenset({"否", "×", "✗", "0", "线下", "无", "不"})
SIGNATURE = ("签到", "签名", "签字")
HALF_DAY = re.compile(r"\d+月\d+日|\d+[./-]\d+|第.{1,2}天|[上下]午")
IDENTITY = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)")
PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
BRACKETED = re.compile(r"[(（\[【].*?[)）\]】]")
HIDDEN = "＊"
PROSE = 200
"""A document with more characters outside its tables is a text, whatever its tables hold."""


def read(tables: Sequence[Table], text: str) -> FileReading:
    whole = "\n".join([text, *("\t".join(row) for table in tables for row in table.rows)])
    seen = FileReading(sort=FileKind.OTHER, identities=len(set(IDENTITY.findall(whole))), text=_masked(text)[:MAX_TEXT])
    found = _classified(list(tables), text)
    return seen.model_copy(update=found)


def _classified(tables: list[Table], text: str) -> dict[str, object]:
    if len(bare(text)) > PROSE:
        return {"sort": FileKind.TEXT}
    people = [part for table in tables if (grid := find_grid(table, _has_names)) for part in _side_by_side(grid)]
    signed = [grid for grid in people if _marks(grid)]
    if signed:
        return {"sort": FileKind.SIGN_IN, "sign_ins": tuple(map(_sign_in, signed))}
    if has_ratings(tables):
        return {"sort": FileKind.SURVEY, "ratings": ratings(tables)}
    if spending := cost_grids(tables):
        return {"sort": FileKind.MONEY, "costs": tuple(cost for grid in spending for cost in costs(grid))}
    if people:
        return _rosters(people)
    return {"sort": FileKind.TEXT if text.strip() else FileKind.OTHER}


def _masked(text: str) -> str:
    """The text without identity and mobile numbers, which are not stored."""
    return PHONE.sub(HIDDEN, IDENTITY.sub(HIDDEN, text))


def _has_names(names: tuple[str, ...]) -> bool:
    return any(NAME in name for name in names)


def _side_by_side(grid: Grid) -> Iterator[Grid]:
    places = grid.columns_with(NAME)
    offset = places[0]
    for place, following in zip(places, (*places[1:], len(grid.columns) + offset), strict=True):
        yield grid.part(place - offset, following - offset)


def _people(grid: Grid) -> Iterator[tuple[str, tuple[str, ...]]]:
    column = grid.column(NAME)
    for row in grid.rows:
        if name := _name(cell_of(row, column)):
            yield name, row


def _name(cell: str) -> str:
    """A person's name: 张 三 loses its blank, John Smith keeps it; empty for totals and remarks."""
    words = BRACKETED.sub("", cell).split()
    latin = any(letter.isascii() and letter.isalpha() for word in words for letter in word)
    name = (" " if latin else "").join(words)
    return "" if is_total(name) or any(letter.isdigit() for letter in name) else name[:MOST_HEADING]


def _rosters(people: list[Grid]) -> dict[str, object]:
    lists = [grid for grid in people if STAFF not in grid.heading]
    staff = tuple(name for grid in people if STAFF in grid.heading for name, _ in _people(grid))
    named = [(name, row, grid) for grid in lists for name, row in _people(grid)][:MAX_NAMES]
    names = tuple(name for name, _, _ in named)
    mode_stated = any(_mode(grid) is not None or _all_online(grid) or _noted(grid) for grid in lists)
    columns = [name for grid in lists for name in grid.columns]
    wanted = [name.partition("（")[0] for name in TRAINEE_COLUMNS[1:]]
    return {
        "sort": FileKind.TRAINEES,
        "names": names,
        "staff": staff,
        "online": sum(_is_online(row, grid) for _, row, grid in named) if mode_stated else None,
        "missing": tuple(name for name in wanted if lists and not any(name in column for column in columns)),
        "repeated": tuple(name for name, times in Counter(names).items() if times > 1),
    }


def _mode(grid: Grid) -> int | None:
    return grid.column("参训方式", "参加方式", "学习方式", "线上")


def _all_online(grid: Grid) -> bool:
    return any(word in grid.title for word in ONLINE) and "线下" not in grid.title


def _noted(grid: Grid) -> bool:
    column = grid.column(NAME)
    return any(word in note for row in grid.rows for note in BRACKETED.findall(cell_of(row, column)) for word in ONLINE)


def _is_online(row: tuple[str, ...], grid: Grid) -> bool:
    """线上 in the cell or after the name; in a column named 线上, any mark but a no."""
    name, mode = cell_of(row, grid.column(NAME)), _mode(grid)
    mode_cell = bare(cell_of(row, mode))
    if _all_online(grid) or any(word in mode_cell or word in name for word in ONLINE):
        return True
    return mode is not None and "方式" not in grid.columns[mode] and bool(mode_cell) and mode_cell not in NO


def _marks(grid: Grid) -> tuple[int, ...]:
    """Sign-in columns: named so, unnamed ones to their right, or days and half days of a sign-in sheet."""
    named = list(grid.columns_with(*SIGNATURE))
    for column in range(1, len(grid.columns)):
        if not grid.columns[column] and column - 1 in named:
            named.append(column)
    if not named and any(word in grid.heading for word in SIGNATURE):
        return tuple(n for n, name in enumerate(grid.columns) if HALF_DAY.search(name))
    return tuple(named)


def _sign_in(grid: Grid) -> SignIn:
    marks = _marks(grid)
    people = list(_people(grid))[:MAX_NAMES]
    heading = grid.title or grid.above
    return SignIn(
        heading=heading.strip()[:MOST_HEADING],
        staff=STAFF in grid.heading,
        listed=tuple(name for name, _ in people),
        signed=tuple(name for name, row in people if any(bare(cell_of(row, n)) for n in marks)),
    )

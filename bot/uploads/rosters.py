"""From the tables and text of a file to what an organizer wants to know of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.documents.tables import SURVEY_COLUMNS, TRAINEE_COLUMNS
from handlers.filed import Cost, Rated, Reading, SignIn, Sort

MAX_NAMES = 5000
MAX_TEXT = 20_000
HEADER_ROWS = 12
"""A table's header stands within so many rows from its top."""
ONLINE = ("线上", "网络", "远程", "在线")
IDENTITY = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)")
PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
HIDDEN = "＊"
PROSE = 200
"""A document with more characters outside its tables is a text, whatever its tables hold."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
VERY, WELL = SURVEY_COLUMNS[1:3]
RATINGS = SURVEY_COLUMNS[1:5]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet of a workbook, or one table of a document; cells are stripped text."""

    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table whose header was found: column names, and the rows below."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, *words: str) -> int | None:
        """The first column whose name contains one of the words."""
        return next((n for n, name in enumerate(self.columns) if any(word in name for word in words)), None)

    def columns_with(self, word: str) -> tuple[int, ...]:
        """All columns whose name contains the word."""
        return tuple(n for n, name in enumerate(self.columns) if word in name)

    def cells(self, column: int) -> Iterator[str]:
        """The cells of a column, top down."""
        return (row[column] if column < len(row) else "" for row in self.rows)


def read(tables: Sequence[Table], text: str) -> Reading:
    """What the file is and says."""
    people = [grid for table in tables if (grid := _grid(table, ("姓名",)))]
    signed = [grid for grid in people if grid.columns_with("签到")]
    ratings = [grid for table in tables if (grid := _grid(table, RATINGS))]
    costs = [grid for table in tables if (grid := _grid(table, ("科目", "费用项目", "支出项目")))]
    whole = "\n".join([text, *("\t".join(row) for table in tables for row in table.rows)])
    seen = {"identities": len(set(IDENTITY.findall(whole))), "text": _masked(text)[:MAX_TEXT]}
    if len(_bare(text)) > PROSE:
        return Reading(sort=Sort.TEXT, **seen)
    if signed:
        return Reading(sort=Sort.SIGN_IN, sign_ins=tuple(map(_sign_in, signed)), **seen)
    if ratings:
        return Reading(sort=Sort.SURVEY, ratings=tuple(r for grid in ratings for r in _ratings(grid)), **seen)
    if costs:
        return Reading(sort=Sort.MONEY, costs=tuple(c for grid in costs for c in _costs(grid)), **seen)
    if people:
        return _trainees(people[0], seen)
    return Reading(sort=Sort.TEXT if text.strip() else Sort.OTHER, **seen)


def _masked(text: str) -> str:
    """The text without identity and mobile numbers: they are not kept."""
    return PHONE.sub(HIDDEN, IDENTITY.sub(HIDDEN, text))


def _grid(table: Table, marks: tuple[str, ...]) -> Grid | None:
    """The table from its header on: the first row with a cell that begins with one of the marks."""
    for number, row in enumerate(table.rows[:HEADER_ROWS]):
        named = [_bare(cell) for cell in row]
        if any(name.startswith(mark) for name in named for mark in marks) and sum(map(bool, named)) > 1:
            above = "".join(cell for line in table.rows[:number] for cell in line)
            return Grid(f"{table.title}\n{above}", tuple(named), table.rows[number + 1 :])
    return None


def _bare(cell: str) -> str:
    return "".join(cell.split())


def _name(cell: str) -> str:
    """A person's name without blanks inside (张 三); empty for totals and remarks."""
    bare = _bare(cell)
    return (
        "" if bare.startswith(("合计", "备注", "说明", "注：", "注:")) or any(c.isdigit() for c in bare) else bare[:40]
    )


def _names(grid: Grid) -> tuple[str, ...]:
    column = grid.column("姓名")
    found = (_name(cell) for cell in grid.cells(column)) if column is not None else iter(())
    return tuple(name for name in found if name)[:MAX_NAMES]


def _trainees(grid: Grid, seen: dict[str, object]) -> Reading:
    names = _names(grid)
    mode = grid.column("参训方式", "线上", "参加方式", "学习方式")
    online = None
    if mode is not None:
        rows = [row for row in grid.rows if _has_name(grid, row)]
        online = sum(_is_online(row[mode] if mode < len(row) else "", grid.columns[mode]) for row in rows)
    wanted = [name.partition("（")[0] for name in TRAINEE_COLUMNS[1:]]
    missing = tuple(name for name in wanted if not any(name in column for column in grid.columns))
    repeated = tuple(name for name, times in Counter(names).items() if times > 1)
    return Reading(
        sort=Sort.TRAINEES,
        names=names,
        online=online,
        missing=missing,
        repeated=repeated,
        **seen,
    )


def _has_name(grid: Grid, row: tuple[str, ...]) -> bool:
    column = grid.column("姓名")
    return column is not None and column < len(row) and bool(_name(row[column]))


def _is_online(cell: str, column: str) -> bool:
    """线上 in its cell; in a column that is itself called 线上, any mark but a no."""
    if any(word in cell for word in ONLINE):
        return True
    return "方式" not in column and bool(_bare(cell)) and _bare(cell) not in {"否", "×", "0", "线下", "无"}


def _sign_in(grid: Grid) -> SignIn:
    column = grid.column("姓名")
    marks = grid.columns_with("签到")
    signed = [
        _name(row[column])
        for row in grid.rows
        if column is not None and column < len(row) and any(n < len(row) and _bare(row[n]) for n in marks)
    ]
    heading = grid.heading.partition("\n")[0] or grid.heading.strip()[:40]
    return SignIn(
        heading=heading[:40],
        staff="工作人员" in grid.heading,
        listed=_names(grid),
        signed=tuple(name for name in signed if name)[:MAX_NAMES],
    )


def _ratings(grid: Grid) -> Iterator[Rated]:
    counted = [grid.column(name) for name in RATINGS]
    places = {name: _exact(grid, name) for name in RATINGS}
    for row in grid.rows:
        item = _bare(row[0]) if row else ""
        counts = {name: _number(row, place) for name, place in places.items()}
        total = sum(filter(None, counts.values()))
        if item and any(place is not None for place in counted) and total > 0 and not item.startswith("合计"):
            good = (counts[VERY] or 0) + (counts[WELL] or 0)
            yield Rated(item=item[:40], answers=int(total), satisfied=int(good))


def _exact(grid: Grid, name: str) -> int | None:
    return next((n for n, column in enumerate(grid.columns) if column.partition("（")[0] == name), None)


def _costs(grid: Grid) -> Iterator[Cost]:
    name = grid.column("科目", "费用项目", "支出项目")
    planned, spent = grid.column("预算"), grid.column("决算", "实际", "支出金额")
    for row in grid.rows:
        category = _bare(row[name]) if name is not None and name < len(row) else ""
        money = _number(row, planned), _number(row, spent)
        if category and not category.startswith("合计") and any(amount is not None for amount in money):
            yield Cost(category=category[:40], planned=money[0], spent=money[1])


def _number(row: tuple[str, ...], column: int | None) -> float | None:
    found = (
        NUMBER.search(row[column].replace(",", "").replace("，", ""))
        if column is not None and column < len(row)
        else None
    )
    return float(found[0]) if found else None

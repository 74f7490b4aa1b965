"""Finds header, columns and figures in uploaded tables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HEADER_ROWS = 12
TOTALS = ("合计", "总计", "共计", "小计", "备注", "说明", "注:", "注：", "填表", "制表", "审核", "负责人", "联系人")
"""Beginnings of rows that are totals or remarks, not entries."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
TEN_THOUSAND = 10000


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    title: str
    above: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def heading(self) -> str:
        return f"{self.title}\n{self.above}"

    def column(self, *words: str) -> int | None:
        """First column whose name contains one of the words; earlier words win."""
        return next((n for word in words for n, name in enumerate(self.columns) if word in name), None)

    def columns_with(self, *words: str) -> tuple[int, ...]:
        return tuple(n for n, name in enumerate(self.columns) if any(word in name for word in words))

    def part(self, first: int, last: int) -> Grid:
        return Grid(self.title, self.above, self.columns[first:last], tuple(row[first:last] for row in self.rows))


def find_grid(table: Table, is_header: Callable[[tuple[str, ...]], bool]) -> Grid | None:
    """None where no row looks like a header (at least two names)."""
    for number, row in enumerate(table.rows[:HEADER_ROWS]):
        names = tuple(map(bare, row))
        if sum(map(bool, names)) > 1 and is_header(names):
            above = "".join(cell for line in table.rows[:number] for cell in dict.fromkeys(line))
            return Grid(table.title, above, names, table.rows[number + 1 :])
    return None


def bare(cell: str) -> str:
    return "".join(unicodedata.normalize("NFKC", cell).split())


def cell_of(row: tuple[str, ...], column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""


def is_total(words: str) -> bool:
    return bare(words).startswith(tuple(map(bare, TOTALS)))


def number(row: tuple[str, ...], column: int | None) -> float | None:
    found = NUMBER.search(bare(cell_of(row, column)).replace(",", ""))
    return float(found[0]) if found else None


def entries(grid: Grid, column: int | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    for row in grid.rows:
        words = bare(cell_of(row, column))
        if words and not is_total(words):
            yield words, row

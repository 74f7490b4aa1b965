"""Reads satisfaction surveys and settlement tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.files.tables import TEN_THOUSAND, Grid, Table, bare, entries, find_grid, number
from handlers.domain.file import Cost, Rated

SATISFIED = ("很满意", "非常满意", "满意", "比较满意", "较满意")
OTHERS = ("基本满意", "一般", "不满意", "不太满意", "很不满意", "非常不满意")
GRADES = frozenset((*SATISFIED, *OTHERS))
MOST_TEXT = 40


def ratings(tables: list[Table]) -> tuple[Rated, ...]:
    counted = [grid for table in tables if (grid := find_grid(table, _grades_counted))]
    lines = [line for grid in counted for line in _counts(grid)]
    return tuple(lines or (line for table in tables for line in _raw(table)))


def has_ratings(tables: list[Table]) -> bool:
    return any(find_grid(table, _grades_counted) for table in tables) or any(True for t in tables for _ in _raw(t))


def _grades_counted(names: tuple[str, ...]) -> bool:
    return sum(_grade(name) in GRADES for name in names) > 1


def _grade(name: str) -> str:
    return name.partition("(")[0]


def _counts(grid: Grid) -> Iterator[Rated]:
    columns = {n: _grade(name) for n, name in enumerate(grid.columns) if _grade(name) in GRADES}
    first = min(columns)
    item = max(first - 1, 0)
    for words, row in entries(grid, item):
        counts = {grade: number(row, n) or 0 for n, grade in columns.items()}
        answers = sum(counts.values())
        if answers > 0:
            good = sum(count for grade, count in counts.items() if grade in SATISFIED)
            yield Rated(item=words[:MOST_TEXT], answers=int(answers), satisfied=int(good))


def _raw(table: Table) -> Iterator[Rated]:
    if len(table.rows) < 2:
        return
    names, width = table.rows[0], max(map(len, table.rows))
    for column in range(width):
        cells = Counter(bare(row[column]) for row in table.rows[1:] if column < len(row) and bare(row[column]))
        graded = {grade: count for grade, count in cells.items() if grade in GRADES}
        answers = sum(graded.values())
        if answers and answers * 2 > cells.total():
            good = sum(count for grade, count in graded.items() if grade in SATISFIED)
            title = bare(names[column]) if column < len(names) else ""
            yield Rated(item=title[:MOST_TEXT] or f"第{column + 1}列", answers=answers, satisfied=good)


ITEMS = ("科目", "费用项目", "支出项目", "费用名称", "开支项目", "项目")
PLANNED = ("预算",)
SPENT = ("决算", "实际", "支出金额", "金额", "支出")


def cost_grids(tables: list[Table]) -> list[Grid]:
    return [grid for table in tables if (grid := find_grid(table, _is_costs))]


def costs(grid: Grid) -> Iterator[Cost]:
    item, planned, spent = grid.column(*ITEMS), grid.column(*PLANNED), _spent(grid)
    for words, row in entries(grid, item):
        amounts = [_yuan(grid, row, column) for column in (planned, spent)]
        if any(amount is not None for amount in amounts):
            yield Cost(category=words[:MOST_TEXT], planned=amounts[0], spent=amounts[1])


def _is_costs(names: tuple[str, ...]) -> bool:
    return any(_is_item(name) for name in names) and any(
        word in name for name in names for word in (*PLANNED, *SPENT) if not _is_item(name)
    )


def _is_item(name: str) -> bool:
    return any(word in name for word in ITEMS)


def _spent(grid: Grid) -> int | None:
    fitting = [n for word in SPENT for n, name in enumerate(grid.columns) if word in name and not _is_item(name)]
    return next(iter(fitting), None)


def _yuan(grid: Grid, row: tuple[str, ...], column: int | None) -> float | None:
    found = number(row, column)
    if found is None or column is None:
        return None
    in_name = "元" in grid.columns[column]
    scaled = "万元" in (grid.columns[column] if in_name else bare(grid.above))
    return round(found * TEN_THOUSAND, 2) if scaled else found

"""Compares facts carried over from an earlier notice with those found in the new text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.importing.alignment import Fate
from knowledge.importing.proposed import Origin, ProposedFact
from knowledge.model.notice import Fact


def covers(held: ProposedFact, found: Fact) -> bool:
    within_unchanged = held.fate is Fate.UNCHANGED and found.quote in held.fact.quote
    return within_unchanged or _same(found, held.fact)


def _same(one: Fact, other: Fact) -> bool:
    within = one.quote in other.quote or other.quote in one.quote
    fixes_more = set(one.limits) - set(other.limits) or (one.deadline and not other.deadline)
    return within and not fixes_more and not (set(one.items) - set(other.items))


def replaces(new: Fact, old: Fact) -> bool:
    same_sort = bool(new.deadline) == bool(old.deadline) and bool(new.limits) == bool(old.limits)
    return new.topic == old.topic and set(new.kinds) == set(old.kinds) and same_sort


def regulated(silent: Fact, stated: Iterable[ProposedFact]) -> bool:
    return any(
        one.fact.topic == silent.topic
        and (not one.fact.kinds or not silent.kinds or set(one.fact.kinds) & set(silent.kinds))
        for one in stated
    )


def numbered(found: Iterable[ProposedFact]) -> Iterator[ProposedFact]:
    """Ids: the earlier one where it is still free, else topic and number."""
    taken: set[str] = set()
    for one in found:
        wanted = one.fact.id if one.origin is Origin.HELD else (one.fact.topic or "fact").replace("_", "-")
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted}-{number}"
        taken.add(name)
        yield replace(one, fact=one.fact.model_copy(update={"id": name}))

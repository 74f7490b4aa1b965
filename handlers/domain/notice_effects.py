"""What other knowledge means for one seminar: dates that move, materials that come or go, rules now kept or broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from handlers.domain.assessment import Assessment, assessment_for, due_text
from handlers.domain.citations import citations_of
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import Answers, ItemState, is_done
from handlers.texts import conversation as texts
from handlers.texts import staff as staff_texts
from knowledge.model.snapshot import CitedFact, Knowledge
from knowledge.rules.results import Finding, Verdict

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Effect:
    """One change in words, with the fact that now stands behind it (none where something is gone)."""

    text: str
    cited: CitedFact | None = None
    moves_date: bool = False


def effects(
    answers: Answers, states: Mapping[str, ItemState], before: Knowledge, after: Knowledge, today: date
) -> tuple[Effect, ...]:
    old, new = assessment_for(answers, before, today), assessment_for(answers, after, today)
    if old is None or new is None:
        return ()
    return (*_items(old, new, states), *_findings(old, new))


def _items(old: Assessment, new: Assessment, states: Mapping[str, ItemState]) -> Iterator[Effect]:
    had = {item.key: item for item in old.items if item.stated}
    has = {item.key: item for item in new.items if item.stated}
    for key, item in has.items():
        earlier = had.get(key)
        if is_done(states, key):
            continue
        if earlier is None:
            yield Effect(
                staff_texts.EFFECT_NEW.format(title=item.title, due=due_text(item)), item.cited, item.due is not None
            )
        elif earlier.due != item.due:
            change = staff_texts.EFFECT_MOVED.format(title=item.title, was=due_text(earlier), now=due_text(item))
            yield Effect(change, item.cited, moves_date=True)
        elif earlier.receiver != item.receiver:
            change = staff_texts.EFFECT_RECEIVER.format(title=item.title, was=earlier.receiver, now=item.receiver)
            yield Effect(change, item.cited)
    for key, item in had.items():
        if key not in has and not is_done(states, key):
            yield Effect(staff_texts.EFFECT_GONE.format(title=item.title))


def _findings(old: Assessment, new: Assessment) -> Iterator[Effect]:
    broke = {finding.rule: finding for finding in old.findings if finding.verdict is Verdict.FAIL}
    for finding in new.findings:
        earlier = broke.get(finding.rule)
        if finding.verdict is Verdict.FAIL and (earlier is None or earlier.text != finding.text):
            yield Effect(staff_texts.EFFECT_BROKEN.format(finding=finding.text), _first(finding))
        elif finding.verdict is Verdict.PASS and earlier is not None:
            yield Effect(staff_texts.EFFECT_KEPT.format(finding=finding.text), _first(finding))


def _first(finding: Finding) -> CitedFact | None:
    return finding.facts[0] if finding.facts else None


def told(seminar_id: int, name: str, occasion: str, found: tuple[Effect, ...]) -> Reply:
    lines = [occasion, staff_texts.EFFECT_HEADING.format(name=name)]
    lines += [f"· {effect.text}" for effect in found[:MOST_SHOWN]]
    if len(found) > MOST_SHOWN:
        lines.append(staff_texts.EFFECT_MORE.format(count=len(found) - MOST_SHOWN))
    cited = tuple(dict.fromkeys(effect.cited for effect in found if effect.cited))
    choices = (
        Choice(label=texts.CHECKLIST_LABEL, token=f"list:{seminar_id}"),
        Choice(label=texts.CHECKUP_LABEL, token=f"check:{seminar_id}"),
    )
    return Reply(text="\n".join(lines), citations=citations_of(cited), choices=choices)

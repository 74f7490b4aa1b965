"""An earlier fact's answer, task and deadline in the words of a new notice."""

from __future__ import annotations

from difflib import SequenceMatcher

from knowledge.model.notice import Deadline, Fact, Task
from knowledge.model.numbers import figures_in


def reworded(fact: Fact, quote: str) -> str:
    """Empty where a figure would stay unproved; stretches that hold no figure or place change wording alone."""
    said = fact.say
    for tag, a, b, c, d in SequenceMatcher(None, fact.quote, quote, autojunk=False).get_opcodes():
        old, new = fact.quote[a:b], quote[c:d]
        if tag == "equal" or not (figures_in(old) or figures_in(new)):
            continue
        if not old or said.count(old) != 1:
            return ""
        said = said.replace(old, new)
    return said if said != fact.say and figures_in(said) <= figures_in(quote) else ""


def as_sentence(quote: str) -> str:
    words = quote.strip("，；\n ")
    return words if words.endswith("。") else words + "。"


def task_of(old: Fact, items: tuple[str, ...]) -> Task | None:
    return old.task and old.task.model_copy(update={"each_item": old.task.each_item and bool(items)})


def with_duty(found: Deadline, old: Fact) -> Deadline:
    return found.model_copy(update={"duty": old.deadline.duty}) if old.deadline else found

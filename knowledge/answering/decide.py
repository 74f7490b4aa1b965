"""From topics to a draft: year, kinds, premise, rules, comparison, or a typed decline."""

from __future__ import annotations

import re

from knowledge.answering import wording
from knowledge.answering.answer import AnswerDraft, Line, Option
from knowledge.answering.caveats import limit_in_other_year, of_another_year, same_for_all_kinds, stale_note
from knowledge.answering.comparison import compare_years
from knowledge.answering.premises import false_premise, unknown_amount
from knowledge.answering.reason import derive, totals
from knowledge.answering.scope import Scope, choose_scope, grouped_by_kind, label_of
from knowledge.answering.select import Selection
from knowledge.language.reader import METRIC_OF_QUANTITY, Question
from knowledge.model.notice import Anchor, SeminarKind, Stance
from knowledge.model.numbers import figures_in
from knowledge.model.snapshot import CURRENT, CitedFact, Knowledge
from knowledge.model.topic import Topic
from knowledge.rules.bounds import breakdown_conflict
from knowledge.rules.results import Finding, Verdict

VERSUS = re.compile(r"[比跟和较与](?:20)?\d\d年?.{0,6}(?:涨|多|少|高|低|增|降|变|提|不同|区别|差)")
"""One year set against the one in force: 比2023年涨了几万."""
WEAK = 0.42
"""Below this score the stated quantities say more about the topic than the words do."""


def decide(question: Question, selection: Selection, knowledge: Knowledge) -> AnswerDraft:
    topics = selection.topics
    if not topics or _vague(selection):
        topics = _topics_of_quantities(question, knowledge, unsure=not topics) or topics
    if not topics:
        return not_understood(question, selection, knowledge)
    topics = knowledge.topic_by_id[topics[0]].covers or topics
    first = knowledge.topic_by_id[topics[0]]
    if first.decline:
        return _declined(first, question, knowledge)
    scope = choose_scope(question, first.id, knowledge)
    if scope.uncovered:
        return _year_not_held(question, topics, scope, knowledge)
    if _compares_years(question, first, knowledge):
        return compare_years(question, topics, knowledge)
    return _answered(question, topics, scope, knowledge)


def _vague(selection: Selection) -> bool:
    return bool(selection.hits) and selection.hits[0].score < WEAK


def _topics_of_quantities(question: Question, knowledge: Knowledge, *, unsure: bool) -> tuple[str, ...]:
    if not (question.checking or question.bounding or unsure):
        return ()
    stated = [metric for name, metric in METRIC_OF_QUANTITY if getattr(question.quantities, name) is not None]
    found = [f.topic for n in knowledge.current for f in n.facts for limit in f.limits if limit.metric in stated]
    if not found and question.quantities.dates:
        found = [
            f.topic
            for n in knowledge.current
            for f in n.facts
            if f.deadline and f.deadline.anchor is Anchor.FIXED and not f.kinds and f.duty == "completion"
        ]
    return tuple(dict.fromkeys(found))[:2]


def _compares_years(question: Question, topic: Topic, knowledge: Knowledge) -> bool:
    speaking = {n.plan_year for n in knowledge.current} & {*knowledge.years_by_topic.get(topic.id, ())}
    named = [year for year in question.years if year in knowledge.plan_years]
    if len(named) >= 2 or (len(named) == 1 and len(speaking) > 1 and VERSUS.search(question.text)):
        return True
    if len(speaking) < 2:
        return False
    if not named and _torn_between_years(question, topic, knowledge):
        return True
    if not question.comparing or question.both_fundings or (question.counted and not question.both_years):
        return False
    return question.both_years or (not named and len(question.kinds) < 2 and question.next_year is None)


def _torn_between_years(question: Question, topic: Topic, knowledge: Knowledge) -> bool:
    """ "50 还是 100": figures of which each stands in another year's facts."""
    if not re.search(r"还是|两个数|哪个对|哪个准|一会儿|到底|看懵|看晕|矛盾|对不上", question.text):
        return False
    asked = figures_in(question.text)
    years = {
        year
        for year in knowledge.plan_years[:CURRENT]
        if any(figures_in(c.fact.say) & asked for c in knowledge.facts(topic.id, year, question.kinds))
    }
    return len(years) > 1


def _declined(topic: Topic, question: Question, knowledge: Knowledge) -> AnswerDraft:
    held = frozenset(str(year) for year in knowledge.plan_years)
    lines = [Line(topic.say, computed=held)]
    nearest = _newest_facts(topic.nearest, question.kinds, knowledge)[:2] if topic.nearest else ()
    said = [c for c in nearest if c.fact.topic != topic.id]
    if said and topic.decline != "refused":
        lines += [Line(wording.NEAREST.format(say=c.fact.say), (c,)) for c in said[:1]]
    else:
        lines[0] = Line(topic.say, nearest[:1], held)
    if topic.decline not in {"other_topic", "refused"}:
        lines.append(office_line(knowledge))
    return AnswerDraft("declined", tuple(lines), reason=topic.decline, topics=(topic.id,))


def _newest_facts(topic: str, kinds: tuple[SeminarKind, ...], knowledge: Knowledge) -> tuple[CitedFact, ...]:
    for year in knowledge.plan_years:
        if facts := knowledge.facts(topic, year, kinds) or knowledge.facts(topic, year):
            return facts
    return ()


def office_line(knowledge: Knowledge) -> Line:
    notice = max(knowledge.notices, key=lambda n: n.plan_year)
    contact = next((CitedFact(notice, f) for f in notice.facts if f.topic == "contact"), None)
    text = wording.ASK_OFFICE.format(office=notice.contact.office, phone=notice.contact.phone)
    return Line(text, computed=figures_in(notice.contact.phone)) if contact else Line("")


def not_understood(question: Question, selection: Selection, knowledge: Knowledge) -> AnswerDraft:
    near = [h.topic for h in selection.hits[:3] if h.coverage > 0.2 and not knowledge.topic_by_id[h.topic].decline]
    options = tuple(Option(knowledge.topic_by_id[t].label, topic=t) for t in near)
    if not question.topic_text.strip() or (question.elliptic and not question.earlier):
        return AnswerDraft("clarify", (Line(wording.CLARIFY_TOPIC),), options or _starters(knowledge), "unclear")
    return AnswerDraft("declined", (Line(wording.NOT_UNDERSTOOD), office_line(knowledge)), options, "not_found")


def _starters(knowledge: Knowledge) -> tuple[Option, ...]:
    common = ("filing", "settlement", "subsidy", "headcount", "change")
    return tuple(Option(knowledge.topic_by_id[t].label, topic=t) for t in common if t in knowledge.topic_by_id)


def _year_not_held(question: Question, topics: tuple[str, ...], scope: Scope, knowledge: Knowledge) -> AnswerDraft:
    years = "、".join(str(year) for year in scope.uncovered)
    said = wording.YEAR_NOT_HELD.format(years=years)
    lines = [Line(said, echoed=figures_in(said))]
    facts = knowledge.facts(topics[0], scope.year, question.kinds) or knowledge.facts(topics[0], scope.year)
    if facts:
        lines.append(Line(wording.REFERENCE_ONLY.format(year=scope.year), facts[:1]))
        lines += _fact_lines(question, facts, scope)
    return AnswerDraft("declined", tuple(lines), reason="year_not_held", topics=topics)


def _answered(question: Question, topics: tuple[str, ...], scope: Scope, knowledge: Knowledge) -> AnswerDraft:
    lines: list[Line] = []
    if scope.note:
        lines.append(Line(scope.note, _newest_facts(topics[0], (), knowledge)[:1], computed=figures_in(scope.note)))
    lines += stale_note(question, scope, knowledge)
    lines += same_for_all_kinds(question, topics[0], scope, knowledge)
    derived = _derived_lines(question, topics, scope, knowledge)
    lines += derived
    kinds_shown: set[SeminarKind] = set()
    for number, topic in enumerate(topics):
        if number and derived:
            break
        if number:
            scope = _scope_of_further_topic(question, topic, scope, knowledge)
        facts, note = _facts_for(question, topic, scope, knowledge)
        lines += note
        shown = _fact_lines(question, facts, scope, bare=bool(derived))
        lines += [line for line in shown if not _told(line, derived)]
        lines += limit_in_other_year(question, topic, facts, knowledge)
        lines += of_another_year(question, topic, scope, knowledge)
        lines += [_verdict_line((f,), "") for f in map(breakdown_conflict, facts) if f and not derived]
        kinds_shown.update(kind for c in facts for kind in c.fact.kinds)
    options = _kind_options(question, kinds_shown)
    return AnswerDraft("answered", tuple(lines), options, topics=topics)


def _scope_of_further_topic(question: Question, topic: str, first: Scope, knowledge: Knowledge) -> Scope:
    own = choose_scope(question, topic, knowledge)
    return first if own.uncovered or question.years else own


def _told(line: Line, derived: list[Line]) -> bool:
    verdicts = [d for d in derived if wording.CONFORMS in d.text or wording.VIOLATES in d.text]
    return any(set(line.facts) <= set(d.facts) and figures_in(line.text) <= figures_in(d.text) for d in verdicts)


def _facts_for(
    question: Question, topic: str, scope: Scope, knowledge: Knowledge
) -> tuple[tuple[CitedFact, ...], list[Line]]:
    """Facts for the asked kinds; where the topic has none for them, all of them with a note."""
    notice = knowledge.notice_of_year(scope.year)
    held = tuple(k for k in question.kinds if notice and k in notice.kinds)
    notes = []
    if notice and question.kinds and not held:
        text = wording.KIND_NOT_IN_NOTICE.format(year=scope.year, kind=label_of(question.kinds))
        notes.append(Line(text, computed=figures_in(text)))
    facts = knowledge.facts(topic, scope.year, held)
    if not facts and (facts := knowledge.facts(topic, scope.year)):
        text = wording.NOT_FOR_KIND.format(year=scope.year, kind=label_of(held))
        notes.append(Line(text, computed=figures_in(text)))
    if not facts:
        facts = _newest_facts(topic, question.kinds, knowledge)
    if question.funding and any(c.fact.funding for c in facts):
        facts = tuple(c for c in facts if c.fact.funding in {None, question.funding}) or facts
    return facts, notes


def _derived_lines(question: Question, topics: tuple[str, ...], scope: Scope, knowledge: Knowledge) -> list[Line]:
    notice = knowledge.notice_of_year(scope.year)
    every = notice.kinds if notice else ()
    kinds = tuple(k for k in question.kinds if k in every) or every
    if summed := totals(question, topics, kinds, scope.year, knowledge):
        return [_verdict_line(summed, "")]
    by_kind = {kind: derive(question, topics, kind, scope.year, knowledge) for kind in kinds}
    distinct: dict[tuple[str, ...], list[SeminarKind]] = {}
    for kind, findings in by_kind.items():
        if findings:
            distinct.setdefault(tuple(f.text for f in findings), []).append(kind)
    lines = []
    for kinds_of in distinct.values():
        findings = by_kind[kinds_of[0]]
        some_only = not question.kinds and len(kinds_of) < len(kinds)
        label = label_of(tuple(kinds_of)) if len(distinct) > 1 or some_only else ""
        lines.append(_verdict_line(findings, label))
    return lines


def _verdict_line(findings: tuple[Finding, ...], label: str) -> Line:
    failed = [f for f in findings if f.verdict is Verdict.FAIL]
    judged = [f for f in findings if f.verdict in {Verdict.PASS, Verdict.FAIL}]
    lead = ""
    if judged and findings[0].rule != "remaining":
        lead = wording.VIOLATES if failed else wording.CONFORMS
    ordered = failed + [f for f in findings if f not in failed]
    text = "；".join(f.text for f in ordered) + "。"
    prefix = f"· {label}：" if label else ""
    facts = tuple(dict.fromkeys(c for f in findings for c in f.facts))
    computed = frozenset[str]().union(*(f.figures for f in findings))
    return Line(prefix + lead + text, facts, computed)


def _fact_lines(question: Question, facts: tuple[CitedFact, ...], scope: Scope, *, bare: bool = False) -> list[Line]:
    if not facts:
        return []
    claimed = "" if bare else false_premise(question, facts)
    unknown = "" if bare or claimed else unknown_amount(question, facts)
    lead = "" if bare else _lead(question, facts)
    if claimed:
        lead = wording.NOT_SO.format(claimed=claimed)
    elif unknown:
        lead = wording.NOT_WRITTEN.format(claimed=unknown)
    groups = grouped_by_kind(facts, question.kinds)
    several = len({kinds for kinds, _ in groups}) > 1
    lines = []
    for position, (kinds, cited) in enumerate(groups):
        label = ""
        if kinds and several:
            label = f"· {label_of(kinds)}："
        elif kinds and (question.inherited or question.kinds):
            label = wording.KINDS_IN_YEAR.format(kinds=label_of(kinds), year=scope.year)
        prefix = lead if position == 0 else ""
        text = prefix + label + cited.fact.say + _passed(question, cited)
        if several and prefix:
            lines.append(
                Line(prefix.rstrip("：") + ("" if prefix.endswith("。") else "。"), (cited,), echoed=figures_in(prefix))
            )
            text = text[len(prefix) :]
        lines.append(Line(text, (cited,), echoed=figures_in(prefix) | {str(scope.year)}))
    return lines


def _passed(question: Question, cited: CitedFact) -> str:
    deadline = cited.fact.deadline
    if deadline and deadline.day and question.as_of > deadline.day:
        return wording.PASSED
    return ""


def _lead(question: Question, facts: tuple[CitedFact, ...]) -> str:
    if not question.yes_no:
        return ""
    stances = {cited.fact.stance for cited in facts}
    if stances == {Stance.FORBIDS}:
        return wording.FORBIDDEN
    asks_duty = any(word in question.text for word in ("要不要", "需要", "用不用", "需不需要", "要吗", "必须"))
    return wording.REQUIRED if stances == {Stance.REQUIRES} and asks_duty else ""


def _kind_options(question: Question, shown: set[SeminarKind]) -> tuple[Option, ...]:
    if question.kinds or len(shown) < 2:
        return ()
    return tuple(Option(kind.label, kind=kind) for kind in SeminarKind if kind in shown)

"""The facts proposed for a new notice: carried over from an earlier one, found in the text, and silences.

Each proposal has its quote and a confidence; a person accepts, edits or rejects it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from knowledge.importing.alignment import Fate, Proposal, proposals
from knowledge.importing.draft import NoticeDraft
from knowledge.importing.merging import covers, numbered, regulated, replaces
from knowledge.importing.precedents import OWN_CLAUSES, Precedents
from knowledge.importing.proposed import Origin, ProposedFact, kinds_of
from knowledge.importing.rewording import as_sentence, reworded, task_of, with_duty
from knowledge.importing.statements import LONGEST_HEADING, MARK, SENTENCE, statements
from knowledge.importing.typed import Kinds, Typed, deadline_in, limits_in, listed
from knowledge.model.clauses import Clause, parse_clauses
from knowledge.model.notice import Duty, Fact, Funding, Metric, Notice, SeminarKind, Stance
from knowledge.model.numbers import figures_in
from knowledge.model.snapshot import Knowledge
from knowledge.validation import DUTIES_TO_STATE

Guess = Callable[[str], tuple[str, float]]
"""The topic a text is most likely about, and the score of that (0–1)."""
SURE_TOPIC, TYPED_TOPIC = 0.5, 0.8
NEARLY = 0.9
ALIKE = 0.75
"""Least similarity of an earlier fact's words for its structure to be carried over."""


def proposed_facts(
    made: NoticeDraft, library: Knowledge, earlier: Notice | None, guess: Guess, year: int
) -> tuple[ProposedFact, ...]:
    reading = _Reading(made, library, guess, year, earlier)
    kept = [one for one in map(reading.carried_over, proposals(made, earlier) if earlier else ()) if one]
    found = [one for one in reading.found() if not any(covers(held, one.fact) for held in kept)]
    found = list(reading.adopted(found, {one.fact.id for one in kept}))
    stated = [one for one in (*kept, *found) if one.fact.stance is not Stance.SILENT]
    silent = [one for one in kept if one.fact.stance is Stance.SILENT and not regulated(one.fact, stated)]
    silent += reading.silences([*stated, *silent])
    ordered = sorted((*stated, *silent), key=lambda one: made.text.find(one.fact.quote))
    return tuple(numbered(ordered))


class _Reading:
    def __init__(self, made: NoticeDraft, library: Knowledge, guess: Guess, year: int, earlier: Notice | None) -> None:
        self._earlier = earlier
        self._made, self._year, self._guess = made, year, guess
        self._names = Kinds(library.vocabulary)
        self._kinds = kinds_of(made, library)
        self._clauses = parse_clauses(made.text)
        self._labels = {topic.id: topic.label for topic in library.topics}
        self._usual = Precedents(fact for notice in library.notices for fact in notice.facts)

    def clause_at(self, offset: int) -> str:
        return next((c.number for c in self._clauses if c.start <= offset <= c.end), "")

    def carried_over(self, one: Proposal) -> ProposedFact | None:
        silent = one.fact.stance is Stance.SILENT
        if one.fate is Fate.GONE or (one.fate is Fate.REWORDED and one.confidence < ALIKE and not silent):
            return None
        clause = self.clause_at(one.start)
        kinds = self._kinds_at(one)
        if not clause or (one.fact.kinds and not kinds):
            return None
        if one.fact.clause != clause and {one.fact.clause, clause} & set(OWN_CLAUSES):
            return None  # metadata of a cited notice is not this notice's
        changed: dict[str, object] = {"clause": clause, "quote": one.quote, "kinds": kinds}
        if one.fate is not Fate.UNCHANGED and not silent:
            changed |= self._reread(one)
            if any(getattr(one.fact, part) and not changed[part] for part in ("limits", "deadline", "items")):
                return None
        say = str(changed.get("say", one.fact.say))
        changed["say"] = self._in_its_year(say, one.quote)
        fact = Fact.model_validate(one.fact.model_dump() | changed)
        return ProposedFact(fact, Origin.HELD, one.confidence, one.fate, one.fact.quote)

    def _in_its_year(self, say: str, quote: str) -> str:
        """Names the new plan year instead of the earlier one, unless the quote itself names the earlier one."""
        if self._earlier is None or str(self._earlier.plan_year) in figures_in(quote):
            return say
        return say.replace(f"{self._earlier.plan_year}年", f"{self._year}年")

    def _kinds_at(self, one: Proposal) -> tuple[SeminarKind, ...]:
        named, _ = self._names.subject(MARK.sub("", one.quote))
        wanted = named if named and one.fact.kinds and one.fact.stance is not Stance.SILENT else one.fact.kinds
        return tuple(kind for kind in wanted if kind in self._kinds)

    def _reread(self, one: Proposal) -> dict[str, object]:
        old, quote = one.fact, one.quote
        around = self._sentence_around(one.start)
        items, open_ended = listed(quote) if old.items else ((), False)
        unmoved = one.confidence >= NEARLY and not items and figures_in(old.say) <= figures_in(quote)
        said = one.say or reworded(old, quote) or (old.say if unmoved else as_sentence(quote))
        limits = tuple(limit for limit in limits_in(quote, around) if limit.metric in {m.metric for m in old.limits})
        found = deadline_in(quote, self._year) if old.deadline else None
        due = with_duty(found, old) if found else None
        pledge = old.pledge if figures_in(old.pledge) <= figures_in(quote) else ""
        return {
            "say": said,
            "limits": limits,
            "deadline": due,
            "items": items,
            "open_ended": open_ended,
            "counts": {},
            "total": None,
            "task": task_of(old, items),
            "pledge": pledge,
        }

    def _sentence_around(self, start: int) -> str:
        text = self._made.text
        return next((m.group() for m in SENTENCE.finditer(text) if m.start() <= start < m.end()), "")

    def found(self) -> Iterator[ProposedFact]:
        for clause in self._clauses:
            text = self._made.text[clause.start : clause.end]
            if clause.number in OWN_CLAUSES:
                if self._earlier and text in self._earlier.source:
                    continue
                topic = self._usual.topic_of_clause.get(clause.number, "")
                yield self._fact(text, clause, topic, Typed(Stance.STATES), (), None, TYPED_TOPIC)
                continue
            for sentence in SENTENCE.finditer(text):
                for one in self._in_sentence(sentence.group(), clause):
                    if not self._left_out_before(one.fact.quote):
                        yield one

    def _left_out_before(self, quote: str) -> bool:
        earlier = self._earlier
        return earlier is not None and quote in earlier.source and not any(quote in f.quote for f in earlier.facts)

    def _in_sentence(self, sentence: str, clause: Clause) -> Iterator[ProposedFact]:
        body = MARK.sub("", sentence)
        if body != sentence and len(body) <= LONGEST_HEADING:
            return
        kinds: tuple[SeminarKind, ...] = ()
        funding: Funding | None = None
        for words, read in statements(body, self._names, self._year):
            own, paid = self._names.subject(words)
            if own:
                kinds, funding = own, paid
            topic, score = self._topic(words, read)
            yield self._fact(words, clause, topic, read, self._governed(kinds), funding, score)

    def _governed(self, kinds: tuple[SeminarKind, ...]) -> tuple[SeminarKind, ...]:
        held = tuple(kind for kind in self._kinds if kind in kinds)
        return () if held == self._kinds else held

    def _topic(self, words: str, read: Typed) -> tuple[str, float]:
        """By what is fixed, as other notices file it; else by similarity of the words."""
        if read.limits and (topic := self._usual.topic_of_metric.get(read.limits[0].metric)):
            return topic, TYPED_TOPIC
        if read.deadline and (topic := self._usual.topic_of_duty.get(read.deadline.duty)):
            return topic, TYPED_TOPIC
        topic, score = self._guess(words)
        return topic, min(score, SURE_TOPIC)

    def _fact(
        self,
        words: str,
        clause: Clause,
        topic: str,
        read: Typed,
        kinds: tuple[SeminarKind, ...],
        funding: Funding | None,
        score: float,
    ) -> ProposedFact:
        quote = words.strip("，；。\n ") if "\n" not in words else words.strip()
        fact = Fact(
            id="new",
            topic=topic,
            clause=clause.number,
            quote=quote,
            say=as_sentence(quote),
            stance=read.stance,
            kinds=kinds,
            funding=funding,
            duty=read.deadline.duty if read.deadline else self._duty(read),
            items=read.items,
            open_ended=read.open_ended,
            limits=read.limits,
            deadline=read.deadline,
            counts=dict(read.counts),
            total=read.total,
        )
        return ProposedFact(fact, Origin.FOUND, round(score, 2))

    @staticmethod
    def _duty(read: Typed) -> Duty | None:
        return Duty.SUBSIDY if any(limit.metric is Metric.SUBSIDY for limit in read.limits) else None

    def adopted(self, found: Iterable[ProposedFact], kept: set[str]) -> Iterator[ProposedFact]:
        earlier = [f for f in (self._earlier.facts if self._earlier else ()) if f.stance is not Stance.SILENT]
        free = [fact for fact in earlier if fact.id not in kept]
        for one in found:
            old = next((fact for fact in free if replaces(one.fact, fact)), None)
            if old is None:
                yield one
                continue
            free.remove(old)
            due = with_duty(one.fact.deadline, old) if one.fact.deadline else None
            changed = {"id": old.id, "task": task_of(old, one.fact.items), "duty": old.duty, "deadline": due}
            fact = one.fact.model_copy(update=changed)
            yield ProposedFact(fact, Origin.HELD, one.confidence, Fate.REWORDED, old.quote)

    def silences(self, stated: list[ProposedFact]) -> Iterator[ProposedFact]:
        by_topic: dict[str, list[Fact]] = {}
        for one in stated:
            by_topic.setdefault(one.fact.topic, []).append(one.fact)
        for topic, facts in by_topic.items():
            told = {kind for fact in facts for kind in fact.kinds or self._kinds}
            missing = tuple(kind for kind in self._kinds if kind not in told)
            missing = tuple(kind for kind in missing if not self._passed_over(topic, kind))
            if topic and missing:
                spoken = {k for fact in facts if fact.stance is not Stance.SILENT for k in fact.kinds}
                yield self._silence(topic, facts[-1], missing, spoken)
        for duty, topic in self._usual.topic_of_duty.items():
            if topic not in by_topic and duty in DUTIES_TO_STATE and stated:
                nearest = next((one.fact for one in stated if one.fact.deadline), stated[0].fact)
                yield self._silence(topic, nearest, self._kinds, set())

    def _passed_over(self, topic: str, kind: SeminarKind) -> bool:
        facts = [fact for fact in (self._earlier.facts if self._earlier else ()) if fact.topic == topic]
        return bool(facts) and not any(fact.applies_to(kind) for fact in facts)

    def _silence(
        self, topic: str, nearest: Fact, missing: tuple[SeminarKind, ...], told: set[SeminarKind]
    ) -> ProposedFact:
        spoken = "、".join(kind.label for kind in SeminarKind if kind in told)
        silent = "、".join(kind.label for kind in missing)
        only = f"（只对{spoken}作了规定）" if spoken else ""
        say = f"{self._year}年通知未规定{silent}的{self._labels.get(topic, topic)}{only}，请向主管处室确认。"
        fact = Fact(
            id="new",
            topic=topic,
            clause=nearest.clause,
            quote=nearest.quote,
            say=say,
            stance=Stance.SILENT,
            kinds=missing,
            duty=self._usual.duty_of_topic.get(topic),
        )
        return ProposedFact(fact, Origin.SILENCE, SURE_TOPIC)

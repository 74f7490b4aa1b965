"""How the command line shows notices, drafts, evaluations and the questions left for staff."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console

from bot.cli import texts
from handlers.domain.messages import LeftQuestion
from knowledge.evaluation import CaseResult
from knowledge.model.notice import Notice

EXCERPT = 60


def print_notices(out: Console, notices: Iterable[Notice]) -> None:
    for notice in notices:
        line = texts.NOTICE.format(
            notice=notice,
            doc_no=notice.doc_no or texts.UNKNOWN,
            issued=notice.issued_on.isoformat() if notice.issued_on else texts.UNKNOWN,
            annexes=texts.ANNEXES[notice.annexes_held],
            clauses=len(notice.clauses),
            facts=len(notice.facts),
        )
        out.print(line)


def print_clauses(out: Console, notice: Notice) -> None:
    out.print(texts.CLAUSES_HEADING)
    for clause in notice.clauses:
        text = notice.text_of(clause.number).replace("\n", " ")
        shown = text if len(text) <= EXCERPT else text[:EXCERPT] + "…"
        out.print(f"{'  ' * clause.level}{clause.number} [{clause.start}–{clause.end}] {shown}")


def print_facts(out: Console, notice: Notice) -> None:
    out.print(texts.FACTS_HEADING)
    for fact in notice.facts:
        kinds = "、".join(kind.label for kind in fact.kinds) or texts.ALL_KINDS
        out.print(texts.FACT.format(fact=fact, stance=texts.STANCES[fact.stance], kinds=kinds))
    out.print("")


def print_draft(out: Console, made: dict[str, Any]) -> None:
    for key, label in texts.DRAFT_FIELDS.items():
        out.print(f"{label}：{made[key] or texts.NOT_IN_TEXT}")
    contacts = [word for words in made["contacts"].values() for word in words]
    out.print(texts.CONTACTS.format(contacts="，".join(contacts) or texts.NOT_IN_TEXT))
    out.print(texts.ATTACHMENTS.format(attachments="；".join(made["attachments"]) or texts.NOT_IN_TEXT))
    out.print(texts.CLAUSE_COUNT.format(count=len(made["clauses"])))
    for clause in made["clauses"]:
        out.print(f"{'　' * clause['level']}{clause['number']} {clause['starts']}…")
    for kind, label in texts.FIGURES.items():
        out.print(f"{label}：{'，'.join(one['text'] for one in made['figures'][kind]) or texts.NOT_IN_TEXT}")
    compared = texts.COMPARED_WITH.format(notice=made["against"]) if made["against"] else ""
    out.print(texts.DRAFTED_FACTS.format(count=len(made["facts"])) + compared)
    for fate, label in texts.FATES.items():
        rows = [row for row in made["facts"] if row["fate"] == fate]
        out.print(texts.FACTS_OF_FATE.format(fate=label, count=len(rows)))
        for row in rows if fate != "unchanged" else []:
            was = texts.EARLIER_QUOTE.format(quote=row["was"]) if row["was"] else ""
            out.print(f"　{row['confidence']:.2f} {row['clause']} {row['quote']}{was}")
    if made["gone"]:
        out.print(texts.FACTS_GONE.format(count=len(made["gone"]), ids="、".join(made["gone"])))


def print_judgements(
    out: Console, result: dict[str, Any], wrong: Sequence[tuple[dict[str, Any], dict[str, Any], CaseResult]]
) -> None:
    right, cited, lead = (f"{result[key]:.1%}" for key in ("pass", "pass_and_cited", "lead_pass"))
    out.print(texts.CASES.format(cases=result["cases"], right=right, cited=cited, lead=lead))
    out.print(texts.WRONGLY_ANSWERED.format(share=result["wrongly_answered"], length=result["median_length"]))
    steps = "，".join(f"{step} {ms:g}" for step, ms in result["milliseconds"].items())
    out.print(texts.STEP_MEDIANS.format(steps=steps))
    out.print("　".join(f"{kind} {share}" for kind, share in result["by_kind"].items()))
    for case, row, judgement in wrong:
        faults = "；".join(judgement.faults) or texts.NOT_CITED
        shown = {"id": case["id"], "kind": case["kind"], "question": case["q"], "answer": row["text"][:120]}
        out.print(texts.WRONG_CASE.format(faults=faults, **shown))


def print_left_questions(out: Console, left: Sequence[LeftQuestion]) -> None:
    if not left:
        out.print(texts.NO_LEFT_QUESTIONS)
    for waiting in left:
        asked = waiting.question
        line = texts.LEFT_QUESTION.format(
            at=waiting.left_at,
            channel=asked.address.channel,
            question=asked.text,
            answer=asked.answer.splitlines()[0][:EXCERPT],
        )
        out.print(line)

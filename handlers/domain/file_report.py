"""What a file that was sent in says of its seminar, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from handlers.domain.assessment import Assessment, finding_line
from handlers.domain.file import FileKind, FileReading, Upload
from handlers.texts import files as file_texts
from knowledge.model.snapshot import CitedFact
from knowledge.rules.checklists import ChecklistItem
from knowledge.rules.plan import Plan
from knowledge.rules.results import Verdict, number

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class UploadedFile:
    upload: Upload
    assessment: Assessment
    item: ChecklistItem | None
    roster: FileReading | None
    check: Callable[[Plan], Assessment]

    @property
    def reading(self) -> FileReading:
        return self.upload.reading


@dataclass(frozen=True, slots=True)
class Report:
    lines: tuple[str, ...]
    facts: tuple[CitedFact, ...] = ()


def report(filed: UploadedFile) -> Report:
    say = {FileKind.TRAINEES: _trainees, FileKind.SIGN_IN: _sign_ins, FileKind.SURVEY: _survey, FileKind.MONEY: _money}
    lines, facts = say.get(filed.reading.sort, _document)(filed)
    if filed.reading.identities:
        lines.append(file_texts.FILE_IDENTITIES.format(count=filed.reading.identities))
    return Report(tuple(lines), facts)


Said = tuple[list[str], tuple[CitedFact, ...]]


def _trainees(filed: UploadedFile) -> Said:
    reading, plan = filed.reading, filed.assessment.plan
    count, staff = len(reading.names), len(reading.staff)
    registered = _registered(plan.headcount, count)
    lines = [file_texts.FILE_LISTED.format(count=count, registered=registered)] if count or not staff else []
    if reading.online is not None and count:
        share = _percent(reading.online, count)
        registered = _registered(plan.online, reading.online)
        lines.append(file_texts.FILE_ONLINE.format(count=reading.online, share=share, registered=registered))
    if reading.missing:
        lines.append(file_texts.FILE_MISSING_COLUMNS.format(names="、".join(reading.missing)))
    if reading.repeated:
        lines.append(file_texts.FILE_REPEATED.format(names=_names(reading.repeated)))
    if staff:
        lines.append(file_texts.FILE_STAFF.format(count=staff, registered=_registered(plan.staff, staff)))
    online = plan.online if reading.online is None else reading.online
    listed = replace(plan, headcount=count, online=online) if count else plan
    found, facts = _findings(filed, replace(listed, staff=staff) if staff else listed)
    return lines + found, facts


def _sign_ins(filed: UploadedFile) -> Said:
    reading, plan = filed.reading, filed.assessment.plan
    lines = [
        file_texts.FILE_SIGNED.format(heading=day.heading, signed=len(day.signed), listed=len(day.listed))
        for day in reading.sign_ins
    ]
    trainees = _people(day.signed for day in reading.sign_ins if not day.staff)
    staff = _people(day.signed for day in reading.sign_ins if day.staff)
    lines.append(file_texts.FILE_PRESENT.format(trainees=len(trainees), staff=len(staff)))
    lines += _against_roster(filed.roster, trainees)
    seen = replace(plan, headcount=len(trainees) or plan.headcount, staff=len(staff) or plan.staff)
    found, facts = _findings(filed, seen)
    return lines + found, facts


def _against_roster(roster: FileReading | None, signed: Sequence[str]) -> list[str]:
    if roster is None:
        return [file_texts.FILE_NO_ROSTER]
    unknown = [name for name in signed if name not in roster.names]
    absent = [name for name in roster.names if name not in signed]
    lines = [file_texts.FILE_UNKNOWN.format(count=len(unknown), names=_names(unknown))] if unknown else []
    lines += [file_texts.FILE_ABSENT.format(count=len(absent), names=_names(absent))] if absent else []
    return lines or [file_texts.FILE_ROSTER_AGREES]


def _survey(filed: UploadedFile) -> Said:
    ratings = filed.reading.ratings
    if not ratings:
        return [file_texts.FILE_EMPTY], ()
    lines = [
        file_texts.FILE_RATED.format(item=r.item, share=_percent(r.satisfied, r.answers), answers=r.answers)
        for r in ratings
    ]
    return lines, ()


def _money(filed: UploadedFile) -> Said:
    costs = filed.reading.costs
    if not costs:
        return [file_texts.FILE_EMPTY], ()
    lines = [
        file_texts.FILE_SUM.format(name=name, sum=number(round(sum(amounts), 2)))
        for name, amounts in (
            (file_texts.PLANNED, [cost.planned for cost in costs if cost.planned is not None]),
            (file_texts.SPENT, [cost.spent for cost in costs if cost.spent is not None]),
        )
        if amounts
    ]
    stated = _parts(filed)
    if stated is None:
        return lines, ()
    other = [cost.category for cost in costs if not _among(cost.category, stated.fact.items)]
    if other:
        lines.append(file_texts.FILE_OTHER_COSTS.format(names="、".join(other)))
    return lines, (stated,)


def _document(filed: UploadedFile) -> Said:
    if filed.reading.sort is FileKind.PICTURE:
        return [file_texts.FILE_PICTURE], ()
    text = "".join(filed.reading.text.split())
    stated = _parts(filed)
    if stated is None or not text:
        return [file_texts.FILE_KEPT if text else file_texts.FILE_WITHOUT_TEXT], ()
    missing = [part for part in stated.fact.items if part not in text]
    named = (
        file_texts.FILE_PARTS_MISSING.format(names="、".join(missing)) if missing else file_texts.FILE_PARTS_COMPLETE
    )
    return [named], (stated,)


def _parts(filed: UploadedFile) -> CitedFact | None:
    title = filed.item.title if filed.item else ""
    documents = [c for c in filed.assessment.ruling.facts if c.fact.parts_of and c.fact.parts_of in title]
    return documents[0] if documents else None


def _findings(filed: UploadedFile, seen: Plan) -> Said:
    assessment = filed.check(seen)
    before = {finding.text for finding in filed.assessment.findings}
    changed = [f for f in assessment.findings if f.text not in before and f.verdict is not Verdict.MISSING]
    lines = [finding_line(assessment, finding) for finding in changed]
    return lines, tuple(dict.fromkeys(fact for finding in changed for fact in finding.facts))


def _registered(said: int | None, counted: int) -> str:
    return file_texts.FILE_REGISTERED.format(count=said) if said is not None and said != counted else ""


def _people(signed: Iterable[tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(name for names in signed for name in names))


def _names(names: Sequence[str]) -> str:
    shown = "、".join(names[:MOST_NAMED])
    return file_texts.FILE_MANY_NAMES.format(names=shown, count=len(names)) if len(names) > MOST_NAMED else shown


def _among(category: str, stated: Iterable[str]) -> bool:
    return any(name in category or category in name for name in stated)


def _percent(part: int, whole: int) -> str:
    return f"{number(round(100 * part / whole, 1))}%"

"""Files sent in: where they belong, what they say, having them back, deleting them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from rapidfuzz import fuzz

from handlers.core.access import open_seminar
from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import MY_SEMINARS, REGISTER, acknowledged, clarify, declined, to_seminar
from handlers.domain.assessment import assess
from handlers.domain.citations import citations_of
from handlers.domain.file import ACCEPTED, FileKind, FileReading, Upload
from handlers.domain.file_report import UploadedFile, report
from handlers.domain.messages import Attachment, Choice, Reply
from handlers.domain.seminar import Role, Seminar, is_done
from handlers.seminars.overview import assessment_of, short
from handlers.texts import conversation as texts
from handlers.texts import files as file_texts
from handlers.texts.dates import month_day
from knowledge.rules.checklists import ChecklistItem

NAMES = {
    FileKind.TRAINEES: "学员名单",
    FileKind.SIGN_IN: "签到表",
    FileKind.SURVEY: "满意度测评",
    FileKind.MONEY: "经费结算表",
}
ALIKE = 75
"""Least likeness (percent) of a checklist item's title and a file's name or first lines."""
FIRST_LINES = 5
MOST_LISTED = 20
NOWHERE = "none"
ASK = "ask"


async def received(context: Context) -> Reply:
    sent = context.incoming.file
    if sent is None or sent.problem:
        return declined(sent.problem if sent else file_texts.FILE_GONE)
    person = await context.person()
    upload = await context.services.uploads.upload(person, sent.id or 0)
    if upload is None:
        return declined(file_texts.FILE_GONE)
    seminars = [s for s in await context.services.seminars.of_person(person) if s.role is not Role.READER]
    delete = Choice(label=file_texts.FILE_DELETE_LABEL, token=f"upload:{upload.id}:del")
    if not seminars:
        return declined(file_texts.FILE_NO_SEMINAR.format(name=upload.name), REGISTER, delete)
    if len(seminars) == 1:
        return await _place(context, upload, seminars[0])
    choices = [Choice(label=s.name[:30], token=f"put:{upload.id}:{s.id}") for s in seminars[-MOST_LISTED:]]
    return clarify(file_texts.FILE_WHICH_SEMINAR.format(name=upload.name), *choices, delete)


async def put(context: Context, token: ChoiceToken) -> Reply:
    """`put:FILE:ID` puts a file with a seminar; `put:FILE:ID:KEY` as an item; `:none` as none; `:ask` asks which."""
    opened = await open_seminar(context, token.number(1), Role.EDITOR)
    upload = await _find(context, opened.person, token.number(0))
    if upload is None or upload.seminar_id not in {None, opened.seminar.id}:
        return _gone()
    return await _place(context, upload, opened.seminar, token.arg(2))


async def files(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.READER)
    kept = (await context.services.uploads.of_seminar(opened.seminar.id))[:MOST_LISTED]
    back = to_seminar(opened.seminar)
    if not kept:
        return acknowledged(file_texts.NO_FILES.format(accepted=ACCEPTED), back)
    titles = {item.key: item.title for item in assessment_of(context, opened.seminar).items}
    rows = [
        file_texts.FILE_ROW.format(
            name=u.name, item=titles.get(u.item, file_texts.FILE_NOT_PLACED), day=month_day(u.at)
        )
        for u in kept
    ]
    choices = [Choice(label=u.name[:30], token=f"upload:{u.id}") for u in kept]
    return Reply(text="\n".join([file_texts.FILES_HEADING, *rows]), choices=(*choices, back))


async def show(context: Context, token: ChoiceToken) -> Reply:
    upload, action = await _find(context, await context.person(), token.number(0)), token.arg(1)
    if upload is None:
        return _gone()
    if action in {"del", "gone"}:
        return await _delete(context, upload, sure=action == "gone")
    if upload.seminar_id is None:
        return _gone()
    opened = await open_seminar(context, upload.seminar_id, Role.READER)
    if action == "get":
        attachment = Attachment(name=upload.name, token=f"sent:{upload.id}")
        back = Choice(label=file_texts.FILES_LABEL, token=f"files:{opened.seminar.id}")
        return Reply(text=file_texts.FILE_HERE, files=(attachment,), choices=(back,))
    return await _shown(context, upload, opened.seminar)


async def _delete(context: Context, upload: Upload, *, sure: bool) -> Reply:
    if upload.seminar_id is not None:
        await open_seminar(context, upload.seminar_id, Role.EDITOR)
    back = [Choice(label=file_texts.FILES_LABEL, token=f"files:{upload.seminar_id}")] if upload.seminar_id else []
    if not sure:
        yes = Choice(label=texts.REMOVE_YES, token=f"upload:{upload.id}:gone")
        keep = Choice(label=texts.KEEP_LABEL, token=f"upload:{upload.id}") if upload.seminar_id else None
        return clarify(file_texts.FILE_DELETE_ASK.format(name=upload.name), yes, *filter(None, [keep]))
    await context.services.uploads.delete(upload.id)
    return acknowledged(file_texts.FILE_DELETED.format(name=upload.name), *back)


async def _place(context: Context, upload: Upload, seminar: Seminar, key: str = "") -> Reply:
    assessment = assessment_of(context, seminar)
    items = [item for item in assessment.items if item.stated]
    chosen = [item for item in items if short(item.key) == key]
    if not key:
        chosen = await _guess(context, upload, seminar, items)
    if len(chosen) != 1 and key != NOWHERE:
        await context.services.uploads.put(upload.id, seminar.id, upload.item)
        return _which_item(upload, seminar, items)
    placed = upload.model_copy(update={"seminar_id": seminar.id, "item": chosen[0].key if chosen else ""})
    await context.services.uploads.put(upload.id, seminar.id, placed.item)
    return await _shown(context, placed, seminar)


async def _guess(context: Context, upload: Upload, seminar: Seminar, items: list[ChecklistItem]) -> list[ChecklistItem]:
    """The items this file looks like; among those of one title, the first that is not done."""
    alike = [item for item in items if _looks_like(upload, item.title)]
    states = await context.services.seminars.item_states(seminar.id)
    undone = [item for item in alike if not is_done(states, item.key)]
    return (undone or alike)[:1] if len({item.title for item in alike}) == 1 else alike


def _looks_like(upload: Upload, title: str) -> bool:
    sort = upload.reading.sort
    if sort in NAMES:
        return NAMES[sort] in title
    stem = upload.name.rpartition(".")[0]
    heads = [stem, *filter(None, upload.reading.text.splitlines()[:FIRST_LINES])]
    return any(fuzz.partial_ratio(title, head) >= ALIKE for head in heads if len(head) >= len(title))


def _which_item(upload: Upload, seminar: Seminar, items: Iterable[ChecklistItem]) -> Reply:
    choices = [
        Choice(label=f"{item.stage.label}·{item.title}"[:30], token=f"put:{upload.id}:{seminar.id}:{short(item.key)}")
        for item in items
    ]
    nowhere = Choice(label=file_texts.FILE_NO_ITEM_LABEL, token=f"put:{upload.id}:{seminar.id}:{NOWHERE}")
    return clarify(file_texts.FILE_WHICH_ITEM.format(name=upload.name), *choices, nowhere)


async def _shown(context: Context, upload: Upload, seminar: Seminar) -> Reply:
    assessment = assessment_of(context, seminar)
    item = next((item for item in assessment.items if item.key == upload.item), None)
    roster = await _roster(context, seminar)
    today = context.today
    check = partial(assess, year=seminar.answers.year(today), knowledge=context.knowledge, today=today)
    found = report(UploadedFile(upload, assessment, item, roster, check))
    heading = file_texts.FILE_PUT if item else file_texts.FILE_STORED
    lines = [
        heading.format(name=upload.name, item=item.title if item else ""),
        *found.lines,
        file_texts.FILE_KEPT_DAYS.format(days=context.services.file_days),
    ]
    states = await context.services.seminars.item_states(seminar.id)
    choices = _choices(upload, seminar, item if item and not is_done(states, item.key) else None)
    return Reply(text="\n".join(lines), citations=citations_of(found.facts), choices=choices)


def _choices(upload: Upload, seminar: Seminar, item: ChecklistItem | None) -> tuple[Choice, ...]:
    editing = []
    if seminar.role is not Role.READER:
        if item:
            label, token = texts.MARK_LABELS["prepared"], f"mark:{seminar.id}:{short(item.key)}:prepared"
            editing.append(Choice(label=label, token=token))
        editing += [
            Choice(label=file_texts.FILE_OTHER_ITEM_LABEL, token=f"put:{upload.id}:{seminar.id}:{ASK}"),
            Choice(label=file_texts.FILE_DELETE_LABEL, token=f"upload:{upload.id}:del"),
        ]
    return (
        *editing,
        Choice(label=file_texts.FILE_GET_LABEL, token=f"upload:{upload.id}:get"),
        Choice(label=file_texts.FILES_LABEL, token=f"files:{seminar.id}"),
        to_seminar(seminar),
    )


async def _roster(context: Context, seminar: Seminar) -> FileReading | None:
    kept = await context.services.uploads.of_seminar(seminar.id)
    return next((u.reading for u in kept if u.reading.sort is FileKind.TRAINEES and u.reading.names), None)


async def _find(context: Context, person: int, number: int | None) -> Upload | None:
    return None if number is None else await context.services.uploads.upload(person, number)


def _gone() -> Reply:
    return declined(file_texts.FILE_GONE, MY_SEMINARS)

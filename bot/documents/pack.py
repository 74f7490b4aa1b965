"""The settlement zip: cover sheet, manifest with digests, materials in the notice's order."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO

from bot.documents.dossier import Dossier
from bot.documents.word import Letter
from handlers.domain.assessment import due_text
from handlers.domain.seminar import state_of
from knowledge.model.notice import Stage
from knowledge.rules.checklists import ChecklistItem

MANIFEST = "00-清单与校验.txt"
COVER = "00-封面.docx"
Templates = Mapping[str, tuple[str, bytes]]
"""File name and content by item title."""
EPOCH = (1980, 1, 1, 0, 0, 0)


def settlement_pack(dossier: Dossier, templates: Templates) -> bytes:
    items = [item for item in dossier.assessment.items if item.stage is Stage.SETTLEMENT]
    files = {COVER: _cover(dossier, items, templates)} | dict(_files(dossier, items, templates))
    manifest = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {MANIFEST: manifest.encode(), **files}.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data)
    return buffer.getvalue()


def _files(dossier: Dossier, items: list[ChecklistItem], templates: Templates) -> Iterator[tuple[str, bytes]]:
    for number, item in enumerate(items, start=1):
        template = dict([templates[item.title]] if item.title in templates else [])
        for name, data in (dossier.evidence.get(item.key) or template).items():
            yield f"{number:02d}-{name}", data


def _cover(dossier: Dossier, items: list[ChecklistItem], templates: Templates) -> bytes:
    letter = Letter(f"{dossier.title}结算材料", f"{dossier.value('kind')}　{dossier.period}")
    receiver = next((item.receiver for item in items if item.receiver), "")
    if receiver:
        letter.text(f"报送：{receiver}")
    dated = next((item for item in items if item.due), None)
    if dated:
        letter.text(f"期限：{due_text(dated)}")
    rows = []
    for number, item in enumerate(items, start=1):
        state = state_of(dossier.states, item.key).state
        if not item.stated:
            remark = item.cited.fact.say
        elif item.key in dossier.evidence:
            remark = "已附"
        elif item.title in templates:
            remark = "附参考模板，请填写盖章"
        else:
            remark = "需自备" if not state.done else ""
        rows.append((str(number), item.title, state.label if item.stated else "通知未作规定", remark))
    letter.table(("序号", "材料", "状态", "说明"), rows)
    open_items = [item for item in items if item.stated and item.key not in dossier.evidence]
    blank = [item.title for item in open_items if item.title in templates]
    missing = [item.title for item in open_items if item.title not in templates]
    if blank:
        letter.text(f"包内只有参考模板、待填写的材料：{'、'.join(blank)}。")
    letter.text(f"包内没有、需自备的材料：{'、'.join(missing)}。" if missing else "包内没有缺少的材料。")
    for cited in dict.fromkeys(item.cited for item in items):
        letter.small(dossier.basis(cited))
    return letter.data()

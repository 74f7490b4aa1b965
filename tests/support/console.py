"""A changed notice as a file, and staff to handle it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

import docx

from bot.clock import SHANGHAI
from bot.core import Core
from bot.storage.staff.accounts import Account, Purpose, StaffRole
from bot.storage.staff.audit import Actor
from tests.support.knowledge import shipped

SPRING_2026 = datetime(2026, 3, 16, 10, 0, tzinfo=SHANGHAI)
PASSWORD = "rain on the roof"
COMMAND_LINE = Actor(None, "命令行")
CHANGES = (
    ("2025年高级研修项目实施", "2026年高级研修项目实施"),
    ("2025年全省", "2026年全省"),
    ("2025年11月30日", "2026年11月30日"),
    ("每期不少于50人", "每期不少于60人"),
    (
        "应在开班1个月前提交开班通知和实施方案，报省人社厅备案后组织举办",
        "应在开班30个工作日前提交开班通知、实施方案和安全预案，报省人社厅备案后组织举办",
    ),
    ("补助款票据（附户名、账号、开户行）等材料", "补助款票据（附户名、账号、开户行）、授课视频等材料"),
)
"""From the notice of 2025 to one of 2026: other figures, another unit, other materials."""


def notice_of_2026() -> str:
    """The text of a following notice."""
    text = next(n for n in shipped().notices if n.plan_year == 2025).source
    for old, new in CHANGES:
        assert old in text
        text = text.replace(old, new)
    return text


def as_docx(text: str) -> bytes:
    """The text as a Word file."""
    document, out = docx.Document(), io.BytesIO()
    for line in text.strip().splitlines():
        document.add_paragraph(line)
    document.save(out)
    return out.getvalue()


async def employed(core: Core, name: str, role: StaffRole) -> Account:
    """An account that can sign in with PASSWORD."""
    desk = core.desk
    made = await desk.accounts.create(name, f"{name}处长", role, COMMAND_LINE, core.clock())
    await desk.signing_in.set_password(made.id, PASSWORD, COMMAND_LINE)
    return made


async def invited(core: Core, name: str, role: StaffRole) -> str:
    """The path of the one-time link of a new account."""
    desk = core.desk
    made = await desk.accounts.create(name, f"{name}处长", role, COMMAND_LINE, core.clock())
    return f"/staff/welcome/{await desk.accounts.invite(made.id, Purpose.PASSWORD, core.clock())}"


@dataclass
class Hands:
    """A clock that can be moved."""

    now: datetime = SPRING_2026

    def __call__(self) -> datetime:
        return self.now

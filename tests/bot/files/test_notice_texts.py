"""A notice as Word, PDF, web page or text in any encoding reads the same; what is no notice is said so."""

from __future__ import annotations

import io
import json
from html import escape
from pathlib import Path

import pytest
from docx import Document
from PIL import Image
from playwright.async_api import Browser
from typer.testing import CliRunner

from bot.cli.main import app
from bot.files.inspection import BadFile
from bot.files.text import raw_text
from bot.files.text_worker import joined, without_margins
from bot.files.texts import NO_TEXT, NOT_TEXT, UNREADABLE
from knowledge.importing.draft import as_json, draft
from tests.support.knowledge import shipped
from tests.support.paths import RAW

IDS = [notice.id for notice in shipped().notices]


def source(notice_id: str) -> str:
    return (RAW / f"{notice_id}.txt").read_text(encoding="utf-8")


def as_docx(text: str) -> bytes:
    document, file = Document(), io.BytesIO()
    for line in text.splitlines():
        document.add_paragraph(line)
    document.save(file)
    return file.getvalue()


def as_html(text: str, charset: str) -> str:
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())
    head = f"<head><meta charset={charset}><title>不是正文</title><style>p {{ color: red }}</style></head>"
    return f"<!doctype html><html>{head}<body><script>var no = 1;</script>{paragraphs}</body></html>"


async def as_pdf(browser: Browser, text: str) -> bytes:
    async with await browser.new_page() as page:
        await page.set_content(as_html(text, "utf-8"))
        footer = "<div style='font-size:9px;width:100%;text-align:center'>— <span class=pageNumber></span> —</div>"
        made = await page.pdf(
            format="A4",
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=footer,
            margin={"top": "25mm", "bottom": "25mm", "left": "28mm", "right": "26mm"},
        )
    return made


def read(raw: str) -> dict[str, object]:
    made = as_json(draft(raw))
    clauses = [(one["path"], one["level"], "".join(one["text"].split())) for one in made["clauses"]]
    return {key: made[key] for key in ("title", "issuer", "doc_no", "date", "addressees", "contacts")} | {"of": clauses}


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("notice_id", IDS)
async def test_a_notice_reads_the_same_from_every_format_and_encoding(browser: Browser, notice_id: str) -> None:
    text = source(notice_id)
    wanted = read(text)
    files = {
        "通知.docx": as_docx(text),
        "通知.pdf": await as_pdf(browser, text),
        "通知.html": as_html(text, "gbk").encode("gb18030"),
        "通知.htm": as_html(text, "utf-8").encode(),
        "通知.txt": text.encode("gb18030"),
        "通知": text.encode("utf-16"),
        "通知.TXT": b"\xef\xbb\xbf" + text.encode(),
    }
    for name, data in files.items():
        assert read(await raw_text(name, data)) == wanted, name


async def test_tables_of_a_word_file_stand_where_they_belong() -> None:
    document, file = Document(), io.BytesIO()
    document.add_paragraph("某局关于办班的通知")
    table = document.add_table(rows=2, cols=2)
    for cell, word in zip(
        (c for row in table.rows for c in row.cells), ("期次", "人数", "第一期", "60人"), strict=True
    ):
        cell.text = word
    document.add_paragraph("完。")
    document.save(file)
    assert (await raw_text("通知.docx", file.getvalue())).splitlines() == [
        *("某局关于办班的通知", "期次　人数", "第一期　60人", "完。")
    ]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("通知.txt", b"", NO_TEXT),
        ("通知.txt", b"\x00\x01\x02\x03", NOT_TEXT),
        ("通知.txt", b"\xff\xfe\x00", NOT_TEXT),
        ("通知.html", b"<script>alert(1)</script>", NO_TEXT),
        ("通知.pdf", b"%PDF-1.7\n" + b"x" * 100, UNREADABLE),
        ("通知.docx", as_docx("一、内容")[:900], "文件已损坏"),
        ("通知.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "另存为 .docx"),
        ("通知.docm", as_docx("一、内容"), "宏"),
        ("通知.pdf", as_docx("一、内容"), "内容却是docx"),
        ("名单.png", b"\x89PNG\r\n\x1a\n" + b"x" * 50, UNREADABLE),
    ],
)
async def test_what_is_no_readable_notice_is_said_in_a_sentence(name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(BadFile, match=sentence[:12]):
        await raw_text(name, data)


async def as_picture(browser: Browser, text: str) -> bytes:
    """A page as a scanner sees it."""
    async with await browser.new_page(viewport={"width": 1240, "height": 900}) as page:
        await page.set_content(f"<body style='font-size:28px'>{as_html(text, 'utf-8')}")
        made = await page.screenshot(type="png")
    return made


@pytest.mark.asyncio(loop_scope="session")
async def test_a_scanned_page_is_read_by_its_letters(browser: Browser) -> None:
    lines = source("2023-shenbao").splitlines()[1:9]
    picture = await as_picture(browser, "\n".join(lines))
    out = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").save(out, "PDF", resolution=150)
    for name, data in (("扫描.png", picture), ("扫描.pdf", out.getvalue())):
        made = draft(await raw_text(name, data))
        assert made.metadata.doc_no == "闽人社办〔2023〕6号"
        assert made.metadata.title.endswith("2023年高级研修项目计划的通知")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_picture_says_what_to_do_where_letters_cannot_be_read(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.files.text.find_spec", lambda _name: None)
    for name, data in (("扫描.pdf", await as_pdf(browser, "")), ("扫描.png", await as_picture(browser, "一、内容"))):
        with pytest.raises(BadFile, match="没有装文字识别"):
            await raw_text(name, data)


@pytest.mark.asyncio(loop_scope="session")
async def test_an_empty_page_is_said_to_have_no_text(browser: Browser) -> None:
    with pytest.raises(BadFile, match="没有文字"):
        await raw_text("空.pdf", await as_pdf(browser, ""))


def test_page_numbers_and_running_heads_go_and_broken_lines_are_joined() -> None:
    pages = [
        ["某某文件", "一、各单位要按时办理并且", "— 1 —"],
        ["某某文件", "及时报送。", "- 2 -"],
        ["某某文件", "二、完。", "3"],
    ]
    kept = [line for page in without_margins(pages) for line in page]
    assert joined(kept) == ["一、各单位要按时办理并且及时报送。", "二、完。"]


def test_the_command_prints_a_draft_and_says_what_it_cannot_read(tmp_path: Path) -> None:
    file = tmp_path / "通知.docx"
    file.write_bytes(as_docx(source("2023-shenbao")))
    result = CliRunner().invoke(app, ["notice", "import", str(file), "--json"])
    assert result.exit_code == 0
    made = json.loads(result.output)
    assert made["doc_no"] == "闽人社办〔2023〕6号"
    assert made["clauses"][1] | {"text": ""} == made["clauses"][1] | {"text": "", "number": "（一）", "level": 2}
    shown = CliRunner().invoke(app, ["notice", "import", str(file)])
    assert "日期：2023-01-14" in shown.output
    assert "不少于30人" in shown.output
    broken = tmp_path / "坏.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    result = CliRunner().invoke(app, ["notice", "import", str(broken)])
    assert result.exit_code == 1
    assert "打不开" in result.output
    assert CliRunner().invoke(app, ["notice", "import", str(tmp_path / "无.txt")]).exit_code == 2

"""Lists, sign-in sheets, surveys and settlement tables as people really make them."""

from __future__ import annotations

import pytest

from bot.files.rosters import read
from bot.files.tables import Table
from handlers.domain.file import Cost, FileKind, Rated

Rows = tuple[tuple[str, ...], ...]


def table(*lines: str, title: str = "Sheet1") -> Table:
    """A table from lines with | between the cells."""
    return Table(title, tuple(tuple(line.split("|")) for line in lines))


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (("XX班学员名单||", "||", "序号|姓名|单位", "1|张三|甲", "合计|1人|"), ("张三",)),
        (("序号|学员姓名|单位", "1|张三|甲"), ("张三",)),
        (("序号|姓 名|单 位", "1|张　三|甲", "2|阿依古丽·买买提|乙"), ("张三", "阿依古丽·买买提")),
        (("序号|姓名|单位", "1|John Smith|甲"), ("John Smith",)),
        (("序号|姓名|序号|姓名", "1|张三|2|李四", "3|王五||"), ("张三", "王五", "李四")),
        (("姓名|单位", "张三|甲", "总计|", "共1人|", "填表人：王五|", "注：如实填写|"), ("张三",)),
        (("姓名|单位", "张三（组长）|甲"), ("张三",)),
    ],
)
def test_names_are_found_however_the_list_is_laid_out(lines: tuple[str, ...], names: tuple[str, ...]) -> None:
    reading = read([table(*lines)], "")
    assert (reading.sort, reading.names) == (FileKind.TRAINEES, names)


@pytest.mark.parametrize(
    ("tables", "online"),
    [
        ([table("姓名|参训方式", "张三|线上", "李四|线下")], 1),
        ([table("姓名|是否线上", "张三|是", "李四|否", "王五|")], 1),
        ([table("姓名|单位", "张三|甲", "李四（线上）|乙")], 1),
        ([table("姓名|单位", "张三|甲", title="线下"), table("姓名|单位", "李四|乙", title="线上")], 1),
        ([table("姓名|单位", "张三|甲")], None),
    ],
)
def test_who_takes_part_online_is_counted_where_the_list_says_it(tables: list[Table], online: int | None) -> None:
    assert read(tables, "").online == online


def test_a_list_of_staff_is_not_a_list_of_trainees() -> None:
    reading = read([table("姓名|单位", "张三|甲"), table("工作人员名单|", "姓名|职务", "王五|会务")], "")
    assert (reading.names, reading.staff) == (("张三",), ("王五",))


@pytest.mark.parametrize(
    "lines",
    [
        ("姓名|单位|签到", "张三|甲|√", "李四|乙|"),
        ("姓名|单位|签名", "张三|甲|张三", "李四|乙|"),
        ("姓名|单位|本人签字", "张三|甲|张三", "李四|乙| "),
        ("XX班签到表|||", "姓名|6月10日|6月11日", "张三||√", "李四||"),
        ("XX班签到表|||", "姓名|第一天|第二天", "张三|√|", "李四||"),
        ("姓名|单位|签到|", "||上午|下午", "张三|甲||√", "李四|乙||"),
    ],
)
def test_a_signature_counts_in_whatever_column_it_stands(lines: tuple[str, ...]) -> None:
    (sheet,) = read([table(*lines)], "").sign_ins
    assert (sheet.listed, sheet.signed) == (("张三", "李四"), ("张三",))


def test_a_survey_is_read_from_statistics_in_any_wording_and_from_raw_answers() -> None:
    counted = table("项目|非常满意|满意|基本满意|不满意", "课程|10|5|2|0", "合计|10|5|2|0")
    assert read([counted], "").ratings == (Rated(item="课程", answers=17, satisfied=15),)
    raw = table("序号|课程设置|建议", "1|很满意|多办", "2|一般|无", "3||")
    assert read([raw], "").ratings == (Rated(item="课程设置", answers=2, satisfied=1),)


@pytest.mark.parametrize(
    ("lines", "cost"),
    [
        (("科目|预算（元）|决算（元）", "住宿费|10,000.00|9，800"), Cost(category="住宿费", planned=10000, spent=9800)),
        (("序号|项目|金额（元）", "1|住宿费|１００"), Cost(category="住宿费", planned=None, spent=100)),
        (("支出科目|金额（万元）", "住宿费|1.2", "合计|1.2"), Cost(category="住宿费", planned=None, spent=12000)),
        (
            ("单位：万元||", "费用项目|预算|实际", "住宿费|1|0.9"),
            Cost(category="住宿费", planned=10000, spent=9000),
        ),
    ],
)
def test_amounts_are_in_yuan_whatever_the_table_says_them_in(lines: tuple[str, ...], cost: Cost) -> None:
    assert read([table(*lines)], "").costs == (cost,)

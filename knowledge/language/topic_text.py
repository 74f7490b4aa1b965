"""The part of a message that tells its topic: without numbers, dates and words of comparison."""

from __future__ import annotations

import re
from datetime import date

from knowledge.language.quantities import Quantities, read_quantities

COMPARING = re.compile(
    r"区别|不同|差别|不一样|相比|比较|变化|对比|变了|怎么变|有啥变|差异|多了什么|少了什么|异同|差多少|difference|compare|换成什么|新增|改了什么|差在哪|差哪|多出|涨了|提高了|增加了多|降了|相差|差多少钱|一期差|哪儿不同|怎么讲.*怎么讲|各怎么|各是|分别|是几.*又是几"
)
ANY_DAY = date(2000, 1, 1)


def topic_text(quantities: Quantities) -> str:
    return COMPARING.sub(" ", quantities.rest)


def example_text(example: str) -> str:
    return topic_text(read_quantities(example, ANY_DAY))

"""The fixed parts of answers; what is said about policy itself comes from the facts."""

from __future__ import annotations

NOT_UNDERSTOOD = (
    "在已收录的通知里没有查到与这个问题对应的规定，无法回答。请换个说法，或补充项目类型和环节（如“示范班 备案”）。"
)
YEAR_NOT_HELD = "没有收录{years}年的高级研修项目通知，无法回答{years}年的规定。"
REFERENCE_ONLY = "仅供参考，{year}年通知："
NEWEST_HELD = "{this_year}年通知尚未收录，以下是{year}年的规定，仅供参考："
OTHER_YEAR = "{named}年通知没有涉及{topic}；以下出自{year}年{genre}："
KIND_NOT_IN_NOTICE = "{year}年通知没有“{kind}”这一类项目。"
NOT_FOR_KIND = "{year}年通知没有对{kind}作此规定；有规定的是："
ASK_OFFICE = "可咨询{office}：{phone}。"
UNPROVEN = "这个问题的数字无法逐一对到条款原文，为免出错不作回答。"
CLARIFY_TOPIC = "请说具体一点：您想问哪一项？"
FORBIDDEN = "不可以。"
REQUIRED = "需要。"
CONFORMS = "符合要求："
VIOLATES = "不符合要求："
NOT_SO = "不是{claimed}："
NOT_WRITTEN = "通知没有写到{claimed}："
ONLY_IN = "仅{year}年列出：{items}。"
GENRES_DIFFER = "（{notes}，两份通知性质不同）"
SEVERAL_LEFT = "一次最多逐条回答{limit}个问题，还有{left}个没有回答，请分开再问。"
EMPTY = "请输入您的问题，例如“示范班补助多少”。我可以帮您查高级研修项目通知里的规定。"
PASSED = "（该日期已过）"

OFFICE_ANSWER = "【处室答复】{author}，{day}（不是通知原文）："

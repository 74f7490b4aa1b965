"""What is said about questions and their answers, greeting and help."""

from __future__ import annotations

WELCOME = (
    "您好，我是研修助手。\n"
    "只依据福建省高级研修项目通知（2023年、2025年）回答，每条都附条款原文。\n"
    "直接说您的问题，或点下面的常见问题："
)
HELP = (
    "这样问最快：\n"
    "· 说清项目类型：国家级、省级示范、工程领域专项、省级普通\n"
    "· 带上日期或人数，我来算：“示范班9月5日结束，材料哪天截止”“国家级45人，工作人员7人，合规吗”\n"
    "· 比较两年：“国家级人数2025年和2023年有什么不同”\n"
    "· 登记研修班后，我来体检、列清单、算期限：“登记 示范班 6月10到13日 福州 60人 线上20”\n"
    "命令：/new 登记　/seminars 我的研修班　/remind 提醒设置　/why 为什么这样答　"
    "/reset 重新开始　/cancel 取消　/help 本说明"
)
RESET_DONE = "已重新开始，之前的对话不再影响回答。请说您的问题。"
UNSUPPORTED = "暂时看不了{kind}，请把问题用文字发给我，例如“示范班补助多少”。"
KINDS_OF_MESSAGE = {
    "sticker": "表情贴纸",
    "voice": "语音",
    "audio": "音频",
    "video": "视频",
    "location": "位置",
    "contact": "名片",
    "poll": "投票",
    "file": "这里发来的文件（公众号只能收图片，文件请在网页版或企业微信里发）",
    "link": "链接卡片",
}
OTHER_MESSAGE = "这种消息"
LEAVE_LABEL = "留给工作人员"
LEFT_FOR_STAFF = "已留给主管处室，工作人员会看到您的问题和上面的回答。急事请直接致电。"
WITHDRAW_LABEL = "撤回"
WITHDRAWN = "已撤回，工作人员不会再看到这个问题。"
NOTHING_TO_WITHDRAW = "这个问题没有留给工作人员，或已经撤回。"
THANKS_UP = "谢谢，已记录👍。"
THANKS_DOWN = "已记录👎，工作人员会据此改进。您也可以换个说法再问。"
NOTHING_TO_EXPLAIN = "还没有可以解释的回答。请先问一个问题。"
WHY_HEADING = "上一个回答是这样来的："
CUT_NOTE = "（问题超过{limit}字，只分析了其中提问的句子）"
ENGLISH_NOTE = "(Answers quote the Chinese notices; figures are as in the original.)"
WHY_TIMING = "用时：{milliseconds:.1f} 毫秒"
ASKED_OF_KIND = "{kind}：{text}"
BATCH_NOT_JSON = "不是有效的 JSON"
BATCH_NO_OBJECT = '应为 JSON 对象，例如 {"q": "示范班补助多少"}'
BATCH_BAD_FIELDS = "字段不对：{fields}（q 为文字，history 为文字列表，as_of 为 YYYY-MM-DD）"
BATCH_BAD_LINE = "第{number}行{error}"

"""Every fixed sentence a conversation says."""

from __future__ import annotations

INTERNAL_ERROR = "抱歉，这条消息处理时出了差错，已记录。请稍后把问题再发一次；仍不行可致电主管处室。"
STORAGE_UNAVAILABLE = "系统暂时无法读写记录，您的消息还没有处理。请稍后再发一次。"

WELCOME = (
    "您好，我是研修助手。\n"
    "只依据福建省高级研修项目通知（2023年、2025年）回答，每条都附条款原文。\n"
    "直接说您的问题，或点下面的常见问题："
)
STARTERS = (
    "示范班开班前要报什么？",
    "结算要交哪些材料？",
    "国家级至少多少人？",
    "示范班补助多少？",
    "6月10日开班，备案最晚哪天？",
    "要改时间怎么办？",
)
HELP = (
    "这样问最快：\n"
    "· 说清项目类型：国家级、省级示范、工程领域专项、省级普通\n"
    "· 带上日期或人数，我来算：“示范班9月5日结束，材料哪天截止”“国家级45人，工作人员7人，合规吗”\n"
    "· 比较两年：“国家级人数2025年和2023年有什么不同”\n"
    "命令：/why 为什么这样答　/reset 重新开始　/help 本说明"
)
RESET_DONE = "已重新开始，之前的对话不再影响回答。请说您的问题。"
UNSUPPORTED = "暂时看不了{kind}，请把问题用文字发给我，例如“示范班补助多少”。"
KINDS_OF_MESSAGE = {
    "photo": "图片",
    "sticker": "表情贴纸",
    "voice": "语音",
    "audio": "音频",
    "video": "视频",
    "document": "文件",
    "location": "位置",
    "contact": "名片",
    "poll": "投票",
}
OTHER_MESSAGE = "这种消息"
BUTTON_EXPIRED = "这个按钮已失效（对话已重新开始或记录已清理）。请把问题再发一次。"
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

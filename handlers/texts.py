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
    "· 登记研修班后，我来体检、列清单、算期限：“登记 示范班 6月10到13日 福州 60人 线上20”\n"
    "命令：/new 登记　/seminars 我的研修班　/why 为什么这样答　/reset 重新开始　/cancel 取消　/help 本说明"
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

NEW_LABEL = "登记研修班"
MY_SEMINARS_LABEL = "我的研修班"
SKIP_LABEL = "先跳过"
CHANGE_LABEL = "修改"
CANCEL_LABEL = "取消"
SAVE_LABEL = "保存登记"
NO_SEMINARS = "您还没有登记研修班。登记后我来核对规定、列清单、算期限。"
WHICH_SEMINAR = "您有{count}期研修班，看哪一期？"
NOT_YOURS = "没有找到这期研修班：它可能已被删除，或您不在它的成员名单里。"
READ_ONLY = "您在这期研修班里只能查看；需要修改请联系负责人。"
NOTHING_OPEN = "没有进行到一半的步骤（可能已经完成）。"
REGISTRATION_CANCELLED = "已取消登记，填过的内容没有保存。"
REGISTERED = "✅ 已登记"
STILL_OPEN = "（刚才的步骤还没做完：接着回答就行，不做了就发“取消”。）"
CANCELLED = "已取消，填过的内容没有保存。"
STEP = "（{number}/{of}）{ask}"
NOTED = "已记下：{noted}"
SUMMARY = "请核对，没问题就点“保存登记”："
NOT_FILLED = "（未填）"
WHICH_FIELD = "要改哪一项？"
CONTRADICTION = "前后对不上：{reason}。请再说一次。"
ASK_KIND = "是哪一类项目？"
ASK_KIND_AGAIN = "没看出是哪一类。请点下面的按钮，或回复“国家级”“省级示范”“工程领域专项”“省级普通”。"
ASK_TITLE = "研修班叫什么名称？"
ASK_OPENING = "哪天报到（开班）？例如“6月10日”。"
ASK_CLOSING = "哪天离开（结束）？例如“6月13日”或“4天”。"
ASK_TRAINEES = "学员一共多少人（含线上）？"
ASK_ONLINE = "其中线上学员多少人？"
ASK_STAFF = "工作人员多少人？"
ASK_FUNDING = "经费是财政资助还是自筹？"
ASK_FUNDING_AGAIN = "请点“财政资助”或“自筹经费”。"
ASK_SUBSIDY = "申请多少补助？例如“5万元”。"
ASK_PLACE = "在哪里办？"
ASK_ORGANIZER = "承办单位是哪家？"
ASK_DEPARTMENT = "主管部门是哪家？"
NO_DATE = "没看到有效的日期。请写成“6月10日”或“2025-06-10”。"
NO_NUMBER = "没看到人数。请直接回复数字，例如“60”。"
NO_MONEY = "没看到金额。请写成“5万元”。"
NO_WORDS = "没看到文字内容，请再说一次。"
NUMBER_OUT_OF_RANGE = "{value}人不合常理（应在{least}到{most}人之间），请再核对。"
MORE_ONLINE = "线上{online}人多于学员总数{trainees}人，请核对。"
CLOSES_BEFORE_OPENING = "结束日期（{closing}）早于开班日期（{opening}），请核对。"
TOO_LONG = "太长了（{length}字），请压缩到{limit}字以内。"
NEXT_STEP = "下一步：{title}{receiver}，{due}。"
ALL_DONE = "清单上的事项都办完了。"
CHECKUP_HEADING = "体检（依据{year}年通知）"
REFERENCE_HEADING = "{year}年度的通知尚未收录，以下参照{notice}年通知，仅供参考。"
CHECKLIST_HEADING = "清单：{title}　{bar} {done}/{all}"
CHECKUP_LABEL = "体检"
CHECKLIST_LABEL = "清单"
WHOLE_LIST_LABEL = "整张清单"
NEXT_LABEL = "下一步"
PLEDGES_LABEL = "确认承诺事项"
REMOVE_LABEL = "删除"
REMOVE_ASK = "确定删除“{name}”？清单和记录会一起收起；删除后还可以恢复。"
REMOVE_YES = "确定删除"
KEEP_LABEL = "保留"
REMOVED = "已删除“{name}”。"
RESTORE_LABEL = "恢复"
RESTORED = "已恢复"
MARK_LABELS = {"handed_in": "已办好", "prepared": "材料已备好", "accepted": "已通过", "returned": "被退回"}
UNDO_LABEL = "撤销"
ASK_DONE_DAY = "“{title}”是哪天办的？例如“6月10日”。"
TODAY_LABEL = "今天"
YESTERDAY_LABEL = "昨天"
ASK_DONE_HOW = "怎么办的？例如“邮寄，单号…”，也可以跳过。"
HOW_LABELS = ("当面递交", "邮寄", "电子邮件", "网上平台")
ASK_RETURNED_WHY = "被退回的原因是什么？我记下来，方便补正。"
MARKED = "已记录：{title}——{state}{day}{note}。"
FUTURE_DAY = "{day}还没到，不能记成已办。请写实际办理的日期。"
UNMARKED = "已撤销：{title}恢复为“{state}”。"
ITEM_GONE = "清单里已经没有这一项（通知或登记内容可能变了）。请重新打开清单。"
ITEM_SILENT = "这一项通知没有规定，只作提示，不用打勾。"
SOMEBODY_FASTER = "同事刚刚改过这期研修班，您的修改没有保存。请看过最新内容再改。"
CHANGE_EFFECT = "改动后："
NOT_LISTED = "原来没有"
NO_LONGER = "· 不再需要：{titles}"
NO_EFFECT = "期限和体检结果不变。"
CHANGE_RULE = "注意：{say}"
CONFIRM_CHANGE_LABEL = "确认修改"
DROP_CHANGE_LABEL = "不改了"
CHANGE_DROPPED = "没有修改。"
CHANGED = "✅ 已修改"
PLEDGE_ASK = "请确认（{number}/{of}）：{pledge}？"
YES_LABEL = "是，做到"
NO_LABEL = "否，做不到"
PLEDGES_DONE = "承诺事项已确认完。"
TEAM_LABEL = "团队"
TEAM_HEADING = "“{name}”的团队："
YOU = "（您）"
NO_CHANNEL = "暂无联系渠道"
INVITE_LABEL = "邀请（{role}）"
INVITATION = "请同事给我发：加入 {code}\n加入“{name}”，{role}。邀请码24小时内有效，只能用一次。"
JOIN_USAGE = "请在“加入”后面写邀请码，例如：加入 123456。"
JOINED = "✅ 已加入（{role}）"
WRONG_CODE = "这个码不对、已用过或已过期。请向对方要一个新的。"
TOO_MANY_TRIES = "试错次数太多，请10分钟后再试。"
LINK_CODE = "在您的另一个聊天软件里给我发：关联 {code}\n10分钟内有效。之后两边看到的是同样的研修班。"
LINKED = "✅ 已关联，这里和原来的聊天看到的是同样的研修班。"
LEAVE_TEAM_LABEL = "退出团队"
LEFT_TEAM = "您已退出“{name}”。"
LAST_OWNER = "这期研修班至少要有一位负责人：请先把另一位成员设为负责人。"
MAKE_LABEL = "{number}号改为{role}"
TAKE_OFF_LABEL = "移除{number}号"
DOCUMENTS_LABEL = "材料文档"
WHICH_DOCUMENT = "要哪份？都是参考模板，非官方表样；填好盖章后再报送。"
DOCUMENT_READY = (
    "请收文件。已填入登记的内容，“（待填）”处请补齐；参考模板，非官方表样。",
    "请收文件。导入手机日历后，每个期限提前3天提醒；日期变动后请重新导出。",
)
FILE_UNAVAILABLE = "文件暂时取不到：它可能已不属于您，或正在维护。请回到研修班里重新点一次。"
SUBSCRIBE_LABEL = "订阅日历"
STOP_FEED_LABEL = "停用订阅"
FEED = (
    "在手机日历里添加订阅：\n{url}\n日期变动会自动更新。"
    "地址只给自己用，泄露了就点“停用订阅”；再点“订阅日历”会换新地址，旧的失效。"
)
FEED_STOPPED = "已停用，原来的订阅地址失效了。"
NO_FEED = "没有正在用的订阅地址。"
NO_PUBLIC_URL = "系统还没有设置公网地址，暂时不能订阅；可以先下载日历文件。"
REFERENCE_LABEL = "参照{year}年通知："
DAYS_OFF = "提示：办班期间{days}不是工作日（周末或法定节假日），请自行安排。"

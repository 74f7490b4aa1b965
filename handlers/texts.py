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
REPLY_NUMBER = "回复数字选择："
REPLY_LETTER = "回复字母选择："
REPLY_OR_LETTER = "直接回复内容，或回复字母："
HEARD = "（听到的是：“{text}”）"
WECHAT_WINDOW_CLOSED = "48小时内没有给公众号发过消息，微信不许主动发送；随便发一句话就恢复"
NOT_FETCHED = "图片或文件没能取到，请再发一次。"
WECOM_INVISIBLE = "不在企业微信应用的可见范围内"
WECOM_TOO_MANY = "这一分钟（或小时）发给您的消息已到企业微信的上限"
WECOM_CHOOSE = "请选择"
WECOM_FILE_BUTTON = "下载"
WECOM_FILE_NOTE = "24小时内有效，请勿转发"
WEB_PAGE_CLOSED = "网页没有打开"
WECHAT_LEFT = "已取消关注公众号"
WECHAT_NOT_ALLOWED = "公众号没有发送权限，工作人员已收到提示"
WECHAT_NO_QUOTA = "公众号今天的提醒条数用完了"
TEMPLATE_NO_SEMINAR = "高级研修项目"
TEMPLATE_HINT = "回复“{label}”即可办理"
TEMPLATE_ANY = "回复任意内容看详情"
MORE = ("继续", "更多")
MORE_TO_READ = "（没发完：回复“继续”看下文）"
OLDER_TO_READ = "（您之前的问题还有没发完的回答，回复“继续”查看）"
FILE_LINK = "文件《{name}》（24小时内有效，请勿转发）：\n{url}"
FILE_ELSEWHERE = "文件《{name}》在这里发不了，请在网页版打开“材料文档”领取。"
CALENDAR_FILE = "日程.ics"
SEMINARS_COUNTED = "{count}期研修班"
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
PAGE_LABEL = "网页时间轴"
STOP_LINK_LABEL = "停用这个地址"
LINK_PATHS = {"calendar": "/calendar/{secret}.ics", "page": "/seminar/{secret}"}
LINKS = {
    "calendar": (
        "在手机日历里添加订阅：\n{url}\n日期变动会自动更新。"
        "地址只给自己用，泄露了就点“停用这个地址”；再点“订阅日历”会换新地址，旧的失效。"
    ),
    "page": (
        "时间轴、体检和清单都在这一页，内容随时更新：\n{url}\n"
        "地址只给自己用，泄露了就点“停用这个地址”；再点“网页时间轴”会换新地址，旧的失效。"
    ),
}
LINK_STOPPED = "已停用，原来的地址失效了。"
NO_LINK = "没有正在用的地址。"
NO_PUBLIC_URL = "系统还没有设置公网地址，暂时给不出网页和订阅；可以在“材料文档”里下载日历文件。"
REFERENCE_LABEL = "参照{year}年通知："
DAYS_OFF = "提示：办班期间{days}不是工作日（周末或法定节假日），请自行安排。"

FILES_LABEL = "已交来的文件"
FILE_NO_SEMINAR = (
    "收到了“{name}”，但您还没有可以修改的研修班，放不进去。先登记，再把文件发一次；不登记的话，它一天后自动删除。"
)
FILE_WHICH_SEMINAR = "收到“{name}”。放到哪一期？"
FILE_WHICH_ITEM = "收到“{name}”。它是清单里的哪一项？"
FILE_NO_ITEM_LABEL = "都不是，只存着"
FILE_PUT = "📎 “{name}”已归入“{item}”"
FILE_STORED = "📎 “{name}”已存在这期研修班里"
FILE_GONE = "这个文件已不在了（已删除、已到期，或不属于您）。"
FILE_LISTED = "名单上{count}人{registered}"
FILE_REGISTERED = "（登记的是{count}人）"
FILE_STAFF = "工作人员{count}人{registered}"
FILE_ONLINE = "其中线上{count}人，占{share}{registered}"
FILE_MISSING_COLUMNS = "缺少列：{names}（与参考模板相比）"
FILE_REPEATED = "重名，请核对是否重复登记：{names}"
FILE_SIGNED = "{heading}：签到{signed}人，表上{listed}人"
FILE_PRESENT = "签到去重：学员{trainees}人，工作人员{staff}人"
FILE_NO_ROSTER = "还没有收到学员名单，没法核对谁不在名单里；发来名单后再发一次签到表即可。"
FILE_UNKNOWN = "签了到但不在名单里（{count}人）：{names}"
FILE_ABSENT = "在名单里但一次也没签到（{count}人）：{names}"
FILE_ROSTER_AGREES = "签到与名单一致。"
FILE_RATED = "{item}：满意率{share}（{answers}份）"
FILE_SUM = "{name}合计{sum}元"
PLANNED = "预算"
SPENT = "决算"
FILE_OTHER_COSTS = "通知列出的科目之外：{names}，请备好说明"
FILE_EMPTY = "表里还没有填数字。"
FILE_PICTURE = "图片已存为凭证，不识别其中的文字。"
FILE_KEPT = "文件已存为凭证。"
FILE_WITHOUT_TEXT = "文件里读不出文字（可能是扫描件），已存为凭证。"
FILE_PARTS_MISSING = "按通知要求的组成部分核对，没有看到：{names}"
FILE_PARTS_COMPLETE = "通知要求的各组成部分都写到了。"
FILE_IDENTITIES = "文件里有{count}个身份证号：不会显示，也没有另外记下。用不着的话，建议删掉这一列再发。"
FILE_KEPT_DAYS = "文件保存{days}天后自动删除，也可以随时删。"
FILE_OTHER_ITEM_LABEL = "换一项"
FILE_DELETE_LABEL = "删除文件"
FILE_DELETE_ASK = "确定删除“{name}”？读出的内容会一起删掉，不能恢复。"
FILE_DELETED = "已删除“{name}”。"
FILE_GET_LABEL = "取回文件"
FILE_HERE = "请收文件。"
NO_FILES = "这期研修班还没有交来的文件。把名单、签到表、照片等直接发给我就行（{accepted}）。"
FILES_HEADING = "已交来的文件（点开看核对结果）："
FILE_ROW = "· {name}——{item}，{day}"
FILE_NOT_PLACED = "未归入清单"
FILE_TOO_BIG_HERE = "文件太大，这里发不了，请到网页里下载。"

ASK_DETAIL = {"owner": "“{title}”由谁经办？写姓名就行。", "remark": "给“{title}”写什么备注？"}
DETAIL_SAVED = "已记下：{title}——{field}：{words}"
DETAIL_CLEARED = "已清除：{title}的{field}。"
CLEAR_LABEL = "清除"
DETAIL_LINE = "{field}：{words}"
FILES_LINE = "已交来{count}个文件"
STATEMENT_LABEL = "情况说明（可下载）"

MAYBE_REPEATED = "（可能重复：上次发送时系统中断，不确定您是否收到）\n"
REMIND_AHEAD = "⏰ {left}：{title}"
REMIND_LATE = "⚠️ {left}：{title}，请尽快补办并说明情况"
REMIND_RECEIVER = "报送：{receiver}"
REMIND_STATE = "目前：{state}{note}"
REMIND_OWNER = "经办人：{owner}"
REMIND_MISSING = "同一期限一共还差{count}件：{titles}"
REMIND_TEAM = "团队{people}人都在这一项的提醒名单上，还没有人标记处理。"
REMIND_ESCALATED = "这一项已列入{department}和主管处室的督办清单。"
REMIND_FOR_COLLEAGUE = "（您的同事联系不上，这条转给您）\n"
DEPARTMENT = "主管部门"
NO_DEPARTMENT = "未填主管部门"
NOBODY_REACHABLE = "团队里没有人联系得上"
REMIND_DIGEST = "⏰ 有{count}件事要办："
DAYS_LEFT = "还有{days}天"
LAST_DAYS = "今天最后一天（稳妥）"
DAYS_LATE = "已过期{days}天"
CALENDAR_LABEL = "导出日历"

SNOOZE_LABEL = "稍后提醒"
ASK_SNOOZE = "“{title}”什么时候再提醒？"
SNOOZE_LABELS = {"1h": "1小时后", "1d": "明天", "3d": "三天后"}
SNOOZE_DAY_LABEL = "选一天"
ASK_SNOOZE_DAY = "哪天提醒？例如“6月10日”。"
SNOOZE_PAST = "这一天已经到了或过去了，请说一个以后的日期。"
SNOOZED = "好的，{at}再提醒您；原来的提醒照旧。"
NOTHING_TO_SNOOZE = "这一项已经办完或没有期限，不用再提醒。"
REMIND_HOUR = "期限提醒：工作日{hour}点发，夜里不打扰。"
REMIND_PAUSED = "已暂停到{until}。"
LAST_REMINDED = "上次提醒已送达：{at}"
NEVER_REMINDED = "还没有送达过提醒。"
REMIND_FEW = "只在到期前7天、1天和当天提醒；过期照常。"
FEW_LABEL = "少提醒一些"
USUAL_LABEL = "恢复常规次数"
SEMINAR_REMINDERS_LABEL = "提醒情况"
SEMINAR_REMINDERS = "《{name}》的提醒"
SEMINAR_QUIET = "这期已暂停提醒，到{until}恢复。"
SEMINAR_QUIET_UNTIL = "好的，这期到{until}之前不提醒团队任何人。"
SEMINAR_QUIET_OVER = "已恢复这期的提醒。"
SEMINAR_NEXT_REMINDER = "接下来：{at} 提醒{title}"
SEMINAR_NO_REMINDER = "没有排着的提醒。"
QUIET_MISSES = "⚠️ 这段时间里会到期，别忘了：{titles}"
QUIET_LABELS = {"7d": "这期暂停一周", "30d": "这期暂停一个月"}
DELIVERIES_HEADING = "最近的发送记录："
NO_DELIVERIES = "还没有发送过。"
DELIVERY = "· {at} {who}（{channel}）{outcome}：{titles}"
DELIVERY_OUTCOMES = {
    "sent": "已送达",
    "temporary": "没送到，会再试",
    "permanent": "对方已收不到，改发别处",
    "unknown": "不确定是否送达，已重发",
    "": "正在发送",
}
CHANNEL_NAMES = {
    "wecom": "企业微信",
    "wechat": "微信",
    "telegram": "Telegram",
    "email": "邮件",
    "robot": "群机器人",
    "web": "网页",
    "terminal": "终端",
}
CAME_THIS_WAY = "（{channel}送不到：{why}，所以发到这里。）"
SEND_FAILED = "暂时发不出去"
CHANNEL_OFF = "这个渠道没有启用"
MEMBER_NUMBER = "{number}号成员"
YOURSELF = "您"
PAUSE_LABELS = {"7d": "暂停一周", "30d": "暂停一个月"}
RESUME_LABEL = "恢复提醒"

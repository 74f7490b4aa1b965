"""Labels, confirmations and problems of the staff console; page texts stand in templates/."""

from __future__ import annotations

from knowledge.model.notice import Comparison, Duty, Metric, Stance

STANCES = {
    Stance.STATES: "陈述",
    Stance.REQUIRES: "要求",
    Stance.FORBIDS: "禁止",
    Stance.PERMITS: "允许",
    Stance.SILENT: "未作规定",
}
METRICS = {
    Metric.HEADCOUNT: ("人数", "人"),
    Metric.DAYS: ("天数", "天"),
    Metric.STAFF_SHARE: ("工作人员占比", "%"),
    Metric.STAFF_COUNT: ("工作人员数", "人"),
    Metric.ONLINE_SHARE: ("线上占比", "%"),
    Metric.SUBSIDY: ("补助", "元"),
}
COMPARISONS = {Comparison.AT_LEAST: "不少于", Comparison.AT_MOST: "不超过", Comparison.ABOUT: "左右"}
DUTIES = {
    Duty.APPLICATION: "申报",
    Duty.FILING: "开班前备案",
    Duty.COMPLETION: "完成办班",
    Duty.SETTLEMENT: "结算",
    Duty.SUBSIDY: "补助",
}
ANCHORS = {"opening": "开班前", "closing": "结束后", "fixed": "固定日期"}
UNITS = {"months": "个月", "days": "日", "working_days": "个工作日"}
FATES = {"unchanged": "与上一份相同", "figures": "数字有变", "reworded": "措辞有变", "": "新读出"}
CHANNELS = {"web": "网页", "telegram": "Telegram", "terminal": "终端", "api": "接口"}
ALL_KINDS = "各类"

DONE = {
    "first": "先办完下面列出的几项，再看影响。",
    "saved": "已保存。",
    "accepted": "已采用。",
    "rejected": "已标为不采用，可随时改回。",
    "reopened": "已改回待定。",
    "many": "已处理 # 条。",
    "added": "已补充一条事实。",
    "discarded": "草稿已作废，可在下方“最近作废的草稿”里恢复。",
    "restored": "草稿已恢复。",
    "submitted": "已提交，请另一位有发布权限的同事批准。",
    "withdrawn": "已撤回到审阅。",
    "published": "已发布，各渠道几秒内生效；受影响的承办单位会收到通知。",
    "rolled": "已恢复，恢复本身也记为一版。",
    "answered": "已答复，提问的人会收到。",
    "aside": "已搁置，可在页面下方重新列出。",
    "again": "已重新列出。",
    "confirmed": "已确认继续有效一年。",
    "taken": "已撤下。",
    "decided": "已记录，承办单位会收到通知。",
    "sent": "已排入发送，共 # 人。",
    "password": "密码已改，请重新登录。",
    "totp": "动态码已启用，下次登录要用。",
    "totp_off": "动态码已停用。",
    "account": "账号已更新。",
    "unlinked": "已取消关联。",
}
"""Confirmations by the code in the address, so that an address cannot put other text into a page."""

ROLE_NEEDED = "这一页需要“{role}”权限，请找管理员"
FORM_EXPIRED = "页面已过期，请返回刷新后再试，没有改动任何内容"
OUTDATED = "别人刚改过或发布过同一内容，您的操作没有生效。请返回刷新，看过最新内容再试"
NOT_FOUND = "没有找到，可能已被删除或地址不对"
STORAGE_AWAY = "数据库暂时连不上，没有改动任何内容，请稍后再试"
SESSION_EXPIRED = "登录已过期，请重新登录；刚才的改动没有保存"

LOGIN_ELSEWHERE = "请从本站的登录页登录"
WELCOME_ELSEWHERE = "请从本站的页面设置密码"
PASSWORDS_DIFFER = "两次输入的密码不一样"
NEW_PASSWORDS_DIFFER = "两次输入的新密码不一样"
NAME_RULE = "用户名为2到40位字母、数字、点、横线"
DISPLAY_RULE = "请填姓名，不超过{most}字"
NAME_TAKEN = "用户名 {name} 已经有人用了"
NO_ACTION = "没有这个操作"

CHAT_UNLINKED = "取消关联聊天"
INVITED = "生成设置密码的链接"
ACCOUNT_CHANGES = {"role": "改权限", "disable": "停用账号", "enable": "启用账号", "unlock": "解锁账号"}

TOPIC_MISSING = "请选一个话题"
QUOTE_NOT_VERBATIM = "引文必须逐字出自原文：请从原文里复制，标点也要一样"
QUOTE_SPANS_CLAUSES = "引文跨了两个条款，请只取一条里的文字"
SAY_MISSING = "请写明直接的说法"
SAY_FIGURES = "说法里的数字引文中没有：{figures}"
ITEM_NOT_QUOTED = "清单项“{item}”不在引文中"
LIMIT_NOT_NUMBER = "{metric}的限额应为数字"
DUTY_MISSING = "有期限就要选明是哪一项义务"
DAY_INVALID = "固定日期应为真实存在的日期"
LENGTH_INVALID = "期限的长度应为大于0的整数"

PASTED_FILE = "粘贴的正文.txt"
FILE_MISSING = "请选择通知文件（docx、pdf、html、txt），或粘贴正文"
CORRECTION = "更正 {notice}"
DRAFT_LABEL = "草稿《{title}》"
WITHDRAWAL_REASON_MISSING = "请写明撤下的原因"
RESTORE_REASON_MISSING = "请写明恢复的原因"
PUBLISH_REASON_MISSING = "请写明发布的说明，例如“收录2026年实施通知”或更正的原因"

BACKGROUND = "背景文字，不作为事实"
FACT_WITHOUT_TOPIC = "这条事实还没有话题，请点“修改”选一个再采用"
ONLY_UNCHANGED = "只有与上一份逐字相同的事实可以成批采用，其余请逐条看过"
YEAR_INVALID = "计划年度应为四位年份"
SUBMIT_FIRST = "须先提交，由另一位有发布权限的同事批准"
NOT_YOUR_OWN = "不能批准自己提交的草稿，请另一位有发布权限的同事来批准"
OVERTAKEN = "这份草稿开始以后，同一通知又发布过新的一版（或编号被占用）。请作废它，从现行的重新更正"

SYNONYM_ADDED = "增加“{concept}”的说法“{form}”"
SYNONYM_REMOVED = "删去“{concept}”的说法“{form}”"
HOLIDAY_LINE_INVALID = "每行写一个日期，例如 2027-01-01"
HOLIDAY_CONFLICT = "{day}不能既放假又上班"
HOLIDAY_REASON_MISSING = "请写明依据，例如国务院办公厅的放假通知"

BOARD_FILE = "研修班一览{day:%Y%m%d}.xlsx"
NOT_A_DECISION = "只能审核通过或退回"
RETURN_REASON_MISSING = "退回要写明原因，承办单位才知道怎么改"
BROADCAST_TEXT_RULE = "请写明内容，不超过{most}字"
NOBODY_TO_TELL = "筛选出的研修班没有人可以通知"
STATISTICS_COLUMNS = ("日期", "提问", "答出", "没有答出", "点了没帮助")
OFFICE_ANSWERS = "处室答复"

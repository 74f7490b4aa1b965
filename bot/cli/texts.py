"""Lines and errors the command line prints; help stands beside each option."""

from __future__ import annotations

from knowledge.model.notice import Stance

ERROR = "错误：{problem}"
SETTINGS_WRONG = "设置不对：{problems}"
SETTING_NOT_JSON = "{name} 要写成 JSON（例子见 bot/README.md 的“设置”）"
SETTING_UNNAMED = "有一项设置"
SETTING_ALLOWED = "{name}（可用：{allowed}）"
SETTING_NUMBER = "{name}（要写数字）"
UNREADABLE = "无法读取 {file}：{reason}"
UNWRITABLE = "写不了 {file}：{reason}"

QUESTION_OR_BATCH = "请给出一个问题，或用 --batch 指定文件"
CASE_INVALID = "{file} 第{number}行不是有效的用例：{reason}"
DATABASE_CURRENT = "数据库已是当前版本。"
DEMO_EXISTS = "示例已经在了；要重来请先 yanxiu demo --remove"
DEMO_REMOVED = "已撤掉{count}期示例。"
DEMO_ADDED = (
    "已放入{count}期示例。yanxiu chat 里发“我的研修班”就能看；"
    "在网页或 Telegram 里看，10分钟内给助手发：关联 {code}\n看完用 yanxiu demo --remove 撤掉。"
)

NO_MENU_CHANNEL = "没有配置微信公众号或企业微信，没有地方发布菜单"
MENU_FAILED = "{channel}的菜单没有发布：{reason}；先运行 yanxiu channels doctor"
MENU_PUBLISHED = "{channel}的菜单已发布（公众号的菜单最迟24小时内在手机上更新，重新关注可立即看到）。"
BOUNCE_UNREADABLE = "读不了 {file}：{reason}"
BOUNCES_HANDLED = "已处理{count}个退信地址。"
NO_BOUNCE = "这不是退信，或没有失败的收件人，什么都没有改。"
CHANNEL_SETTING = "✗ 设置：{problem}"
CHANNEL_INCIDENT = "！{channel} {at:%m-%d %H:%M} 起过问题（{times}次）：{text}"
NO_CHANNELS = (
    "还没有配置任何渠道，网页和终端照常可用。各渠道怎么配见 bot/channels/README.md，从这几项设置开始：\n"
    "  微信 YANXIU_WECHAT_APP_ID，企业微信 YANXIU_WECOM_CORP_ID，邮件 YANXIU_SMTP_HOST，\n"
    "  群机器人 YANXIU_ROBOT_WEBHOOKS，Telegram YANXIU_TELEGRAM_TOKEN"
)

NO_NOTICE = "没有编号为 {name} 的通知；已收录：{held}"
NOTICE_CHECKED = "✓ 核对通过：引文逐字在条款中，数字都有归属，未规定事项都已写明。"
NO_OPEN_DRAFT = "没有编号为 {draft} 的待发布草稿"
SECOND_PERSON = "设了双人复核，请在工作台里由另一人批准"
PUBLISHED = "已发布《{title}》，第{revision}版。"
NEVER_PUBLISHED = "{notice} 没有发布过，无可恢复"
RESTORED = "已恢复，第{revision}版。"

UNKNOWN = "（原文未载）"
STANCES = {
    Stance.STATES: "说明",
    Stance.REQUIRES: "要求",
    Stance.FORBIDS: "禁止",
    Stance.PERMITS: "允许",
    Stance.SILENT: "未规定",
}
NOTICE = (
    "■ {notice.id}（{notice.plan_year}年 {notice.genre}）\n"
    "  标题：{notice.title}\n"
    "  文号：{doc_no}　印发日期：{issued}　发文：{notice.issuer}\n"
    "  附件：{annexes}　咨询：{notice.contact.office} {notice.contact.phone}\n"
    "  条款 {clauses} 条，事实 {facts} 条"
)
ANNEXES = {True: "已收录", False: "未收录"}
CLAUSES_HEADING = "\n条款"
FACTS_HEADING = "\n事实"
FACT = "· {fact.id}｜{stance}｜{kinds}｜{fact.clause}\n    答：{fact.say}\n    引：“{fact.quote}”"
ALL_KINDS = "各类项目"

NOT_IN_TEXT = "（文中没有）"
DRAFT_FIELDS = {"title": "标题", "issuer": "发文单位", "doc_no": "文号", "date": "日期", "addressees": "主送"}
FIGURES = {"deadlines": "期限", "money": "金额", "counts": "数量", "percent": "比例"}
FATES = {"unchanged": "原样", "figures": "数字有变", "reworded": "措辞有变", None: "文中新读出"}
CONTACTS = "联系方式：{contacts}"
ATTACHMENTS = "附件：{attachments}"
CLAUSE_COUNT = "条款 {count} 条："
DRAFTED_FACTS = "拟定事实 {count} 条"
COMPARED_WITH = "（与 {notice} 逐条对照）"
EARLIER_QUOTE = "（原为：{quote}）"
FACTS_OF_FATE = "{fate} {count} 条"
FACTS_GONE = "没有找到 {count} 条：{ids}"

CASES = "用例 {cases}　正确 {right}　正确且有引用 {cited}　要点在前二百字 {lead}"
WRONGLY_ANSWERED = "误答（应拒答却作答）{share:.1%}　篇幅中位 {length:.0f} 字"
STEP_MEDIANS = "各步毫秒（中位）：{steps}"
WRONG_CASE = "\n✗ {id}（{kind}）{question}\n  {faults}\n  答：{answer}"
NOT_CITED = "没有引用应引的条款"
NO_LEFT_QUESTIONS = "没有留给工作人员的问题。"
LEFT_QUESTION = "■ {at:%Y-%m-%d %H:%M}（{channel}）{question}\n  当时的回答：{answer}"

CLOSES_BEFORE_OPENING = "结束日期 {closing} 早于开班日期 {opening}"
MORE_ONLINE_THAN_ALL = "线上学员 {online} 人多于学员总数 {trainees} 人"
BASIS = "依据：{title}"
REFERENCE_ONLY = "这一年度的通知尚未收录，以下只供参照。"
CHECKUP_HEADING = "\n体检"

NO_REMINDERS = "没有排着的提醒。"
NOTHING_OVERDUE = "没有要督办的事项。"
NEVER_SENT = "这期没有发送过提醒。"
REMINDER_COUNTS = (
    "已排 {found.planned} 条，已送达 {found.sent} 条，作废 {found.dropped} 条，"
    "找不到人 {found.unreachable} 条；到点未送 {found.late} 条。"
)
NEXT_REMINDER = "最早一条：{at:%Y-%m-%d %H:%M}"
DELIVERY_LAG = "到点后多久送达（最近一千条）：中位 {median:.1f} 秒，99% 在 {p99:.1f} 秒内"
UPCOMING = "{row.at:%Y-%m-%d %H:%M}　{row.seminar}　{row.key}　{row.step}　（{row.prudent} 到期）"
DELIVERY = "{row.at:%Y-%m-%d %H:%M}　{row.person_id}号　{row.channel}　{outcome}　{keys}"
SENDING = "正在发送"
REACHED = "处理了 {count} 个人的到点提醒。"
SIMULATED_MORE = "……共 {count} 条"
CALENDAR_SAVED = "日历已存到 {file}"

NAME_TAKEN = "用户名 {name} 已经有人用了；忘了密码用 yanxiu staff invite {name}"
NO_ACCOUNT = "没有用户名为 {name} 的账号"
NO_ACCOUNTS = "还没有账号，先用 yanxiu staff add 建一个管理员。"
ACCOUNT_DISABLED, ACCOUNT_ACTIVE, ACCOUNT_WITHOUT_PASSWORD = "已停用", "正常", "未设密码"
AUDIT_BROKEN = "前{count}条完好；{problem}"
AUDIT_INTACT = "✓ {count}条记录环环相扣。末条摘要 {digest}（另行记下，可防末尾整段被删）"
INVITATION = "请在3天内打开这个链接设置密码，用过即失效：\n{base}/staff/welcome/{token}"
LINE_UNREADABLE = "第{number}行读不懂：{reason}"

"""Fixed sentences about channels: choices without buttons, where reminders go, mailboxes."""

from __future__ import annotations

MAIL_FROM_NAME = "研修助手"
MAIL_CODE_SUBJECT = "研修助手的邮箱验证码"
MAIL_CODE = (
    "您的验证码是 {code}，10分钟内有效。请回到研修助手的对话里输入。\n"
    "如果不是您本人操作，忽略这封邮件即可，不会再收到任何邮件。\n"
)
MAIL_FOOT = "这是研修助手的提醒，请不要直接回复。"
MAIL_OPEN = "登记办理情况：{url}"
MAIL_LEAVE = "不再接收邮件：{url}"
MAIL_NO_SUCH_BOX = "邮箱不存在或已停用"
MAIL_REFUSED = "对方邮箱拒收"
MAIL_NOT_CONFIRMED = "邮箱没有验证"
MAIL_LEAVE_ASK = "不再接收研修助手的邮件？"
MAIL_LEAVE_WHAT = "{mailbox} 将不再收到期限提醒。其他渠道不受影响；以后可在对话里发“邮箱”重新添加。"
MAIL_LEFT = "已退订"
MAIL_LEFT_NOTE = "这个邮箱不会再收到研修助手的邮件。以后可在对话里发“邮箱”重新添加。"
MAIL_OVER = "链接已失效"
MAIL_LINK_OVER = "邮箱已经退订，或换过了。还收到邮件的话，请在对话里发“邮箱”查看和停用。"
MAIL_WHICH = "请发邮箱地址，例如 name@example.cn。我会寄一个验证码。"
MAIL_UNREADABLE = "没看到有效的邮箱地址。请写成 name@example.cn。"
MAIL_CODE_SENT = "验证码已寄到 {mailbox}，10分钟内有效。请回复邮件里的6位数字（没收到请看垃圾箱）。"
MAIL_NO_CODE = "请回复邮件里的6位数字；换邮箱就直接发新地址。"
MAIL_WRONG_CODE = "验证码不对，请再核对一次（最多试5次）。"
MAIL_CODE_OVER = "验证码已过期或试错太多次，请重新取一个。"
MAIL_CONFIRMED = "已验证 {mailbox}。期限提醒会附日程文件；发“提醒设置”可让邮件排在最前。"
MAIL_NOT_SENT = {
    "too_often": "这一小时给 {mailbox} 或您的验证码已到上限，请过一小时再试。",
    "failed": "邮件暂时发不出去，请稍后再试。工作人员已收到提示。",
    "refused": "{mailbox} 收不了信：邮箱不存在或拒收，请核对地址。",
    "off": "这里还没有开通邮件提醒。",
}
MAIL_OFF = "这里还没有开通邮件提醒。"
MAIL_HELD = "邮件提醒发到：{mailboxes}"
MAIL_NONE = "还没有邮箱。添加后，期限提醒会附日程文件发到邮箱。"
MAIL_ADD_LABEL = "添加邮箱"
MAIL_AGAIN_LABEL = "重新取验证码"
MAIL_OFF_LABEL = "移除 {mailbox}"
MAIL_OFF_ASK = "确定不再往 {mailbox} 发提醒？"
MAIL_OFF_YES = "确定移除"
MAIL_TAKEN_OFF = "已移除 {mailbox}。"
MAIL_SETTINGS_LABEL = "邮箱设置"
REMIND_SETTINGS_LABEL = "提醒设置"
WAYS_HEADING = "送到哪里（前面的送不到才用后面的）："
WAY = "{number}. {name}：{state}"
WAY_OPEN = "可以送达"
WAY_BARRED = "现在送不到——{why}"
MAIL_DISABLED = "已停用；发“邮箱”重新验证"
STILL_LOOKING = "还在查，请过一会儿回复“继续”看回答。"
WAY_DISABLED = "已停用；在那里发一条消息就恢复"
WAY_FIRST_LABEL = "先发{channel}"
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
CAME_THIS_WAY = "（{channel}送不到：{why}，所以发到这里。）"
SEND_FAILED = "暂时发不出去"
CHANNEL_OFF = "这个渠道没有启用"
CHANNEL_NAMES = {
    "wecom": "企业微信",
    "wechat": "微信",
    "telegram": "Telegram",
    "email": "邮件",
    "robot": "群机器人",
    "web": "网页",
    "terminal": "终端",
}
MENU_QUESTIONS = "常见问题"
MENU = (
    ("我的班", (("登记研修班", "/new"), ("我的研修班", "/seminars"), ("提醒设置", "/remind"))),
    ("更多", (("为什么这样答", "/why"), ("关联其他渠道", "/link"), ("使用说明", "/help"))),
)
PHOTO = "照片"
TELEGRAM_NOT_FETCHED = "文件没能从 Telegram 取到，请过一会儿再发一次。"
TELEGRAM_WHY = "为什么"
TELEGRAM_COMMANDS = {
    "start": "开始使用",
    "new": "登记研修班",
    "seminars": "我的研修班",
    "remind": "提醒设置",
    "help": "怎么提问",
    "why": "为什么这样答",
    "reset": "重新开始",
    "cancel": "取消正在做的步骤",
}
TERMINAL_PROMPT = "您："
TERMINAL_FAREWELLS = frozenset({"exit", "quit", "退出", "q"})
TERMINAL_EXTRAS = "（+ 有用　- 没用　? 为什么　/file 路径 发文件　退出 结束）"
TERMINAL_UNREADABLE = "文件读不了 {name}：{reason}"
TERMINAL_UNWRITABLE = "文件无法写到 {path}：{reason}"
TERMINAL_SAVED = "文件已存为 {path}"
SIMULATED_NO_KIND = "没有类型的研修班无法试算"
SIMULATED_TITLE = "第{number}期"
SIMULATED_LINE = "{at} → 第{number}期承办单位｜{text}"
SIMULATED_YEAR = "{year}年 {seminars} 期研修班，全年 {count} 条提醒，分在 {days} 天{busiest}。"
SIMULATED_BUSIEST = "，最多的一天 {day:%Y-%m-%d} 发 {most} 条"

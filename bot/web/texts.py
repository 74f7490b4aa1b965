"""The sentences the web surface itself says; conversations have theirs in `handlers.texts.conversation`."""

from __future__ import annotations

BAD_JSON = "请求内容不是有效的 JSON。"
BAD_BODY = '请求应为一个 JSON 对象，例如 {"q": "一期补助多少？"}。'
BAD_QUESTION = "缺少问题：请在 q 字段里写一段文字。"
BAD_HISTORY = "history 应为字符串数组，按先后列出此前的提问。"
BAD_DATE = "as_of 应为真实存在的日期，格式为 YYYY-MM-DD。"
BODY_TOO_LARGE = "请求内容过大，请控制在 64 KB 以内。"
NOT_FOUND = "没有这个页面或接口，请检查地址是否完整。"
METHOD_NOT_ALLOWED = "此接口不支持这种请求方法。"
FORBIDDEN = "没有权限访问。"
FORBIDDEN_ORIGIN = "请从研修助手自己的网页连接。"
BAD_REQUEST = "请求有误，请检查后再试。"
SERVER_ERROR = "系统出了差错，已记录。请稍后再试。"

FRAME_NOT_JSON = "消息格式有误：不是有效的 JSON。"
FRAME_UNKNOWN = "消息格式有误：缺少字段或类型不对。"
HELLO_FIRST = "请先发送 hello 再发消息。"
HELLO_TWICE = "这个连接已经属于另一个会话。"
TEXT_TOO_LONG = "一条消息最多 10,000 字，请分几次发送。"
HISTORY_UNAVAILABLE = "暂时读不到此前的对话，正在重试。"
NO_FILE = "没有这个文件，或您不在这期研修班的成员名单里。"
NO_CALENDAR = "这个日历地址无效或已停用，请回到研修助手里重新订阅。"
NO_DOWNLOAD = "这个下载链接已失效（24小时内有效，且只给还在成员名单里的人）。请在对话里重新点一次文件。"
NO_PAGE = "这个网页地址无效或已停用，请回到研修助手里点“网页时间轴”重新取一个。"
FILE_TOO_LARGE = "文件超过 20 MB，没有收下。请只上传通知正文，或把正文粘贴进来。"

"""What WeChat's error codes mean for the sender, and for staff."""

from __future__ import annotations

from bot.channels.base import AwaySendError, PermanentSendError, TemporarySendError
from bot.channels.tencent.api_client import PlatformError
from bot.channels.tencent.errors import ErrorMeaning
from handlers.texts import channels as channel_texts

WINDOW_CLOSED = frozenset({45015, 45047})
"""The person has not written lately; or has been written to as often as is allowed."""
NOT_ALLOWED = 48001
"""The account has no right to an interface: it is not certified."""
GONE = frozenset({40003, 43004, 50005, 43101})
"""No such person, no longer subscribed, or refusing."""
BUSY = {-1: 5.0, 45011: 60.0, 45009: 3600.0}
"""Seconds to wait."""

FOR_STAFF = {
    40013: "AppID 不对：请核对 YANXIU_WECHAT_APP_ID（公众平台 → 设置与开发 → 基本配置）。",
    40125: "AppSecret 不对：请在公众平台 → 基本配置里重置后更新 YANXIU_WECHAT_SECRET。",
    40164: "服务器的公网 IP 不在白名单里：公众平台 → 基本配置 → IP白名单，把本机出口 IP 加进去。",
    40037: "模板消息的模板ID无效：公众平台 → 模板消息里核对 YANXIU_WECHAT_TEMPLATE_ID。",
    45009: "今天的接口调用次数用完了：明天自动恢复；公众平台 → 接口权限里可以清零一次。",
    47003: "模板消息的字段对不上：请按模板详情核对 YANXIU_WECHAT_TEMPLATE_FIELDS。",
    NOT_ALLOWED: "公众号没有这个接口的权限（多为未认证）：提醒发不出去，长回答要用户回复“继续”才给。"
    "请到公众平台完成微信认证，再点“已处理”。",
    89503: "IP 调用需要管理员在微信里确认：请管理员打开“公众平台安全助手”确认一次。",
}


def meaning(error: PlatformError) -> ErrorMeaning:
    reason, staff = f"微信：{error}", FOR_STAFF.get(error.code, "")
    if error.code in WINDOW_CLOSED:
        return ErrorMeaning(AwaySendError(reason, why=channel_texts.WECHAT_WINDOW_CLOSED))
    if error.code in GONE:
        return ErrorMeaning(PermanentSendError(reason, why=channel_texts.WECHAT_LEFT))
    if error.code in {NOT_ALLOWED, 40037, 47003}:
        return ErrorMeaning(AwaySendError(reason, why=channel_texts.WECHAT_NOT_ALLOWED), staff)
    return ErrorMeaning(TemporarySendError(reason, BUSY.get(error.code)), staff)

"""What WeCom's error codes mean for the sender, and for staff."""

from __future__ import annotations

from bot.channels.base import PermanentSendError, TemporarySendError
from bot.channels.tencent.api_client import PlatformError
from bot.channels.tencent.errors import ErrorMeaning
from handlers.texts import channels as channel_texts

GONE = frozenset({40003, 60111, 81013, 46004})
BUSY = {-1: 5.0, 45033: 2.0, 45009: 60.0}
"""Seconds to wait."""

FOR_STAFF = {
    40001: "企业微信应用的 Secret 不对：管理后台 → 应用管理 → 本应用里查看，更新 YANXIU_WECOM_SECRET。",
    40013: "企业ID不对：管理后台 → 我的企业 → 企业信息最下方，更新 YANXIU_WECOM_CORP_ID。",
    40056: "AgentId 不对：管理后台 → 应用管理 → 本应用里查看，更新 YANXIU_WECOM_AGENT_ID。",
    60020: "服务器的公网 IP 不可信：管理后台 → 应用管理 → 本应用 → 企业可信IP，把本机出口 IP 加进去。",
    301002: "Secret 与 AgentId 不是同一个应用：请在同一个应用页面里重新复制两项。",
    45009: "企业微信的发送次数到了上限，正在自动放慢；若长期如此，请减少群发。",
    48002: "应用没有这个接口的权限：管理后台 → 应用管理 → 本应用里开通“发送消息”。",
}
INVISIBLE = "成员 {member} 收不到消息：不在应用的可见范围或已离职。管理后台 → 应用管理 → 本应用 → 可见范围里添加。"


def meaning(error: PlatformError, member: str) -> ErrorMeaning:
    reason = f"企业微信：{error}"
    if error.code in GONE:
        return invisible(member, reason)
    return ErrorMeaning(TemporarySendError(reason, BUSY.get(error.code)), FOR_STAFF.get(error.code, ""))


def invisible(member: str, reason: str) -> ErrorMeaning:
    return ErrorMeaning(PermanentSendError(reason, why=channel_texts.WECOM_INVISIBLE), INVISIBLE.format(member=member))

"""Every fixed sentence a user sees."""

from __future__ import annotations

INTERNAL_ERROR = "抱歉，这条消息处理时出了差错，已记录。请稍后把问题再发一次；仍不行可致电主管处室。"
STORAGE_UNAVAILABLE = "系统暂时无法读写记录，您的消息还没有处理。请稍后再发一次。"

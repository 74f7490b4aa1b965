"""Replies as they are pushed."""

from __future__ import annotations

from handlers.domain.messages import Notification, Reply


def unasked(reply: Reply) -> Notification:
    """A reply nobody is waiting for, with nothing but its words."""
    return Notification(reply=reply, subject=reply.text)

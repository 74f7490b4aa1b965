"""Buttons that more than one conversation offers."""

from __future__ import annotations

from handlers.domain.messages import Choice
from handlers.texts import conversation as texts


def leave_choice(question_id: int) -> Choice:
    """The button that leaves a question for staff."""
    return Choice(label=texts.LEAVE_LABEL, token=f"leave:{question_id}")

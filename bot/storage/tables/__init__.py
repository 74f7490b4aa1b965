"""All tables, in one schema."""

from bot.storage.tables import access, channel, conversation, reminder, seminar, staff
from bot.storage.tables.columns import metadata

__all__ = ["access", "channel", "conversation", "metadata", "reminder", "seminar", "staff"]

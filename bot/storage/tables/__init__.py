"""All tables, in one schema."""

from bot.storage.tables import channel, conversation, reminder, seminar, staff
from bot.storage.tables.columns import metadata

__all__ = ["channel", "conversation", "metadata", "reminder", "seminar", "staff"]

"""Conversations, the same for every channel."""

"""Processes that are killed, and databases that go away."""

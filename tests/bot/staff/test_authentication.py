"""Signing staff in."""

from __future__ import annotations

from argon2 import PasswordHasher

from bot.staff.authentication import NOBODY


def test_an_unknown_account_costs_as_much_as_a_known_one() -> None:
    assert not PasswordHasher().check_needs_rehash(NOBODY)

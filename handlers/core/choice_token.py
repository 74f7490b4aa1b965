"""What a pressed button says, read once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChoiceToken:
    """`NAME:ARG:ARG…`: the name of its handler, and what it carries."""

    name: str
    args: tuple[str, ...] = ()

    @classmethod
    def parse(cls, token: str) -> ChoiceToken | None:
        """None where nothing follows the name, not even a colon."""
        name, colon, rest = token.partition(":")
        return cls(name, tuple(rest.split(":"))) if colon else None

    def arg(self, place: int) -> str:
        return self.args[place] if place < len(self.args) else ""

    def number(self, place: int) -> int | None:
        said = self.arg(place)
        return int(said) if said.isdecimal() else None

    def rest(self, place: int) -> str:
        """Everything from a place on, for words that may hold a colon."""
        return ":".join(self.args[place:])

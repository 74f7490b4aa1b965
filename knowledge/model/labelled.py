"""Closed lists whose entries people read."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """Each member is written as its value and what people read for it."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_, member.label = value, label
        return member

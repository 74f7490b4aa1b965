"""Rows as values."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Row

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

V = TypeVar("V", bound="DataclassInstance")


def from_row(kind: type[V], row: Row[Any], **other: Any) -> V:
    """A dataclass filled from the columns of the same names; `other` fields are made otherwise."""
    columns = row._mapping
    return kind(**{one.name: columns[one.name] for one in fields(kind) if one.name not in other}, **other)

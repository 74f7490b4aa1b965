"""Conditions on an address or a message with the values left open.

A statement made of them is built once and used for everybody: building it takes longer than running it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.storage.tables.columns import clean
from handlers.domain.messages import Address, Incoming

MessageKey = tuple[str, str, str]


def address_filter(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.channel == sa.bindparam("at_channel"), table.c.address_id == sa.bindparam("at_address_id"))


def message_filter(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(address_filter(table), table.c.message_id == sa.bindparam("of_message_id"))


def address_params(address: Address) -> dict[str, str]:
    return {"at_channel": address.channel, "at_address_id": address.id}


def address_columns(address: Address) -> dict[str, Any]:
    return {"channel": address.channel, "address_id": address.id}


def message_params(incoming: Incoming) -> dict[str, str]:
    return address_params(incoming.address) | {"of_message_id": incoming.message_id}


def message_key(incoming: Incoming) -> MessageKey:
    return clean(incoming.address.channel), clean(incoming.address.id), clean(incoming.message_id)


def one_or_more(rows: list[dict[str, Any]]) -> list[dict[str, Any]] | dict[str, Any]:
    """Parameters to execute a statement with: SQLAlchemy is quicker with one set than with a list of one."""
    return rows[0] if len(rows) == 1 else rows

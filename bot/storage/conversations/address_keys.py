"""Conditions on an address or a message with the values left open.

A statement made of them is built once and used for everybody: building it takes longer than running it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.storage.tables.conversation import clean
from handlers.domain.messages import Address, Incoming

Key = tuple[str, str, str]
"""Channel, address and message id as they stand in the database."""


def of_some_address(table: sa.Table) -> sa.ColumnElement[bool]:
    """The rows of the address given as `at(address)`."""
    return sa.and_(table.c.channel == sa.bindparam("at_channel"), table.c.address_id == sa.bindparam("at_address_id"))


def of_some_message(table: sa.Table) -> sa.ColumnElement[bool]:
    """The row of the message given as `of(incoming)`."""
    return sa.and_(of_some_address(table), table.c.message_id == sa.bindparam("of_message_id"))


def at(address: Address) -> dict[str, str]:
    """The values of `of_some_address`."""
    return {"at_channel": address.channel, "at_address_id": address.id}


def columns(address: Address) -> dict[str, Any]:
    """The beginning of a new row of this address."""
    return {"channel": address.channel, "address_id": address.id}


def of(incoming: Incoming) -> dict[str, str]:
    """The values of `of_some_message`."""
    return at(incoming.address) | {"of_message_id": incoming.message_id}


def key(incoming: Incoming) -> Key:
    """What tells a message from every other one."""
    return clean(incoming.address.channel), clean(incoming.address.id), clean(incoming.message_id)


def one_or_more(rows: list[dict[str, Any]]) -> list[dict[str, Any]] | dict[str, Any]:
    """Parameters to execute a statement with: SQLAlchemy is quicker with one set than with a list of one."""
    return rows[0] if len(rows) == 1 else rows

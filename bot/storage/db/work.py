"""What a database is asked to do: plain functions of a connection, and those that are one statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Row

T = TypeVar("T")
Work = Callable[[Connection], T]
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def execute(*statements: Executable) -> Work[None]:
    def work(connection: Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return work


def execute_with(statement: Executable, parameters: Parameters) -> Work[None]:
    def work(connection: Connection) -> None:
        connection.execute(statement, parameters)

    return work


def fetch_all(query: Executable, parameters: Parameters | None = None) -> Work[Sequence[Row[Any]]]:
    return lambda connection: connection.execute(query, parameters).all()


def fetch_one(query: Executable, parameters: Parameters | None = None) -> Work[Row[Any] | None]:
    return lambda connection: connection.execute(query, parameters).one_or_none()


def fetch_value(query: Executable, parameters: Parameters | None = None) -> Work[Any]:
    return lambda connection: connection.execute(query, parameters).scalar_one_or_none()


def fetch_values(query: Executable, parameters: Parameters | None = None) -> Work[Sequence[Any]]:
    return lambda connection: connection.execute(query, parameters).scalars().all()

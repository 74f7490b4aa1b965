"""Methods of stores: each a plain function of a connection, called without one and awaited."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.storage.db.database import Connection, Database

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    def __init__(self, database: Database) -> None:
        self._database = database


S = TypeVar("S", bound=Store)


def querying(
    work: Callable[Concatenate[S, Connection, P], T],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    @wraps(work)
    async def method(store: S, /, *args: P.args, **named: P.kwargs) -> T:
        return await store._database.query(lambda connection: work(store, connection, *args, **named))

    return method


def transacting(
    work: Callable[Concatenate[S, Connection, P], T],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    @wraps(work)
    async def method(store: S, /, *args: P.args, **named: P.kwargs) -> T:
        return await store._database.transact(lambda connection: work(store, connection, *args, **named))

    return method

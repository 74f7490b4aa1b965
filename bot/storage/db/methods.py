"""Methods of stores: each a plain function of a connection, called without one and awaited."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.storage.db.batching import GroupCommit
from bot.storage.db.database import Connection, Database

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")


class Store:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._groups: dict[str, GroupCommit[Any, Any]] = {}


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


def grouped(
    work: Callable[[S, Sequence[Item]], Coroutine[Any, Any, Sequence[T]]],
) -> Callable[[S, Item], Coroutine[Any, Any, T]]:
    """Called with one item; what is called at the same time is done together (`GroupCommit`)."""

    @wraps(work)
    async def method(store: S, item: Item, /) -> T:
        if work.__name__ not in store._groups:
            store._groups[work.__name__] = GroupCommit(partial(work, store))
        done: T = await store._groups[work.__name__].add(item)
        return done

    return method

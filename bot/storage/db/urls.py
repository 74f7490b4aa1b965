"""Database addresses as people write them, made into those the drivers want."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.storage.db.errors import StorageUnavailable

SQLITE = "sqlite"
POSTGRES = "postgresql+asyncpg"
DRIVERS = {
    "sqlite": SQLITE,
    "sqlite+aiosqlite": SQLITE,
    "sqlite+pysqlite": SQLITE,
    "postgres": POSTGRES,
    "postgresql": POSTGRES,
    "postgresql+asyncpg": POSTGRES,
    "postgresql+psycopg": POSTGRES,
    "postgresql+psycopg2": POSTGRES,
}
RENAMED = {"sslmode": "ssl"}
"""libpq's names of connection options, and asyncpg's."""
ACCEPTED = {"host", "port", "ssl", "prepared_statement_cache_size"}
IGNORED = {"channel_binding", "gssencmode", "application_name", "connect_timeout"}
"""Options of hosted databases' copy-and-paste addresses that asyncpg does without."""

EXAMPLES = "例如 sqlite:///yanxiu.db 或 postgresql://用户:口令@主机/库名"


def normalise(text: str) -> URL:
    """The address with its driver; StorageUnavailable says what is wrong with it."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise StorageUnavailable(f"YANXIU_DATABASE_URL 不是数据库地址，{EXAMPLES}。") from None
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        raise StorageUnavailable(f"不支持的数据库类型 {url.drivername}，{EXAMPLES}。")
    url = url.set(drivername=driver)
    return _with_asyncpg_options(url) if driver == POSTGRES else _with_file(url)


def is_missing_file(text: str) -> bool:
    """Whether the address is a SQLite file that does not exist (yet)."""
    url = normalise(text)
    return url.drivername == SQLITE and not Path(url.database or "").exists()


def _with_file(url: URL) -> URL:
    if url.host:
        raise StorageUnavailable(f"SQLite 地址少了一个斜杠：应为 sqlite:///{url.host}。")
    if url.database in (None, "", ":memory:"):
        raise StorageUnavailable(f"SQLite 地址缺少文件名，{EXAMPLES}。")
    if url.query:
        raise StorageUnavailable(f"YANXIU_DATABASE_URL 中的参数 {'、'.join(sorted(url.query))} 不受支持，请删去。")
    return url


def _with_asyncpg_options(url: URL) -> URL:
    query = {RENAMED.get(name, name): value for name, value in url.query.items() if name not in IGNORED}
    unknown = sorted(set(query) - ACCEPTED)
    if unknown:
        raise StorageUnavailable(f"YANXIU_DATABASE_URL 中的参数 {'、'.join(unknown)} 不受支持，请删去。")
    return url.set(query=query)

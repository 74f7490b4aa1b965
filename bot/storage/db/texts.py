"""What operators are told of a database that cannot be used."""

from __future__ import annotations

FILE_UNUSABLE = "数据库文件 {file} 无法读写。请确认所在目录存在、可写且磁盘未满，或用 YANXIU_DATABASE_URL 指定别的位置"
SERVER_AWAY = "连不上数据库 {url}。请确认 PostgreSQL 已启动、YANXIU_DATABASE_URL 中的地址与口令无误"
BECAUSE = "{advice}（原因：{reason}）"
TABLES_MISSING = "数据库尚未建表或版本过旧，请先运行 yanxiu db upgrade。"
NEWER_SCHEMA = "数据库的版本与程序不符，可能是较新的程序建的：请升级程序，或恢复旧备份（原因：{reason}）"
CLOSED = "程序正在退出，数据库已经关闭。"
NOT_KEPT = "程序正在退出，这条记录没有保存。"

EXAMPLES = "例如 sqlite:///yanxiu.db 或 postgresql://用户:口令@主机/库名"
NO_ADDRESS = f"YANXIU_DATABASE_URL 不是数据库地址，{EXAMPLES}。"
UNKNOWN_KIND = f"不支持的数据库类型 {{kind}}，{EXAMPLES}。"
SLASH_MISSING = "SQLite 地址少了一个斜杠：应为 sqlite:///{file}。"
FILE_MISSING = f"SQLite 地址缺少文件名，{EXAMPLES}。"
UNKNOWN_OPTIONS = "YANXIU_DATABASE_URL 中的参数 {names} 不受支持，请删去。"

"""Indexes as they are written for MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.candidate import IndexKey
from dbwright.dialects.mysql.quoting import spelled


def creation(name: str, table: str, keys: Sequence[IndexKey]) -> str:
    """Gives the statement that makes an index.

    >>> creation("ix", "key", [IndexKey('"order"', descending=True)])
    'CREATE INDEX ix ON `key` (`order` DESC)'
    """
    listed = ", ".join(_key(each) for each in keys)
    return f"CREATE INDEX {spelled(name)} ON {spelled(table)} ({listed})"


def dropping(name: str, table: str) -> str:
    """Gives the statement that drops an index."""
    return f"drop index {spelled(name)} on {spelled(table)}"


def _key(key: IndexKey) -> str:
    if not key.is_column:
        return key.sql
    return spelled(key.expression.strip('"')) + (" DESC" if key.descending else "")

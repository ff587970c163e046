"""Names as they are written in SQL."""

from __future__ import annotations

import re

from sqlglot.generators.mysql import MySQLGenerator

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def quoted(name: str) -> str:
    """Gives the identifier in backticks, which every sql_mode reads."""
    return "`" + name.replace("`", "``") + "`"


def spelled(name: str) -> str:
    """Gives a name as people write it: in backticks where the server takes it for something else.

    >>> spelled("userId"), spelled("key"), spelled("Full Name")
    ('userId', '`key`', '`Full Name`')
    """
    if _PLAIN.fullmatch(name) and name.lower() not in MySQLGenerator.RESERVED_KEYWORDS:
        return name
    return quoted(name)


def quoted_key(key: str) -> str:
    """Gives a table key (`orders`, `billing.invoices`) with each part quoted."""
    return ".".join(quoted(part) for part in key.split(".", 1))


def literal(text: str) -> str:
    """Gives the text as a string literal, for a session that reads no backslash escapes."""
    return "'" + text.replace("'", "''") + "'"

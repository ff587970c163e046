"""Names as they are written in SQL."""

from __future__ import annotations

import functools
import sqlite3


def quoted(name: str) -> str:
    """Gives the identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def quoted_key(key: str) -> str:
    """Gives a table key (`orders`, `billing.invoices`) with each part quoted."""
    return ".".join(quoted(part) for part in key.split(".", 1))


def literal(text: str) -> str:
    """Gives the text as a string literal."""
    return "'" + text.replace("'", "''") + "'"


@functools.lru_cache(maxsize=8192)
def spelled(name: str) -> str:
    """Gives a name as people write it: in quotes where SQLite takes it for something else.

    >>> spelled("userId"), spelled("index"), spelled("Full Name")
    ('userId', '"index"', '"Full Name"')
    """
    if not (name.isascii() and name.isidentifier()):
        return quoted(name)
    connection = sqlite3.connect(":memory:")
    try:
        sql = f"select {name}.{name} from (select 1 as {name}) as {name} order by {name} desc"
        connection.execute(f"explain {sql}")
    except sqlite3.Error:
        return quoted(name)
    finally:
        connection.close()
    return name

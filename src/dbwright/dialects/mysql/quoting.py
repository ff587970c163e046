"""Names as they are written in SQL."""

from __future__ import annotations


def quoted(name: str) -> str:
    """Gives the identifier in backticks, which every sql_mode reads."""
    return "`" + name.replace("`", "``") + "`"


def quoted_key(key: str) -> str:
    """Gives a table key (`orders`, `billing.invoices`) with each part quoted."""
    return ".".join(quoted(part) for part in key.split(".", 1))


def literal(text: str) -> str:
    """Gives the text as a string literal, for a session that reads no backslash escapes."""
    return "'" + text.replace("'", "''") + "'"

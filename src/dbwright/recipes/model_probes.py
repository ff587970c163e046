"""Names in the statements of probes, quoted as the database wants them."""

from __future__ import annotations

from dbwright import dialects


def quoted(dialect: str, column: str, table: str) -> tuple[str, str]:
    """Gives a column's name and a table's key in quotes.

    >>> quoted("postgresql", "user", "crm.clients")
    ('"user"', '"crm"."clients"')
    """
    quoting = dialects.get(dialect).quoting
    return quoting.quoted(column), quoting.quoted_key(table)

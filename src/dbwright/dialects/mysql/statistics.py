"""How many rows each table has, as InnoDB estimates them."""

from __future__ import annotations

from typing import Any


def rows(connection: Any) -> dict[str, int]:
    """Give the estimated rows of each table of the current database, by its name."""
    cursor = connection.cursor()
    cursor.execute(
        """
        select table_name, table_rows from information_schema.tables
        where table_schema = database() and table_type = 'BASE TABLE' and table_rows is not null
        """
    )
    return {str(name): int(count) for name, count in map(tuple, cursor.fetchall())}

"""How many rows each table has, as InnoDB estimates them."""

from __future__ import annotations

from typing import Any

from dbwright.dialects.mysql.quoting import quoted


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


def settle(connection: Any) -> None:
    """Ends the transaction: what was written is not counted here."""
    connection.commit()


def gather(connection: Any) -> None:
    """Has the optimizer know what all tables hold; it ends the transaction."""
    for name in rows(connection):
        cursor = connection.cursor()
        cursor.execute(f"analyze table {quoted(name)}")
        cursor.fetchall()

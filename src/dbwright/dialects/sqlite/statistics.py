"""How many rows each table of SQLite has, by its own statistics."""

from __future__ import annotations

import sqlite3


def rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Give the rows of each table as ANALYZE last counted them; empty where it never ran."""
    cursor = connection.cursor()
    cursor.row_factory = None
    known = cursor.execute("select 1 from sqlite_master where name = 'sqlite_stat1'").fetchone()
    if not known:
        return {}
    found = cursor.execute("select tbl, stat from sqlite_stat1 order by tbl").fetchall()
    return {table: int(stat.split()[0]) for table, stat in found if stat}


def settle(connection: sqlite3.Connection) -> None:
    """Ends the transaction: SQLite counts nothing."""
    connection.commit()


def gather(connection: sqlite3.Connection) -> None:
    """Has the planner know what all tables hold; the caller commits."""
    connection.execute("analyze")

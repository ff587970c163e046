"""How many rows a statement reads and writes on its way, as the server's handlers count them.

The figures are the same on each machine, as long as the rows and the plan are.
https://mariadb.com/kb/en/server-status-variables/#handler_read_first
"""

from __future__ import annotations

from typing import Any

from dbwright.dialects.mysql.explain import as_application

_READ = """
    show session status
    where variable_name like 'Handler_read%' or variable_name = 'Handler_tmp_write'
"""


def rows_read(connection: Any, sql: str) -> int:
    """Give the rows that one statement read, those of temporary tables counted too.

    It is run; the caller rolls back. Raises pymysql.err.Error.
    """
    with as_application(connection):
        cursor = connection.cursor()
        # a table that is opened has its statistics read from tables, and that counts [MariaDB]
        cursor.execute(f"explain {sql}")
        cursor.fetchall()
    own = _read(connection)
    before = _read(connection)
    with as_application(connection):
        cursor.execute(sql)
        cursor.fetchall()
        after = _read(connection)
    # looking at the counters may count too [MySQL]
    return max(after - before - (before - own), 0)


def _read(connection: Any) -> int:
    cursor = connection.cursor()
    cursor.execute(_READ)
    return sum(int(value) for _, value in cursor.fetchall())

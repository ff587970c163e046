"""The SQL of an account of MySQL or MariaDB that only reads one or more databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbwright.core.granted import RoleWanted, Surroundings
from dbwright.dialects.mysql.quoting import quoted
from dbwright.dialects.mysql.server import version

DEFAULT_SCHEMAS: tuple[str, ...] = ()
_FUNCTIONS = """
    select routine_schema, routine_name, routine_type from information_schema.routines
    where security_type = 'DEFINER' and routine_schema = database() order by 1, 2
"""


def surroundings(connection: Any) -> Surroundings:
    """Gives the database of the connection and what acts with its owner's rights in it."""
    ((name,),) = connection.execute("select database()").fetchall()
    found = version(connection)
    rows = connection.execute(_FUNCTIONS).fetchall()
    functions = tuple(f"{kind} {quoted(schema)}.{quoted(named)}" for schema, named, kind in rows)
    return Surroundings(
        str(name), (str(name),), functions=functions, version=found.numbers[:2], family=found.family
    )


def statements(wanted: RoleWanted, around: Surroundings) -> Iterator[str]:
    """Gives the lines of the SQL."""
    account = f"{_text(wanted.name)}@{_text(wanted.host)}"
    maria = around.family != "MySQL"
    yield f"-- An account that reads {', '.join(wanted.schemas)}, and no more. Run it as root."
    limits = "MAX_USER_CONNECTIONS 10" + (" MAX_STATEMENT_TIME 30" if maria else "")
    if wanted.password:
        yield f"CREATE USER {account} IDENTIFIED BY {_text(wanted.password)} WITH {limits};"
    else:
        yield f"CREATE USER {account} WITH {limits} ACCOUNT LOCK;"
        yield "-- It is locked until it has a password:"
        yield f"--   ALTER USER {account} IDENTIFIED BY '…' ACCOUNT UNLOCK;"
    if not maria:
        yield "-- MySQL limits no account's time: SET GLOBAL max_execution_time = 30000."
    yield f"-- Over a network:  ALTER USER {account} REQUIRE SSL;"
    for schema in wanted.schemas:
        yield f"GRANT SELECT, SHOW VIEW ON {_pattern(schema)}.* TO {account};"
    yield "-- It gets no EXECUTE, and no FILE, PROCESS, SUPER or right on *.*."
    if around.functions:
        many = len(around.functions)
        yield f"-- {many} routines act with their owner's rights; it may call none."
    yield f"-- To undo:  DROP USER {account};"


def _pattern(schema: str) -> str:
    """Gives a database's name as GRANT reads it, where _ and % stand for any letters."""
    return quoted(schema.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%"))


def _text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

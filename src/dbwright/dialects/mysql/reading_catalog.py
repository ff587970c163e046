"""What names stand for in MySQL or MariaDB: views, stored functions, functions of libraries."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pymysql

_SYSTEM = "('mysql', 'sys', 'information_schema', 'performance_schema')"


@dataclass(frozen=True, slots=True)
class Stored:
    """A view or function; `body` is None where the role may not see it."""

    schema: str
    name: str
    body: str | None
    definer: bool
    modes: str = ""


def database(connection: Any) -> str:
    """Gives the database of the session, empty for none."""
    ((name,),) = connection.execute("select database()").fetchall()
    return str(name or "")


_VIEWS = """
    select table_schema, table_name, view_definition, security_type, ''
    from information_schema.views
    where lower(table_name) in %(names)s and table_schema not in {system}
"""


def views(connection: Any, names: Sequence[str]) -> list[Stored]:
    """Gives the views, in whatever schema, that names may mean."""
    if not names:
        return []
    return _stored(connection, _VIEWS, tuple(names))


_ELSEWHERE = """
    select table_schema, table_name, engine from information_schema.tables
    where lower(table_name) in %(names)s
      and engine in ('CONNECT', 'FEDERATED', 'SPIDER', 'OQGRAPH', 'S3', 'ODBC')
"""


def elsewhere(connection: Any, names: Sequence[str]) -> list[tuple[str, str]]:
    """Gives the tables that names may mean whose rows are in files or on other servers."""
    if not names:
        return []
    rows = connection.execute(_ELSEWHERE, {"names": tuple(names)}).fetchall()
    return [(f"{schema}.{name}", str(engine)) for schema, name, engine in rows]


_ROUTINES = """
    select routine_schema, routine_name, routine_definition, security_type, sql_mode
    from information_schema.routines
    where routine_type <> 'PROCEDURE' and lower(routine_name) in %(names)s
"""


def routines(connection: Any, name: str) -> list[Stored]:
    """Gives the stored functions, in whatever schema, that a name may mean."""
    return _stored(connection, _ROUTINES, (name,))


def _stored(connection: Any, sql: str, names: tuple[str, ...]) -> list[Stored]:
    rows = connection.execute(sql.format(system=_SYSTEM), {"names": names}).fetchall()
    return [
        Stored(
            str(schema),
            str(name),
            body and str(body),
            str(security).upper() != "INVOKER",
            str(modes).upper(),
        )
        for schema, name, body, security, modes in rows
    ]


_NAMED = """
    select distinct lower(table_name) from information_schema.tables
    where lower(table_name) in %(names)s
"""


def names_of_tables(connection: Any, words: Collection[str]) -> set[str]:
    """Gives those of the words that are the name of a table or view."""
    if not words:
        return set()
    rows = connection.execute(_NAMED, {"names": tuple(words)}).fetchall()
    return {str(name) for (name,) in rows}


_LOADED = (
    "select count(*) from mysql.func where lower(name) = %(name)s",
    "select count(*) from performance_schema.user_defined_functions where lower(udf_name) = "
    "%(name)s",
)


def is_loaded(connection: Any, name: str) -> bool:
    """Whether a function comes from a library, as far as the role may see that."""
    for sql in _LOADED:
        with contextlib.suppress(pymysql.err.Error):
            ((many,),) = connection.execute(sql, {"name": name}).fetchall()
            if many:
                return True
    return False


def variables(connection: Any) -> list[tuple[str, str]]:
    """Gives the server's variables."""
    rows = connection.execute("show global variables").fetchall()
    return [(str(name), str(value)) for name, value in rows]

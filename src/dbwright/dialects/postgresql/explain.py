"""Plans as PostgreSQL gives them, without running the statement."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from dbwright.core.explained import Explained
from dbwright.core.plan import Node
from dbwright.dialects.postgresql import plan_data
from dbwright.dialects.postgresql.plan_data import node
from dbwright.dialects.postgresql.question import rows_of_each

__all__ = [
    "explained",
    "node",
    "plan",
    "plans",
    "reads_whole_table",
    "scans_disfavored",
    "text",
    "tree",
    "trees",
]

_PARAMETER = re.compile(r"\$\d")
_PREPARED = "dbwright_explained"


def plan(
    connection: psycopg.Connection[Any], sql: str, parameters: Any = None, *, analyze: bool = False
) -> Node:
    """Give the plan of one statement; `analyze` runs it, which the caller must want.

    Parameters are written into the statement, so the plan is the one for these values; a statement
    with $1 and no value gets the generic plan. Raises psycopg.Error for a statement that the
    server refuses.
    """
    options = "format json, costs" + (", analyze, timing off" if analyze else "")
    (first,) = _explained(connection, sql, options, parameters)
    return node(first[0]["Plan"])


def plans(
    connection: psycopg.Connection[Any], several: Sequence[str]
) -> list[Node | psycopg.Error]:
    """Give the plan of each statement, many a question; see `plan`."""
    found = _each(connection, several, "format json, costs")
    return [each if isinstance(each, psycopg.Error) else node(each["Plan"]) for each in found]


def trees(
    connection: psycopg.Connection[Any], several: Sequence[str], *, verbose: bool = False
) -> list[dict[str, Any] | psycopg.Error]:
    """Give the plan of each statement as EXPLAIN's own JSON, many a question; see `plan`."""
    options = "format json, costs" + (", verbose" if verbose else "")
    found = _each(connection, several, options)
    return [each if isinstance(each, psycopg.Error) else each["Plan"] for each in found]


def _each(
    connection: psycopg.Connection[Any], several: Sequence[str], options: str
) -> list[dict[str, Any] | psycopg.Error]:
    """Give what EXPLAIN says of each; before 16 those with parameters are asked one by one."""
    known: dict[str, dict[str, Any] | psycopg.Error] = {}
    generic = connection.info.server_version >= 160000
    alone = [sql for sql in several if not generic and _PARAMETER.search(sql)]
    for sql in alone:
        try:
            known[sql] = _explained(connection, sql, options, None)[0][0]
        except psycopg.Error as error:
            known[sql] = error
    rest = [sql for sql in dict.fromkeys(several) if sql not in known]
    texts = [
        f"explain ({options}{', generic_plan' * bool(_PARAMETER.search(sql))}) {sql}"
        for sql in rest
    ]
    for sql, answer in zip(rest, rows_of_each(connection, texts), strict=True):
        known[sql] = answer if isinstance(answer, psycopg.Error) else answer[0][0][0]
    return [known[sql] for sql in several]


def explained(
    connection: psycopg.Connection[Any],
    sql: str,
    parameters: Any = None,
    *,
    analyze: bool = False,
    options: str = "",
) -> Explained:
    """Give all that EXPLAIN says of one statement; see `plan`.

    `analyze` runs it with timing and buffers; `options` are further ones: `verbose, settings`.
    """
    wanted = ["format json", *(["analyze", "buffers"] if analyze else []), options]
    (first,) = _explained(connection, sql, ", ".join(filter(None, wanted)), parameters)
    return plan_data.explained(first[0])


def tree(connection: psycopg.Connection[Any], sql: str, *, verbose: bool = False) -> dict[str, Any]:
    """Give the plan of one statement as EXPLAIN's own JSON; see `plan`."""
    options = "format json, costs" + (", verbose" if verbose else "")
    (first,) = _explained(connection, sql, options, None)
    found: dict[str, Any] = first[0]["Plan"]
    return found


def text(connection: psycopg.Connection[Any], sql: str, *, costs: bool = True) -> str:
    """Give the plan of one statement in the server's own words; see `plan`."""
    return "\n".join(_explained(connection, sql, f"costs {costs}", None))


def _explained(
    connection: psycopg.Connection[Any], sql: str, options: str, parameters: Any
) -> list[Any]:
    with psycopg.ClientCursor(connection, row_factory=tuple_row) as cursor:
        if parameters is not None or not _PARAMETER.search(sql):
            cursor.execute(f"explain ({options}) {sql}".encode(), parameters)
        elif connection.info.server_version >= 160000:
            cursor.execute(f"explain ({options}, generic_plan) {sql}".encode())
        else:
            return _prepared(cursor, sql, options)
        return [row[0] for row in cursor.fetchall()]


def _prepared(cursor: psycopg.Cursor[Any], sql: str, options: str) -> list[Any]:
    """Give the generic plan as PostgreSQL before 16 gives it: of a prepared statement.

    It is prepared only while it is explained. The values may be anything, as the plan is forced
    to be the one for all. https://www.postgresql.org/docs/15/sql-prepare.html
    """
    cursor.execute(f"prepare {_PREPARED} as {sql}".encode())
    try:
        with cursor.connection.transaction(force_rollback=True):
            cursor.execute("set local plan_cache_mode = force_generic_plan")
            values = ", ".join(["null"] * (_parameters(cursor) or 0))
            call = f"{_PREPARED}({values})" if values else _PREPARED
            cursor.execute(f"explain ({options}) execute {call}".encode())
            return [row[0] for row in cursor.fetchall()]
    finally:
        broken = cursor.connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
        # The driver may have deallocated all when the block above was rolled back.
        if not broken and _parameters(cursor) is not None:
            cursor.execute(f"deallocate {_PREPARED}".encode())


def _parameters(cursor: psycopg.Cursor[Any]) -> int | None:
    """Give how many parameters the prepared statement takes, or None where it is not there."""
    cursor.execute(
        "select cardinality(parameter_types) from pg_prepared_statements where name = %s",
        [_PREPARED],
    )
    row = cursor.fetchone()
    return int(row[0]) if row else None


@contextlib.contextmanager
def scans_disfavored(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """For the block, lets the planner read a table whole only where no index can serve.

    On a small table a sequential scan is the cheaper plan even beside a fitting index.
    https://www.postgresql.org/docs/current/runtime-config-query.html
    """
    connection.execute("set local enable_seqscan = off")
    try:
        yield
    finally:
        if connection.info.transaction_status != psycopg.pq.TransactionStatus.INERROR:
            connection.execute("set local enable_seqscan = on")


def reads_whole_table(found: Node, key: str | None) -> bool:
    """Whether the node reads every row of the table, or of any table when none is named.

    A bitmap or index scan without a condition reads all of it too.
    """
    name = key.rpartition(".")[2] if key else None
    if found.relation is None or (name is not None and found.relation != name):
        return False
    if found.name == "Seq Scan":
        return True
    return found.name.startswith("Index") and found.index_condition is None and bool(found.filter)

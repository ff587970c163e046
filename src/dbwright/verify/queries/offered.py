"""Which indexes a planner would take for one statement if they were there.

All that its conditions, joins and order could use are made in one transaction that is rolled
back; what a plan uses is noted and taken away, and the planner asked again.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from dbwright.core.candidate import Candidate
from dbwright.core.plan import Node
from dbwright.core.schema import Schema
from dbwright.dialects.postgresql import explain
from dbwright.dialects.postgresql.access import accesses, partition_roots
from dbwright.dialects.sqlite import explain as sqlite_explain
from dbwright.dialects.sqlite.access import Reading
from dbwright.dialects.sqlite.indexes import creation, rowid
from dbwright.dialects.sqlite.quoting import spelled
from dbwright.recipes.tune.candidates import Surroundings, all_of, candidates
from dbwright.recipes.tune.sqlite import candidates_of
from dbwright.verify.queries.ground import NOTICEABLE, used

_ROUNDS = 4
"""How often the planner is asked for the next best."""
NAME = "dbwright_offered_"
"""How the names of indexes begin that are made for a look."""
_EXTENSIONS = "select extname from pg_extension"
_PLAIN = """
    select case to_jsonb(d) ->> 'datlocprovider'
           when 'b' then true when 'i' then false
           else datcollate in ('C', 'POSIX') end
    from pg_database d where datname = current_database()
"""
"""Whether texts are sorted by their bytes: by C, or by a locale that is built in, as none of the
system's is, C.UTF-8 neither. https://www.postgresql.org/docs/current/locale.html"""


def of_postgresql(connection: psycopg.Connection[Any], sql: str) -> tuple[Candidate, ...]:
    """Gives the candidates that lower the planner's cost of a statement, the best first.

    `connection` may write; all is rolled back. A statement that has no plan has none.
    """
    with contextlib.suppress(psycopg.Error), connection.transaction(force_rollback=True):
        found = accesses(connection, sql, partition_roots(connection))
        possible = list(all_of(candidates(found, surroundings(connection))))
        named = {f"{NAME}{number}": each for number, each in enumerate(possible)}
        before = explain.plan(connection, sql)
        made = {name: each for name, each in named.items() if _is_made(connection, name, each)}
        for table in {(each.schema, each.table) for each in made.values() if _computes(each)}:
            connection.execute(f"analyze {spelled(table[0])}.{spelled(table[1])}".encode())
        return tuple(
            taken(made, before, lambda: explain.plan(connection, sql), _dropping(connection))
        )
    return ()


def surroundings(connection: psycopg.Connection[Any]) -> Surroundings:
    """Gives what the database is like in which candidates are to stand."""
    extensions = {_first(row) for row in connection.execute(_EXTENSIONS).fetchall()}
    plain = connection.execute(_PLAIN).fetchone()
    plainly = plain is not None and bool(_first(plain))
    return Surroundings(
        plainly, "pg_trgm" in extensions, lambda access, condition: False, lambda *_: False
    )


def _first(row: Any) -> Any:
    return row[0] if isinstance(row, tuple) else next(iter(row.values()))


def _is_made(connection: psycopg.Connection[Any], name: str, each: Candidate) -> bool:
    try:
        with connection.transaction():
            connection.execute(each.named(name).sql.encode())
    except psycopg.Error:
        return False
    return True


def _computes(candidate: Candidate) -> bool:
    return any(not key.is_column for key in candidate.keys)


def _dropping(connection: psycopg.Connection[Any]) -> Callable[[str], None]:
    def drop(name: str) -> None:
        row = connection.execute(
            "select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relname = %s",
            [name],
        ).fetchone()
        schema = _first(row) if row else "public"
        connection.execute(f"drop index {spelled(schema)}.{name}".encode())

    return drop


def of_sqlite(connection: sqlite3.Connection, schema: Schema, sql: str) -> tuple[Candidate, ...]:
    """Gives the candidates that SQLite's planner takes for a statement, the best first."""
    reading = Reading(schema, sql)
    if reading.tree is None:
        return ()
    tables = {each.name: spelled(rowid(each) or "") for each in schema.tables}
    plain = [access for access in reading.accesses if access.table in tables]
    found = candidates_of(plain, tables, lambda access, condition: False)
    possible = dict.fromkeys(each for several in found.values() for each in several)
    named = {f"{NAME}{number}": each for number, each in enumerate(possible)}
    connection.execute("savepoint dbwright_offered")
    try:
        before = sqlite_explain.plan(connection, sql)
        made = {}
        for name, each in named.items():
            with contextlib.suppress(sqlite3.Error):
                connection.execute(creation(each.named(name)))
                made[name] = each
        connection.execute("analyze")
        plan = lambda: sqlite_explain.plan(connection, sql)  # noqa: E731
        return tuple(taken(made, before, plan, lambda n: _execute(connection, f"drop index {n}")))
    except sqlite3.Error:
        return ()
    finally:
        connection.execute("rollback to savepoint dbwright_offered")
        connection.execute("release savepoint dbwright_offered")


def _execute(connection: sqlite3.Connection, sql: str) -> None:
    connection.execute(sql)


def taken(
    made: dict[str, Candidate], before: Node, plan: Callable[[], Node], drop: Callable[[str], None]
) -> Iterator[Candidate]:
    """Gives what plans use, round by round; a round that saves too little is the last."""
    left = dict(made)
    for _ in range(_ROUNDS):
        found = plan()
        names = [name.lower() for name in used(found) if name.lower() in left]
        costly = before.cost > 0 and found.cost * NOTICEABLE > before.cost
        if not names or costly:
            return
        for name in names:
            yield left.pop(name)
            drop(name)

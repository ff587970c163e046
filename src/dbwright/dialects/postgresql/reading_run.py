"""An allowed statement run on PostgreSQL: limits in the session, rows streamed, long values cut."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import errors

from dbwright.core.reading import Allowed, Column, Limits
from dbwright.core.secrets import is_secret_setting
from dbwright.dialects.gathering import HUNG_UP, Gathering, from_json
from dbwright.dialects.postgresql import reading_catalog
from dbwright.dialects.postgresql.question import ask
from dbwright.dialects.postgresql.reading_texts import COLUMN, without_constants

_PLAIN = frozenset(("boolean", "smallint", "integer", "bigint", "oid", "real", "double precision"))
_JSON = ("json", "jsonb")
_VOID = "void"
_GRACE = 1.0
"""Seconds after which the client cancels what the server's own limit has not, or hangs up then."""
_CHUNK = 100
_CHUNK_CHARACTERS = 4_000_000
"""Rows come in pieces of so many characters at most, or one by one."""

_SESSION = (
    # the guard reads strings as the standard does, and the server is to read the same
    ("standard_conforming_strings", "on"),
    ("client_encoding", "UTF8"),
    ("DateStyle", "ISO, YMD"),
    ("bytea_output", "hex"),
    ("client_min_messages", "error"),  # notices would be of any number and length
    ("temp_file_limit", "1GB"),  # last: only a superuser may, and its failure changes nothing
)


def prepare(connection: psycopg.Connection[Any], limits: Limits, *, write: bool = False) -> None:
    """Sets the limits of the transaction, in the transaction.

    What a write means is the role's own settings' to say, how strings are read apart.
    """
    milliseconds = {
        "statement_timeout": limits.seconds,
        "lock_timeout": limits.lock_seconds,
        "idle_in_transaction_session_timeout": limits.seconds + 30,
    }
    if connection.info.server_version >= 140000:
        # whoever hung up is gone: what catches a cancel is ended by that
        milliseconds["client_connection_check_interval"] = 1
    wanted = [(name, f"{max(1, int(value * 1000))}ms") for name, value in milliseconds.items()]
    superuser = connection.info.parameter_status("is_superuser") == "on"
    own = _SESSION if superuser else _SESSION[:-1]
    for name, value in (*wanted, *(own[:1] if write else own)):
        connection.execute("select set_config(%s, %s, true)", [name, value])


def bound(
    connection: psycopg.Connection[Any], sql: str, parameters: Sequence[Any]
) -> tuple[str, Sequence[Any]]:
    """Gives both as they are: the server binds the values itself."""
    return sql, parameters


def secrets(connection: psycopg.Connection[Any]) -> list[str]:
    """Gives the values of settings that are secret, as far as the role may see them."""
    found = reading_catalog.settings(connection)
    return [value for name, value in found if is_secret_setting(name) and len(value) > 3]


def run(
    connection: psycopg.Connection[Any],
    allowed: Allowed,
    parameters: Sequence[Any],
    gathering: Gathering,
) -> None:
    """Runs the statement and gathers its rows until a limit is reached.

    Raises psycopg.Error; psycopg.errors.QueryCanceled where the time is over.
    """
    limits = gathering.limits
    described = _described(connection, allowed.sql)
    types = _types(connection, {type_ for _, type_, _, _ in described})
    gathering.columns = tuple(Column(name, types[type_]) for name, type_, _, _ in described)
    kinds = [types[type_] for _, type_, _, _ in described]
    texts = _text_columns(connection, described) if allowed.texts else frozenset()
    texts |= frozenset(allowed.places)
    sql = allowed.sql
    if allowed.kind == "rows" and kinds:
        sql = _shortening(sql, kinds, limits)
    longest = max(1, len(kinds)) * (2 * limits.value + 1)
    chunk = max(1, min(_CHUNK, _CHUNK_CHARACTERS // longest))
    with _ended(connection, limits.seconds), psycopg.RawCursor(connection) as cursor:
        rows: Any = cursor.stream(sql.encode(), parameters or None, size=chunk)
        for row in rows:
            values = [
                _value(value, kind, at in texts, limits.value)
                for at, (value, kind) in enumerate(zip(row, kinds, strict=True))
            ]
            if not gathering.add(values):
                rows.close()  # has the server stop sending
                break


@contextlib.contextmanager
def _ended(connection: psycopg.Connection[Any], seconds: float) -> Iterator[None]:
    """Cancels what runs after its time, and hangs up where that does not help."""
    hung = threading.Event()

    def hang_up() -> None:
        hung.set()
        with (
            contextlib.suppress(OSError, psycopg.Error),
            socket.socket(fileno=os.dup(connection.pgconn.socket)) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)

    timers = [
        threading.Timer(seconds + _GRACE, connection.cancel_safe),
        threading.Timer(seconds + 2 * _GRACE, hang_up),
    ]
    for timer in timers:
        timer.daemon = True
        timer.start()
    try:
        yield
    except psycopg.OperationalError as error:
        if not hung.is_set():
            raise
        raise errors.QueryCanceled(HUNG_UP) from error
    finally:
        for timer in timers:
            timer.cancel()


def finish(connection: psycopg.Connection[Any]) -> None:
    """Rolls back, and leaves nothing in the session, which a pooler may hand to another."""
    connection.rollback()
    connection.autocommit = True
    connection.execute("discard all")


_Field = tuple[str, int, int, int]


def _described(connection: psycopg.Connection[Any], sql: str) -> list[_Field]:
    """Gives name, type, table and column number of what the statement would answer."""
    server, encoding = connection.pgconn, "utf-8"
    for result in (server.prepare(b"", sql.encode()), server.describe_prepared(b"")):
        if result.error_message:
            raise errors.error_from_result(result, encoding=encoding)
    return [
        (
            (result.fname(at) or b"").decode(encoding, "replace"),
            result.ftype(at),
            result.ftable(at),
            result.ftablecol(at),
        )
        for at in range(result.nfields)
    ]


_TYPES = """
    select oid::int8 as oid, format_type(oid, null) as name
    from unnest(%(oids)s::int8[]::oid[]) as oid
"""


def _types(connection: psycopg.Connection[Any], oids: set[int]) -> dict[int, str]:
    return {row.oid: row.name for row in ask(connection, _TYPES, oids=list(oids))}


_ATTRIBUTES = """
    select a.attrelid::int8 as relation, a.attnum as number from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    where a.attname = %(column)s and c.relname in ('pg_stat_activity', 'pg_stat_statements')
"""


def _text_columns(connection: psycopg.Connection[Any], fields: list[_Field]) -> frozenset[int]:
    """Gives the places of columns that hold statements; one without an origin may be one too."""
    rows = ask(connection, _ATTRIBUTES, column=COLUMN)
    known = {(row.relation, row.number) for row in rows}
    return frozenset(
        at
        for at, (name, _, table, number) in enumerate(fields)
        if (table, number) in known or (not table and name == COLUMN)
    )


def _shortening(sql: str, kinds: list[str], limits: Limits) -> str:
    """Gives a query of which the server sends so many rows, and so much of each value.

    OFFSET 0 keeps the planner from working out a value twice.
    """
    names = [f"c{at}" for at in range(len(kinds))]
    values = [_shortened(*pair, limits.value) for pair in zip(names, kinds, strict=True)]
    return (
        f"select {', '.join(values)} from (select * from (\n{sql}\n) as asked offset 0) "
        f"as answer ({', '.join(names)}) limit {limits.rows + 1}"
    )


def _shortened(name: str, kind: str, most: int) -> str:
    if kind in _PLAIN:
        return name
    if kind == _VOID:
        return "null::text"
    # twice: what is redacted in a value is longer than what stands for it
    text = f"to_jsonb({name})::text" if kind.endswith("[]") else f"{name}::text"
    return f"pg_catalog.left({text}, {2 * most + 1})"


def _value(value: Any, kind: str, is_statement: bool, most: int) -> Any:
    if not isinstance(value, str):
        return value
    if is_statement:
        return without_constants(value)
    whole = len(value) <= most
    return from_json(value) if whole and (kind in _JSON or kind.endswith("[]")) else value

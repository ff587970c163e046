"""Puts extended statistics into a twin, which no server offers a function for.

Its own types refuse to be read from text, but a superuser may let bytes stand for them:
`create cast (bytea as pg_ndistinct) without function`. What is written is laid out as in
src/backend/statistics/mvdistinct.c, dependencies.c and mcv.c. A list of common values holds its
values as the server keeps them in a row, so the server makes the list, of a table with just
these rows, and only the frequencies are put in its place. That table is the owner's: its
expressions and what ANALYZE calls, a range's subtype_diff, are functions of somebody's.
"""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import psycopg

from dbwright.core.identifiers import string_literal
from dbwright.core.statistics import ColumnStatistics, CommonValues, ExtendedStatistics
from dbwright.dialects.postgresql.question import Row, ask

_DISTINCT_MAGIC, _DEPENDENCIES_MAGIC = 0xA352BFA4, 0xB4549A2C
_TYPES = ("pg_ndistinct", "pg_dependencies", "pg_mcv_list")

_PLAIN = """
    select format_type(a.atttypid, null) as type,
           format_type(dbwright_twin.plain(a.atttypid), null) as plain
    from pg_attribute a
    where a.attrelid = 'dbwright_imitated.t'::regclass and a.attname = %(column)s
"""
_TABLE = "dbwright_imitated.t"
_OBJECT = """
    select s.oid::bigint as id, s.stxkeys::int[] as keys,
           format('%%I.%%I', cn.nspname, c.relname) as table,
           (select array_agg(quote_ident(a.attname) order by k.at)
            from unnest(s.stxkeys::int[]) with ordinality k(number, at)
            join pg_attribute a on a.attrelid = s.stxrelid and a.attnum = k.number) as columns,
           {expressions} as expressions
    from pg_statistic_ext s
    join pg_namespace n on n.oid = s.stxnamespace
    join pg_class c on c.oid = s.stxrelid
    join pg_namespace cn on cn.oid = c.relnamespace
    where n.nspname = %(schema)s and s.stxname = %(name)s
"""


def load_extended(
    connection: psycopg.Connection[Any],
    owner: psycopg.Connection[Any],
    statistics: Sequence[ExtendedStatistics],
) -> Iterator[str]:
    """Writes each, and gives a sentence for those that could not be.

    The first connection is a superuser's, who alone may write them.
    """
    if not statistics:
        return
    with _castable(connection):
        for each in statistics:
            try:
                with connection.transaction():
                    _load(connection, owner, each)
            except (psycopg.Error, ValueError) as error:
                why = str(error).strip().splitlines()[0]
                yield f"extended statistics {each.name}: {why}"


@contextlib.contextmanager
def _castable(connection: psycopg.Connection[Any]) -> Iterator[None]:
    for name in _TYPES:
        connection.execute(f"create cast (bytea as {name}) without function".encode())
    try:
        yield
    finally:
        for name in _TYPES:
            connection.execute(f"drop cast (bytea as {name})".encode())


def _load(
    connection: psycopg.Connection[Any], owner: psycopg.Connection[Any], each: ExtendedStatistics
) -> None:
    version = connection.info.server_version // 10000
    expressions = "pg_get_statisticsobjdef_expressions(s.oid)" if version >= 14 else "null::text[]"
    question = _OBJECT.format(expressions=expressions)
    found = ask(connection, question, schema=each.schema, name=each.name)
    if not found:
        raise ValueError("it is not in the twin")
    row = found[0]
    numbers = dict(zip(each.keys, row.keys, strict=True))
    numbers |= {-k: -k for k in range(1, 1 + len(row.expressions or ()))}
    parts: dict[str, Any] = {}
    if each.distinct:
        parts["stxdndistinct"] = ("pg_ndistinct", _distinct(each.distinct, numbers))
    if each.dependencies:
        parts["stxddependencies"] = ("pg_dependencies", _dependencies(each.dependencies, numbers))
    if each.common:
        with _imitated(connection, owner, row):
            parts["stxdmcv"] = ("pg_mcv_list", _common(connection, owner, each.common))
    if each.expressions:
        with _imitated(connection, owner, row):
            _write(connection, row.id, each, parts, version)
    else:
        _write(connection, row.id, each, parts, version)


def _write(
    connection: psycopg.Connection[Any],
    id_: int,
    each: ExtendedStatistics,
    parts: Mapping[str, tuple[str, bytes]],
    version: int,
) -> None:
    columns = {"stxoid": "%(id)s::bigint::oid"}
    columns |= {"stxdinherit": "%(inherited)s"} if version >= 15 else {}
    columns |= {name: f"%({name})s::bytea::{type_}" for name, (type_, _) in parts.items()}
    if each.expressions:
        _expressions(connection, each.expressions)
        columns["stxdexpr"] = "(select array_agg(e order by e.staattnum) from pg_statistic e"
        columns["stxdexpr"] += f" where e.starelid = '{_TABLE}'::regclass)"
    # a server before 15 has made an empty row with the object
    ask_ = "delete from pg_statistic_ext_data where stxoid = %(id)s::bigint::oid returning 1"
    if version < 15:
        ask(connection, ask_, id=id_)
    sql = f"insert into pg_statistic_ext_data ({', '.join(columns)})"
    sql += f" values ({', '.join(columns.values())}) returning 1"
    values = {name: data for name, (_, data) in parts.items()}
    ask(connection, sql, id=id_, inherited=each.inherited, **values)
    if each.expressions:
        connection.execute(
            f"delete from pg_statistic where starelid = '{_TABLE}'::regclass".encode()
        )


@contextlib.contextmanager
def _imitated(
    connection: psycopg.Connection[Any], owner: psycopg.Connection[Any], row: Row
) -> Iterator[None]:
    """Has a table of the owner's with the object's columns and expressions as columns."""
    parts = [*(row.columns or ()), *(f"({each})" for each in row.expressions or ())]
    shown = ", ".join(f"{part} as c{number}" for number, part in enumerate(parts, start=1))
    schema, _, _ = _TABLE.partition(".")
    owner.execute(f"create schema {schema}".encode())
    try:
        make = f"create table {_TABLE} as select {shown} from {row.table} limit 0"
        owner.execute(make.encode())
        for number in range(1, len(parts) + 1):
            # a domain's value would be checked by functions of the database's own
            row = ask(connection, _PLAIN, column=f"c{number}")[0]
            if row.plain is None:
                raise ValueError("its values are of a composite type")
            if row.plain != row.type:
                change = f"alter table {_TABLE} alter c{number} type {row.plain}"
                owner.execute(change.encode())
        yield
    finally:
        owner.execute(f"drop schema {schema} cascade".encode())


def _expressions(
    connection: psycopg.Connection[Any], expressions: Sequence[ColumnStatistics]
) -> None:
    from dbwright.dialects.postgresql.twin_load import LOAD

    question = "select count(*) as n from pg_attribute where attrelid = %(t)s::regclass"
    columns = ask(connection, f"{question} and attnum > 0", t=_TABLE)[0].n
    first = columns - len(expressions) + 1
    schema, _, table = _TABLE.partition(".")
    rows = [
        asdict(replace(each, schema=schema, relation=table, column=f"c{number}"))
        for number, each in enumerate(expressions, start=first)
    ]
    ask(connection, LOAD, rows=json.dumps(rows))


def _distinct(text: str, numbers: Mapping[int, int]) -> bytes:
    """Gives pg_ndistinct of its text: {"1, 2": 5}."""
    items = []
    for names, value in json.loads(text).items():
        keys = [numbers[int(each)] for each in names.split(",")]
        items.append(struct.pack(f"<di{len(keys)}h", float(value), len(keys), *keys))
    return struct.pack("<III", _DISTINCT_MAGIC, 1, len(items)) + b"".join(items)


def _dependencies(text: str, numbers: Mapping[int, int]) -> bytes:
    """Gives pg_dependencies of its text: {"1 => 2": 1.000000}."""
    items = []
    for names, degree in json.loads(text).items():
        left, _, right = names.partition("=>")
        keys = [numbers[int(each)] for each in [*left.split(","), right]]
        items.append(struct.pack(f"<dh{len(keys)}h", float(degree), len(keys), *keys))
    return struct.pack("<III", _DEPENDENCIES_MAGIC, 1, len(items)) + b"".join(items)


def _common(
    connection: psycopg.Connection[Any], owner: psycopg.Connection[Any], common: CommonValues
) -> bytes:
    """Gives pg_mcv_list of the values, which the imitated table has the types of."""
    width = len(common.values[0])
    columns = ", ".join(f"c{number}" for number in range(1, width + 1))
    with psycopg.Cursor(owner) as cursor:
        for values in common.values:
            spelled = ", ".join(
                "null" if value is None else string_literal(value) for value in values
            )
            cursor.execute(f"insert into {_TABLE} ({columns}) values ({spelled})".encode())
        made = f"create statistics dbwright_imitated.listed (mcv) on {columns} from {_TABLE}"
        cursor.execute(made.encode())
        cursor.execute(b"alter statistics dbwright_imitated.listed set statistics 10000")
        cursor.execute(f"analyze {_TABLE}".encode())
    answer = ask(
        connection,
        """
        select d.stxdmcv::bytea as list,
               (select json_agg(json_build_array(i.values, i.nulls) order by i.index)
                from pg_mcv_list_items(d.stxdmcv) i) as items
        from pg_statistic_ext_data d join pg_statistic_ext s on s.oid = d.stxoid
        where s.stxname = 'listed' and s.stxnamespace = 'dbwright_imitated'::regnamespace
        """,
    )
    return _with_frequencies(bytes(answer[0].list), answer[0].items, common)


def _with_frequencies(made: bytes, items: Sequence[Any], common: CommonValues) -> bytes:
    known = {
        values: (frequency, base)
        for values, frequency, base in zip(
            common.values, common.frequencies, common.base_frequencies, strict=True
        )
    }
    width = len(common.values[0])
    size = 3 * width + 16
    if len(items) != len(known):
        raise ValueError(f"the server kept {len(items)} of {len(known)} common values")
    data = bytearray(made)
    for number, (values, nulls) in enumerate(items):
        key = tuple(None if null else value for value, null in zip(values, nulls, strict=True))
        at = len(data) - (len(items) - number) * size + width
        struct.pack_into("<dd", data, at, *known[key])
    return bytes(data)

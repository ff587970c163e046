"""The least and the greatest value of a b-tree's first key, as the planner of its source sees them.

The ends of a column's histogram are those of a sample, and soon old where rows come in order. The
planner asks the index for the true ones (get_actual_variable_range in
src/backend/utils/adt/selfuncs.c). It is asked here how many rows lie beyond the middle of the
histogram's last part, which tells where that part ends for it: no row is read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from dbwright.core.identifiers import string_literal
from dbwright.core.statistics import PAGE, RelationSize
from dbwright.dialects.postgresql.question import Row, ask

Ends = tuple[str, str]
Place = tuple[str, str]

_KEYS = """
    select n.nspname as schema, x.relname as name, format('%%I.%%I', n.nspname, c.relname) as table,
           pg_get_indexdef(x.oid, 1, false) as key, s.n_distinct,
           s.histogram_bounds::text::text[] as bounds, s.most_common_vals::text::text[] as common,
           1 - s.null_frac - coalesce((select sum(f) from unnest(s.most_common_freqs) f), 0)
               as part,
           format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null) as type
    from pg_index i
    join pg_class x on x.oid = i.indexrelid
    join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_am m on m.oid = x.relam and m.amname = 'btree'
    join pg_attribute a on a.attrelid = x.oid and a.attnum = 1
    join pg_type t on t.oid = a.atttypid
    left join pg_attribute k on k.attrelid = c.oid and k.attnum = i.indkey[0] and k.attnum > 0
    join pg_stats s on s.schemaname = n.nspname and not s.inherited
     and (s.tablename = c.relname and s.attname = k.attname
          or k.attname is null and s.tablename = x.relname and s.attname = a.attname)
    where x.relkind = 'i' and x.relpages > 1 and i.indisvalid and i.indpred is null
      and s.histogram_bounds is not null
    order by x.relpages desc limit 2000
"""
_WHOLE = "({near} + round(({middle} - {near})::numeric * {factor}))::{type}"
_BEYOND = {
    "smallint": _WHOLE,
    "integer": _WHOLE,
    "bigint": _WHOLE,
    "numeric": "{near} + ({middle} - {near}) * {factor}",
    "real": "({near} + ({middle} - {near}) * {factor}::float8)::real",
    "double precision": "{near} + ({middle} - {near}) * {factor}::float8",
    "date": "{near} + round(({middle} - {near}) * {factor})::integer",
    "timestamp without time zone": "{near} + ({middle} - {near}) * {factor}::float8",
    "timestamp with time zone": "{near} + ({middle} - {near}) * {factor}::float8",
}
"""Types along which the planner measures, and what lies so far beyond a value."""
_MIDDLE = """
    select m::text as middle, {difference} as share
    from (select {near} + ({end} - {near}) / 2 as m) middle
"""
_SHARE = "({end} - m)::float8 / nullif(({end} - {near})::float8, 0)"
_SHARE_OF_TIME = (
    "extract(epoch from {end} - m)::float8 / nullif(extract(epoch from {end} - {near})::float8, 0)"
)
_MANY = 1000
"""With fewer values the rows of one of them would be taken for a distance."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The last part of a histogram at one end, from the value next to it to its own."""

    near: str
    end: str
    comparison: str


def seen_ends(connection: psycopg.Connection[Any]) -> dict[Place, Ends]:
    """Gives the ends of b-trees whose first key has a histogram, by schema and name.

    Those that cannot be measured are the histogram's.
    """
    found: dict[Place, Ends] = {}
    known: dict[tuple[str, str], Ends] = {}
    with connection.transaction(force_rollback=True):
        # else a day would be an hour shorter or longer twice a year
        ask(connection, "select set_config('timezone', 'UTC', true)")
        for row in ask(connection, _KEYS):
            key = (row.table, row.key)
            if key not in known:
                known[key] = _ends(connection, row)
            found[row.schema, row.name] = known[key]
    return found


def _ends(connection: psycopg.Connection[Any], row: Row) -> Ends:
    bounds = row.bounds
    least, greatest = bounds[0], bounds[-1]
    few = 0 <= row.n_distinct < _MANY
    if row.type not in _BEYOND or few or len(bounds) < 3:
        return least, greatest
    with contextlib.suppress(psycopg.Error), connection.transaction():
        least, greatest = _with_common(connection, row)
        rows = _rows(connection, row.table, "true") * row.part / (len(bounds) - 1)
        if least == bounds[0]:
            least = _measured(connection, row, _Part(bounds[1], least, "<="), rows)
        if greatest == bounds[-1]:
            greatest = _measured(connection, row, _Part(bounds[-2], greatest, ">"), rows)
    return least, greatest


def _with_common(connection: psycopg.Connection[Any], row: Row) -> Ends:
    """Gives the ends of the histogram, or of the most common values where those lie beyond."""
    sql = f"""
        with v as (select v::{row.type} as v from unnest(%(values)s::text[]) as u (v))
        select (select v::text from v order by v limit 1) as least,
               (select v::text from v order by v desc limit 1) as greatest
    """
    values = [row.bounds[0], row.bounds[-1], *(row.common or ())]
    found = ask(connection, sql, values=values)[0]
    return found.least, found.greatest


def _measured(connection: psycopg.Connection[Any], row: Row, part: _Part, rows: float) -> str:
    """Gives where the planner sees the end of a part that holds so many rows.

    Rows are told in whole numbers: where they are what the histogram's own end gives, it is that.
    Else it is asked once more from the middle of what was found, where it is told best.
    """
    found = _asked(connection, row, part, rows, known=1.0)
    if found == part.end:
        return found
    return _asked(connection, row, replace(part, end=found), rows, known=0.0)


def _asked(
    connection: psycopg.Connection[Any], row: Row, part: _Part, rows: float, known: float
) -> str:
    """Gives the end by the rows beyond the middle; the given one where they differ less."""
    near, end = (f"{string_literal(each)}::{row.type}" for each in (part.near, part.end))
    difference = _SHARE_OF_TIME if row.type.startswith("timestamp") else _SHARE
    question = _MIDDLE.format(difference=difference.format(near=near, end=end), near=near, end=end)
    found = ask(connection, question)[0]
    if found.share is None or found.share >= 1:
        return part.end
    middle = f"{string_literal(found.middle)}::{row.type}"
    seen = _rows(connection, row.table, f"{row.key} {part.comparison} {middle}")
    if abs(seen - found.share * rows) <= known or seen >= 0.999 * rows:
        return part.end
    factor = f"{rows / (rows - seen):.9f}"
    sql = _BEYOND[row.type].format(near=near, middle=middle, factor=factor, type=row.type)
    return str(ask(connection, f"select ({sql})::text as v")[0].v)


def _rows(connection: psycopg.Connection[Any], table: str, condition: str) -> float:
    """Gives how many rows the planner takes to meet a condition."""
    sql = f"explain (format json) select 1 from only {table} where {condition}"
    with psycopg.Cursor(connection) as cursor:
        cursor.execute(sql.encode())
        answer = cursor.fetchone()
    return float(answer[0][0]["Plan"]["Plan Rows"]) if answer else 0.0


_OPERATOR_CLASS = """
    select format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null) as type,
           format('%%I.%%I', o.nspname, p.opcname) as opclass,
           (select format(' collate %%I.%%I', ln.nspname, l.collname) from pg_collation l
            join pg_namespace ln on ln.oid = l.collnamespace where l.oid = i.indcollation[0])
               as collation,
           case when i.indoption[0] & 1 = 1 then ' desc' else '' end as direction,
           n.nspname as schema, x.relname as name, i.indnatts > 1 as several
    from pg_index i
    join pg_class x on x.oid = i.indexrelid
    join pg_namespace n on n.oid = x.relnamespace
    join pg_attribute a on a.attrelid = x.oid and a.attnum = 1
    join pg_type t on t.oid = a.atttypid
    join pg_opclass p on p.oid = i.indclass[0]
    join pg_namespace o on o.oid = p.opcnamespace
    where x.relkind = 'i' and p.opcmethod = 403
"""
_SCHEMA = "dbwright_ends"
_FILES = """
    select c.relname as name, pg_read_binary_file(pg_relation_filepath(c.oid), %(page)s, %(page)s)
               as leaf
    from pg_class c where c.relnamespace = %(schema)s::regnamespace and c.relkind = 'i'
"""


def leaves(
    admin: psycopg.Connection[Any],
    owner: psycopg.Connection[Any],
    relations: Sequence[RelationSize],
) -> dict[Place, bytes]:
    """Gives for indexes of a twin a b-tree's leaf of just their two ends, by schema and name.

    The server makes it, as an index of a table of the owner's: values are read by functions of
    their types.
    """
    ends = {(each.schema, each.name): each.ends for each in relations if each.ends}
    if not ends:
        return {}
    rows = [row for row in ask(admin, _OPERATOR_CLASS) if (row.schema, row.name) in ends]
    owner.execute(f"create schema {_SCHEMA}".encode())
    try:
        made: dict[tuple[Any, ...], str] = {}
        for row in rows:
            kind = _kind(row, ends)
            if kind not in made:
                made[kind] = f"i{len(made)}"
                with contextlib.suppress(psycopg.Error), owner.transaction():
                    _make(owner, made[kind], row, kind[-1])
        admin.execute("checkpoint")
        found = {row.name: bytes(row.leaf) for row in ask(admin, _FILES, page=PAGE, schema=_SCHEMA)}
    finally:
        owner.execute(f"drop schema {_SCHEMA} cascade".encode())
    named = {(row.schema, row.name): made[_kind(row, ends)] for row in rows}
    return {place: found[name] for place, name in named.items() if name in found}


def _kind(row: Row, ends: Mapping[Place, Ends | None]) -> tuple[Any, ...]:
    place = (row.schema, row.name)
    return (row.type, row.opclass, row.collation, row.direction, row.several, ends[place])


def _make(owner: psycopg.Connection[Any], name: str, row: Row, ends: Ends) -> None:
    """Makes an index of two rows: what a longer one has beyond its first key is NULL here."""
    table = f"{_SCHEMA}.of_{name}"
    values = ", ".join(f"({string_literal(each)})" for each in ends)
    keys = f"v{row.collation or ''} {row.opclass}{row.direction}{', n' if row.several else ''}"
    for sql in (
        f"create table {table} (v {row.type}, n int)",
        f"insert into {table} (v) values {values}",
        f"create index {name} on {table} using btree ({keys}) with (deduplicate_items = off)",
    ):
        owner.execute(sql.encode())

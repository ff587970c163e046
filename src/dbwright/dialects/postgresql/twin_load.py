"""Puts a twin's statistics into a database whose tables stand there empty; as a superuser.

Rows of pg_statistic are written as ANALYZE writes them: the operators are those of the type's
own b-tree, the values are read by `array_in`. https://www.postgresql.org/docs/current/catalog-pg-statistic.html
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

import psycopg

from dbwright.core.statistics import ColumnStatistics, RelationSize, Statistics
from dbwright.dialects.postgresql.question import ask
from dbwright.dialects.postgresql.twin_extended import load_extended

_MANY = 200
_FUNCTIONS = """
create schema dbwright_twin;

create function dbwright_twin.base(type oid) returns oid language sql stable as $$
    with recursive down (id, kind, under) as (
        select oid, typtype, typbasetype from pg_type where oid = type
        union all
        select t.oid, t.typtype, t.typbasetype from down d join pg_type t on t.oid = d.under
        where d.kind = 'd'
    ) select id from down where kind <> 'd'
$$;

-- The type by which a value can be read without calling a function of the database's own, as a
-- domain's CHECK is; null where there is none.
create function dbwright_twin.plain(type oid) returns oid language sql stable as $$
    select case when t.typtype = 'c' or e.typtype = 'c' then null
                when e.typtype = 'd' then (select b.typarray from pg_type b
                                           where b.oid = dbwright_twin.base(e.oid))
                else t.oid end
    from pg_type t
    left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
    where t.oid = dbwright_twin.base(type)
$$;

create function dbwright_twin.operator(type oid, strategy int) returns oid
language sql stable as $$
    select o.amopopr
    from pg_type t
    join pg_opclass c on c.opcdefault and c.opcmethod = (select oid from pg_am
                                                         where amname = 'btree')
     and (c.opcintype = t.oid
          or c.opcintype = (case when t.typtype = 'e' then 'anyenum'::regtype
                                 when t.typtype = 'r' then 'anyrange'::regtype
                                 when t.typtype = 'c' then 'record'::regtype
                                 when t.typcategory = 'A' then 'anyarray'::regtype
                                 else to_regtype(case when t.typtype = 'm' then 'anymultirange'
                                                 end) end)
          or exists (select from pg_cast k where k.castsource = t.oid and k.casttarget = c.opcintype
                     and k.castmethod = 'b' and k.castcontext = 'i'))
    join pg_amop o on o.amopfamily = c.opcfamily and o.amopstrategy = strategy
     and o.amoplefttype = c.opcintype and o.amoprighttype = c.opcintype
    join pg_type i on i.oid = c.opcintype
    where t.oid = dbwright_twin.base(type)
    order by c.opcintype <> t.oid, not i.typispreferred limit 1
$$;

-- Asked of each column by itself, they take most of the time that loading a large schema takes.
create table dbwright_twin.known as
    select t.type, dbwright_twin.operator(t.type, 3) as equal,
           dbwright_twin.operator(t.type, 1) as less
    from (select distinct atttypid as type from pg_attribute where attrelid >= 16384) t;
analyze pg_class, pg_attribute, dbwright_twin.known;
"""

LOAD = """
    with given as (
        select * from json_to_recordset(%(rows)s::text::json) as given (
            schema text, relation text, "column" text, inherited bool, null_fraction float4,
            width int, "distinct" float4, common_values text, common_frequencies float4[],
            histogram text, correlation float4, elements text, element_frequencies float4[],
            element_counts float4[], range_lengths text, range_empty float4, range_bounds text)
    ), placed as (
        select g.schema, g.relation, g."column", g.inherited, g.null_fraction, g.width,
               g."distinct", g.correlation, g.range_empty,
               p.common_values, p.common_frequencies, p.histogram, p.elements,
               p.element_frequencies, p.element_counts, p.range_lengths, p.range_bounds,
               a.attrelid, a.attnum, dbwright_twin.plain(v.type) as type,
               case when h.oid is null then a.attcollation
                    else x.indcollation[a.attnum - 1] end as sorted,
               case when k.type is null then dbwright_twin.operator(v.type, 3)
                    else k.equal end as equal,
               case when k.type is null then dbwright_twin.operator(v.type, 1)
                    else k.less end as less,
               -- the column of a GIN index is of the type of its keys
               case when t.oid = 'tsvector'::regtype then 'text'::regtype::oid
                    else dbwright_twin.plain(coalesce(nullif(t.typelem, 0), t.oid)) end as element,
               case when t.oid = 'tsvector'::regtype then 100 else a.attcollation end
                   as element_sorted
        from given g
        join pg_namespace n on n.nspname = g.schema
        join pg_class c on c.relnamespace = n.oid and c.relname = g.relation
        join pg_attribute a on a.attrelid = c.oid and a.attname = g."column"
        -- the column of a hash index is of its hashes' type, its statistics are of the values'
        left join pg_index x on x.indexrelid = c.oid
        left join pg_opclass h on h.oid = x.indclass[a.attnum - 1] and h.opcmethod = 405
        cross join lateral (select coalesce(h.opcintype, a.atttypid) as type) v
        join pg_type t on t.oid = dbwright_twin.base(v.type)
        left join dbwright_twin.known k on k.type = v.type
        -- without a type no value is read
        left join given p on p.schema = g.schema and p.relation = g.relation
         and p."column" = g."column" and p.inherited = g.inherited
         and dbwright_twin.plain(v.type) is not null
    )
    insert into pg_statistic (
        starelid, staattnum, stainherit, stanullfrac, stawidth, stadistinct,
        stakind1, stakind2, stakind3, stakind4, stakind5,
        staop1, staop2, staop3, staop4, staop5,
        stacoll1, stacoll2, stacoll3, stacoll4, stacoll5,
        stanumbers1, stanumbers3, stanumbers4, stanumbers5,
        stavalues1, stavalues2, stavalues4, stavalues5)
    select attrelid, attnum, inherited, null_fraction, width, "distinct",
           (common_values is not null)::int, (histogram is not null)::int * 2,
           (correlation is not null)::int * 3,
           case when elements is not null then 4 when range_bounds is not null then 7 else 0 end,
           case when element_counts is not null then 5
                when range_lengths is not null then 6 else 0 end,
           case when common_values is not null then equal else 0 end,
           case when histogram is not null then less else 0 end,
           case when correlation is not null then less else 0 end,
           case when elements is not null then dbwright_twin.operator(element, 3) else 0 end,
           case when element_counts is not null then dbwright_twin.operator(element, 3)
                when range_lengths is not null then 672 else 0 end,
           case when common_values is not null then sorted else 0 end,
           case when histogram is not null then sorted else 0 end,
           case when correlation is not null then sorted else 0 end,
           case when elements is not null then element_sorted else 0 end,
           case when element_counts is not null then element_sorted else 0 end,
           common_frequencies, array[correlation], element_frequencies,
           case when element_counts is not null then element_counts
                when range_lengths is not null then array[range_empty] end,
           array_in(textout(common_values), type, -1),
           array_in(textout(histogram), type, -1),
           case when elements is not null then array_in(textout(elements), element, -1)
                else array_in(textout(range_bounds), type, -1) end,
           array_in(textout(range_lengths), 'float8'::regtype, -1)
    from placed
    returning 1
"""
_ABSENT = """
    select g.relation, count(*) as n
    from json_to_recordset(%(rows)s::text::json) as g (schema text, relation text, "column" text)
    where not exists (
        select from pg_namespace n join pg_class c on c.relnamespace = n.oid
        join pg_attribute a on a.attrelid = c.oid
        where n.nspname = g.schema and c.relname = g.relation and a.attname = g."column")
    group by g.schema, g.relation order by 1
"""
_SIZE = """
    update pg_class c set relpages = g.known_pages, reltuples = g.rows::float4,
                          relallvisible = g.visible_pages
    from json_to_recordset(%(rows)s::text::json) as g (
        schema text, name text, known_pages int, rows float8, visible_pages int)
    join pg_namespace n on n.nspname = g.schema
    where c.relnamespace = n.oid and c.relname = g.name
    returning c.oid
"""


def load(
    connection: psycopg.Connection[Any],
    owner: psycopg.Connection[Any],
    statistics: Statistics,
    major: int,
) -> tuple[str, ...]:
    """Writes sizes and statistics, and gives a sentence for each that could not be.

    Both connections are in autocommit; what calls a function of the database's own is the
    owner's. `major` is the version that the statistics are of. Files are not as long as the sizes
    say: who calls sees to it.
    """
    with _functions(connection):
        missed = [*_columns(connection, statistics.columns)]
        missed += load_sizes(connection, statistics.relations, major)
        missed += load_extended(connection, owner, statistics.extended)
    return tuple(missed)


def load_columns(
    connection: psycopg.Connection[Any], columns: Sequence[ColumnStatistics]
) -> tuple[str, ...]:
    """Writes statistics of columns alone; see `load`."""
    if not columns:
        return ()
    with _functions(connection):
        return tuple(_columns(connection, columns))


@contextlib.contextmanager
def _functions(connection: psycopg.Connection[Any]) -> Iterator[None]:
    connection.execute(_FUNCTIONS.encode())
    try:
        yield
    finally:
        connection.execute("drop schema dbwright_twin cascade")


def _columns(
    connection: psycopg.Connection[Any], columns: Sequence[ColumnStatistics]
) -> Iterator[str]:
    for start in range(0, len(columns), _MANY):
        several = columns[start : start + _MANY]
        try:
            _write(connection, several)
        except psycopg.Error:
            for each in several:
                try:
                    _write(connection, [each])
                except psycopg.Error as error:
                    why = str(error).strip().splitlines()[0]
                    yield f"statistics of {each.relation}.{each.column}: {why}"
        for row in ask(connection, _ABSENT, rows=_rows(several)):
            words = f"{row.n:,} column{'s' if row.n != 1 else ''}"
            yield f"statistics of {words} of {row.relation}: not in the twin"


def _write(connection: psycopg.Connection[Any], columns: Sequence[ColumnStatistics]) -> None:
    ask(connection, LOAD, rows=_rows(columns))


def _rows(values: Sequence[ColumnStatistics | RelationSize]) -> str:
    return json.dumps(
        [{each.name: getattr(value, each.name) for each in fields(value)} for value in values]
    )


def is_uncounted(each: RelationSize, major: int) -> bool:
    """Whether nothing was ever counted of a table, which before 14 is no rows in no pages."""
    return each.rows < 0 or (major < 14 and each.rows == 0 and each.known_pages == 0)


def load_sizes(
    connection: psycopg.Connection[Any], relations: Sequence[RelationSize], major: int
) -> tuple[str, ...]:
    """Writes what VACUUM and ANALYZE have counted; gives a sentence for what the server refuses."""
    missed = []
    never = -1.0 if connection.info.server_version >= 140000 else 0.0
    relations = [
        replace(each, rows=never) if is_uncounted(each, major) else each for each in relations
    ]
    for start in range(0, len(relations), _MANY):
        several = relations[start : start + _MANY]
        try:
            ask(connection, _SIZE, rows=_rows(several))
        except psycopg.Error as error:
            why = str(error).strip().splitlines()[0]
            missed.append(f"sizes of {len(several):,} relations from {several[0].name} on: {why}")
    return tuple(missed)

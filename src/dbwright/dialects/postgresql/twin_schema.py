"""The schema of a PostgreSQL database as statements, as far as its planner reads it.

What a plan never depends on is left out: defaults, triggers, privileges, comments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from dbwright.core.identifiers import string_literal
from dbwright.core.twin import Made
from dbwright.dialects.postgresql import inventory_queries, names
from dbwright.dialects.postgresql.catalog import steady_names
from dbwright.dialects.postgresql.inventory_queries import NAMED, TABLE, own
from dbwright.dialects.postgresql.inventory_types import type_objects
from dbwright.dialects.postgresql.question import Row, ask

_ENUMS = own(
    "pg_type",
    "t.oid",
    """
    select n.nspname, t.typname, format('%%I.%%I', n.nspname, t.typname) as named,
           (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
            from pg_enum e where e.enumtypid = t.oid) as labels
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where t.typtype = 'e' and {own} order by t.oid
    """,
)

_SEQUENCES = own(
    "pg_class",
    "c.oid",
    f"""
    select {TABLE} as k, {NAMED} as relation
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'S' and {{own}} order by c.oid
    """,
)

# A partition is made as a table of its own and attached, which keeps its own order of columns.
_TABLES = own(
    "pg_class",
    "c.oid",
    f"""
    select c.oid::bigint as id, {TABLE} as k, {NAMED} as relation, c.reloptions as options,
           c.relpersistence = 'u' as unlogged, c.relispartition as partition,
           pg_get_expr(c.relpartbound, c.oid) as bound, pg_get_partkeydef(c.oid) as cut,
           (select array_agg(format('%%I.%%I', ps.nspname, p.relname) order by h.inhseqno)
            from pg_inherits h join pg_class p on p.oid = h.inhparent
            join pg_namespace ps on ps.oid = p.relnamespace where h.inhrelid = c.oid) as parents,
           (select json_agg(json_build_array(
                       a.attname, format_type(a.atttypid, a.atttypmod),
                       case when a.attcollation <> t.typcollation
                            then format('%%I.%%I', ln.nspname, l.collname) end,
                       a.attnotnull, a.attgenerated, pg_get_expr(d.adbin, d.adrelid),
                       a.attislocal) order by a.attnum)
            from pg_attribute a
            join pg_type t on t.oid = a.atttypid
            left join pg_collation l on l.oid = a.attcollation
            left join pg_namespace ln on ln.oid = l.collnamespace
            left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
             and a.attgenerated <> ''
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and {{own}} order by c.oid
    """,
)

_VIEWS = own(
    "pg_class",
    "c.oid",
    f"""
    select {TABLE} as k, {NAMED} as relation, c.relkind::text as kind,
           pg_get_viewdef(c.oid) as definition, c.reloptions as options
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('v', 'm') and {{own}} order by c.oid
    """,
)

# Those of partitions come first, so that their table's own takes them over by their names;
# below that the order is that of their making, which decides between plans of one cost.
_INDEXES = own(
    "pg_class",
    "x.oid",
    f"""
    with recursive depth (id, deep) as (
        select i.indexrelid, 0 from pg_index i
        union all
        select h.inhparent, d.deep + 1 from depth d join pg_inherits h on h.inhrelid = d.id
    ), deepest (id, deep) as (select id, max(deep) from depth group by id)
    select x.relname as name, c.relname as table, n.nspname as schema, {NAMED} as relation,
           pg_get_indexdef(x.oid) as sql, i.indisvalid as valid, o.conname as constraint,
           pg_get_constraintdef(o.oid) as definition, c.relkind = 'm' as of_view
    from pg_index i
    join pg_class x on x.oid = i.indexrelid
    join deepest d on d.id = x.oid
    join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_constraint o on o.conindid = x.oid and o.conrelid = c.oid
     and o.contype in ('p', 'u', 'x')
    where {{own}} and c.relkind in ('r', 'p', 'm') order by d.deep, x.oid
    """,
)

_CONSTRAINTS = own(
    "pg_class",
    "c.oid",
    f"""
    select o.conname as name, {TABLE} as k, {NAMED} as relation,
           pg_get_constraintdef(o.oid) as definition
    from pg_constraint o
    join pg_class c on c.oid = o.conrelid
    join pg_namespace n on n.oid = c.relnamespace
    where o.contype in ('c', 'f') and o.coninhcount = 0 and o.conparentid = 0
      and c.relkind in ('r', 'p') and {{own}}
    order by o.contype, o.oid
    """,
)

_ROLES = """
    select distinct pg_get_userbyid(r) as name from pg_policy p, unnest(p.polroles) r
    where r <> 0 and pg_get_userbyid(r) not like 'pg\\_%%' order by 1
"""

_LEFT_OUT = own(
    "pg_class",
    "c.oid",
    f"""
    select {TABLE} as k from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'f' and {{own}} order by 1
    """,
)


FOREIGN = "foreign tables, whose plans another server makes: "


def foreign_tables(left_out: Sequence[str]) -> frozenset[str]:
    """Gives the foreign tables that `read` told it leaves out."""
    told = (each.removeprefix(FOREIGN) for each in left_out if each.startswith(FOREIGN))
    return frozenset(name for each in told for name in each.split(", "))


def read(
    connection: psycopg.Connection[Any], secured: frozenset[int]
) -> tuple[tuple[Made, ...], tuple[str, ...]]:
    """Gives the statements in the order in which they can be run, and what they leave out.

    `secured` are the tables whose row security is kept.
    """
    with steady_names(connection):
        found = [*_surroundings(connection)]
        tables = ask(connection, _TABLES)
        for row in tables:
            found.append(Made("table", row.k, _table(row)))
        for row in tables:
            if row.partition and row.parents:
                sql = f"ALTER TABLE {row.parents[0]} ATTACH PARTITION {row.relation} {row.bound}"
                found.append(Made("partition", row.k, sql))
        views = ask(connection, _VIEWS)
        found += _views(views)
        found += _indexes(connection)
        for row in ask(connection, _CONSTRAINTS):
            name = names.quoted(row.name)
            sql = f"ALTER TABLE {row.relation} ADD CONSTRAINT {name} {row.definition}"
            found.append(Made("constraint", f"{row.name} of {row.k}", sql))
        for row in ask(connection, inventory_queries.STATISTICS):
            found.append(Made("statistics", row.name, row.sql.rstrip(";")))
        found += _security(connection, tables, secured)
        foreign = [row.k for row in ask(connection, _LEFT_OUT)]
    told = (f"{FOREIGN}{', '.join(foreign)}",)
    return tuple(found), told if foreign else ()


def _surroundings(connection: psycopg.Connection[Any]) -> Iterator[Made]:
    for row in ask(connection, inventory_queries.SCHEMAS):
        yield Made("schema", row.name, f"CREATE SCHEMA IF NOT EXISTS {names.quoted(row.name)}")
    for row in ask(connection, inventory_queries.EXTENSIONS):
        sql = f"CREATE EXTENSION IF NOT EXISTS {names.quoted(row.name)}"
        sql += f" SCHEMA {names.quoted(row.schema)} CASCADE"
        yield Made("extension", row.name, sql)
    for row in ask(connection, _ENUMS):
        key = names.key(row.typname, row.nspname)
        yield Made("type", key, f"CREATE TYPE {row.named} AS ENUM ({row.labels or ''})")
    for made in type_objects(ask(connection, inventory_queries.TYPES)).values():
        yield Made(made.kind, made.name, made.value)
    for row in ask(connection, inventory_queries.FUNCTIONS):
        if row.sql is not None:
            name = names.key(f"{row.proname}({row.arguments})", row.nspname)
            yield Made("function", name, row.sql.rstrip())
    for row in ask(connection, _SEQUENCES):
        yield Made("sequence", row.k, f"CREATE SEQUENCE {row.relation}")


def _table(row: Row) -> str:
    parents = () if row.partition else row.parents or ()
    columns = (_column(*each) for each in row.columns or () if each[-1] or not parents)
    sql = f"CREATE {'UNLOGGED ' if row.unlogged else ''}TABLE {row.relation} "
    sql += "(" + ", ".join(columns) + ")"
    sql += f" INHERITS ({', '.join(parents)})" if parents else ""
    sql += f" PARTITION BY {row.cut}" if row.cut else ""
    return sql + _options(row.options)


def _column(
    name: str,
    type_: str,
    collation: str | None,
    not_null: bool,
    generated: str,
    expression: str | None,
    local: bool,
) -> str:
    words = [names.quoted(name), type_]
    words += [f"COLLATE {collation}"] if collation else []
    if generated:
        kept = "STORED" if generated == "s" else "VIRTUAL"
        words.append(f"GENERATED ALWAYS AS ({expression}) {kept}")
    return " ".join([*words, "NOT NULL"] if not_null else words)


def _options(options: list[str] | None) -> str:
    pairs = (each.partition("=") for each in options or ())
    spelled = ", ".join(f"{name}={string_literal(value)}" for name, _, value in pairs)
    return f" WITH ({spelled})" if spelled else ""


def _views(rows: list[Row]) -> Iterator[Made]:
    for row in rows:
        body = row.definition.rstrip().rstrip(";")
        if row.kind == "v":
            sql = f"CREATE VIEW {row.relation}{_options(row.options)} AS\n{body}"
            yield Made("view", row.k, sql)
        else:
            sql = f"CREATE MATERIALIZED VIEW {row.relation}{_options(row.options)} AS\n{body}"
            yield Made("materialized view", row.k, f"{sql}\nWITH NO DATA")


def _indexes(connection: psycopg.Connection[Any]) -> Iterator[Made]:
    for row in ask(connection, _INDEXES):
        if not row.valid and row.constraint is None:
            continue
        sql = row.sql
        if row.constraint is not None:
            name = names.quoted(row.constraint)
            sql = f"ALTER TABLE {row.relation} ADD CONSTRAINT {name} {row.definition}"
        # a partitioned table's own is printed with ONLY, under which it would stay invalid
        sql = sql.replace(f" ON ONLY {row.relation} ", f" ON {row.relation} ", 1)
        yield Made("index", names.key(row.name, row.schema), sql)


def _security(
    connection: psycopg.Connection[Any], tables: list[Row], secured: frozenset[int]
) -> Iterator[Made]:
    if not secured:
        return
    for row in ask(connection, _ROLES):
        yield Made("role", row.name, f"CREATE ROLE {names.quoted(row.name)}")
    for row in tables:
        if row.id in secured:
            sql = f"ALTER TABLE {row.relation} ENABLE ROW LEVEL SECURITY"
            yield Made("row security", row.k, sql)
    for row in ask(connection, inventory_queries.POLICIES):
        yield Made("policy", f"{row.name} of {row.k}", row.sql)

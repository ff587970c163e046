"""What runs with a read and stands in no text: of indexes, checks, keys, policies, type classes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import psycopg

from dbwright.dialects.postgresql.question import Row, ask

# The planner works out what does not change in the expressions of a table's indexes, checks,
# partition keys and statistics, also of those that it does not use.
_PLANNED = """
    with recursive family (oid) as (
        select unnest(%(oids)s::int8[]::oid[])
        union select i.inhparent from family join pg_inherits i on i.inhrelid = family.oid
    ), object (class, oid, part) as (
        select 'pg_class'::regclass, oid, 0 from family
        union all
        select 'pg_class'::regclass, i.indexrelid, 0
        from family join pg_index i on i.indrelid = family.oid
        union all
        select 'pg_constraint'::regclass, c.oid, 0
        from family join pg_constraint c on c.conrelid = family.oid
        union all
        select 'pg_statistic_ext'::regclass, s.oid, 0
        from family join pg_statistic_ext s on s.stxrelid = family.oid
        union all
        select 'pg_attrdef'::regclass, f.oid, 0 from family
        join pg_attrdef f on f.adrelid = family.oid
        join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
        where a.attgenerated <> ''
    ), called (class, oid) as (
        select d.refclassid, d.refobjid from object
        join pg_depend d on d.classid = object.class and d.objid = object.oid
        where d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass)
    )
    select oid::int8 as oid from called where class = 'pg_proc'::regclass
    union
    select o.oprcode::oid::int8 from called join pg_operator o on o.oid = called.oid
    where class = 'pg_operator'::regclass and o.oprcode <> 0
"""


def planned(connection: psycopg.Connection[Any], relations: Sequence[int]) -> list[int]:
    """Gives the users' functions that the planner may call where it plans a read of relations."""
    return [row.oid for row in ask(connection, _PLANNED, oids=list(relations))]


# Sorting, grouping and comparing call what the operator classes of a type name.
_CLASSES = """
    with class as (
        select c.oid, c.opcfamily as family from pg_opclass c
        where c.oid >= 16384 and (
            (c.opcintype >= 16384 and c.opcintype = any(%(types)s::int8[]::oid[]))
            or (c.opcdefault and c.opcintype < 16384)
            or c.oid in (
                select unnest(i.indclass::oid[]) from pg_index i
                where i.indrelid = any(%(relations)s::int8[]::oid[])
                union all select unnest(p.partclass::oid[]) from pg_partitioned_table p
                where p.partrelid = any(%(relations)s::int8[]::oid[])
                union all select r.rngsubopc from pg_range r
                where r.rngtypid = any(%(types)s::int8[]::oid[])
            )
        )
    )
    select f.oid::int8 as oid from (
        select p.amproc::oid as oid from class
        join pg_amproc p on p.amprocfamily = class.family
        union
        select o.oprcode::oid from class join pg_amop a on a.amopfamily = class.family
        join pg_operator o on o.oid = a.amopopr
        union
        select f from pg_range r, unnest(array[r.rngcanonical, r.rngsubdiff]::oid[]) as f
        where r.rngtypid = any(%(types)s::int8[]::oid[])
    ) f
    where f.oid >= 16384 and not exists (
        select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = f.oid
        and d.deptype = 'e')
"""


def of_classes(
    connection: psycopg.Connection[Any], types: Collection[int], relations: Collection[int]
) -> list[int]:
    """Gives the users' functions that order, hash and compare values of types.

    Those of extensions are left out: they are rarely labelled, and written for nothing else.
    """
    rows = ask(connection, _CLASSES, types=list(types), relations=list(relations))
    return [row.oid for row in rows]


_POLICIES = """
    select p.polrelid::regclass::text as words,
           pg_get_expr(p.polqual, p.polrelid) as condition
    from pg_policy p
    where p.polrelid = any(%(oids)s::int8[]::oid[]) and p.polcmd in ('r', '*')
      and p.polqual is not null and row_security_active(p.polrelid)
"""


def policies(connection: psycopg.Connection[Any], relations: Sequence[int]) -> list[Row]:
    """Gives the conditions of the row security policies that a read of relations runs."""
    return ask(connection, _POLICIES, oids=list(relations))


_RELATIONS = (
    "select distinct lower(relname) as name from pg_class where lower(relname) = any(%(w)s)"
)


def names_of_relations(connection: psycopg.Connection[Any], words: Collection[str]) -> set[str]:
    """Gives those of the words that are the name of a relation."""
    return {row.name for row in ask(connection, _RELATIONS, w=list(words))} if words else set()

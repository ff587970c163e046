"""What the names of a statement stand for in PostgreSQL's catalog: functions, views, types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from dbwright.dialects.postgresql.question import Row, ask

Name = tuple[str | None, str]
ANY = "*"
"""As a schema: whatever schema has the name, for bodies with a search path of their own."""

_FUNCTION = """
    select p.oid::int8 as oid, n.nspname as schema, p.proname as name, p.oid < 16384 as system,
           p.provolatile::text as volatility, p.prosecdef as definer, l.lanname as language,
           p.prokind::text as kind, coalesce(p.proconfig, '{}') as settings, p.prosrc as source,
           p.oid::regprocedure::text as words,
           to_jsonb(p) -> 'prosqlbody' <> 'null' as atomic,
           case when p.oid >= 16384 then pg_get_expr(p.proargdefaults, 0) end as defaults,
           exists (select from pg_depend d where d.classid = 'pg_proc'::regclass
                   and d.objid = p.oid and d.deptype = 'e') as extension,
           array(select distinct t::int8 from unnest(
               array[p.prorettype] || p.proargtypes::oid[] || coalesce(p.proallargtypes, '{}')
           ) as t) as types
"""
_VISIBLE = """
    (case when c.schema is null then n.nspname = any(current_schemas(true))
          else c.schema in (n.nspname, '*') end)
"""
_CALLED = f"""
    with c as (select * from unnest(%(schemas)s::text[], %(names)s::text[], %(many)s::int[])
                    as c (schema, name, many))
    {_FUNCTION}
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    join pg_language l on l.oid = p.prolang
    where exists (select from c where c.name = p.proname and {_VISIBLE}
        and (p.provariadic <> 0 or c.many between p.pronargs - p.pronargdefaults and p.pronargs))
    order by p.oid
"""
_NUMBERED = f"""
    {_FUNCTION}
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    join pg_language l on l.oid = p.prolang where p.oid = any(%(oids)s::int8[]::oid[])
    order by p.oid
"""


def functions(
    connection: psycopg.Connection[Any], called: Iterable[tuple[str | None, str, int]]
) -> list[Row]:
    """Gives every function that a call of a name with so many arguments may mean."""
    wanted = list(called)
    if not wanted:
        return []
    schemas, names, many = map(list, zip(*wanted, strict=True))
    return ask(connection, _CALLED, schemas=schemas, names=names, many=many)


def numbered(connection: psycopg.Connection[Any], oids: Iterable[int]) -> list[Row]:
    """Gives functions by their oids."""
    wanted = list(oids)
    return ask(connection, _NUMBERED, oids=wanted) if wanted else []


_PARTS = """
    select x::int8 as oid from pg_aggregate a, unnest(array[a.aggtransfn, a.aggfinalfn,
        a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn,
        a.aggmfinalfn]::oid[]) as x
    where a.aggfnoid = any(%(oids)s::int8[]::oid[]) and x <> 0
"""


def parts_of_aggregates(connection: psycopg.Connection[Any], oids: Sequence[int]) -> list[int]:
    """Gives the functions that aggregates call."""
    return [row.oid for row in ask(connection, _PARTS, oids=list(oids))] if oids else []


# An operator of a user's whose signature the server has too is never chosen without its schema.
_OPERATORS = f"""
    with c as (select * from unnest(%(schemas)s::text[], %(names)s::text[]) as c (schema, name))
    select distinct o.oprcode::oid::int8 as oid, o.oprname as name, (
        select p.proname from pg_proc p where p.oid = o.oprcode) as function, array(
        select coalesce(nullif(t.typelem, 0), t.oid)::int8 from pg_type t
        where t.oid in (o.oprleft, o.oprright)
    ) as operands
    from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
    where o.oid >= 16384 and o.oprcode <> 0
      and exists (select from c where c.name = o.oprname and {_VISIBLE}
        and (c.schema is not null or not exists (
            select from pg_operator s where s.oid < 16384 and s.oprname = o.oprname
            and s.oprleft = o.oprleft and s.oprright = o.oprright
            and array_position(current_schemas(true), 'pg_catalog'::name)
                < array_position(current_schemas(true), n.nspname))))
"""


def operators(connection: psycopg.Connection[Any], named: Iterable[Name]) -> list[Row]:
    """Gives the functions behind the operators of users and extensions that names may mean.

    `operands` are the types that they take, an array's that of its elements; `name` is the sign.
    """
    schemas, names = _columns(named)
    return ask(connection, _OPERATORS, schemas=schemas, names=names)


_RELATIONS = f"""
    with recursive c as (
        select * from unnest(%(schemas)s::text[], %(names)s::text[]) as c (schema, name)
    ), reached (oid) as (
        select r.oid from pg_class r join pg_namespace n on n.oid = r.relnamespace
        where exists (select from c where c.name = r.relname and {_VISIBLE})
        union select i.inhrelid from reached join pg_inherits i on i.inhparent = reached.oid
    )
    select r.oid::int8 as oid, r.relname as name, r.oid::regclass::text as words,
           n.nspname as schema, r.relkind::text as kind, r.oid < 16384 as system,
           exists (select from pg_depend d where d.classid = 'pg_class'::regclass
                   and d.objid = r.oid and d.deptype = 'e') as extension
    from reached join pg_class r on r.oid = reached.oid
    join pg_namespace n on n.oid = r.relnamespace order by r.oid
"""


def relations(connection: psycopg.Connection[Any], named: Iterable[Name]) -> list[Row]:
    """Gives the relations that names may mean, their partitions and children included."""
    schemas, names = _columns(named)
    return ask(connection, _RELATIONS, schemas=schemas, names=names) if names else []


_DEFINITION = "select pg_get_viewdef(%(oid)s::int8::oid) as text"
_DEFINING = "select pg_get_functiondef(%(oid)s::int8::oid) as text"


def view(connection: psycopg.Connection[Any], oid: int) -> str:
    """Gives the query of a view."""
    return str(ask(connection, _DEFINITION, oid=oid)[0].text)


def function_text(connection: psycopg.Connection[Any], oid: int) -> str:
    """Gives the statement that makes a function."""
    return str(ask(connection, _DEFINING, oid=oid)[0].text)


# A cast that nobody wrote stands in no text, but the server has noted what the view depends on.
_BEHIND = """
    select d.refobjid::int8 as oid, 'view' as of from pg_rewrite w
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
      and d.refclassid = 'pg_proc'::regclass
    where w.ev_class = any(%(oids)s::int8[]::oid[])
    union
    select d.refobjid::int8, 'policy' from pg_policy p join pg_depend d
      on d.classid = 'pg_policy'::regclass and d.objid = p.oid
      and d.refclassid = 'pg_proc'::regclass
    where p.polrelid = any(%(oids)s::int8[]::oid[]) and p.polcmd in ('r', '*')
      and row_security_active(p.polrelid)
"""


def behind(connection: psycopg.Connection[Any], oids: Sequence[int]) -> list[Row]:
    """Gives the functions that views and row security policies of relations call."""
    return ask(connection, _BEHIND, oids=list(oids)) if oids else []


_TYPES = f"""
    with recursive c as (
        select * from unnest(%(schemas)s::text[], %(names)s::text[]) as c (schema, name)
    ), reached (oid) as (
        select t.oid from pg_type t join pg_namespace n on n.oid = t.typnamespace
        where exists (select from c where c.name = t.typname and {_VISIBLE})
        union select unnest(%(oids)s::int8[]::oid[])
        union select reltype from pg_class where oid = any(%(relations)s::int8[]::oid[])
        union select atttypid from pg_attribute
        where attrelid = any(%(relations)s::int8[]::oid[]) and attnum > 0 and not attisdropped
        union
        select next.oid from reached r join pg_type t on t.oid = r.oid cross join lateral (
            select t.typelem union select t.typbasetype
            union select a.atttypid from pg_attribute a
            where t.typrelid <> 0 and a.attrelid = t.typrelid and a.attnum > 0
              and not a.attisdropped
            union select s.rngsubtype from pg_range s where s.rngtypid = t.oid
            union select s.rngtypid from pg_range s  -- a version without them has no such column
            where t.typtype = 'm' and to_jsonb(s) ->> 'rngmultitypid' = t.oid::text
        ) next (oid) where next.oid <> 0
    )
    select t.oid::int8 as oid, t.oid::regtype::text as words, c.oid::int8 as check_oid,
           pg_get_expr(c.conbin, 0) as check
    from reached r join pg_type t on t.oid = r.oid
    left join pg_constraint c on c.contypid = t.oid and c.contype = 'c' and t.oid >= 16384
    order by 1, 3
"""


def types(
    connection: psycopg.Connection[Any],
    named: Iterable[Name],
    oids: Iterable[int],
    relations: Iterable[int],
) -> list[Row]:
    """Gives the types that are in play with all inside of them, and the checks of domains."""
    schemas, names = _columns(named)
    return ask(
        connection, _TYPES, schemas=schemas, names=names, oids=list(oids), relations=list(relations)
    )


_CASTS = """
    select castfunc::int8 as oid, castsource::int8 as source, casttarget::int8 as target
    from pg_cast where castfunc >= 16384
"""


def casts(connection: psycopg.Connection[Any]) -> list[Row]:
    """Gives the casts that call a function of a user's or an extension's."""
    return ask(connection, _CASTS)


_SECRET = """
    select name, setting from pg_settings where setting <> ''
    union all
    select split_part(entry, '=', 1), substr(entry, strpos(entry, '=') + 1)
    from pg_db_role_setting, unnest(setconfig) as entry
    union all
    select split_part(entry, '=', 1), substr(entry, strpos(entry, '=') + 1)
    from pg_foreign_server, unnest(srvoptions) as entry
"""


def settings(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """Gives the settings that the role may see, those of databases and roles included."""
    return [(row.name, row.setting) for row in ask(connection, _SECRET)]


def _columns(named: Iterable[Name]) -> tuple[list[str | None], list[str]]:
    pairs = list(named)
    return [schema for schema, _ in pairs], [name for _, name in pairs]

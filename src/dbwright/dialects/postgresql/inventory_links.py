"""The questions to PostgreSQL's catalog about what lies across objects: needs, comments, grants."""

from __future__ import annotations

from dbwright.dialects.postgresql.catalog_queries import NO_EXTENSION, USER_SCHEMAS
from dbwright.dialects.postgresql.inventory_queries import NAMED, TABLE, own

COMMENTS = own(
    "pg_class",
    "c.oid",
    f"""
    with own as (
        select c.oid, c.relkind, {NAMED} as relation,
               (select case when tn.nspname = 'public' then t.relname
                            else tn.nspname || '.' || t.relname end
                from pg_class t join pg_namespace tn on tn.oid = t.relnamespace
                where t.oid = coalesce(i.indrelid, c.oid)) as k
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        left join pg_index i on i.indexrelid = c.oid where {{own}}
    )
    select case o.relkind when 'v' then 'VIEW' when 'm' then 'MATERIALIZED VIEW'
                when 'i' then 'INDEX' when 'I' then 'INDEX' when 'S' then 'SEQUENCE'
                else 'TABLE' end as kind,
           o.relation as what, o.k, null as owner, d.description
    from pg_description d join own o on o.oid = d.objoid and d.objsubid = 0
     and d.classoid = 'pg_class'::regclass where o.relkind in ('r', 'p', 'v', 'm', 'i', 'I', 'S')
    union all
    select 'COLUMN', format('%%s.%%I', o.relation, a.attname), o.k, a.attname::text, d.description
    from pg_description d join own o on o.oid = d.objoid and d.classoid = 'pg_class'::regclass
    join pg_attribute a on a.attrelid = o.oid and a.attnum = d.objsubid and a.attnum > 0
    union all
    select 'CONSTRAINT', format('%%I ON %%s', p.conname, o.relation), o.k, null, d.description
    from pg_description d join pg_constraint p on p.oid = d.objoid
     and d.classoid = 'pg_constraint'::regclass join own o on o.oid = p.conrelid
    union all
    select 'TRIGGER', format('%%I ON %%s', t.tgname, o.relation), o.k, null, d.description
    from pg_description d join pg_trigger t on t.oid = d.objoid
     and d.classoid = 'pg_trigger'::regclass join own o on o.oid = t.tgrelid
    union all
    select 'POLICY', format('%%I ON %%s', t.polname, o.relation), o.k, null, d.description
    from pg_description d join pg_policy t on t.oid = d.objoid
     and d.classoid = 'pg_policy'::regclass join own o on o.oid = t.polrelid
    """,
)

OTHER_COMMENTS = """
    select case when p.prokind = 'p' then 'PROCEDURE' else 'FUNCTION' end as kind,
           format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
               as what, d.description
    from pg_description d join pg_proc p on p.oid = d.objoid
     and d.classoid = 'pg_proc'::regclass
    join pg_namespace n on n.oid = p.pronamespace where {function} and p.prokind <> 'a'
    union all
    select case when t.typtype = 'd' then 'DOMAIN' else 'TYPE' end,
           format('%%I.%%I', n.nspname, t.typname), d.description
    from pg_description d join pg_type t on t.oid = d.objoid and d.classoid = 'pg_type'::regclass
    join pg_namespace n on n.oid = t.typnamespace where {type}
    union all
    select 'SCHEMA', format('%%I', n.nspname), d.description
    from pg_description d join pg_namespace n on n.oid = d.objoid
     and d.classoid = 'pg_namespace'::regclass where n.nspname <> 'public' and {schema}
""".format(
    function=f"{USER_SCHEMAS} and {NO_EXTENSION}".format(catalog="pg_proc", object="p.oid"),
    type=f"{USER_SCHEMAS} and {NO_EXTENSION}".format(catalog="pg_type", object="t.oid"),
    schema=f"{USER_SCHEMAS} and {NO_EXTENSION}".format(catalog="pg_namespace", object="n.oid"),
)

# Which object needs which: rules stand for their views, types of rows for their tables.
NEEDS = """
    with edges as (
        select case when d.classid = 'pg_rewrite'::regclass then w.ev_class else d.objid end as id,
               case when d.refclassid = 'pg_type'::regclass and r.typrelid <> 0 then r.typrelid
                    when d.refclassid = 'pg_type'::regclass and r.typelem <> 0
                    then coalesce(nullif(e.typrelid, 0), r.typelem)
                    else d.refobjid end as needs
        from pg_depend d
        left join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
        left join pg_type r on d.refclassid = 'pg_type'::regclass and r.oid = d.refobjid
        left join pg_type e on e.oid = r.typelem
        where d.classid in ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass,
                            'pg_class'::regclass, 'pg_attrdef'::regclass,
                            'pg_constraint'::regclass)
          and d.deptype in ('n', 'a', 'i')
          and d.objid >= 16384 and d.refobjid >= 16384
    )
    select distinct id::bigint, needs::bigint from edges where id <> needs
"""

# What is there and has no place in an inventory: told by name.
UNREAD = """
    select 'aggregate' as kind, p.proname::text as name from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace where p.prokind = 'a' and {proc}
    union all
    select 'event trigger', evtname::text from pg_event_trigger
    union all
    select 'foreign server', srvname::text from pg_foreign_server
    union all
    select 'publication', pubname::text from pg_publication
    union all
    select 'collation', o.collname::text from pg_collation o
    join pg_namespace n on n.oid = o.collnamespace where {collation}
    union all
    select 'operator', o.oprname::text from pg_operator o
    join pg_namespace n on n.oid = o.oprnamespace where {operator}
    union all
    select 'cast', format_type(c.castsource, null) || ' as ' || format_type(c.casttarget, null)
    from pg_cast c where c.oid >= 16384 and {cast}
    union all
    select 'text search configuration', o.cfgname::text from pg_ts_config o
    join pg_namespace n on n.oid = o.cfgnamespace where {config}
    order by 1, 2
""".format(
    proc=f"{USER_SCHEMAS} and {NO_EXTENSION}".format(catalog="pg_proc", object="p.oid"),
    collation=f"{USER_SCHEMAS} and {NO_EXTENSION}".format(catalog="pg_collation", object="o.oid"),
    operator=f"{USER_SCHEMAS} and {NO_EXTENSION}".format(catalog="pg_operator", object="o.oid"),
    cast=NO_EXTENSION.format(catalog="pg_cast", object="c.oid"),
    config=f"{USER_SCHEMAS} and {NO_EXTENSION}".format(catalog="pg_ts_config", object="o.oid"),
)

GRANTS = own(
    "pg_class",
    "c.oid",
    """
    select count(*) as number from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relacl is not null and {own}
    """,
)

# Which objects need a type, function, operator or operator class of an extension.
EXTENDED = own(
    "pg_class",
    "c.oid",
    f"""
    with members as (
        select m.classid, m.objid, e.extname from pg_depend m
        join pg_extension e on e.oid = m.refobjid and m.refclassid = 'pg_extension'::regclass
        where m.deptype = 'e' and e.extname <> 'plpgsql'
    ), needs as (
        select d.classid, d.objid, m.extname from pg_depend d
        join members m on m.classid = d.refclassid and m.objid = d.refobjid
        union
        select d.classid, d.objid, m.extname from pg_depend d
        join pg_type t on d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid
        join members m on m.classid = 'pg_type'::regclass and m.objid in (t.typelem, t.typbasetype)
    )
    select distinct 'table' as kind, null::text as name, {TABLE} as k, needs.extname as extension
    from needs join pg_class c on needs.classid = 'pg_class'::regclass and needs.objid = c.oid
    join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and {{own}}
    union
    select 'table', null, {TABLE}, needs.extname
    from needs join pg_attrdef f on needs.classid = 'pg_attrdef'::regclass and needs.objid = f.oid
    join pg_class c on c.oid = f.adrelid join pg_namespace n on n.oid = c.relnamespace where {{own}}
    union
    select 'view', null, {TABLE}, needs.extname
    from needs join pg_rewrite w on needs.classid = 'pg_rewrite'::regclass and needs.objid = w.oid
    join pg_class c on c.oid = w.ev_class join pg_namespace n on n.oid = c.relnamespace
    where {{own}}
    union
    select case when o.oid is null then 'index' else 'constraint' end,
           coalesce(o.conname, x.relname)::text, {TABLE}, needs.extname
    from needs join pg_index i on needs.classid = 'pg_class'::regclass
     and needs.objid = i.indexrelid
    join pg_class x on x.oid = i.indexrelid
    left join pg_constraint o on o.conindid = x.oid and o.contype in ('p', 'u', 'x')
    join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
    where {{own}}
    union
    select 'constraint', o.conname::text, {TABLE}, needs.extname
    from needs join pg_constraint o on needs.classid = 'pg_constraint'::regclass
     and needs.objid = o.oid
    join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
    where {{own}}
    order by 1, 2, 3, 4
    """,
)

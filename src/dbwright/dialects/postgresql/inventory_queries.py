"""The questions to PostgreSQL's catalog for what a Schema does not hold, each object as SQL.

`id` and `class` tell objects apart in pg_depend; `k` is the key of the object's table.
"""

from __future__ import annotations

from dbwright.dialects.postgresql.catalog_queries import NO_EXTENSION, USER_SCHEMAS


def own(catalog: str, object_id: str, sql: str) -> str:
    """Gives a question with its `{own}` filled: objects of users, none of an extension's."""
    extension = NO_EXTENSION.format(catalog=catalog, object=object_id)
    return sql.replace("{own}", f"{USER_SCHEMAS} and {extension}")


TABLE = "case when n.nspname = 'public' then c.relname else n.nspname || '.' || c.relname end"
NAMED = "format('%%I.%%I', n.nspname, c.relname)"

SCHEMAS = """
    select n.nspname as name from pg_namespace n
    where n.nspname <> 'public' and {own} order by n.nspname
""".replace("{own}", f"{USER_SCHEMAS} and {NO_EXTENSION}").format(
    catalog="pg_namespace", object="n.oid"
)

EXTENSIONS = """
    select e.extname as name, n.nspname as schema from pg_extension e
    join pg_namespace n on n.oid = e.extnamespace
    where e.extname <> 'plpgsql' order by e.oid
"""

INDEXES = own(
    "pg_class",
    "x.oid",
    f"""
    select x.oid::bigint as id, x.relname as name, {TABLE} as k,
           pg_get_indexdef(x.oid) as sql, i.indisvalid as valid, c.relkind::text as kind,
           c.relispartition and exists (select from pg_inherits h where h.inhrelid = x.oid)
               as inherited
    from pg_index i
    join pg_class x on x.oid = i.indexrelid
    join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    where {{own}} and not exists (
        select from pg_constraint o where o.conindid = x.oid and o.contype in ('p', 'u', 'x'))
    order by x.oid
    """,
)

CONSTRAINTS = own(
    "pg_class",
    "c.oid",
    f"""
    select o.oid::bigint as id, o.conname as name, {TABLE} as k, o.contype::text as type,
           pg_get_constraintdef(o.oid) as definition,
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', {NAMED}, o.conname,
                  pg_get_constraintdef(o.oid)) as sql,
           o.coninhcount > 0 or o.conparentid <> 0 as inherited
    from pg_constraint o
    join pg_class c on c.oid = o.conrelid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_constraint parent on parent.oid = o.conparentid
    where o.contype in ('p', 'u', 'x', 'c', 'f') and {{own}}
      and not (o.contype = 'f' and parent.oid is not null and parent.conrelid = o.conrelid)
    order by o.oid
    """,
)

EXCLUDED = own(
    "pg_class",
    "c.oid",
    f"""
    select o.conname as name, {TABLE} as k, m.amname as method, a.attname as column,
           pg_get_indexdef(i.indexrelid, key.at::int, true) as sql,
           case when pg_operator_is_visible(p.oid) then p.oprname::text
                else format('OPERATOR(%%I.%%s)', ps.nspname, p.oprname) end as operator,
           pg_get_expr(i.indpred, i.indrelid, true) as predicate,
           o.condeferrable as deferrable, o.condeferred as deferred
    from pg_constraint o
    join pg_class c on c.oid = o.conrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_index i on i.indexrelid = o.conindid
    join pg_class x on x.oid = o.conindid
    join pg_am m on m.oid = x.relam
    cross join unnest(o.conexclop) with ordinality as key(operator, at)
    join pg_operator p on p.oid = key.operator
    join pg_namespace ps on ps.oid = p.oprnamespace
    left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[key.at - 1]
    where o.contype = 'x' and {{own}} order by o.oid, key.at
    """,
)

TRIGGERS = own(
    "pg_class",
    "c.oid",
    f"""
    select t.oid::bigint as id, t.tgname as name, {TABLE} as k,
           pg_get_triggerdef(t.oid) as sql, t.tgenabled::text as enabled, {NAMED} as relation,
           t.tgparentid <> 0 as inherited
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    join pg_namespace n on n.oid = c.relnamespace
    where not t.tgisinternal and {{own}} order by t.oid
    """,
)

RULES = own(
    "pg_class",
    "c.oid",
    f"""
    select r.oid::bigint as id, r.rulename as name, {TABLE} as k, pg_get_ruledef(r.oid) as sql
    from pg_rewrite r
    join pg_class c on c.oid = r.ev_class
    join pg_namespace n on n.oid = c.relnamespace
    where r.rulename <> '_RETURN' and {{own}} order by r.oid
    """,
)

POLICIES = own(
    "pg_class",
    "c.oid",
    f"""
    select p.oid::bigint as id, p.polname as name, {TABLE} as k,
           format('CREATE POLICY %%I ON %%s AS %%s FOR %%s TO %%s%%s%%s', p.polname, {NAMED},
               case when p.polpermissive then 'PERMISSIVE' else 'RESTRICTIVE' end,
               case p.polcmd when '*' then 'ALL' when 'r' then 'SELECT' when 'a' then 'INSERT'
                             when 'w' then 'UPDATE' else 'DELETE' end,
               (select string_agg(case when r = 0 then 'public'
                                       else quote_ident(pg_get_userbyid(r)) end, ', ')
                from unnest(p.polroles) r),
               ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
               ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') as sql
    from pg_policy p
    join pg_class c on c.oid = p.polrelid
    join pg_namespace n on n.oid = c.relnamespace
    where {{own}} order by p.oid
    """,
)

STATISTICS = own(
    "pg_statistic_ext",
    "s.oid",
    f"""
    select s.oid::bigint as id, s.stxname as name, {TABLE} as k,
           pg_get_statisticsobjdef(s.oid) as sql
    from pg_statistic_ext s
    join pg_class c on c.oid = s.stxrelid
    join pg_namespace n on n.oid = c.relnamespace
    where {{own}} order by s.oid
    """,
)

RELATIONS = own(
    "pg_class",
    "c.oid",
    f"""
    select c.oid::bigint as id, c.relname, n.nspname, {TABLE} as k, c.relkind::text as kind,
           {NAMED} as relation, c.reloptions as options, c.relpersistence::text as persistence,
           c.relrowsecurity as secured, c.relforcerowsecurity as forced,
           c.relreplident::text as identity, c.relispartition as partition,
           case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition,
           pg_get_expr(c.relpartbound, c.oid) as bound, pg_get_partkeydef(c.oid) as cut,
           (select quote_ident(ps.nspname) || '.' || quote_ident(p.relname)
            from pg_inherits h join pg_class p on p.oid = h.inhparent
            join pg_namespace ps on ps.oid = p.relnamespace
            where h.inhrelid = c.oid and c.relispartition) as parent,
           (select array_agg(case when ps.nspname = 'public' then p.relname::text
                             else ps.nspname || '.' || p.relname end order by h.inhseqno)
            from pg_inherits h join pg_class p on p.oid = h.inhparent
            join pg_namespace ps on ps.oid = p.relnamespace
            where h.inhrelid = c.oid and not c.relispartition) as parents
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm') and c.relname not like 'alembic\\_version%%' and {{own}}
    order by c.oid
    """,
)

FUNCTIONS = own(
    "pg_proc",
    "p.oid",
    """
    select p.oid::bigint as id, n.nspname, p.proname,
           pg_get_function_identity_arguments(p.oid) as arguments, p.prokind::text as kind,
           case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end as sql
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where {own} order by p.oid
    """,
)

TYPES = own(
    "pg_type",
    "t.oid",
    """
    select t.oid::bigint as id, n.nspname, t.typname, t.typtype::text as type,
           format('%%I.%%I', n.nspname, t.typname) as named,
           format_type(t.typbasetype, t.typtypmod) as base, t.typnotnull, t.typdefault,
           case when t.typcollation <> b.typcollation then l.collname end as collation,
           (select json_agg(json_build_array(o.conname, pg_get_constraintdef(o.oid),
                                             pg_get_expr(o.conbin, 0), o.convalidated)
                            order by o.conname)
            from pg_constraint o where o.contypid = t.oid and o.contype = 'c') as checks,
           (select string_agg(format('%%I %%s', a.attname, format_type(a.atttypid, a.atttypmod)),
                              ', ' order by a.attnum)
            from pg_attribute a
            where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) as fields,
           (select format('subtype = %%s', format_type(r.rngsubtype, null))
            from pg_range r where r.rngtypid = t.oid) as range
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    left join pg_type b on b.oid = t.typbasetype
    left join pg_collation l on l.oid = t.typcollation
    left join pg_class c on c.oid = t.typrelid
    where (t.typtype in ('d', 'r') or t.typtype = 'c' and c.relkind = 'c') and {own}
    order by t.oid
    """,
)

SEQUENCES = own(
    "pg_class",
    "c.oid",
    f"""
    select c.oid::bigint as id, c.relname, n.nspname, {TABLE} as k, {NAMED} as relation,
           format_type(s.seqtypid, null) as type, s.seqstart as start, s.seqincrement as increment,
           s.seqmin as minvalue, s.seqmax as maxvalue, s.seqcycle as cycle, s.seqcache as cache,
           d.deptype::text as ownership, a.attname as column, a.attidentity::text as identity,
           case when ts.nspname = 'public' then t.relname else ts.nspname || '.' || t.relname end
               as owner,
           quote_ident(ts.nspname) || '.' || quote_ident(t.relname) || '.' || quote_ident(a.attname)
               as owned_by,
           exists (select from pg_attrdef f
                   join pg_depend u on u.classid = 'pg_attrdef'::regclass and u.objid = f.oid
                    and u.refclassid = 'pg_class'::regclass and u.refobjid = c.oid
                   where f.adrelid = a.attrelid and f.adnum = a.attnum) as feeds_owner
    from pg_class c
    join pg_sequence s on s.seqrelid = c.oid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid
      and d.deptype in ('a', 'i') and d.refobjsubid > 0 and d.refclassid = 'pg_class'::regclass
    left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    left join pg_class t on t.oid = a.attrelid
    left join pg_namespace ts on ts.oid = t.relnamespace
    where {{own}} order by c.oid
    """,
)

COLUMN_OPTIONS = own(
    "pg_class",
    "c.oid",
    f"""
    select a.attname as name, {TABLE} as k, {NAMED} as relation,
           case when a.attstattarget >= 0 then a.attstattarget end as statistics,
           case when a.attstorage <> t.typstorage then case a.attstorage when 'p' then 'PLAIN'
                when 'e' then 'EXTERNAL' when 'm' then 'MAIN' else 'EXTENDED' end end as storage,
           case {{compression}} when 'p' then 'pglz' when 'l' then 'lz4' end as compression,
           a.attoptions as options
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'm') and {{own}}
    order by c.oid, a.attnum
    """,
)

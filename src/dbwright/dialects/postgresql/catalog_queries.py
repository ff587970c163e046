"""The questions to PostgreSQL's catalog, one per kind of object, for versions 13 to 18.

A name in braces is filled with SQL of ours that depends on the server's version.
"""

from __future__ import annotations

# Objects of the server itself, of temporary tables and of extensions are nobody's design; nor is
# what an extension keeps in a schema that it made, though it is no member (chunks of TimescaleDB).
USER_SCHEMAS = """
    n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    and n.nspname not like 'pg\\_temp\\_%%' and n.nspname not like 'pg\\_toast\\_temp\\_%%'
    and not exists (
        select from pg_depend made
        where made.classid = 'pg_namespace'::regclass and made.objid = n.oid
          and made.deptype = 'e'
    )
"""
NO_EXTENSION = """
    not exists (
        select from pg_depend extension
        where extension.classid = '{catalog}'::regclass and extension.objid = {object}
          and extension.deptype = 'e'
    )
"""


def _filtered(sql: str, catalog: str, object_id: str) -> str:
    extension = NO_EXTENSION.format(catalog=catalog, object=object_id)
    return sql.replace("{user_objects}", f"{USER_SCHEMAS} and {extension}")


RELATIONS = _filtered(
    """
    select c.oid::bigint as oid, n.nspname, c.relname, c.relkind::text, c.relispartition,
           c.relrowsecurity, c.relforcerowsecurity, pg_get_partkeydef(c.oid) as partition_key,
           pg_get_expr(c.relpartbound, c.oid) as bound,
           pg_get_partition_constraintdef(c.oid) as bound_check,
           parent.relname as parent, parent_space.nspname as parent_schema,
           case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition,
           obj_description(c.oid, 'pg_class') as comment, c.reloptions,
           (select array_agg(distinct array[rs.nspname::text, r.relname::text, ra.attname::text])
            from pg_rewrite w
            join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
             and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid
            join pg_class r on r.oid = d.refobjid
            join pg_namespace rs on rs.oid = r.relnamespace
            left join pg_attribute ra on ra.attrelid = r.oid and ra.attnum = d.refobjsubid
             and d.refobjsubid > 0
            where w.ev_class = c.oid and c.relkind in ('v', 'm')) as reads,
           (select array_agg(array[ps.nspname::text, p.relname::text] order by h.inhseqno)
            from pg_inherits h
            join pg_class p on p.oid = h.inhparent
            join pg_namespace ps on ps.oid = p.relnamespace
            where h.inhrelid = c.oid) as parents
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_inherits i on i.inhrelid = c.oid and c.relispartition
    left join pg_class parent on parent.oid = i.inhparent
    left join pg_namespace parent_space on parent_space.oid = parent.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relname not like 'alembic\\_version%%'
      and {user_objects}
    order by n.nspname, c.relname
    """,
    "pg_class",
    "c.oid",
)

# A sequence that a column owns (serial) is named by the server, so it is not spelled out.
COLUMNS = """
    select a.attrelid::bigint as relation, a.attnum, a.attname, a.attnotnull,
           format_type(a.atttypid, a.atttypmod) as type, a.attidentity::text,
           a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid) as expression,
           case when a.attcollation <> t.typcollation then l.collname end as collation,
           col_description(a.attrelid, a.attnum) as comment, a.attinhcount > 0 as inherited,
           exists (
               select from pg_depend used
               join pg_depend owned on owned.objid = used.refobjid
                and owned.classid = 'pg_class'::regclass and owned.deptype = 'a'
                and owned.refobjid = a.attrelid and owned.refobjsubid = a.attnum
               where used.classid = 'pg_attrdef'::regclass and used.objid = d.oid
                 and used.refclassid = 'pg_class'::regclass
           ) as serial
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_collation l on l.oid = a.attcollation
    where a.attrelid = any(%(relations)s::bigint[]) and a.attnum > 0 and not a.attisdropped
    order by a.attrelid, a.attnum
"""

# Where a foreign key refers to a partitioned table the server keeps a copy per partition.
CONSTRAINTS = """
    select c.conrelid::bigint as relation, c.conname, c.contype::text, c.convalidated,
           c.condeferrable, c.condeferred, c.conkey::int[],
           c.confdeltype::text, c.confupdtype::text, {set_columns} as set_columns,
           target.relname as target, target_space.nspname as target_schema,
           (select array_agg(a.attname::text order by k.position)
            from unnest(c.confkey) with ordinality k(number, position)
            join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.number
           ) as target_columns,
           case when c.contype = 'c' then pg_get_expr(c.conbin, c.conrelid)
                when c.contype = 'x' then pg_get_constraintdef(c.oid) end as definition,
           {nulls_not_distinct} as nulls_not_distinct,
           c.coninhcount > 0 or c.conparentid <> 0 as inherited,
           (select array_agg(a.attname::text order by k.position)
            from unnest(i.indkey::int[]) with ordinality k(number, position)
            join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number
            where k.position > i.indnkeyatts
           ) as include
    from pg_constraint c
    left join pg_constraint parent on parent.oid = c.conparentid
    left join pg_class target on target.oid = c.confrelid and c.contype = 'f'
    left join pg_namespace target_space on target_space.oid = target.relnamespace
    left join pg_index i on i.indexrelid = c.conindid and c.contype in ('p', 'u')
    where c.conrelid = any(%(relations)s::bigint[])
      and not (c.contype = 'f' and parent.oid is not null and parent.conrelid = c.conrelid)
    order by c.conrelid, c.conname
"""

INDEXES = """
    select i.indrelid::bigint as relation, c.relname, m.amname, i.indisunique, i.indisvalid,
           {nulls_not_distinct} as nulls_not_distinct, c.reloptions,
           exists (select from pg_inherits h where h.inhrelid = i.indexrelid) as inherited,
           pg_get_expr(i.indpred, i.indrelid) as predicate, k.keys, k.include, u.columns
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_am m on m.oid = c.relam
    cross join lateral (
        select json_agg(json_build_object(
                   'column', a.attname,
                   'text', pg_get_indexdef(i.indexrelid, key.position, false),
                   'options', i.indoption[key.position - 1],
                   'opclass', case when not o.opcdefault then o.opcname end,
                   'collation', case
                       when l.oid = coalesce(a.attcollation, t.typcollation) then null
                       when a.attnum is not null then l.collname
                       when pg_get_indexdef(i.indexrelid) like '%% COLLATE %%' then l.collname
                   end
               ) order by key.position) filter (where key.position <= i.indnkeyatts) as keys,
               array_agg(a.attname::text order by key.position)
                   filter (where key.position > i.indnkeyatts) as include
        from generate_series(1, i.indnatts) key(position)
        left join pg_attribute a
          on a.attrelid = i.indrelid and a.attnum = i.indkey[key.position - 1] and a.attnum <> 0
        left join pg_attribute own on own.attrelid = i.indexrelid and own.attnum = key.position
        left join pg_type t on t.oid = own.atttypid
        left join pg_opclass o on o.oid = i.indclass[key.position - 1]
        left join pg_collation l on l.oid = i.indcollation[key.position - 1]
    ) k
    cross join lateral (
        select array_agg(distinct a.attname::text) as columns
        from pg_depend d
        join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
          and d.refclassid = 'pg_class'::regclass and d.refobjid = i.indrelid
          and d.refobjsubid > 0
    ) u
    where i.indrelid = any(%(relations)s::bigint[])
      and not exists (
          select from pg_constraint owner
          where owner.conindid = i.indexrelid and owner.conrelid = i.indrelid
            and owner.contype in ('p', 'u', 'x')
      )
    order by i.indrelid, c.relname
"""

TRIGGERS = """
    select tgrelid::bigint as relation, tgname, pg_get_triggerdef(oid) as definition,
           tgparentid <> 0 as inherited
    from pg_trigger
    where not tgisinternal and tgrelid = any(%(relations)s::bigint[])
    order by tgrelid, tgname
"""

ENUMS = _filtered(
    """
    select n.nspname, t.typname, array_agg(e.enumlabel::text order by e.enumsortorder) as labels
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    left join pg_enum e on e.enumtypid = t.oid
    where t.typtype = 'e' and {user_objects}
    group by n.nspname, t.typname
    order by n.nspname, t.typname
    """,
    "pg_type",
    "t.oid",
)

TYPES = _filtered(
    """
    select n.nspname, t.typname, t.typtype::text,
           format_type(t.typbasetype, t.typtypmod) as base, t.typnotnull, t.typdefault,
           (select string_agg(pg_get_constraintdef(c.oid), ' ' order by c.conname)
            from pg_constraint c where c.contypid = t.oid and c.contype = 'c') as checks,
           (select string_agg(format('%%I %%s', a.attname, format_type(a.atttypid, a.atttypmod)),
                              ', ' order by a.attnum)
            from pg_attribute a
            where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) as fields,
           (select format_type(r.rngsubtype, null) from pg_range r where r.rngtypid = t.oid)
               as subtype
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    left join pg_class c on c.oid = t.typrelid
    where (t.typtype in ('d', 'r') or t.typtype = 'c' and c.relkind = 'c') and {user_objects}
    order by n.nspname, t.typname
    """,
    "pg_type",
    "t.oid",
)

# Sequences that a column owns, by serial or identity, belong to the column.
SEQUENCES = _filtered(
    """
    select n.nspname, c.relname,
           format('as %%s start %%s increment %%s minvalue %%s maxvalue %%s%%s',
                  format_type(s.seqtypid, null), s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
                  case when s.seqcycle then ' cycle' else '' end) as definition
    from pg_class c
    join pg_sequence s on s.seqrelid = c.oid
    join pg_namespace n on n.oid = c.relnamespace
    where not exists (
              select from pg_depend owner
              where owner.classid = 'pg_class'::regclass and owner.objid = c.oid
                and owner.deptype in ('a', 'i') and owner.refobjsubid > 0
          )
      and {user_objects}
    order by n.nspname, c.relname
    """,
    "pg_class",
    "c.oid",
)

FUNCTIONS = _filtered(
    """
    select n.nspname, p.proname, pg_get_function_identity_arguments(p.oid) as arguments,
           pg_get_functiondef(p.oid) as definition, p.provolatile::text, p.proretset
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where p.prokind in ('f', 'p', 'w') and {user_objects}
    order by n.nspname, p.proname, arguments
    """,
    "pg_proc",
    "p.oid",
)

EXTENSIONS = """
    select extname from pg_extension where extname <> 'plpgsql' order by extname
"""

POLICIES = """
    select c.oid::bigint as relation, p.polname, p.polpermissive, p.polcmd::text,
           pg_get_expr(p.polqual, p.polrelid) as condition,
           pg_get_expr(p.polwithcheck, p.polrelid) as with_check
    from pg_policy p
    join pg_class c on c.oid = p.polrelid
    where c.oid = any(%(relations)s::bigint[])
    order by c.oid, p.polname
"""

VERSION_TABLES = f"""
    select n.nspname, c.relname
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'version_num'
    where c.relkind in ('r', 'p') and c.relname like 'alembic\\_version%%' and {USER_SCHEMAS}
    order by n.nspname <> 'public', n.nspname, c.relname
"""

# The server itself says whether policies hold for who asks.
PASSED_POLICIES = f"""
    select n.nspname, c.relname, current_user::text as role,
           case when r.rolsuper then 'is a superuser' when r.rolbypassrls then 'has BYPASSRLS'
                else 'owns the table' end as why
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_roles r on r.rolname = current_user
    where c.relkind in ('r', 'p') and c.relrowsecurity and not row_security_active(c.oid)
      and exists (select from pg_policy p where p.polrelid = c.oid) and {USER_SCHEMAS}
    order by n.nspname, c.relname
"""

"""The indexes that a database has, key by key, and what rests on each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from dbwright.core.existing import ExistingIndex, ExistingKey
from dbwright.dialects.postgresql.inventory_queries import own
from dbwright.dialects.postgresql.question import Row, ask

_READ = own(
    "pg_class",
    "x.oid",
    """
    select n.nspname as schema, c.relname as table, x.relname as name, m.amname as method,
           x.relkind = 'I' as partitioned, i.indisunique as unique, i.indisvalid as valid,
           i.indisreplident as replica,
           i.indisclustered as clustered, i.indisexclusion as exclusion,
           pg_get_expr(i.indpred, i.indrelid) as predicate, pg_get_indexdef(x.oid) as definition,
           case when x.relkind = 'i' then pg_relation_size(x.oid) else 0 end as bytes,
           s.idx_scan as scans, o.conname as owner,
           f.conname as referred,
           (select array_agg(k.conname::text order by k.oid) from pg_constraint k
            where k.contype = 'f' and k.conrelid = c.oid and i.indpred is null
             and k.conkey <@ (i.indkey::int2[])[0:cardinality(k.conkey) - 1]) as supports,
           (select p.relname from pg_inherits h join pg_class p on p.oid = h.inhparent
            where h.inhrelid = x.oid) as parent,
           (select json_agg(json_build_array(
                       pg_get_indexdef(x.oid, k, false),
                       (select oc.opcname from pg_opclass oc where oc.oid = i.indclass[k - 1]),
                       coalesce((select l.collname from pg_collation l
                                 where l.oid = i.indcollation[k - 1]), ''),
                       i.indoption[k - 1] & 1 = 1, i.indoption[k - 1] & 2 = 2) order by k)
            from generate_series(1, i.indnkeyatts) k) as keys,
           (select array_agg(a.attname::text order by k)
            from generate_series(i.indnkeyatts + 1, i.indnatts) k
            join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[k - 1]) as include
    from pg_index i
    join pg_class x on x.oid = i.indexrelid
    join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_am m on m.oid = x.relam
    left join pg_constraint o on o.conindid = x.oid and o.contype in ('p', 'u', 'x')
    -- the catalog has no index on conindid: looked up for each, it would be read each time
    left join (select conindid, min(conname) as conname from pg_constraint
               where contype = 'f' group by conindid) f on f.conindid = x.oid
    left join pg_stat_user_indexes s on s.indexrelid = x.oid
    where {own} and c.relkind in ('r', 'p', 'm')
      and (%(names)s::text[] is null or x.relname = any(%(names)s::text[])) order by x.oid
    """,
)


def read(
    connection: psycopg.Connection[Any], names: Sequence[str] | None = None
) -> tuple[ExistingIndex, ...]:
    """Gives the indexes, all or those of some names, in the order of their making."""
    wanted = None if names is None else list(names)
    return tuple(_index(row) for row in ask(connection, _READ, names=wanted))


def _index(row: Row) -> ExistingIndex:
    return ExistingIndex(
        row.schema,
        row.table,
        row.name,
        row.method,
        tuple(ExistingKey(*key) for key in row.keys),
        tuple(row.include or ()),
        row.predicate,
        row.unique,
        row.owner,
        _needed(row),
        row.valid,
        row.partitioned,
        row.definition.replace(" ON ONLY ", " ON ", 1) if row.partitioned else row.definition,
        row.bytes,
        row.scans,
        tuple(row.supports or ()),
    )


def _needed(row: Row) -> str | None:
    if row.referred:
        return f"the foreign key {row.referred} refers to it"
    if row.replica:
        return "it is the table's replica identity"
    if row.clustered:
        return "the table was clustered on it"
    if row.parent:
        return f"it is a part of {row.parent}"
    return None

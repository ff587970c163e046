"""What a statement would do that rolling it back does not undo, as the database itself knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from dbwright.dialects.postgresql import expressions, grammar
from dbwright.dialects.postgresql.functions import HARMLESS
from dbwright.dialects.postgresql.question import ask

_LASTING = frozenset(
    (
        "pg_sleep",
        "pg_advisory_lock",
        "pg_advisory_lock_shared",
        "pg_advisory_unlock",
        "pg_advisory_unlock_all",
        "pg_cancel_backend",
        "pg_terminate_backend",
        "pg_try_advisory_lock",
    )
)
"""They leave the schema alone, and reach beyond their transaction all the same."""
_WRITES = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "IntoClause")

# All that a statement over these relations reads, calls or fires: what views are made of,
# partitions, the tables that a foreign key makes it write too.
_BEHIND = """
    with recursive reached (oid) as (
        select to_regclass(name)::oid from unnest(%(tables)s::text[]) as name
        where to_regclass(name) is not null
        union
        select next.oid from reached r, lateral (
            select d.refobjid as oid from pg_rewrite w join pg_depend d
              on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
             and d.refclassid = 'pg_class'::regclass
            where w.ev_class = r.oid
            union all select inhrelid from pg_inherits where inhparent = r.oid
            union all select conrelid from pg_constraint
            where %(writes)s and contype = 'f' and confrelid = r.oid
              and (confdeltype in ('c', 'n', 'd') or confupdtype in ('c', 'n', 'd'))
        ) next
    ), called (oid) as (
        select d.refobjid from reached r join pg_rewrite w on w.ev_class = r.oid
        join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
         and d.refclassid = 'pg_proc'::regclass
        union select d.refobjid from reached r join pg_attrdef a on a.adrelid = r.oid
        join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = a.oid
         and d.refclassid = 'pg_proc'::regclass
        where %(writes)s
        union select d.refobjid from reached r join pg_policy p on p.polrelid = r.oid
        join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
         and d.refclassid = 'pg_proc'::regclass
        union select t.tgfoid from reached r join pg_trigger t on t.tgrelid = r.oid
        where %(writes)s and not t.tgisinternal and t.tgenabled <> 'D'
        union select p.oid from pg_proc p where p.proname = any(%(called)s::name[])
    )
    select 'function' as kind, p.oid::regprocedure::text as named,
           case when p.pronamespace = 'pg_catalog'::regnamespace or exists (
               select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid
                 and deptype = 'e') then p.proname end as name
    from called c join pg_proc p on p.oid = c.oid where p.provolatile = 'v'
    union all
    select 'foreign table', c.oid::regclass::text, null
    from reached r join pg_class c on c.oid = r.oid where c.relkind = 'f'
    order by 1, 2
"""


def written(sql: str) -> frozenset[str]:
    """Gives the names of the tables that a planned statement writes, in a WITH of it too.

    >>> written("with gone as (delete from a.t returning 1) select * from gone"), written("table t")
    (frozenset({'t'}), frozenset())
    """
    found = (each for tree in grammar.parse(sql) for each in _writes(tree))
    return frozenset(str(each.relname) for each in found)


def _writes(tree: grammar.Node) -> Iterator[grammar.Node]:
    for kind in _WRITES:
        for each in grammar.all_of(tree, kind):
            yield each.rel if kind == "IntoClause" else each.relation


def lasting(connection: psycopg.Connection[Any], sql: str) -> str | None:
    """Gives why a statement is not run even to be rolled back, None where nothing speaks against.

    A function that may do anything is one that the database has as volatile, and that is not one
    of the server's or an extension's that is known here. Raises psycopg.Error where the database
    cannot be asked.
    """
    trees = grammar.parse(sql)
    called = sorted({name[-1] for tree in trees for name in expressions.functions(tree)})
    if known := sorted(_LASTING.intersection(called)):
        return f"it calls {known[0]}(), which reaches beyond its transaction"
    tables = [each for tree in trees for each in _named(tree)]
    rows = ask(connection, _BEHIND, tables=tables, called=called, writes=bool(written(sql)))
    for row in rows:
        if row.kind == "foreign table":
            return f"it reaches another server, through the foreign table {row.named}"
        if row.name not in HARMLESS or row.name in _LASTING:
            return f"it calls {row.named}, which is volatile and may do anything"
    return None


def _named(tree: grammar.Node) -> Sequence[str]:
    found = []
    for each in grammar.all_of(tree, "RangeVar"):
        name = _quoted(each.relname)
        found.append(f"{_quoted(each.schemaname)}.{name}" if each.schemaname else name)
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


_SEQUENCES = """
    select coalesce(sum(last_value), 0)::numeric as reached from pg_sequences
"""


def sequences(connection: psycopg.Connection[Any]) -> int:
    """Gives a number that grows with each value of a sequence, which no rollback takes back."""
    return int(ask(connection, _SEQUENCES)[0].reached)

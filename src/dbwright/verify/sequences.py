"""Sequences that stand behind the rows of their table: an INSERT to come is refused."""

from __future__ import annotations

from typing import Any

_OWNED = """
select format('%I.%I', sn.nspname, s.relname), format('%I.%I', tn.nspname, t.relname),
       quote_ident(a.attname), case when tn.nspname = 'public' then t.relname
       else tn.nspname || '.' || t.relname end || '.' || a.attname
from pg_class s
join pg_namespace sn on sn.oid = s.relnamespace
join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.oid
    and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
join pg_class t on t.oid = d.refobjid
join pg_namespace tn on tn.oid = t.relnamespace
join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
where s.relkind = 'S'
"""


def behind(connection: Any) -> tuple[str, ...]:
    """Gives `table.column` of each owned sequence that comes to a value which a row has already.

    https://www.postgresql.org/docs/current/functions-sequence.html
    """
    found = []
    for sequence, table, column, name in connection.execute(_OWNED).fetchall():
        query = (
            f"select exists (select 1 from {table}, {sequence} s "
            f"where case when {column}::text ~ '^[0-9]+$' then {column}::text::numeric >= "
            "s.last_value + case when s.is_called then 1 else 0 end end)"
        )
        row = connection.execute(query).fetchone()
        if row and row[0]:
            found.append(name)
    connection.rollback()
    return tuple(found)

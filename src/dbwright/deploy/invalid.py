"""Invalid indexes: what a CREATE INDEX CONCURRENTLY that failed has left."""

from __future__ import annotations

from sqlalchemy import Connection, text

from dbwright.core.errors import UpgradeError
from dbwright.dialects.postgresql import grammar

_VALID = text(
    """
    select count(*)
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    where i.indisvalid and c.relname = :name and t.relname = :table
      and case when cast(:schema as text) is null then pg_table_is_visible(t.oid)
               else n.nspname = :schema end"""
)
_FOUND = text(
    """
    select i.indexrelid::regclass::text, t.relname,
           exists (select 1 from pg_stat_progress_create_index p
                   where p.index_relid = i.indexrelid) as is_being_built
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    where not i.indisvalid and c.relname = :name and t.relname = :table
      and case when cast(:schema as text) is null then pg_table_is_visible(t.oid)
               else n.nspname = :schema end"""
)


def drop_invalid(connection: Connection, sql: str, lock_seconds: float) -> str | None:
    """Drops the index that a CREATE INDEX CONCURRENTLY would build, where it is there and invalid.

    Gives its name, or None where there is nothing to drop. One that another session builds just
    now raises UpgradeError; a lock that is not given within `lock_seconds`, to the index or behind
    the transactions that may see it, the driver's error. IF NOT EXISTS would take an invalid one
    for built.
    """
    named = _built_by(sql)
    if named is None:
        return None
    index, table, schema = named
    values = {"name": index, "table": table, "schema": schema}
    row = connection.execute(_FOUND, values).first()
    if row is None:
        return None
    if row[2]:
        raise UpgradeError(
            f"another session is building the index {row[0]} on {row[1]}",
            way_out="Wait for its end, which pg_stat_progress_create_index shows; then again.",
        )
    connection.exec_driver_sql(f"set lock_timeout = {max(1, int(1000 * lock_seconds))}")
    try:
        connection.exec_driver_sql(f"drop index concurrently if exists {row[0]}")
    finally:
        connection.exec_driver_sql("reset lock_timeout")
    return str(row[0])


def is_built(connection: Connection, sql: str) -> bool | None:
    """Whether the index of a CREATE INDEX CONCURRENTLY is there and valid; None for all else."""
    named = _built_by(sql)
    if named is None:
        return None
    index, table, schema = named
    values = {"name": index, "table": table, "schema": schema}
    return bool(connection.execute(_VALID, values).scalar())


def _built_by(sql: str) -> tuple[str, str, str | None] | None:
    """Gives the index, table and schema of a CREATE INDEX CONCURRENTLY; None for all else."""
    if "concurrently" not in sql.lower():
        return None
    try:
        trees = grammar.parse(sql)
    except grammar.Failure:
        return None
    for tree in trees:
        statement = tree.index_stmt
        if tree.HasField("index_stmt") and statement.concurrent and statement.idxname:
            relation = statement.relation
            return statement.idxname, relation.relname, relation.schemaname or None
    return None

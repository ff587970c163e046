"""The table of a backfill as its database has it: its quoted name, and its key."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from dbwright.backfill.definition import Backfill
from dbwright.backfill.keys import Key, KeyColumn
from dbwright.core.errors import UsageError

_POSTGRESQL = """
SELECT i.indexrelid AS index, i.indisprimary AS is_primary, a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS is_set
FROM pg_index i
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
WHERE i.indrelid = to_regclass(:table) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
      AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid, k.place
"""
_MYSQL = """
SELECT s.index_name AS "index", s.index_name = 'PRIMARY' AS is_primary, c.column_name AS name,
       c.column_type AS type, c.is_nullable = 'NO' AS is_set, s.sub_part AS part
FROM information_schema.statistics s
LEFT JOIN information_schema.columns c
     ON c.table_schema = s.table_schema AND c.table_name = s.table_name
        AND c.column_name = s.column_name
WHERE s.table_schema = coalesce(:schema, database()) AND s.table_name = :table
      AND s.non_unique = 0
ORDER BY 2 DESC, s.index_name, s.seq_in_index
"""
_ROWIDS = ("rowid", "_rowid_", "oid")


@dataclass(frozen=True, slots=True)
class Table:
    """A table in SQL, and the key that its rows are walked by."""

    quoted: str
    key: Key
    columns: tuple[str, ...]
    rows: float = 0.0
    """About how many there are, by the statistics; 0 when nothing is known."""


@dataclass(slots=True)
class _Index:
    is_primary: bool
    names: list[str]
    types: list[str]
    usable: bool = True


def find(connection: Connection, backfill: Backfill) -> Table:
    """Gives the table of a backfill.

    Raises UsageError where there is no such table, or no key to walk it by, with the keys there
    are.
    """
    name = connection.dialect.name
    schema, _, table = backfill.table.rpartition(".")
    quote = connection.dialect.identifier_preparer.quote_identifier
    quoted = ".".join(quote(part) for part in (schema, table) if part)
    if name == "sqlite":
        key, columns = _of_sqlite(connection, backfill, schema, table)
        return Table(quoted, key, columns, _sqlite_rows(connection, table, key))
    indexes = _indexes(connection, quoted, schema, table)
    chosen = _chosen(backfill, indexes, lambda: _exists(connection, quoted, schema, table))
    spell = _spelled_postgresql if name == "postgresql" else _spelled_mysql
    parts = []
    for column, kind in zip(chosen.names, chosen.types, strict=True):
        found = spell(quote(column), kind)
        if found is None:
            raise UsageError(
                f"{backfill.table}.{column} is {kind}, which has no exact text to go on from",
                way_out="Name another unique key with `key`.",
            )
        parts.append(found)
    key = Key(tuple(parts), rows_compare=name == "postgresql")
    return Table(quoted, key, tuple(chosen.names), _rows(connection, quoted, schema, table))


def _indexes(connection: Connection, quoted: str, schema: str, table: str) -> list[_Index]:
    if connection.dialect.name == "postgresql":
        rows = connection.execute(text(_POSTGRESQL), {"table": quoted}).mappings().all()
    else:
        found = text(_MYSQL.replace('"index"', "`index`"))
        rows = (
            connection.execute(found, {"schema": schema or None, "table": table}).mappings().all()
        )
    indexes: dict[object, _Index] = {}
    for row in rows:
        one = indexes.setdefault(row["index"], _Index(bool(row["is_primary"]), [], []))
        one.usable &= bool(row["is_set"]) and row.get("part") is None
        one.names.append(row["name"])
        one.types.append(_word(row["type"]))
    return [each for each in indexes.values() if each.usable]


def _word(kind: object) -> str:
    return kind.decode() if isinstance(kind, bytes) else str(kind)


def _chosen(backfill: Backfill, indexes: list[_Index], exists: Callable[[], bool]) -> _Index:
    if backfill.key:
        found = next((each for each in indexes if tuple(each.names) == backfill.key), None)
    else:
        found = indexes[0] if indexes else None
    if found is not None:
        return found
    if not exists():
        raise UsageError(
            f"there is no table {backfill.table}",
            way_out="Name it as the database does, with its schema where it is not on the path.",
        )
    raise _no_key(backfill, [each.names for each in indexes])


def _no_key(backfill: Backfill, keys: Sequence[Sequence[str]]) -> UsageError:
    if not keys:
        return UsageError(
            f"{backfill.table} has no key to walk it by: no unique index on columns that are "
            "NOT NULL",
            way_out="Give it one (a generated identity column and a unique index built "
            "concurrently), and run it again.",
        )
    told = "; ".join(", ".join(each) for each in keys)
    return UsageError(
        f"no unique index of {backfill.table} has the columns {', '.join(backfill.key)} in this "
        "order, all NOT NULL",
        way_out=f"It may be walked by: {told}.",
    )


def _exists(connection: Connection, quoted: str, schema: str, table: str) -> bool:
    if connection.dialect.name == "postgresql":
        sql = "SELECT to_regclass(:quoted) IS NOT NULL"
        return bool(connection.scalar(text(sql), {"quoted": quoted}))
    sql = (
        "SELECT count(*) FROM information_schema.tables"
        " WHERE table_schema = coalesce(:schema, database()) AND table_name = :table"
    )
    return bool(connection.scalar(text(sql), {"schema": schema or None, "table": table}))


def _rows(connection: Connection, quoted: str, schema: str, table: str) -> float:
    if connection.dialect.name == "postgresql":
        # the planner knows of tables that were never analyzed, and of partitions
        plan = connection.scalar(text(f"EXPLAIN (FORMAT JSON) SELECT FROM {quoted}"))
        found = json.loads(plan) if isinstance(plan, str) else plan
        return float(found[0]["Plan"]["Plan Rows"])
    sql = (
        "SELECT table_rows FROM information_schema.tables"
        " WHERE table_schema = coalesce(:schema, database()) AND table_name = :table"
    )
    return float(connection.scalar(text(sql), {"schema": schema or None, "table": table}) or 0.0)


def _spelled_postgresql(quoted: str, kind: str) -> KeyColumn:
    return KeyColumn(quoted, f"CAST({quoted} AS text)", f"CAST(:{{p}} AS {kind})")


def _spelled_mysql(quoted: str, kind: str) -> KeyColumn | None:
    word = kind.lower().partition("(")[0].split()[0]
    if word in ("tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year"):
        target = "UNSIGNED" if "unsigned" in kind.lower() else "SIGNED"
        return KeyColumn(quoted, f"CAST({quoted} AS CHAR)", f"CAST(:{{p}} AS {target})")
    if word in ("decimal", "numeric"):
        size = kind[kind.index("(") : kind.index(")") + 1] if "(" in kind else "(10, 0)"
        return KeyColumn(quoted, f"CAST({quoted} AS CHAR)", f"CAST(:{{p}} AS DECIMAL{size})")
    if word in ("char", "varchar", "tinytext", "text", "mediumtext", "longtext"):
        return KeyColumn(quoted, quoted)
    if word in ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"):
        return KeyColumn(quoted, f"HEX({quoted})", "UNHEX(:{p})")
    if word in ("datetime", "timestamp", "time", "date"):
        target = "DATE" if word == "date" else "TIME(6)" if word == "time" else "DATETIME(6)"
        return KeyColumn(quoted, f"CAST({quoted} AS CHAR)", f"CAST(:{{p}} AS {target})")
    if word in ("uuid", "inet4", "inet6"):
        return KeyColumn(quoted, f"CAST({quoted} AS CHAR)", f"CAST(:{{p}} AS {word.upper()})")
    return None


def _of_sqlite(
    connection: Connection, backfill: Backfill, schema: str, table: str
) -> tuple[Key, tuple[str, ...]]:
    """By its rowid where it has one, which is never null: a primary key there may be."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    sql = "SELECT name, \"notnull\", pk FROM pragma_table_info(:table, coalesce(:schema, 'main'))"
    given = {"table": table, "schema": schema or None}
    columns = connection.execute(text(sql), given).all()
    if not columns:
        raise UsageError(f"there is no table {backfill.table}", way_out="Name it as the file does.")
    primary = tuple(name for name, _, _ in sorted((c for c in columns if c[2]), key=lambda c: c[2]))
    taken = {name.lower() for name, _, _ in columns}
    wanted = backfill.key
    if not wanted:
        free = next((name for name in _ROWIDS if name not in taken), None)
        if free is not None and _has_rowid(connection, table):
            return Key((KeyColumn(free, free),)), (free,)
        wanted = primary
    unique = [primary] if primary else []
    unique += _unique_of_sqlite(connection, table)
    is_set = {name for name, notnull, pk in columns if notnull}
    usable = [key for key in unique if set(key) <= is_set or not _has_rowid(connection, table)]
    if wanted not in usable:
        raise _no_key(backfill, usable)
    return Key(tuple(KeyColumn(quote(name), quote(name)) for name in wanted)), wanted


def _has_rowid(connection: Connection, table: str) -> bool:
    sql = "SELECT wr FROM pragma_table_list WHERE name = :table"
    return not connection.scalar(text(sql), {"table": table})


def _unique_of_sqlite(connection: Connection, table: str) -> list[tuple[str, ...]]:
    sql = (
        "SELECT l.name, i.name FROM pragma_index_list(:table) l, pragma_index_info(l.name) i"
        ' WHERE l."unique" AND NOT l.partial ORDER BY l.seq, i.seqno'
    )
    found: dict[str, list[str]] = {}
    for index, name in connection.execute(text(sql), {"table": table}):
        found.setdefault(index, []).append(name)
    return [tuple(names) for names in found.values() if None not in names]


def _sqlite_rows(connection: Connection, table: str, key: Key) -> float:
    """The largest rowid is as good as a count for a progress bar, and costs nothing."""
    if len(key.columns) > 1 or key.columns[0].quoted not in _ROWIDS:
        return 0.0
    quote = connection.dialect.identifier_preparer.quote_identifier
    sql = f"SELECT max({key.columns[0].quoted}) FROM {quote(table)}"
    return float(connection.scalar(text(sql)) or 0.0)

"""What to keep before a step that destroys: a copy beside the table, and the way back from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbwright.core.migration import Migration
from dbwright.core.schema import Table
from dbwright.recipes.code import name_for, quoted


@dataclass(frozen=True, slots=True)
class Archive:
    """A copy of a table, or of some columns of it with its key: SQL that makes it and uses it."""

    table: str
    name: str
    keep: str
    restore: tuple[str, ...]


def archive(
    table: Table, revision: str, columns: Sequence[str] = (), rows: bool = False
) -> Archive:
    """Gives the archive of columns whose values go or change, and with `rows` of whole rows.

    A table without a key is kept whole, and comes back whole.
    """
    name = f"{table.schema}." if table.schema else ""
    end = f"_before_{name_for(revision)[:30]}"
    name += f"{table.name[: 63 - len(end)]}{end}"
    own, kept = quoted(table.key), quoted(name)
    alias = "kept" if table.name != "kept" else "other"
    key = table.primary_key.columns if table.primary_key else ()
    if rows or not key:
        keep = f"CREATE TABLE {kept} AS SELECT * FROM {own}"
    else:
        shown = ", ".join(map(quoted, (*key, *(c for c in columns if c not in key))))
        keep = f"CREATE TABLE {kept} AS SELECT {shown} FROM {own}"
    restore = []
    if rows or not key:
        restore += _rows_back(table, own, f"{kept} {alias}", alias, key)
    if key:
        where = " AND ".join(f"{alias}.{quoted(c)} = {own}.{quoted(c)}" for c in key)
        source = f"FROM {kept} {alias} WHERE {where}"
        restore += [
            f"UPDATE {own} SET {quoted(column)} = (SELECT {alias}.{quoted(column)} {source}) "
            f"WHERE EXISTS (SELECT 1 {source})"
            for column in columns
            if column not in key
        ]
    return Archive(table.key, name, keep, tuple(restore))


def _rows_back(table: Table, own: str, kept: str, alias: str, key: Sequence[str]) -> list[str]:
    columns = [column for column in table.columns if not column.computed]
    names = ", ".join(quoted(column.name) for column in columns)
    over = " OVERRIDING SYSTEM VALUE" if any(c.identity == "always" for c in columns) else ""
    insert = f"INSERT INTO {own} ({names}){over} SELECT {names} FROM {kept}"
    if not key:
        return [f"DELETE FROM {own}", insert]
    same = " AND ".join(f"{own}.{quoted(c)} = {alias}.{quoted(c)}" for c in key)
    return [f"{insert} WHERE NOT EXISTS (SELECT 1 FROM {own} WHERE {same})"]


def pattern(key: str) -> str:
    """Gives a table's key as pg_dump's -t takes it: each part in double quotes."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in key.split("."))


def otherwise(found: Archive, revision: str, dialect: str) -> str:
    """Gives the other ways to keep what an archive keeps: off the server, or a moment."""
    if dialect == "sqlite":
        return _whole(found.table, revision, dialect)
    file = f"{found.name}.dump"
    return (
        f"the copy off the server: pg_dump -Fc -t '{pattern(found.name)}' -f {file} "
        f'"$DATABASE_URL", then DROP TABLE {quoted(found.name)}; back by pg_restore '
        f'-d "$DATABASE_URL" {file} and the same statements; {MOMENT}'
    )


MOMENT = (
    "or note select now() before it and recover to that moment, which takes the whole server back"
)


def _whole(table: str, revision: str, dialect: str) -> str:
    """What keeps a table of which only the name is known; values come back from beside it."""
    file = f"{table}-before-{revision}"
    if dialect == "sqlite":
        return f"copy the file while nobody writes: sqlite3 app.db \".backup '{file}.db'\""
    return (
        f"pg_dump -Fc -t '{pattern(table)}' -f {file}.dump \"$DATABASE_URL\", loaded by pg_restore "
        f"into a database beside it when values are wanted back; {MOMENT}"
    )


def words(
    migration: Migration, key: str, columns: Sequence[str] = (), *, rows: bool = False
) -> str:
    """Gives the backup part of advice: the statement that keeps, the one that brings back."""
    table = migration.existing(key)
    if table is None or any(table.column(name) is None for name in columns):
        what = ", ".join(f"{key}.{name}" for name in columns) or f"the rows of {key}"
        return f"keep {what}: {_whole(key, migration.revision, migration.target.dialect)}."
    found = archive(table, migration.revision, columns, rows)
    return f"{found.keep}; back by {'; '.join(found.restore)}."

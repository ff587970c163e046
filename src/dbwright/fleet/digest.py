"""A database's schema as lines, and a digest of them: alike where the schemas are alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Dialect, Inspector, inspect
from sqlalchemy.exc import NoSuchTableError

from dbwright.backfill.state import BACKFILLS, FAILURES, RANGES
from dbwright.deploy.journal import TABLE

OWN = frozenset((TABLE, "dbwright_fleet", BACKFILLS, RANGES, FAILURES))
"""The tables in which dbwright keeps its books, which no project declares."""
_LEFT_OUT = OWN | {"alembic_version"}


def lines_of(connection: Connection) -> tuple[str, ...]:
    """Gives a line for each table, column, key, constraint, index and view, in order.

    Names of schemas are left out, so that tenants in schemas of one database compare; the table
    of Alembic's own versions too. Functions, triggers and rights are not looked at.
    """
    inspector = inspect(connection)
    found = [line for lines in _READERS for line in lines(inspector)]
    _forget(connection.dialect)
    own = inspector.default_schema_name
    if own:
        # defaults name their sequences with the schema
        found = [line.replace(f'"{own}".', "").replace(f"{own}.", "") for line in found]
    return tuple(sorted(found))


def _forget(dialect: Dialect) -> None:
    """Empties SQLAlchemy's caches of statements that read catalogs.

    They are of the class and keep 128 dialects alive, with half a megabyte each; a fleet makes one
    for each database and needs it once.
    """
    for each in type(dialect).__mro__:
        for found in vars(each).values():
            if hasattr(found, "cache_clear"):
                found.cache_clear()


def _each(found: Any) -> Iterator[tuple[str, Any]]:
    """Gives each table with what was found of it, but for the books of others and ours."""
    for (_, table), items in found.items():
        if table not in _LEFT_OUT:
            yield table, items


def digest_of(lines: tuple[str, ...]) -> str:
    """Gives the digest of a schema's lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _columns(inspector: Inspector) -> Iterator[str]:
    for table, columns in _each(inspector.get_multi_columns()):
        yield f"table {table}"
        for column in columns:
            null = "" if column["nullable"] else " not null"
            default = f" default {column['default']}" if column.get("default") else ""
            made = column.get("computed") or column.get("identity")
            more = f" {sorted(made.items())}" if made else ""
            yield f"column {table}.{column['name']} {_type(column)}{null}{default}{more}"


def _type(column: Any) -> str:
    try:
        return str(column["type"])
    except Exception:
        return repr(column["type"])


def _keys(inspector: Inspector) -> Iterator[str]:
    for table, key in _each(inspector.get_multi_pk_constraint()):
        if key and key["constrained_columns"]:
            yield f"key {table} ({', '.join(key['constrained_columns'])})"
    for table, keys in _each(inspector.get_multi_foreign_keys()):
        for each in keys:
            own, other = each["constrained_columns"], each["referred_columns"]
            options = {k: v for k, v in sorted((each.get("options") or {}).items()) if v}
            told = f" {options}" if options else ""
            yield (
                f"key {table} ({', '.join(own)}) references {each['referred_table']} "
                f"({', '.join(other)}) {each['name'] or ''}{told}"
            )


def _constraints(inspector: Inspector) -> Iterator[str]:
    for table, uniques in _each(inspector.get_multi_unique_constraints()):
        for each in uniques:
            yield f"unique {table} {each['name'] or ''} ({', '.join(each['column_names'])})"
    for table, checks in _each(inspector.get_multi_check_constraints()):
        for check in checks:
            yield f"check {table} {check['name'] or ''} {check['sqltext']}"


def _indexes(inspector: Inspector) -> Iterator[str]:
    for table, indexes in _each(inspector.get_multi_indexes()):
        for each in indexes:
            parts = each.get("expressions") or each["column_names"]
            unique = " unique" if each["unique"] else ""
            options = {k: str(v) for k, v in sorted(each.get("dialect_options", {}).items()) if v}
            told = f" {options}" if options else ""
            yield f"index {table} {each['name']}{unique} ({', '.join(map(str, parts))}){told}"


def _views(inspector: Inspector) -> Iterator[str]:
    for view in inspector.get_view_names():
        try:
            definition = inspector.get_view_definition(view)
        except NoSuchTableError:
            continue
        yield f"view {view} {' '.join(str(definition).split())}"


_READERS = (_columns, _keys, _constraints, _indexes, _views)

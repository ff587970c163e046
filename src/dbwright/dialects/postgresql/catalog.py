"""The schema as PostgreSQL's catalog has it, in a fixed number of questions."""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from dbwright.core.schema import (
    SERIAL_DEFAULT,
    Check,
    Column,
    EnumType,
    Exclude,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Schema,
    Table,
    TableKind,
    Trigger,
    Unique,
    qualified,
)
from dbwright.dialects.postgresql import catalog_objects, catalog_queries, names
from dbwright.dialects.postgresql.question import Row, ask

_KINDS: Mapping[str, TableKind] = {
    "r": "table",
    "p": "partitioned",
    "v": "view",
    "m": "materialized view",
    "f": "foreign",
}
_ACTIONS = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", "r": "RESTRICT", "a": None}
_NEXT_VALUE = re.compile(r"nextval\('[^']*'::regclass\)")
_DESCENDING, _NULLS_FIRST = 1, 2
_NAMED_BY = {
    "column": "attname",
    "constraint": "conname",
    "index": "relname",
    "trigger": "tgname",
}


@dataclass(slots=True)
class _Parts:
    """What belongs to one table, gathered kind by kind."""

    row: Row
    columns: list[Column] = field(default_factory=list)
    numbers: dict[int, str] = field(default_factory=dict)
    primary_key: PrimaryKey | None = None
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    uniques: list[Unique] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    excludes: list[Exclude] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    inherited: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return names.key(self.row.relname, self.row.nspname)

    def names_of(self, numbers: Sequence[int] | None) -> tuple[str, ...]:
        return tuple(self.numbers[number] for number in numbers or () if number)


def read_schema(connection: psycopg.Connection[Any]) -> Schema:
    """Give the schema that the connection's open transaction sees.

    Nothing is committed. The search path is `public` while it is read, so that names of other
    schemas are printed with their schema whatever the session's path is, and restored after.
    """
    with steady_names(connection):
        version = connection.info.server_version // 10000
        parts = _tables(connection, version)
        tables = sorted((_table(part) for part in parts.values()), key=lambda table: table.key)
        keys = {oid: part.key for oid, part in parts.items()}
        return Schema(
            "postgresql",
            tuple(tables),
            _enums(connection),
            catalog_objects.read(connection, keys),
        )


def version_tables(connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    """Give the keys of Alembic's own tables, in whatever schema and readable or not."""
    rows = ask(connection, catalog_queries.VERSION_TABLES)
    return tuple(names.key(row.relname, row.nspname) for row in rows)


def schema_names(connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    """Give the names of all schemas of the database."""
    rows = connection.execute("select nspname from pg_namespace").fetchall()
    return tuple(str(row[0]) for row in rows)


def passed_policies(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Give the tables whose policies do not hold for the connection's role, and why."""
    rows = ask(connection, catalog_queries.PASSED_POLICIES)
    return {names.key(row.relname, row.nspname): f"{row.role} {row.why}" for row in rows}


@contextlib.contextmanager
def steady_names(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Has the search path at `public` for the time of the block: names are spelled alike."""
    outside = connection.info.transaction_status == TransactionStatus.IDLE
    begin = connection.autocommit and outside
    with connection.transaction() if begin else contextlib.nullcontext():
        path = ask(connection, "select current_setting('search_path') as path")[0].path
        change = "select set_config('search_path', %(path)s, true)"
        ask(connection, change, path=names.DEFAULT_SCHEMA)
        try:
            yield
        finally:
            if connection.info.transaction_status != TransactionStatus.INERROR:
                ask(connection, change, path=path)


def _tables(connection: psycopg.Connection[Any], version: int) -> dict[int, _Parts]:
    parts = {row.oid: _Parts(row) for row in ask(connection, catalog_queries.RELATIONS)}
    relations = list(parts)
    new = {
        "set_columns": "c.confdelsetcols::int[]" if version >= 15 else "null::int[]",
        "nulls_not_distinct": "i.indnullsnotdistinct" if version >= 15 else "false",
    }
    questions = {
        "columns": catalog_queries.COLUMNS,
        "constraints": catalog_queries.CONSTRAINTS.format(**new),
        "indexes": catalog_queries.INDEXES.format(**new),
        "triggers": catalog_queries.TRIGGERS,
    }
    rows = {name: ask(connection, sql, relations=relations) for name, sql in questions.items()}
    nullable = _not_yet_validated(rows["constraints"])
    for row in rows["columns"]:
        part = parts[row.relation]
        part.numbers[row.attnum] = row.attname
        part.columns.append(_column(row, row.attnum in nullable[row.relation]))
    for row in (each for kind in rows.values() for each in kind if each.inherited):
        parts[row.relation].inherited.append(_inherited(row))
    for row in rows["constraints"]:
        _add_constraint(parts[row.relation], row)
    for row in rows["indexes"]:
        parts[row.relation].indexes.append(_index(row))
    for row in rows["triggers"]:
        parts[row.relation].triggers.append(Trigger(row.tgname, row.definition))
    return parts


def _inherited(row: Row) -> str:
    """Give the kind and name of what a table has because its parent has it."""
    for kind, attribute in _NAMED_BY.items():
        if name := getattr(row, attribute, None):
            return f"{kind} {name}"
    raise AssertionError(row)


def _not_yet_validated(constraints: Sequence[Row]) -> Mapping[int, set[int]]:
    """Give the columns whose NOT NULL is NOT VALID [18]: they can still hold NULL."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for row in constraints:
        if row.contype == "n" and not row.convalidated:
            found[row.relation].update(row.conkey)
    return found


def _column(row: Row, may_hold_null: bool) -> Column:
    generated = row.attgenerated in ("s", "v")
    serial = row.serial and _NEXT_VALUE.fullmatch(row.expression)
    default = SERIAL_DEFAULT if serial else row.expression
    return Column(
        row.attname,
        row.type,
        nullable=may_hold_null or not row.attnotnull,
        default=None if generated else default,
        identity={"a": "always", "d": "by default"}.get(row.attidentity),  # type: ignore[arg-type]
        computed=without_parentheses(row.expression) if generated else None,
        stored=row.attgenerated != "v",
        collation=row.collation,
        comment=row.comment,
    )


def _add_constraint(part: _Parts, row: Row) -> None:
    columns = part.names_of(row.conkey)
    include = tuple(row.include or ())
    match row.contype:
        case "p":
            part.primary_key = PrimaryKey(columns, row.conname, deferrable=row.condeferrable)
        case "u":
            part.uniques.append(
                Unique(
                    columns, row.conname, bool(row.nulls_not_distinct), row.condeferrable, include
                )
            )
        case "f":
            part.foreign_keys.append(_foreign_key(part, row, columns))
        case "c":
            text = without_parentheses(row.definition)
            part.checks.append(Check(text, row.conname, row.convalidated, columns=columns))
        case "x":
            part.excludes.append(Exclude(row.conname, row.definition, columns))


def _foreign_key(part: _Parts, row: Row, columns: tuple[str, ...]) -> ForeignKey:
    on_delete = _ACTIONS[row.confdeltype]
    if on_delete and row.set_columns:
        on_delete += f" ({', '.join(map(names.quoted, part.names_of(row.set_columns)))})"
    return ForeignKey(
        columns,
        row.target,
        tuple(row.target_columns or ()),
        names.own_schema(row.target_schema),
        row.conname,
        on_delete,
        _ACTIONS[row.confupdtype],
        row.condeferrable,
        row.condeferred,
        row.convalidated,
    )


def _index(row: Row) -> Index:
    predicate = without_parentheses(row.predicate) if row.predicate else None
    return Index(
        row.relname,
        tuple(_index_key(key) for key in row.keys),
        row.indisunique,
        row.amname,
        predicate,
        tuple(row.include or ()),
        bool(row.nulls_not_distinct),
        row.indisvalid,
        tuple(sorted(row.reloptions or ())),
        uses=tuple(sorted(row.columns or ())),
    )


def _index_key(key: Mapping[str, Any]) -> IndexKey:
    descending = bool(key["options"] & _DESCENDING)
    nulls_first = bool(key["options"] & _NULLS_FIRST)
    return IndexKey(
        key["column"],
        without_parentheses(key["text"]) if key["column"] is None else None,
        descending,
        # NULLs come first in a descending key unless it is said otherwise.
        None if nulls_first == descending else nulls_first,
        key["opclass"],
        key["collation"],
    )


def without_parentheses(text: str) -> str:
    """Give an expression without the pairs of parentheses that enclose all of it.

    >>> without_parentheses("(a > 0)"), without_parentheses("(a) > (0)")
    ('a > 0', '(a) > (0)')
    """
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth, quote = 0, ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            depth += (character == "(") - (character == ")")
            if depth == 0 and position < len(text) - 1:
                return text
    return without_parentheses(text[1:-1])


def _table(part: _Parts) -> Table:
    row = part.row
    return Table(
        row.relname,
        tuple(part.columns),
        names.own_schema(row.nspname),
        "partition" if row.relispartition else _KINDS[row.relkind],
        part.primary_key,
        tuple(part.foreign_keys),
        tuple(part.uniques),
        tuple(part.checks),
        tuple(part.excludes),
        tuple(part.indexes),
        tuple(part.triggers),
        row.definition,
        _partition(row),
        row.relrowsecurity,
        row.comment,
        _relatives(part),
    )


def _relatives(part: _Parts) -> dict[str, object]:
    """Give a table's parents and what is theirs, a partition's check, what a view reads."""
    row = part.row
    found: dict[str, object] = {}
    if row.parents:
        found["parents"] = tuple(names.key(table, schema) for schema, table in row.parents)
        found["inherited"] = tuple(sorted(part.inherited))
    if row.parent:
        found["partition_of"] = names.key(row.parent, row.parent_schema)
    if row.bound_check:
        found["bound_check"] = row.bound_check
    if row.relforcerowsecurity:
        found["row_security_forced"] = True
    if row.reloptions and row.relkind in ("v", "m"):
        found["options"] = tuple(row.reloptions)
    if row.reads:
        tables = {names.key(table, schema) for schema, table, _ in row.reads}
        columns = {
            f"{names.key(table, schema)}.{column}" for schema, table, column in row.reads if column
        }
        found["reads"] = tuple(sorted(tables | columns))
    return found


def _partition(row: Row) -> str | None:
    """Give the partitioning in SQL's words: what it is a part of, and by what it is cut."""
    found = []
    if row.relispartition:
        parent = qualified(names.quoted(row.parent), names.own_schema(row.parent_schema))
        found.append(f"PARTITION OF {parent} {row.bound}")
    if row.partition_key:
        found.append(f"PARTITION BY {row.partition_key}")
    return " ".join(found) or None


def _enums(connection: psycopg.Connection[Any]) -> tuple[EnumType, ...]:
    rows = ask(connection, catalog_queries.ENUMS)
    found = (
        EnumType(row.typname, tuple(filter(None, row.labels)), names.own_schema(row.nspname))
        for row in rows
    )
    return tuple(sorted(found, key=lambda enum: qualified(enum.name, enum.schema)))

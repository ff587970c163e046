"""Old code on the new schema: the statements of the deployed mappers, run before and after."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from typing import Any, Literal

from dbwright.core.schema import Schema, Table
from dbwright.core.trace import OldCode, Rehearsal, SqlError
from dbwright.scratch import rows_types, rows_values, rows_write
from dbwright.scratch.rows_fill import Filling
from dbwright.scratch.rows_make import Asked, NoParent, Row
from dbwright.scratch.rows_types import Shape
from dbwright.scratch.rows_values import Wish
from dbwright.scratch.rows_write import Refused, Writer

Action = Literal["SELECT", "INSERT", "UPDATE", "DELETE"]
_PARAMETER = re.compile(r"%\((\w+)\)s|(?<![:\w]):(\w+)")
_TRIES = 8
_MOST_LABELS = 12
_SEED = 40_000


@dataclass(frozen=True, slots=True)
class Tried:
    """A statement of the old code with values, which ran on the schema before the revision."""

    mapper: str
    action: Action
    sql: str
    origin: Literal["merge base", "recorded"] = "merge base"


class DeployedCode:
    """The statements of the deployed mappers, read by `read` when they are first needed.

    `read` gives them as the worker's command `statements` does, None where they cannot be had.
    What works on a state of the database is kept: a revision and its fixes are run on the same.
    """

    def __init__(self, read: Callable[[], Sequence[dict[str, Any]] | None]) -> None:
        self.statements = functools.cache(read)
        self._usable: dict[object, list[Tried]] = {}

    def usable(self, connection: Any, schema: Schema, state: object) -> list[Tried] | None:
        """Gives the statements that work on the schema, which `state` names with its rows."""
        statements = self.statements()
        if statements is None:
            return None
        if state not in self._usable:
            self._usable[state] = usable(connection, schema, statements)
        return self._usable[state]


def usable(connection: Any, schema: Schema, statements: Iterable[dict[str, Any]]) -> list[Tried]:
    """Gives the statements that work on the schema before, filled with generated values.

    Each runs in a savepoint and is undone; one that never works says nothing and is left out.
    """
    found = list(_usable(connection, schema, statements))
    connection.rollback()
    return found


def broken(connection: Any, tried: Iterable[Tried]) -> tuple[OldCode, ...]:
    """Gives the statements that fail on the schema after; nothing of them is kept."""
    writer = rows_write.writer(connection)
    found = []
    for item in tried:
        refusal = _refusal(writer, item.sql)
        if refusal is not None:
            error = SqlError(refusal.code, refusal.message, constraint=refusal.constraint)
            found.append(OldCode(item.mapper, item.action, item.sql, error, item.origin))
    connection.rollback()
    return tuple(found)


def _usable(
    connection: Any, schema: Schema, statements: Iterable[dict[str, Any]]
) -> Iterator[Tried]:
    filling = _Undone(connection, schema, _SEED)
    for number, statement in enumerate(statements):
        wanted, worked = _labels(filling, schema, statement), 0
        for attempt in range(_TRIES + wanted - 1):
            # each attempt takes the next label of an enumerated type
            try:
                sql = _with_values(filling, schema, statement, number * _TRIES + attempt)
            except NoParent:  # its table can have no row here
                break
            if _refusal(filling.writer, sql) is None:
                origin = statement.get("origin", "merge base")
                yield Tried(statement["mapper"], statement["action"], sql, origin)
                worked += 1
            if worked == wanted:
                break


def _labels(filling: Filling, schema: Schema, statement: dict[str, Any]) -> int:
    """How many statements it takes to write every label of its enumerated types, at least one."""
    counts = [1]
    writes = statement["action"] in ("INSERT", "UPDATE")
    for item in statement.get("parameters", ()) if writes else ():
        table = schema.table(item["table"]) if item.get("table") else None
        column = table.column(item["column"]) if table else None
        counts.append(len(filling.shapes[column.type].labels) if column else 0)
    return min(max(counts), _MOST_LABELS)


class _Undone(Filling):
    """A filling that leaves no row behind, so that a table is counted and read once."""

    def __init__(self, connection: Any, schema: Schema, seed: int) -> None:
        super().__init__(connection, schema, seed)
        self.count = functools.cache(lambda key: self.writer.count(self._table(key)))
        self.keys = functools.cache(lambda key: self._read_keys(self._table(key)))

    def _table(self, key: str) -> Table:
        table = self.schema.table(key)
        assert table is not None
        return table

    def _read_keys(self, table: Table) -> list[tuple[str, ...]]:
        columns = table.primary_key.columns if table.primary_key else ()
        return self.writer.keys(table, columns) if columns else []


def _refusal(writer: Writer, sql: str) -> Refused | None:
    """Runs a statement and undoes it; gives the refusal when there is one."""
    try:
        writer.probe(sql)
    except Refused as refused:
        return refused
    return None


def _with_values(filling: _Undone, schema: Schema, statement: dict[str, Any], seed: int) -> str:
    """Gives the statement with a literal in each parameter's place."""
    known = {item["name"]: item for item in statement.get("parameters", ())}
    rows: dict[str, Row] = {}

    def literal(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        item = known.get(name)
        if item is None:
            return match[0]
        table = schema.table(item["table"]) if item.get("table") else None
        column = table.column(item["column"]) if table is not None else None
        if table is not None and column is not None:
            if table.key not in rows:
                rows[table.key] = _row(filling, table, statement["action"], seed)
            if item["column"] in rows[table.key]:
                return rows[table.key][item["column"]]
            shape = filling.shapes[column.type]
            return _of_shape(filling, shape, item, seed)
        return _of_shape(filling, _shape(filling, item), item, seed)

    return _PARAMETER.sub(literal, statement["sql"]).replace("%%", "%")


def _row(filling: _Undone, table: Table, action: str, seed: int) -> Row:
    """Gives values for a table's columns: for other than INSERT with the key of a row there."""
    maker = filling.maker(table)
    maker.n += seed + filling.count(table.key)
    row = maker.make(0, Asked(flavor="ordinary", nulls=False))
    keys = filling.keys(table.key) if action != "INSERT" else []
    if table.primary_key and keys:
        row |= dict(zip(table.primary_key.columns, keys[seed % len(keys)], strict=True))
    return row


def _shape(filling: Filling, item: dict[str, Any]) -> Shape:
    """Gives the shape of a parameter that is no column's; a number unless its type says more."""
    text = str(item.get("type") or "").lower()
    found = rows_types.shapes(None, filling.schema, [text])[text] if text else Shape("integer")
    return Shape("integer") if found.family == "other" else found


def _of_shape(filling: Filling, shape: Shape, item: dict[str, Any], seed: int) -> str:
    wish = Wish(item["name"], "ordinary", seed + _SEED, True, random.Random(seed))
    return rows_values.literal(rows_values.value(shape, wish), shape, filling.schema.dialect)


def with_new_code(
    found: Rehearsal,
    database: Any,
    coming: DeployedCode,
    after: Schema,
    base: str | None,
    fresh: Callable[[], AbstractContextManager[tuple[Any, Schema]]],
) -> Rehearsal:
    """Gives the rehearsal with the code to come tried on the rows of before the revision.

    `database` is at the revision, `fresh` gives one of before, with rows, and its schema.
    """
    with closing(database.connect()) as connection:
        tried = coming.usable(connection, after, found.revision)
    if tried is None:
        return found
    with fresh() as (older, before), closing(older.connect()) as connection:
        needing = broken(connection, tried)
        worked = coming.usable(connection, before, (base, "new"))
    with closing(database.connect()) as connection:
        fallen = broken(connection, worked or ())
    needing, fallen = (
        tuple(replace(item, origin="project") for item in items) for items in (needing, fallen)
    )
    return replace(found, new_code=needing, new_broken=fallen, new_ran=len(tried))

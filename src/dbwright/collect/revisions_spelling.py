"""Spelling: the SQL inside Alembic calls as the database's grammar reads it.

`NOW()` and `now()` are one default, and an index on an expression knows the columns in it: both
are found by handing the expression to the grammar in a small statement.
"""

from __future__ import annotations

import functools
from dataclasses import replace

from dbwright import dialects
from dbwright.core.operation import (
    AddCheck,
    AddColumn,
    AlterType,
    CreateIndex,
    CreateTable,
    Operation,
    Other,
    SetDefault,
)
from dbwright.core.schema import Check, Column, Index, IndexKey

# stands for a key that is a plain column; no column of a user's is called so
_PLAIN = "dbwright_plain_key"


def spelled(operation: Operation, dialect: str | None) -> Operation:
    """Gives the operation with its expressions as the grammar spells them."""
    if dialect is None or dialect not in dialects.names():
        return operation
    if isinstance(operation, CreateIndex):
        return replace(operation, index=_index(operation.index, dialect))
    if isinstance(operation, AddCheck):
        return replace(operation, check=_check(operation.check, dialect))
    if isinstance(operation, SetDefault):
        return replace(operation, default=_default(operation.default, dialect))
    if isinstance(operation, AlterType) and operation.using:
        return replace(operation, using=_using(operation.using, dialect))
    if isinstance(operation, AddColumn):
        return replace(operation, column=_column(operation.column, dialect))
    if isinstance(operation, CreateTable):
        table = operation.table
        columns = tuple(_column(column, dialect) for column in table.columns)
        checks = tuple(_check(check, dialect) for check in table.checks)
        return replace(operation, table=replace(table, columns=columns, checks=checks))
    return operation


@functools.lru_cache(maxsize=4096)
def _parsed(sql: str, dialect: str) -> Operation:
    """Gives the one operation of a statement; Other where the grammar refuses it."""
    found: tuple[Operation, ...] = dialects.get(dialect).statements.parse(sql)
    return found[0] if len(found) == 1 else Other("unparsed", unknown=True)


def _column(column: Column, dialect: str) -> Column:
    if column.default is not None and not column.default.startswith("nextval("):
        column = replace(column, default=_default(column.default, dialect))
    return column


def _default(text: str, dialect: str) -> str:
    found = _parsed(f"ALTER TABLE t ALTER COLUMN c SET DEFAULT {text}", dialect)
    return found.default if isinstance(found, SetDefault) else text


def _using(text: str, dialect: str) -> str:
    found = _parsed(f"ALTER TABLE t ALTER COLUMN c TYPE text USING {text}", dialect)
    return found.using or text if isinstance(found, AlterType) else text


def _check(check: Check, dialect: str) -> Check:
    found = _parsed(f"ALTER TABLE t ADD CONSTRAINT c CHECK ({check.expression})", dialect)
    if not isinstance(found, AddCheck):
        return check
    return replace(check, expression=found.check.expression, columns=found.check.columns)


def _index(index: Index, dialect: str) -> Index:
    plain = tuple(name for name in (*index.columns, *index.include) if name)
    if index.predicate is None and all(key.column for key in index.keys):
        return replace(index, uses=plain)
    keys = ", ".join(f"({key.expression})" if key.expression else _PLAIN for key in index.keys)
    where = f" WHERE ({index.predicate})" if index.predicate else ""
    found = _parsed(f"CREATE INDEX i ON t ({keys}){where}", dialect)
    if not isinstance(found, CreateIndex):
        return index
    read = found.index
    uses = dict.fromkeys((*plain, *(name for name in read.uses if name != _PLAIN)))
    return replace(
        index,
        keys=tuple(map(_key, index.keys, read.keys)),
        predicate=read.predicate,
        uses=tuple(uses),
    )


def _key(written: IndexKey, read: IndexKey) -> IndexKey:
    if written.column:
        return written
    text = read.expression
    # the brackets are ours where the grammar keeps them
    text = written.expression if text == f"({written.expression})" else text
    return replace(written, column=read.column, expression=text)

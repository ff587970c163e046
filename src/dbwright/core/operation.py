"""Operation: one change that a statement makes, whoever wrote the statement.

Tables are named by their key (`orders`, `billing.invoices`), see `core.schema.Table.key`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dbwright.core.codec import tagged
from dbwright.core.place import Place
from dbwright.core.schema import (
    Check,
    Column,
    Exclude,
    ForeignKey,
    Index,
    PrimaryKey,
    Table,
    Unique,
)


@tagged
@dataclass(frozen=True, slots=True)
class CreateTable:
    table: Table
    if_not_exists: bool = False
    temporary: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class DropTable:
    table: str
    cascade: bool = False
    if_exists: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class RenameTable:
    table: str
    to: str


@tagged
@dataclass(frozen=True, slots=True)
class MoveTable:
    """ALTER TABLE … SET SCHEMA."""

    table: str
    schema: str | None


@tagged
@dataclass(frozen=True, slots=True)
class AddColumn:
    """ADD COLUMN with the constraints written in it."""

    table: str
    column: Column
    foreign_key: ForeignKey | None = None
    unique: bool = False
    primary_key: bool = False
    check: Check | None = None
    if_not_exists: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class DropColumn:
    table: str
    column: str
    cascade: bool = False
    if_exists: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class RenameColumn:
    table: str
    column: str
    to: str


@tagged
@dataclass(frozen=True, slots=True)
class AlterType:
    """ALTER COLUMN … TYPE; `using` is the expression's SQL."""

    table: str
    column: str
    type: str
    using: str | None = None
    collation: str | None = None


@tagged
@dataclass(frozen=True, slots=True)
class SetNotNull:
    table: str
    column: str


@tagged
@dataclass(frozen=True, slots=True)
class DropNotNull:
    table: str
    column: str


@tagged
@dataclass(frozen=True, slots=True)
class SetDefault:
    table: str
    column: str
    default: str


@tagged
@dataclass(frozen=True, slots=True)
class DropDefault:
    table: str
    column: str


@tagged
@dataclass(frozen=True, slots=True)
class AlterIdentity:
    """ADD, SET or DROP of an identity or, when `expression`, of a generated expression.

    `identity` and `computed` are what the column has afterwards, where the statement says so.
    """

    table: str
    column: str
    action: Literal["add", "set", "drop"]
    identity: Literal["always", "by default"] | None = None
    computed: str | None = None
    expression: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class CreateIndex:
    table: str
    index: Index
    concurrently: bool = False
    if_not_exists: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class DropIndex:
    """DROP INDEX; `index` carries its schema where written.

    `table` is known only where the statement names it (MySQL, MariaDB).
    """

    index: str
    concurrently: bool = False
    if_exists: bool = False
    table: str | None = None


@tagged
@dataclass(frozen=True, slots=True)
class RenameIndex:
    index: str
    to: str


@tagged
@dataclass(frozen=True, slots=True)
class Reindex:
    target: str
    concurrently: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class AddForeignKey:
    """ADD FOREIGN KEY; NOT VALID when `foreign_key.validated` is false."""

    table: str
    foreign_key: ForeignKey


@tagged
@dataclass(frozen=True, slots=True)
class AddCheck:
    """ADD CHECK; NOT VALID when `check.validated` is false."""

    table: str
    check: Check


@tagged
@dataclass(frozen=True, slots=True)
class AddUnique:
    """ADD UNIQUE; `using_index` names the index it takes over."""

    table: str
    unique: Unique
    using_index: str | None = None


@tagged
@dataclass(frozen=True, slots=True)
class AddPrimaryKey:
    table: str
    primary_key: PrimaryKey
    using_index: str | None = None


@tagged
@dataclass(frozen=True, slots=True)
class AddExclude:
    table: str
    exclude: Exclude


@tagged
@dataclass(frozen=True, slots=True)
class DropConstraint:
    table: str
    name: str
    cascade: bool = False
    if_exists: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class RenameConstraint:
    table: str
    name: str
    to: str


@tagged
@dataclass(frozen=True, slots=True)
class ValidateConstraint:
    table: str
    name: str


@tagged
@dataclass(frozen=True, slots=True)
class CreateEnum:
    name: str
    values: tuple[str, ...]


@tagged
@dataclass(frozen=True, slots=True)
class AddEnumValue:
    """ALTER TYPE … ADD VALUE; `before` or `after` names the label beside it."""

    name: str
    value: str
    if_not_exists: bool = False
    before: str | None = None
    after: str | None = None


@tagged
@dataclass(frozen=True, slots=True)
class RenameEnumValue:
    name: str
    value: str
    to: str


@tagged
@dataclass(frozen=True, slots=True)
class RenameType:
    name: str
    to: str


@tagged
@dataclass(frozen=True, slots=True)
class DropType:
    name: str
    if_exists: bool = False
    cascade: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class AttachPartition:
    """ATTACH PARTITION; `bound` as `FOR VALUES FROM (1) TO (2)`."""

    table: str
    partition: str
    bound: str | None = None


@tagged
@dataclass(frozen=True, slots=True)
class DetachPartition:
    table: str
    partition: str
    concurrently: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class Data:
    """Rows written or removed; `bounded` is whether a WHERE, LIMIT or key list narrows it."""

    action: Literal["insert", "update", "delete", "truncate"]
    table: str
    bounded: bool = False
    from_select: bool = False
    columns: tuple[str, ...] = ()
    cascade: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT that the revision runs, and the tables that it reads."""

    tables: tuple[str, ...] = ()


@tagged
@dataclass(frozen=True, slots=True)
class SetParameter:
    """SET or SET LOCAL, `set_config`, or a PRAGMA."""

    name: str
    value: str
    local: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class LockTable:
    table: str
    mode: str


@tagged
@dataclass(frozen=True, slots=True)
class Maintain:
    """VACUUM, CLUSTER, REFRESH MATERIALIZED VIEW, ANALYZE."""

    action: Literal["vacuum", "vacuum full", "cluster", "refresh", "analyze"]
    target: str | None = None
    concurrently: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class CreateView:
    """CREATE [MATERIALIZED] VIEW, and the tables it reads."""

    name: str
    tables: tuple[str, ...] = ()
    materialized: bool = False
    replace: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class DropView:
    name: str
    materialized: bool = False
    if_exists: bool = False
    cascade: bool = False


@tagged
@dataclass(frozen=True, slots=True)
class Other:
    """A statement whose effect on the schema is not described; `tag` as `CREATE FUNCTION`.

    `unknown` says that its effect cannot be foreseen (DO blocks, function calls, text that does
    not parse): the schema after it is known by replay only. `table` is the key of the table
    that it is about, if it is about one.
    """

    tag: str
    unknown: bool = False
    table: str | None = None


Operation = (
    CreateTable
    | DropTable
    | RenameTable
    | MoveTable
    | AddColumn
    | DropColumn
    | RenameColumn
    | AlterType
    | SetNotNull
    | DropNotNull
    | SetDefault
    | DropDefault
    | AlterIdentity
    | CreateIndex
    | DropIndex
    | RenameIndex
    | Reindex
    | AddForeignKey
    | AddCheck
    | AddUnique
    | AddPrimaryKey
    | AddExclude
    | DropConstraint
    | RenameConstraint
    | ValidateConstraint
    | CreateEnum
    | AddEnumValue
    | RenameEnumValue
    | RenameType
    | DropType
    | AttachPartition
    | DetachPartition
    | Data
    | Select
    | SetParameter
    | LockTable
    | Maintain
    | CreateView
    | DropView
    | Other
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a revision, with the operations in it and the line that sent it.

    `call` is the Alembic call in the source when it is known (`create_index`); `transaction`
    numbers the transactions of the run, None in autocommit; `known` is false for statements
    read from source whose arguments could not be evaluated.
    """

    sql: str
    operations: tuple[Operation, ...] = ()
    place: Place | None = field(default=None, compare=False)
    call: str | None = None
    autocommit: bool = False
    transaction: int | None = None
    executed: bool = False
    known: bool = True

"""Operation: one change that a statement makes, whoever wrote the statement.

Tables are named by their key (`orders`, `billing.invoices`), see `core.schema.Table.key`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dbwright.core.codec import tagged
from dbwright.core.operation_others import AlterDomain as AlterDomain
from dbwright.core.operation_others import AttachPartition as AttachPartition
from dbwright.core.operation_others import CreateView as CreateView
from dbwright.core.operation_others import Data as Data
from dbwright.core.operation_others import DetachPartition as DetachPartition
from dbwright.core.operation_others import DropView as DropView
from dbwright.core.operation_others import LockTable as LockTable
from dbwright.core.operation_others import Maintain as Maintain
from dbwright.core.operation_others import Other as Other
from dbwright.core.operation_others import Select as Select
from dbwright.core.operation_others import SetParameter as SetParameter
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
    """CREATE INDEX; `only` leaves out the partitions, so that no row is read."""

    table: str
    index: Index
    concurrently: bool = False
    if_not_exists: bool = False
    only: bool = False


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
    | AlterDomain
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
    read from source whose arguments could not be evaluated; `sets` are the sets of parameters
    that a driver's executemany sent it with.
    """

    sql: str
    operations: tuple[Operation, ...] = ()
    place: Place | None = field(default=None, compare=False)
    call: str | None = None
    autocommit: bool = False
    transaction: int | None = None
    executed: bool = False
    known: bool = True
    sets: int = 1

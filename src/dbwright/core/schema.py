"""Schema: tables and all that belongs to them, as the catalog or the metadata has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from dbwright.core.place import Place

TableKind = Literal["table", "partitioned", "partition", "view", "materialized view", "foreign"]

SERIAL_DEFAULT = "nextval(owned sequence)"
"""The default of a serial column, whatever its sequence is called."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `type` is lower case in the database's own spelling (`character varying(40)`)."""

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    identity: Literal["always", "by default"] | None = None
    computed: str | None = None
    stored: bool = True
    collation: str | None = None
    comment: str | None = field(default=None, compare=False)
    place: Place | None = field(default=None, compare=False)

    @property
    def generates_itself(self) -> bool:
        """Whether the database fills the column when an INSERT leaves it out."""
        return bool(self.default or self.identity or self.computed)


@dataclass(frozen=True, slots=True)
class IndexKey:
    """One key of an index: a column or an expression, with its order and operator class."""

    column: str | None = None
    expression: str | None = None
    descending: bool = False
    nulls_first: bool | None = None
    opclass: str | None = None
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """An index; one that backs a constraint stands with the constraint, not here.

    `uses` are all columns in it, those of expressions and of the predicate too, where known.
    """

    name: str
    keys: tuple[IndexKey, ...]
    unique: bool = False
    method: str = "btree"
    predicate: str | None = None
    include: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    valid: bool = True
    options: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False)
    uses: tuple[str, ...] = field(default=(), compare=False)

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The key columns in order; None where a key is an expression."""
        return tuple(key.column for key in self.keys)

    def leads_with(self, columns: tuple[str, ...]) -> bool:
        """Whether the first keys are these columns, in any order, and every row is in it."""
        first = self.columns[: len(columns)]
        return self.predicate is None and self.valid and set(first) == set(columns)


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """The primary key; `name` is None where the database is to choose it."""

    columns: tuple[str, ...]
    name: str | None = None
    place: Place | None = field(default=None, compare=False)
    deferrable: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Unique:
    """A UNIQUE constraint."""

    columns: tuple[str, ...]
    name: str | None = None
    nulls_not_distinct: bool = False
    deferrable: bool = False
    include: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A FOREIGN KEY; actions are upper case ("CASCADE") or None for NO ACTION."""

    columns: tuple[str, ...]
    referred_table: str
    referred_columns: tuple[str, ...]
    referred_schema: str | None = None
    name: str | None = None
    on_delete: str | None = None
    on_update: str | None = None
    deferrable: bool = False
    initially_deferred: bool = False
    validated: bool = True
    place: Place | None = field(default=None, compare=False)

    @property
    def referred(self) -> str:
        """The referred table, with its schema where it has one: `billing.invoices`."""
        return qualified(self.referred_table, self.referred_schema)


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint with its expression as the database prints it.

    `columns` are those named in the expression, where they are known.
    """

    expression: str
    name: str | None = None
    validated: bool = True
    place: Place | None = field(default=None, compare=False)
    columns: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Exclude:
    """An EXCLUDE constraint, its definition as the database prints it.

    `columns` are the plain columns among its keys, where they are known.
    """

    name: str
    definition: str
    columns: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of a table, its definition as the database prints it."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view. `schema` is None in the database's default schema."""

    name: str
    columns: tuple[Column, ...] = ()
    schema: str | None = None
    kind: TableKind = "table"
    primary_key: PrimaryKey | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()
    uniques: tuple[Unique, ...] = ()
    checks: tuple[Check, ...] = ()
    excludes: tuple[Exclude, ...] = ()
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    definition: str | None = None
    partition: str | None = None
    row_security: bool = False
    comment: str | None = field(default=None, compare=False)
    info: dict[str, object] = field(default_factory=dict, compare=False)
    place: Place | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """The name with its schema where it has one: `billing.invoices`."""
        return qualified(self.name, self.schema)

    @property
    def is_cut(self) -> bool:
        """Whether the rows are in partitions, none in the table itself."""
        return self.kind == "partitioned" or "PARTITION BY" in (self.partition or "")

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def has_unique_over(self, columns: tuple[str, ...]) -> bool:
        """Whether the key, a UNIQUE or a whole unique index holds exactly these or fewer."""
        return any(set(found) <= set(columns) for found in self.unique_sets())

    def unique_sets(self) -> Iterator[tuple[str, ...]]:
        """Gives each set of columns whose values the database keeps distinct for every row."""
        if self.primary_key:
            yield self.primary_key.columns
        for unique in self.uniques:
            yield unique.columns
        for index in self.indexes:
            names = tuple(name for name in index.columns if name is not None)
            if index.unique and index.predicate is None and len(names) == len(index.keys):
                yield names

    def has_index_leading_with(self, columns: tuple[str, ...]) -> bool:
        """Whether a look-up by these columns is served by the key, a UNIQUE or an index."""
        wanted = set(columns)
        if self.primary_key and set(self.primary_key.columns[: len(columns)]) == wanted:
            return True
        if any(set(unique.columns[: len(columns)]) == wanted for unique in self.uniques):
            return True
        return any(index.leads_with(columns) for index in self.indexes)


@dataclass(frozen=True, slots=True)
class EnumType:
    """An enumerated type of the database, its labels in order."""

    name: str
    values: tuple[str, ...]
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class NamedObject:
    """A sequence, function, domain, extension, policy or rule, with its definition.

    A function has its `volatility` where the database keeps one, and `gives_rows` where one call
    may give several.
    """

    name: str
    kind: Literal["sequence", "function", "domain", "extension", "policy", "type"]
    definition: str = ""
    schema: str | None = None
    volatility: Literal["immutable", "stable", "volatile"] | None = field(
        default=None, compare=False
    )
    gives_rows: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Schema:
    """All tables, types and other objects of one database, keyed as the database spells them."""

    dialect: str
    tables: tuple[Table, ...] = ()
    enums: tuple[EnumType, ...] = ()
    others: tuple[NamedObject, ...] = ()

    @cached_property
    def _by_key(self) -> dict[str, Table]:
        return {table.key: table for table in self.tables}

    @cached_property
    def _referring(self) -> dict[str, list[tuple[Table, ForeignKey]]]:
        found: dict[str, list[tuple[Table, ForeignKey]]] = {}
        for table in self.tables:
            for foreign_key in table.foreign_keys:
                found.setdefault(foreign_key.referred, []).append((table, foreign_key))
        return found

    def table(self, key: str) -> Table | None:
        """The table of that key (`orders`, `billing.invoices`), or None."""
        return self._by_key.get(key)

    def referring(self, key: str) -> Iterator[tuple[Table, ForeignKey]]:
        """Gives each foreign key that points at the table, with the table that holds it."""
        yield from self._referring.get(key, ())

    def enum(self, name: str) -> EnumType | None:
        """The enumerated type of that name, or None."""
        return next((enum for enum in self.enums if enum.name == name), None)


def qualified(name: str, schema: str | None) -> str:
    """Gives the name with its schema in front, where there is one."""
    return f"{schema}.{name}" if schema else name

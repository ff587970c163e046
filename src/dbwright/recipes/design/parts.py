"""What a design is made of: tables with columns, links, constraints and indexes, each proved by
rows that it must refuse and take, and the decisions behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from dbwright.core.brief import Brief, BriefEntity
from dbwright.core.claim import ProbeValue
from dbwright.core.design import Decision

Rows = tuple[dict[str, ProbeValue], ...]


@dataclass(slots=True)
class Column:
    """A column: its annotation in Python, its SQLAlchemy type where that does not settle it.

    `arguments` are keywords of mapped_column as code, `attribute` the name in Python where it is
    another; `code` is the whole statement where another class of the project has the same column.
    """

    name: str
    python: str
    sql: str = ""
    nullable: bool = False
    primary: bool = False
    references: str = ""
    on_delete: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    comment: str = ""
    attribute: str = ""
    family: str = ""
    enum: str = ""
    code: str = ""

    @property
    def key(self) -> str:
        """The name of the attribute in Python."""
        return self.attribute or self.name


@dataclass(slots=True)
class ForeignKey:
    """A foreign key of several columns."""

    columns: tuple[str, ...]
    table: str
    referred: tuple[str, ...]
    on_delete: str
    waits: bool = False


@dataclass(slots=True)
class Check:
    """A CHECK by its name within the table, with rows that it refuses and takes."""

    name: str
    sql: str
    refuses: Rows = ()
    accepts: Rows = ()


@dataclass(slots=True)
class Unique:
    """What may not be there twice; one with an expression or a condition is a unique index.

    among: what rows have that it counts for, `also` the other alternatives, outside: what one has
    that it does not count for. twice: optional columns in which
    "not set" is a value, folded: those for which an expression says so.
    """

    columns: tuple[str, ...]
    where: str = ""
    lowered: tuple[str, ...] = ()
    deferrable: bool = False
    nulls: Literal["", "equal", "distinct"] = ""
    among: dict[str, ProbeValue] = field(default_factory=dict)
    also: Rows = ()
    outside: dict[str, ProbeValue] = field(default_factory=dict)
    comment: str = ""
    folded: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    nulls_equal: bool = False

    @property
    def is_index(self) -> bool:
        """Whether it cannot be a UNIQUE constraint."""
        return bool(self.where or self.lowered or self.folded)


@dataclass(slots=True)
class Index:
    """An index for a stated access path, or for a foreign key."""

    columns: tuple[str, ...]
    descending: tuple[str, ...] = ()
    where: str = ""
    method: str = ""
    expression: str = ""
    lowered: tuple[str, ...] = ()
    name: str = ""
    only: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether its columns say all of it."""
        return not (self.where or self.method or self.descending or self.lowered or self.expression)


@dataclass(slots=True)
class Exclude:
    """Periods that must not overlap among rows that agree in some columns."""

    name: str
    equal: tuple[str, ...]
    period: str
    where: str = ""
    refuses: Rows = ()
    accepts: Rows = ()


@dataclass(slots=True)
class Link:
    """One side of a relationship, as an attribute of its class."""

    name: str
    target: str
    many: bool = False
    optional: bool = False
    arguments: dict[str, str] = field(default_factory=dict)
    deletes: Literal["", "cascade", "set null", "restrict"] = ""
    child: str = ""
    child_columns: tuple[str, ...] = ()


@dataclass(slots=True)
class Choice:
    """A value set as an enum of its own, with the values that may follow each."""

    name: str
    values: tuple[str, ...]
    doc: str
    following: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Method:
    """Code of a class: its decorator lines, and all of its text; `cases` try it in Python."""

    name: str
    text: str
    refuses: tuple[dict[str, object], ...] = ()
    accepts: tuple[dict[str, object], ...] = ()


@dataclass(slots=True)
class Table:
    """A table and its class; `taken` names and `module` are those of a class that is there."""

    name: str
    cls: str
    doc: str
    entity: BriefEntity
    columns: list[Column] = field(default_factory=list)
    keys: list[ForeignKey] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    uniques: list[Unique] = field(default_factory=list)
    excludes: list[Exclude] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    methods: list[Method] = field(default_factory=list)
    mapper: dict[str, str] = field(default_factory=dict)
    mixins: list[str] = field(default_factory=list)
    parent: str = ""
    partition_by: str = ""
    comments: list[str] = field(default_factory=list)
    known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    module: str = ""

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((found for found in self.columns if found.name == name), None)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The names of the key's columns."""
        return tuple(column.name for column in self.columns if column.primary)

    def names(self) -> set[str]:
        """The names of all attributes that the class has."""
        links = {link.name for link in self.links}
        return {column.key for column in self.columns} | links | self.taken


@dataclass(slots=True)
class Association:
    """A plain table of pairs."""

    name: str
    columns: tuple[Column, ...]
    indexes: list[Index] = field(default_factory=list)
    keys: list[ForeignKey] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Habits:
    """How the models of a project are written that a design goes into.

    `bases` are what its classes derive from, `metadata` whose tables are shared. `columns` are
    those that most classes have (key and time stamps), copied as they stand; `inherited` are the
    names of those that a base brings. `mapped` are the Python types that the base maps to a type
    of its own choice. `convention` says which constraints get their names by a convention.
    """

    bases: tuple[str, ...]
    metadata: str
    columns: tuple[Column, ...] = ()
    inherited: tuple[str, ...] = ()
    mapped: dict[str, str] = field(default_factory=dict)
    convention: frozenset[str] = frozenset()
    future: bool = True
    plain_dates: bool = False
    prefix: str = ""

    def column(self, name: str) -> Column | None:
        """A column that most classes of the project have, by its name."""
        return next((found for found in self.columns if found.name == name), None)


@dataclass(slots=True)
class Plan:
    """The design as it grows: what every step reads and adds to.

    nulls_equal: the database that it is for has NULLS NOT DISTINCT.
    """

    brief: Brief
    database: str
    tables: dict[str, Table] = field(default_factory=dict)
    associations: list[Association] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    extensions: list[str] = field(default_factory=list)
    statements: list[tuple[str, str]] = field(default_factory=list)
    nulls_equal: bool = False
    habits: Habits | None = None
    existing: dict[str, Table] = field(default_factory=dict)

    def table(self, entity: str) -> Table:
        """The table of an entity, a designed one or one that the project has."""
        return self.tables.get(entity) or self.existing[entity]

    def decide(self, subject: str, what: str, why: str, instead: str = "") -> None:
        """Writes a decision down; the same one about several subjects once, with all of them."""
        for number, found in enumerate(self.decisions):
            if (found.what, found.why) == (what, why):
                subjects = (*found.subjects, subject)
                self.decisions[number] = Decision(subjects, what, why, found.instead)
                return
        self.decisions.append(Decision((subject,), what, why, instead))

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())

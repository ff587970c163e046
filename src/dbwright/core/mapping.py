"""Mapping: what SQLAlchemy configured of the user's models, and the tables beneath them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from dbwright.core.place import Place
from dbwright.core.schema import Schema, Table
from dbwright.core.source import Source

DefaultKind = Literal["scalar", "callable", "sql", "sequence", "server"]


@dataclass(frozen=True, slots=True)
class Default:
    """A Python-side default of a column (`default=` or `onupdate=`).

    `value` is the repr of a scalar, the qualified name of a callable (`datetime.utcnow`) or the
    SQL text; `type` is the scalar's Python type (`datetime`, `dict`).
    """

    kind: DefaultKind
    value: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class SQLType:
    """A column's SQLAlchemy type: class names from the most special up, and what shapes it.

    `enum_members` are the members of an enum class whose values are texts: (name, value).
    """

    name: str
    bases: tuple[str, ...] = ()
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    timezone: bool | None = None
    asdecimal: bool | None = None
    enum_name: str | None = None
    enum_class: str | None = None
    enum_values: tuple[str, ...] = ()
    enum_native: bool | None = None
    enum_members: tuple[tuple[str, str], ...] = ()
    item: str | None = None
    mutable: bool = False

    def is_a(self, *names: str) -> bool:
        """Whether the type is, or derives from, one of these SQLAlchemy class names."""
        return self.name in names or any(base in names for base in self.bases)

    @property
    def is_decorated(self) -> bool:
        """Whether a type of the project's own stands between Python and the database.

        SQLModel's texts are decorated by SQLModel, which changes no value.
        """
        return self.is_a("TypeDecorator") and self.name != "AutoString"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A mapped column. `table` and `column` name the first column behind it.

    `annotation` is the text inside Mapped[...] or of the plain annotation, `optional` whether it
    admits None; both None without an annotation. `onupdate` is the server's where it says so.
    """

    name: str
    table: str
    column: str
    type: SQLType
    annotation: str | None = None
    optional: bool | None = None
    default: Default | None = None
    onupdate: Default | None = None
    explicit_nullable: bool | None = None
    deferred: bool = False
    primary_key: bool = False
    inherited: bool = False
    info: dict[str, object] = field(default_factory=dict, compare=False)
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship with its configured settings; `pairs` are (local, remote) columns."""

    name: str
    target: str
    target_table: str
    direction: Literal["ONETOMANY", "MANYTOONE", "MANYTOMANY"]
    uselist: bool
    lazy: str
    cascade: tuple[str, ...] = ()
    passive_deletes: bool | Literal["all"] = False
    back_populates: str | None = None
    backref: bool = False
    viewonly: bool = False
    secondary: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    annotation: str | None = None
    optional: bool | None = None
    order_by: tuple[str, ...] = ()
    inherited: bool = False
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Mapper:
    """A mapped class. `name` is the class's name, `qualified` has the module in front."""

    name: str
    qualified: str
    table: str
    attributes: tuple[Attribute, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    inherits: str | None = None
    inheritance: Literal["single", "joined", "concrete"] | None = None
    polymorphic_on: str | None = None
    polymorphic_identity: str | None = None
    has_polymorphic_identity: bool = False
    version_id: str | None = None
    abstract: bool = False
    repr_attributes: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False)

    def attribute_of(self, column: str) -> Attribute | None:
        """The attribute behind a column of the mapper's own table, or None."""
        return next((found for found in self.attributes if found.column == column), None)

    def relationship(self, name: str) -> Relationship | None:
        """The relationship of that name, or None."""
        return next((found for found in self.relationships if found.name == name), None)


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """An error or warning that SQLAlchemy gave while configuring the mappers."""

    severity: Literal["error", "warning"]
    type: str
    message: str
    mapper: str | None = None
    attribute: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rows of a live database (--db) say of a column; None where nobody asked.

    `breaking` is the number of rows that break the condition proposed for it, `repeats` whether
    a value stands in several rows, `values` its few distinct texts.
    """

    breaking: int | None = None
    repeats: bool | None = None
    values: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Mapping:
    """The models of one project: mappers, the metadata's tables and the files they stand in.

    `schema` spells the types as the target database would. `sqlalchemy` is the user's version.
    `index_convention` is the pattern of index names where the project sets one.
    `rows` holds table sizes when known (--sizes, --db, a twin): key to number of rows. `seen`
    holds what a live database answered, by `table.column`. `callers` are further files that are
    read for what they call alone.
    """

    schema: Schema
    mappers: tuple[Mapper, ...] = ()
    sources: tuple[Source, ...] = ()
    problems: tuple[MappingProblem, ...] = ()
    naming_convention: tuple[str, ...] = ()
    sqlalchemy: str = ""
    index_convention: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    callers: tuple[Source, ...] = ()

    @cached_property
    def _by_table(self) -> dict[str, tuple[Mapper, ...]]:
        found: dict[str, tuple[Mapper, ...]] = {}
        for mapper in self.mappers:
            found[mapper.table] = (*found.get(mapper.table, ()), mapper)
        return found

    @cached_property
    def _by_class(self) -> dict[str, Mapper]:
        return {mapper.qualified: mapper for mapper in self.mappers}

    def mappers_of(self, table: str) -> tuple[Mapper, ...]:
        """The mappers whose own table is this one."""
        return self._by_table.get(table, ())

    def mapper(self, qualified: str) -> Mapper | None:
        """The mapper of the class with that qualified name, or None."""
        return self._by_class.get(qualified)

    def attribute(self, table: str, column: str) -> Attribute | None:
        """The first mapped attribute behind a column, or None for an unmapped table."""
        for mapper in self.mappers_of(table):
            found = mapper.attribute_of(column)
            if found:
                return found
        return None

    def source(self, path: str) -> Source | None:
        """The file of that path, or None."""
        return next((source for source in self.sources if source.path == path), None)

    def place_of(self, table: Table, column: str | None = None) -> Place | None:
        """Where a column, or the table, is declared."""
        if column is not None:
            attribute = self.attribute(table.key, column)
            found = table.column(column)
            place = (found.place if found else None) or (attribute.place if attribute else None)
            if place:
                return place
        mappers = self.mappers_of(table.key)
        return table.place or (mappers[0].place if mappers else None)

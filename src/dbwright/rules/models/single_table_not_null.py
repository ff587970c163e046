"""A column of one class of a shared table is NOT NULL, so no other class can store a row.

## What it does

Looks for columns that a class of single-table inheritance adds and that are NOT NULL without a
default.

## Why is this bad?

All the classes share one table. An object of any other class has no such attribute, so its INSERT
leaves the column out and the database refuses it.

## When to leave it

Never, unless no other class is ever stored.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_migrations, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
class Animal(Base):
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}

class Bird(Animal):
    wingspan: Mapped[int] = mapped_column(Integer)
    __mapper_args__ = {"polymorphic_identity": "bird"}
""",
    claims=("refuses_good_row",),
    object="animals.wingspan",
)
GOOD = ModelsExample(
    code="""
class Animal(Base):
    __tablename__ = "animals"
    __table_args__ = (
        CheckConstraint("kind <> 'bird' or wingspan is not null", name="ck_animals_wingspan"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}

class Bird(Animal):
    wingspan: Mapped[int] = mapped_column(Integer, nullable=True)
    eggs: Mapped[int] = mapped_column(Integer, server_default="0")
    __mapper_args__ = {"polymorphic_identity": "bird"}
""",
)
GOOD_ONLY_CLASS = ModelsExample(
    code="""
class Animal(Base):
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}

class Bird(Animal):
    wingspan: Mapped[int]
    __mapper_args__ = {"polymorphic_identity": "bird"}
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each column that refuses the rows of other classes."""
    for mapper in mapping.mappers:
        if mapper.inheritance != "single":
            continue
        other = _other(mapping, mapper)
        root = _root(mapping, mapper)
        for attribute in mapper.attributes:
            if other is not None and root is not None and _is_refusing(mapping, root, attribute):
                yield _finding(mapping, mapper, root, other, attribute)


def _is_refusing(mapping: Mapping, root: Mapper, attribute: Attribute) -> bool:
    table = mapping.schema.table(attribute.table)
    column = table.column(attribute.column) if table else None
    if column is None or attribute.inherited or root.attribute_of(attribute.column):
        return False
    return not (column.nullable or column.generates_itself or attribute.default)


def _root(mapping: Mapping, mapper: Mapper) -> Mapper | None:
    while mapper.inheritance == "single":
        parent = mapping.mapper(mapper.inherits or "")
        if parent is None:
            return None
        mapper = parent
    return mapper if mapper.polymorphic_on else None


def _other(mapping: Mapping, mapper: Mapper) -> Mapper | None:
    """A class of the same table that has its own rows and does not inherit the column."""
    for other in mapping.mappers_of(mapper.table):
        if other.has_polymorphic_identity and not _descends(mapping, other, mapper):
            return other
    return None


def _descends(mapping: Mapping, one: Mapper | None, ancestor: Mapper) -> bool:
    while one is not None:
        if one.qualified == ancestor.qualified:
            return True
        one = mapping.mapper(one.inherits or "")
    return False


def _finding(
    mapping: Mapping, mapper: Mapper, root: Mapper, other: Mapper, attribute: Attribute
) -> Finding:
    on = (root.polymorphic_on or "").rpartition(".")[2]
    name = attribute.column
    probe = RowProbe(root.table, ({on: other.polymorphic_identity, name: None},), expect="refused")
    table = mapping.schema.table(root.table)
    place = attribute.place or (mapping.place_of(table, name) if table else None)
    return Finding(
        message=f"no {other.name} can be stored: only a {mapper.name} has this column, and it "
        "refuses NULL",
        location=Location.at(place, f"{root.table}.{name}"),
        claims=(Claim("refuses_good_row", root.table, column=name, probe=probe),),
        details={"table": root.table, "column": name, "on": on, "class": mapper.name,
                 "identity": mapper.polymorphic_identity, "other": other.name},
    )  # fmt: skip


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the nullable column, and a CHECK that holds for the one class."""
    table, column, on = (finding.details[name] for name in ("table", "column", "on"))
    identity, owner = finding.details["identity"], finding.details["class"]
    condition = f"{on} <> '{identity}' or {column} is not null"
    bare = table.rpartition(".")[2]
    migration = model_migrations.nullable(mapping, table, column)
    held = model_migrations.check(mapping, f"ck_{bare}_{column}_{owner.lower()}", table, condition)
    fix = (
        Draft(mapping)
        .keyword(finding.location, "nullable", "True")
        .fix(
            f"let {column} be NULL for the other classes",
            otherwise=f"{column} = mapped_column(…, nullable=True)",
            migration=f"{migration}\n{held}",
        )
    )
    return Advice(
        reason="in single-table inheritance every row has every column",
        fix=fix,
        alternatives=(
            Alternative(
                f"a table of its own for {owner} (joined inheritance), where it stays NOT NULL",
                "one more join in each query of that class",
            ),
        ),
        risk=Risk(
            f"a {owner} without {column} is accepted until the CHECK is there",
            f'CheckConstraint("{condition}") in the __table_args__ of the base keeps it',
        ),
        undo=models.undo(fix, f"set {column} NOT NULL again while no row has NULL"),
        tests=f"a {finding.details['other']} can be stored; a {owner} without {column} cannot",
        backup="none needed: no row changes",
    )

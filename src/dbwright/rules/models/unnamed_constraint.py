"""Constraints have no names and there is no naming convention, so no migration can drop them.

## What it does

Counts foreign keys, UNIQUE and CHECK constraints without a name in metadata that has no naming
convention. It speaks once, and only from five such constraints in three tables on.

## Why is this bad?

Autogenerate writes `op.drop_constraint(None, …)`, which fails when a downgrade or a later change
runs it. PostgreSQL at least names them in a way that can be foretold; SQLite gives no name at all,
and two databases may differ.

## When to leave it

When every migration is written by hand with the names that the database chose.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample, Reasoned
from dbwright.core.schema import Table
from dbwright.recipes import model_base, model_parts, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
REASONED = Reasoned("what fails is the downgrade of a revision that is not written yet")
CONSTRAINTS, TABLES = 5, 3
# PostgreSQL's own names, so that nothing has to be renamed there.
OWN = """{
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "pk": "%(table_name)s_pkey",
        "ix": "ix_%(column_0_label)s",
    }"""

BAD = ModelsExample(
    code="""
class Country(Base):
    __tablename__ = "countries"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(2), unique=True)

class City(Base):
    __tablename__ = "cities"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(2), unique=True)
    country_id: Mapped[int] = mapped_column(ForeignKey("countries.id"), index=True)

class Street(Base):
    __tablename__ = "streets"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(2), unique=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("cities.id"), index=True)
""",
    object="Base.metadata",
)
GOOD = ModelsExample(
    code="""
class Country(Base):
    __tablename__ = "countries"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(2), unique=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields one finding for metadata that leaves names to the database."""
    if "fk" in mapping.naming_convention:
        return
    counts = {table.key: _unnamed(table) for table in mapping.schema.tables}
    total = sum(counts.values())
    if total < CONSTRAINTS or sum(1 for count in counts.values() if count) < TABLES:
        return
    base = model_base.base_class(mapping)
    place = base[1] if base else _first_place(mapping)
    yield Finding(
        message=f"{total} constraints have no name, so no migration can drop them by name",
        location=Location.at(place, f"{base[0]}.metadata" if base else "metadata"),
        severity="info" if mapping.schema.dialect == "postgresql" else None,
        details={"base": base[0] if base else None},
    )


def _unnamed(table: Table) -> int:
    names = [key.name for key in table.foreign_keys]
    names += [unique.name for unique in table.uniques] + [check.name for check in table.checks]
    return names.count(None)


def _first_place(mapping: Mapping) -> Place | None:
    places = (mapping.place_of(table) for table in mapping.schema.tables)
    return next((place for place in places if place), None)


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a naming convention; on PostgreSQL the server's own names, so nothing is renamed."""
    base = finding.details["base"]
    line = f"metadata = MetaData(naming_convention={OWN})"
    draft = Draft(mapping)
    if base:
        place = Place(finding.location.file or "", 0)
        draft = draft.change(
            place, lambda text: model_parts.add_class_statement(text, base, line)
        ).imports(place, "sqlalchemy", "MetaData")
    fix = draft.fix("name constraints by a convention", otherwise=line)
    return Advice(
        reason="a constraint can only be dropped by its name",
        fix=fix,
        alternatives=(
            Alternative(
                "a convention of your own (fk_%(table_name)s_…)",
                "each existing constraint has to be renamed in one migration",
            ),
        ),
        risk=Risk(
            "on other databases than PostgreSQL the existing constraints keep other names",
            "alembic check shows which; rename them in one migration",
        ),
        undo=models.undo(fix, "take the convention away; names in the database stay"),
        tests="alembic check is silent, and a downgrade that drops a foreign key works",
        backup="none needed: no row and no constraint changes",
    )

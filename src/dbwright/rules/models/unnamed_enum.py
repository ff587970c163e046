"""An Enum has no name, so PostgreSQL cannot create its type.

## What it does

Looks for native Enum columns made of plain strings without `name=`.

## Why is this bad?

An enum is a type of its own in PostgreSQL and needs a name. `create_all()` and the migration stop
with a CompileError, while the same models work on SQLite in the tests.

## When to leave it

Never on PostgreSQL; with `native_enum=False` no name is needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "error"

BAD = ModelsExample(
    code="""
class Job(Base):
    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(Enum("waiting", "done"))
""",
    claims=("create_fails",),
    object="jobs.state",
)
GOOD = ModelsExample(
    code="""
class State(enum.Enum):
    WAITING = "waiting"
    DONE = "done"

class Job(Base):
    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(Enum("waiting", "done", name="job_state"))
    outcome: Mapped[State]
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each native enum that has no name."""
    for mapper in mapping.mappers:
        for attribute in mapper.attributes:
            kind = attribute.type
            if not kind.is_a("Enum") or kind.enum_native is False or attribute.inherited:
                continue
            if kind.enum_name is None and kind.enum_class is None:
                probe = MapperProbe("compile_fails", table=attribute.table)
                name = f"{attribute.table}.{attribute.column}"
                yield Finding(
                    message="its Enum has no name, so the table cannot be created",
                    location=Location.at(attribute.place, name),
                    claims=(Claim("create_fails", attribute.table, probe=probe),),
                    details={"table": attribute.table, "column": attribute.column},
                )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the name."""
    table, column = finding.details["table"], finding.details["column"]
    name = f"{table.rpartition('.')[2].removesuffix('s')}_{column}"
    fix = (
        Draft(mapping)
        .keyword(finding.location, "name", f'"{name}"', ("Enum", "ENUM"))
        .fix("name the type", otherwise=f'Enum(…, name="{name}")')
    )
    return Advice(
        reason="PostgreSQL keeps an enum as a type of its own, beside the tables",
        fix=fix,
        alternatives=(
            Alternative(
                "native_enum=False with create_constraint=True: text and a CHECK",
                "values are added by changing the CHECK, without ALTER TYPE",
            ),
            Alternative(
                "an enum.Enum class: SQLAlchemy names the type after it",
                "Python code then has members instead of strings",
            ),
        ),
        risk=Risk(
            f"another type may be called {name} already",
            "create_all() and the first migration say so at once",
        ),
        undo=models.undo(fix, "take the name away"),
        tests="metadata.create_all() on PostgreSQL works",
        backup="none needed: the table could not exist yet",
    )

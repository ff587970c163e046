"""The column that tells a row's class may be NULL, and such a row cannot be loaded.

## What it does

Looks for the `polymorphic_on` column of a hierarchy that admits NULL without a CHECK.

## Why is this bad?

A row that a script, a COPY or another program stored without it belongs to no class. One such row
makes every query over the hierarchy raise or return objects of the wrong class.

## When to leave it

When a class of the hierarchy stands for None on purpose; then say so in a comment.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapper, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import model_annotations, model_migrations, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
class Animal(Base):
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    species: Mapped[Optional[str]] = mapped_column(String(20))
    __mapper_args__ = {"polymorphic_on": "species", "polymorphic_identity": "animal"}

class Dog(Animal):
    __mapper_args__ = {"polymorphic_identity": "dog"}
""",
    claims=("accepts_bad_row",),
    object="animals.species",
)
GOOD = ModelsExample(
    code="""
class Animal(Base):
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    species: Mapped[str] = mapped_column(String(20))
    __mapper_args__ = {"polymorphic_on": "species", "polymorphic_identity": "animal"}

class Dog(Animal):
    __mapper_args__ = {"polymorphic_identity": "dog"}
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each hierarchy whose discriminator may be NULL."""
    for mapper in mapping.mappers:
        table = mapping.schema.table(mapper.table)
        name = (mapper.polymorphic_on or "").rpartition(".")[2]
        if table is None or not name or mapper.inherits is not None:
            continue
        column = table.column(name)
        if column is not None and column.nullable and not _is_guarded(mapping, table, name):
            yield _finding(mapping, mapper, table, name)


def _is_guarded(mapping: Mapping, table: Table, name: str) -> bool:
    if models.comment_at(mapping, mapping.place_of(table, name)):
        return True
    return any("null" in check.expression.lower() and name in check.expression
               for check in table.checks)  # fmt: skip


def _finding(mapping: Mapping, mapper: Mapper, table: Table, name: str) -> Finding:
    probe = RowProbe(table.key, ({name: None},))
    return Finding(
        message=f"it may be NULL, and no class of {mapper.name} loads such a row",
        location=Location.at(mapping.place_of(table, name), f"{table.key}.{name}"),
        claims=(Claim("accepts_bad_row", table.key, column=name, probe=probe),),
        details={"table": table.key, "column": name, "identity": mapper.polymorphic_identity},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives NOT NULL."""
    table, column = finding.details["table"], finding.details["column"]
    identity = finding.details["identity"]
    attribute = mapping.attribute(table, column)
    draft = Draft(mapping)
    if attribute and attribute.annotation and attribute.optional:
        draft = draft.annotation(finding.location, model_annotations.required(attribute.annotation))
    if attribute is None or not attribute.annotation or attribute.explicit_nullable:
        draft = draft.keyword(finding.location, "nullable", "False")
    value = f"'{identity}'" if identity else None
    fix = draft.fix(
        f"forbid NULL in {column}",
        otherwise=f"{column} = mapped_column(nullable=False)",
        migration=model_migrations.not_null(mapping, table, column, value),
    )
    return Advice(
        reason="the ORM chooses the class of each row by this column",
        fix=fix,
        alternatives=(
            Alternative(
                "polymorphic_identity=None for the base class",
                "rows without a class become objects of the base, whatever they were",
            ),
        ),
        risk=Risk(
            "rows that hold NULL need a class first",
            f"look at them: select * from {table} where {column} is null",
        ),
        undo=models.undo(fix, f"alter column {column} drop not null"),
        tests=f"an INSERT into {table} with {column} = NULL is refused",
        backup=f"keep the keys of the rows where {column} is null",
    )

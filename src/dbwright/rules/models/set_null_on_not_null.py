"""A foreign key has ON DELETE SET NULL over a NOT NULL column, so the delete always fails.

## What it does

Looks for foreign keys with ON DELETE SET NULL of which a column is NOT NULL.

## Why is this bad?

The database tries what it was told, sets the column to NULL and refuses its own change: a parent
with children can never be deleted, and the error speaks of a NULL that nobody stored.

## When to leave it

Never: say RESTRICT if the parent must stay, or let the column be NULL.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, DeleteProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import ForeignKey, Table
from dbwright.recipes import model_annotations, model_migrations, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "error"

BAD = ModelsExample(
    code="""
class Address(Base):
    __tablename__ = "addresses"
    id: Mapped[int] = mapped_column(primary_key=True)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    address_id: Mapped[int] = mapped_column(
        ForeignKey("addresses.id", ondelete="SET NULL"), index=True
    )
""",
    claims=("delete_fails",),
    object="orders.address_id",
)
GOOD = ModelsExample(
    code="""
class Address(Base):
    __tablename__ = "addresses"
    id: Mapped[int] = mapped_column(primary_key=True)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    address_id: Mapped[Optional[int]] = mapped_column(
        ForeignKey("addresses.id", ondelete="SET NULL"), index=True
    )
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each foreign key whose own action cannot work."""
    for table in mapping.schema.tables:
        for foreign_key in table.foreign_keys:
            if foreign_key.on_delete != "SET NULL":
                continue
            for name in foreign_key.columns:
                column = table.column(name)
                if column is not None and not column.nullable:
                    yield _finding(mapping, table, foreign_key, name)
                    break


def _finding(mapping: Mapping, table: Table, foreign_key: ForeignKey, name: str) -> Finding:
    probe = DeleteProbe(foreign_key.referred, table.key, foreign_key.columns)
    return Finding(
        message=f"deleting a row of {foreign_key.referred} that it points at always fails",
        location=Location.at(mapping.place_of(table, name), f"{table.key}.{name}"),
        claims=(Claim("delete_fails", foreign_key.referred, column=name, probe=probe),),
        details={"table": table.key, "column": name, "parent": foreign_key.referred},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the nullable column that SET NULL needs."""
    table, column = finding.details["table"], finding.details["column"]
    parent = finding.details["parent"]
    place = finding.location
    attribute = mapping.attribute(table, column)
    draft = Draft(mapping)
    if attribute and attribute.annotation:
        text = models.text_of(mapping, place) or ""
        draft = draft.annotation(place, model_annotations.optional(attribute.annotation, text))
    if attribute is None or attribute.annotation is None or attribute.explicit_nullable is False:
        draft = draft.keyword(place, "nullable", "True")
    fix = draft.fix(
        f"let {column} be NULL, as SET NULL says",
        otherwise=f'{column} = mapped_column(ForeignKey(…, ondelete="SET NULL"), nullable=True)',
        migration=model_migrations.nullable(mapping, table, column),
    )
    return Advice(
        reason="SET NULL and NOT NULL contradict each other, and NOT NULL wins",
        fix=fix,
        alternatives=(
            Alternative(
                'ondelete="RESTRICT": the parent stays as long as it is pointed at',
                "deletes are refused as now, with an error that names the reason",
            ),
            Alternative(
                'ondelete="CASCADE": the children go with the parent',
                f"rows of {table} disappear when a row of {parent} does",
            ),
        ),
        risk=Risk(
            f"readers of {table} meet a NULL in {column} once a parent is deleted",
            "the annotation says so, so that a type checker finds them",
        ),
        undo=models.undo(fix, f"set {column} NOT NULL again while no row has NULL"),
        tests=f"delete a row of {parent} that {table} points at: it works, {column} is NULL",
        backup="none needed: no row changes until a parent is deleted",
    )

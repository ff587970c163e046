"""A collection is always loaded by a join, which repeats each parent once per child.

## What it does

Looks for collections with `lazy="joined"`.

## Why is this bad?

Every SELECT of the parent, also a count, a list of names or a page of twenty, fetches all the
children, with the parent's columns repeated in each row. A LIMIT wraps the whole statement in a
subquery, two such collections multiply, and `unique()` becomes mandatory.

## When to leave it

When a parent has very few children and every reader needs them. A joined object (many-to-one)
repeats nothing and is left alone. With `--sizes` a small table of children makes it a remark.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, ProbeValue, RowProbe, SameAs
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk, Severity
from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_weight, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY: Severity = "warning"

BAD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    items: Mapped[List["Item"]] = relationship(passive_deletes="all", lazy="joined")

class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
""",
    claims=("repeats_value",),
    object="Order.items",
)
GOOD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    items: Mapped[List["Item"]] = relationship(
        back_populates="order", passive_deletes="all", lazy="selectin"
    )

class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    order: Mapped[Order] = relationship(back_populates="items", lazy="joined")
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each collection that every SELECT of its parent joins."""
    for mapper in mapping.mappers:
        for relationship in mapper.relationships:
            many = relationship.uselist and relationship.direction != "MANYTOONE"
            if many and relationship.lazy == "joined" and not relationship.inherited:
                yield _finding(mapping, mapper, relationship)


def _finding(mapping: Mapping, mapper: Mapper, relationship: Relationship) -> Finding:
    return Finding(
        message=f"every SELECT of {mapper.name} joins it and repeats each row once per child",
        location=Location.at(
            models.relationship_place(mapping, mapper, relationship),
            f"{mapper.name}.{relationship.name}",
        ),
        claims=tuple(_claims(mapping, mapper, relationship)),
        severity=model_weight.severity(mapping, relationship.target_table, SEVERITY),
        evidence=model_weight.evidence(mapping, relationship.target_table),
        details={
            "mapper": mapper.name,
            "relationship": relationship.name,
            "calls": list(models.relationship_calls(relationship)),
        },
    )


def _claims(mapping: Mapping, mapper: Mapper, relationship: Relationship) -> Iterator[Claim]:
    """Two children of one parent can be stored: then the join gives that parent twice."""
    joined = mapping.schema.table(relationship.secondary or relationship.target_table)
    for foreign_key in joined.foreign_keys if joined else ():
        if joined is not None and foreign_key.referred == mapper.table:
            second: dict[str, ProbeValue] = {name: SameAs(0) for name in foreign_key.columns}
            probe = RowProbe(joined.key, ({}, second))
            yield Claim("repeats_value", joined.key, column=foreign_key.columns[0], probe=probe)
            return


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives lazy="selectin": the same objects, the children in one statement of their own."""
    name, mapper = finding.details["relationship"], finding.details["mapper"]
    calls = finding.details["calls"]
    fix = (
        Draft(mapping)
        .keyword(finding.location, "lazy", '"selectin"', calls)
        .fix(
            "load the collection in a statement of its own",
            otherwise=f'{name} = relationship(…, lazy="selectin")',
            safety="safe",
        )
    )
    return Advice(
        reason="a join over a collection has one row per child, not per parent",
        fix=fix,
        alternatives=(
            Alternative(
                f"no eager loading here, and selectinload({mapper}.{name}) in the queries that "
                "need it",
                "queries that need it have to say so, the others get faster still",
            ),
        ),
        risk=Risk(
            "one more statement per query, seen in tests that count them",
            "it is one for all parents together; call .unique() may stay, it does no harm",
        ),
        undo=models.undo(fix, 'put lazy="joined" back'),
        tests=f"select({mapper}) returns the same objects, and as many rows as parents",
        backup="none needed: only how objects are loaded changes",
    )

"""Deleting an object sets its children's NOT NULL key to NULL, so the delete fails.

## What it does

Looks for collections without a delete cascade and without `passive_deletes` over a foreign key
that is NOT NULL.

## Why is this bad?

`session.delete(parent)` loads the children and updates their foreign key to NULL, which the
database refuses. It works in tests without children and fails on the first parent that has some.

## When to leave it

When no such parent is ever deleted through the ORM: it is a remark where no `session.delete()` of
a variable of that name was found. A foreign key with ON DELETE RESTRICT, and
`passive_deletes="all"`, say that the delete is to be refused, and are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.claim import Claim, DeleteProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk, Severity
from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import ForeignKey, Table
from dbwright.recipes import model_usage, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "error"
SEVERITIES: dict[str, Severity] = {"likely": "error", "possible": "warning", "no": "info"}

BAD = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    reviews: Mapped[List["Review"]] = relationship()

class Review(Base):
    __tablename__ = "reviews"
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
""",
    claims=("delete_fails",),
    object="Product.reviews",
)
GOOD = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    reviews: Mapped[List["Review"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )

class Review(Base):
    __tablename__ = "reviews"
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="CASCADE"), index=True
    )
""",
)
GOOD_REFUSED = ModelsExample(
    code="""
class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    orders: Mapped[List["Order"]] = relationship(passive_deletes="all")

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.id", ondelete="RESTRICT"), index=True
    )
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each collection whose parent cannot be deleted."""
    deleted = model_usage.deleted_objects(mapping)
    for mapper in mapping.mappers:
        severity = SEVERITIES[model_usage.deletion(mapper.name, deleted)]
        for relationship in mapper.relationships:
            if relationship.direction != "ONETOMANY" or relationship.viewonly:
                continue
            if "delete" in relationship.cascade or relationship.passive_deletes:
                continue
            table = mapping.schema.table(relationship.target_table)
            foreign_key = models.key_of(mapping, relationship)
            if table is None or foreign_key is None or relationship.inherited:
                continue
            if foreign_key.on_delete != "RESTRICT" and _is_required(table, foreign_key):
                found = _finding(mapping, mapper, relationship, table, foreign_key)
                yield replace(found, severity=severity)


def _is_required(table: Table, foreign_key: ForeignKey) -> bool:
    found = [table.column(name) for name in foreign_key.columns]
    return any(column is not None and not column.nullable for column in found)


def _finding(
    mapping: Mapping,
    mapper: Mapper,
    relationship: Relationship,
    table: Table,
    foreign_key: ForeignKey,
) -> Finding:
    probe = DeleteProbe(
        mapper.table,
        table.key,
        foreign_key.columns,
        via="orm",
        mapper=mapper.qualified,
        relationship=relationship.name,
    )
    name = f"{mapper.name}.{relationship.name}"
    return Finding(
        message=f"session.delete() of a {mapper.name} that has some fails: it sets "
        f"{table.key}.{foreign_key.columns[0]} to NULL",
        location=Location.at(models.relationship_place(mapping, mapper, relationship), name),
        claims=(Claim("delete_fails", mapper.table, column=foreign_key.columns[0], probe=probe),),
        details={"mapper": mapper.qualified, "relationship": relationship.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the cascade, in the ORM and in the database."""
    mapper = mapping.mapper(finding.details["mapper"])
    relationship = mapper.relationship(finding.details["relationship"]) if mapper else None
    assert mapper is not None
    assert relationship is not None
    foreign_key = models.key_of(mapping, relationship)
    table = mapping.schema.table(relationship.target_table)
    assert foreign_key is not None
    assert table is not None
    place = finding.location
    calls = models.relationship_calls(relationship)
    draft = Draft(mapping).keyword(place, "cascade", '"all, delete-orphan"', calls)
    draft = draft.keyword(place, "passive_deletes", "True", calls)
    migration = ""
    if foreign_key.on_delete != "CASCADE":
        draft, migration = models.cascading(draft, mapping, table, foreign_key)
    fix = draft.fix(
        f"delete {relationship.name} with their {mapper.name}",
        otherwise=f'{relationship.name} = relationship(cascade="all, delete-orphan", '
        "passive_deletes=True)",
        migration=migration,
    )
    return Advice(
        reason="without a cascade the ORM parts the children from the parent before it deletes it",
        fix=fix,
        alternatives=(
            Alternative(
                'passive_deletes="all" and ON DELETE RESTRICT: the database refuses the delete',
                "children have to be removed first, each by itself; nothing is loaded or updated",
            ),
        ),
        risk=Risk(
            f"rows of {table.key} now go with their parent",
            f"ask whether any of {table.key} must outlive it before you apply this",
        ),
        undo=models.undo(fix, "take the cascade away and put the former foreign key back"),
        tests=f"session.delete() of a {mapper.name} with {relationship.name}: both are gone",
        backup="none needed: no row changes until a parent is deleted",
    )

"""A foreign key has no index, so deleting or re-keying a parent reads the whole child table.

## What it does

Looks for foreign keys whose columns do not lead the primary key, a UNIQUE or an index of their
table.

## Why is this bad?

PostgreSQL and SQLite index the parent's side only. Each DELETE of a parent, each UPDATE of its
key and most joins look the children up by the foreign key; without an index that reads the whole
child table, once per deleted parent, while row locks are held.

## When to leave it

When the parent's rows are never deleted, its key never changes and nobody joins or filters by
the column, or when the child table stays small. With `--sizes` it is a remark below a thousand
rows and an error from a million on.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, DeleteProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk, Severity
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import ForeignKey, Table
from dbwright.recipes import model_weight, models

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY: Severity = "warning"

BAD = ModelsExample(
    code="""
class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
""",
    claims=("reads_whole_table",),
    object="orders.customer_id",
)
GOOD = ModelsExample(
    code="""
class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
""",
)
GOOD_LEADS_THE_KEY = ModelsExample(
    code="""
class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)

class Address(Base):
    __tablename__ = "addresses"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each foreign key that no index serves."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned"):
            continue
        for foreign_key in table.foreign_keys:
            if not _is_served(table, foreign_key):
                yield _finding(mapping, table, foreign_key)


def _is_served(table: Table, foreign_key: ForeignKey) -> bool:
    """Whether an index finds the children: whole, without the NULLs, or by one of the columns."""
    if table.has_index_leading_with(foreign_key.columns):
        return True
    if any(table.has_index_leading_with((column,)) for column in foreign_key.columns):
        return True
    return any(
        index.columns[:1] == foreign_key.columns[:1]
        and (index.predicate or "").strip("() ").lower() == f"{index.columns[0]} is not null"
        for index in table.indexes
    )


def _finding(mapping: Mapping, table: Table, foreign_key: ForeignKey) -> Finding:
    columns = ", ".join(foreign_key.columns)
    probe = DeleteProbe(foreign_key.referred, table.key, foreign_key.columns, expect="scans")
    return Finding(
        message=f"deleting a row of {foreign_key.referred} reads the whole table",
        location=Location.at(
            mapping.place_of(table, foreign_key.columns[0]), f"{table.key}.{columns}"
        ),
        claims=(Claim("reads_whole_table", table.key, column=columns, probe=probe),),
        severity=model_weight.severity(mapping, table.key, SEVERITY, large="error"),
        evidence=model_weight.evidence(mapping, table.key),
        details={"table": table.key, "columns": list(foreign_key.columns)},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the index, in the model and as a migration that does not stop writes."""
    table, columns = finding.details["table"], finding.details["columns"]
    fix = models.add_index(mapping, table, columns, finding.location)
    return Advice(
        reason="the database indexes the referred key, never the referring columns",
        fix=fix,
        alternatives=(
            Alternative(
                "leave it without an index",
                "writes stay a little cheaper; every parent delete and join reads the table",
            ),
        ),
        risk=Risk(
            "one more index to keep on each write, and a build that reads the table once",
            "the migration builds it CONCURRENTLY, so writes go on",
        ),
        undo=models.undo(fix, "drop the index CONCURRENTLY and take index=True away"),
        tests=f"explain (select from {table} by {', '.join(columns)}) names the index",
        backup="none needed: no row changes",
    )

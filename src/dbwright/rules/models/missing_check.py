"""A quantity, a price or a percentage has no CHECK, so values that mean nothing are stored.

## What it does

Looks for number columns named quantity, price, percent, rating and the like that no CHECK speaks
of.

## Why is this bad?

A line of -3 pieces turns an order's total negative; a discount of 300 percent pays the customer.
The mistake shows in a report, long after the program that made it.

## When to leave it

When the sign carries meaning, as in a ledger (amounts, deltas and balances are left alone). With
`--db` a condition that rows of the database break today is not proposed.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_data, model_migrations, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "info"

BAD = ModelsExample(
    code="""
class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int]
""",
    claims=("accepts_bad_row",),
    object="lines.quantity",
)
GOOD = ModelsExample(
    code="""
class Line(Base):
    __tablename__ = "lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="ck_lines_quantity"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    delta: Mapped[int]
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each such number that no CHECK speaks of."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned"):
            continue
        for column in table.columns:
            condition = model_data.condition(column)
            if not condition or any(column.name in one.expression for one in table.checks):
                continue
            seen = mapping.seen.get(f"{table.key}.{column.name}")
            if seen is None or not seen.breaking:
                holds = seen is not None and seen.breaking == 0
                yield _finding(mapping, table, column, condition, holds)


def _finding(
    mapping: Mapping, table: Table, column: Column, condition: str, holds: bool
) -> Finding:
    probe = RowProbe(table.key, ({column.name: -3},))
    return Finding(
        message=f"it takes -3; no CHECK says {condition}",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("accepts_bad_row", table.key, column=column.name, probe=probe),),
        evidence=("every row of the database satisfies it today (--db)",) if holds else (),
        details={"table": table.key, "column": column.name, "condition": condition},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the CHECK, added NOT VALID and validated later."""
    table, column = finding.details["table"], finding.details["column"]
    condition = finding.details["condition"]
    name = f"ck_{table.rpartition('.')[2]}_{column}"
    element = f'CheckConstraint("{condition}", name="{name}")'
    fix = (
        Draft(mapping)
        .table_argument(table, element, "CheckConstraint")
        .fix(
            f"let the database hold {condition}",
            otherwise=element,
            migration=model_migrations.check(mapping, name, table, condition),
        )
    )
    return Advice(
        reason="a CHECK holds for every program that writes, the validation of a form for one",
        fix=fix,
        alternatives=(
            Alternative(
                "check it in the application only",
                "scripts, imports and a second service write what they like",
            ),
        ),
        risk=Risk(
            "rows that break it make the validation fail",
            f"look first: select count(*) from {table} where not ({condition})",
        ),
        undo=models.undo(fix, f"drop the constraint {name}"),
        tests=f"an INSERT into {table} with {column} = -3 is refused",
        backup="none needed: no row changes",
    )

"""A column has PostgreSQL's type money, whose values depend on a setting of the session.

## What it does

Looks for columns of type money.

## Why is this bad?

How many decimals it keeps and what "$" or "," mean comes from the server's setting lc_monetary: a
dump read into a server of another setting can change amounts. It keeps no currency, rounds 0.125
to 0.13, and drivers hand it to Python as the text '$1,234.50'.

## When to leave it

Never in new tables: numeric with a column for the currency does the same without the setting.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_annotations, model_migrations, model_probes, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
class Invoice(Base):
    __tablename__ = "invoices"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[str] = mapped_column(postgresql.MONEY)
""",
    claims=("stores_wrong_value",),
    object="invoices.amount",
)
GOOD = ModelsExample(
    code="""
class Invoice(Base):
    __tablename__ = "invoices"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    currency: Mapped[str] = mapped_column(String(3))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each column of type money."""
    for table in mapping.schema.tables:
        for column in table.columns:
            if column.type == "money" and table.kind in ("table", "partitioned"):
                yield _finding(mapping, table, column)


def _finding(mapping: Mapping, table: Table, column: Column) -> Finding:
    name, key = model_probes.quoted(mapping.schema.dialect, column.name, table.key)
    statements = (
        f"update {key} set {name} = 0.125::numeric::money",
        f"select bool_and({name}::numeric <> 0.125) from {key}",
    )
    claim = Claim(
        "stores_wrong_value", table.key, column=column.name, probe=SqlProbe(statements, "true")
    )
    return Finding(
        message="the session's lc_monetary decides what its amounts are, and how they are rounded",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(claim,),
        details={"table": table.key, "column": column.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives Numeric(12, 2)."""
    table, column = finding.details["table"], finding.details["column"]
    place = finding.location
    attribute = mapping.attribute(table, column)
    draft = Draft(mapping).column_type(place, ("MONEY",), "Numeric(12, 2)", "Numeric")
    if attribute and attribute.annotation:
        exact = model_annotations.replaced(attribute.annotation, "str", "Decimal")
        draft = draft.annotation(place, exact).imports(place, "decimal", "Decimal")
    fix = draft.fix(
        "store it as numeric",
        otherwise=f"{column}: Mapped[Decimal] = mapped_column(Numeric(12, 2))",
        migration=model_migrations.change_type(
            mapping, table, column, "sa.Numeric(12, 2)", f"{column}::numeric"
        ),
    )
    return Advice(
        reason="numeric keeps the digits it is given, whatever the session's language is",
        fix=fix,
        alternatives=(
            Alternative(
                "whole cents in a BigInteger",
                "fast and exact; every reader has to divide, and currencies differ in decimals",
            ),
        ),
        risk=Risk(
            "code that takes the text '$1,234.50' apart stops",
            "search for readers of the attribute; a Decimal needs none of that",
        ),
        undo=models.undo(fix, "change back to money under the same lc_monetary"),
        tests="store Decimal('1234.50') and read the same",
        backup=f"keep {table}.{column} until the new values are compared",
    )

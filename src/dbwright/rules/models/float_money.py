"""An amount of money is stored as a binary float, which cannot hold cents.

## What it does

Looks for float columns named as money: price, amount, balance, fee, salary, an order's total, and
for exact ones that are read as floats (`asdecimal=False`).

## Why is this bad?

0.10 has no exact binary form. Sums drift by cents, `=` fails on equal amounts, a report and its
parts disagree, and rounding goes the wrong way at the half cent.

## When to leave it

For estimates that nobody adds up or pays: a column named `cost` is a remark only. Rates, ratios,
scores and weights are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import (
    model_annotations,
    model_migrations,
    model_types,
    model_words,
    models,
)
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
SEVERITY = "error"
FLOATS = ("Float", "FLOAT", "REAL", "Double", "DOUBLE", "DOUBLE_PRECISION")
EXACT = ("Numeric", "NUMERIC", "DECIMAL")

BAD = ModelsExample(
    code="""
class Article(Base):
    __tablename__ = "articles"
    __table_args__ = (CheckConstraint("price >= 0", name="ck_articles_price"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[float] = mapped_column(Float)
""",
    claims=("stores_wrong_value",),
    object="articles.price",
)
BAD_READ_AS_FLOAT = ModelsExample(
    code="""
class Employee(Base):
    __tablename__ = "employees"
    id = Column(Integer, primary_key=True)
    salary = Column(Numeric(12, 2, asdecimal=False), nullable=False)
""",
    claims=("stores_wrong_value",),
    object="employees.salary",
)
GOOD = ModelsExample(
    code="""
class Article(Base):
    __tablename__ = "articles"
    __table_args__ = (CheckConstraint("price >= 0", name="ck_articles_price"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    price_ratio: Mapped[float]
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each float that holds money."""
    for table in mapping.schema.tables:
        for column in table.columns:
            attribute = mapping.attribute(table.key, column.name)
            flat = attribute is not None and attribute.type.asdecimal is False
            if flat and attribute is not None and not model_types.is_float(column.type):
                if model_words.is_money(column.name, table.name):
                    yield _read(mapping, table, attribute)
                continue
            if not model_types.is_float(column.type):
                continue
            if model_words.is_money(column.name, table.name):
                yield _finding(mapping, table, column, None)
            elif model_words.is_cost(column.name):
                yield _finding(mapping, table, column, "info")


def _read(mapping: Mapping, table: Table, attribute: Attribute) -> Finding:
    """An exact column whose values Python gets as floats."""
    owner = next(one for one in mapping.mappers_of(table.key) if attribute in one.attributes)
    probe = MapperProbe("reads_float", mapper=owner.qualified, attribute=attribute.name)
    place = mapping.place_of(table, attribute.column)
    return Finding(
        message="asdecimal=False makes a float of each exact amount that is read",
        location=Location.at(place, f"{table.key}.{attribute.column}"),
        claims=(Claim("stores_wrong_value", table.key, column=attribute.column, probe=probe),),
        details={"table": table.key, "column": attribute.column, "flat": True},
    )


def _finding(mapping: Mapping, table: Table, column: Column, severity: str | None) -> Finding:
    key = ".".join(f'"{part}"' for part in table.key.split("."))
    name = f'"{column.name}"'
    if mapping.schema.dialect != "postgresql":
        key, name = key.replace('"', "`"), name.replace('"', "`")
    statements = (
        f"update {key} set {name} = 0.1",
        f"select sum({name}) <> 0.3 from (select {name} from {key} limit 3) as three",
    )
    probe = SqlProbe(statements, "true")
    return Finding(
        message="three times 0.1 is not 0.3 here: sums drift and equal amounts differ",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("stores_wrong_value", table.key, column=column.name, probe=probe),),
        severity="info" if severity else None,
        details={"table": table.key, "column": column.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives Numeric(12, 2) and Decimal."""
    table, column = finding.details["table"], finding.details["column"]
    place = finding.location
    attribute = mapping.attribute(table, column)
    flat = bool(finding.details.get("flat"))
    draft = Draft(mapping)
    if flat:
        draft = draft.keyword(place, "asdecimal", None, EXACT)
    else:
        draft = draft.column_type(place, FLOATS, "Numeric(12, 2)", "Numeric")
    if attribute and attribute.annotation:
        exact = model_annotations.replaced(attribute.annotation, "float", "Decimal")
        draft = draft.annotation(place, exact).imports(place, "decimal", "Decimal")
    fix = draft.fix(
        "store it as an exact number",
        otherwise=f"{column}: Mapped[Decimal] = mapped_column(Numeric(12, 2))",
        migration=""
        if flat
        else model_migrations.change_type(
            mapping, table, column, "sa.Numeric(12, 2)", f"round({column}::numeric, 2)"
        ),
    )
    return Advice(
        reason="numeric keeps decimal digits, a float keeps binary ones",
        fix=fix,
        alternatives=(
            Alternative(
                "whole cents in a BigInteger",
                "fast and exact; every reader has to divide, and currencies differ in decimals",
            ),
        ),
        risk=Risk(
            "code that mixes Decimal and float raises TypeError, and JSON has no Decimal",
            "mypy finds the places; the old column stays until every reader has changed over",
        ),
        undo=models.undo(fix, "change back to double precision; every value still fits"),
        tests="store 0.10 three times: the sum equals Decimal('0.30')",
        backup=f"keep {column} until the rounded values are compared: rounding loses digits",
    )

"""An amount of money has no precision, so it takes fractions of a cent, or loses its cents.

## What it does

Looks for `Numeric` without digits: on PostgreSQL where the column is named as money (price,
amount, fee, salary), on MySQL and MariaDB anywhere.

## Why is this bad?

PostgreSQL's numeric without digits stores 0.001234 as it is: totals of rounded lines and the
rounded total differ, and two parts of a program round at different places. MySQL's NUMERIC is
NUMERIC(10,0): every price is rounded to a whole number without a word.

## When to leave it

For rates and unit costs that need more digits: say how many, `Numeric(18, 6)`. Numbers that are no
money are left alone on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import (
    model_migrations,
    model_probes,
    model_words,
    models,
)
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
SEVERITY = "warning"
TYPES = ("Numeric", "NUMERIC", "DECIMAL", "Decimal")
FRACTION = "0.001234"

BAD = ModelsExample(
    code="""
class Article(Base):
    __tablename__ = "articles"
    __table_args__ = (CheckConstraint("price >= 0", name="ck_articles_price"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[Decimal] = mapped_column(Numeric)
""",
    claims=("accepts_bad_row",),
    object="articles.price",
)
BAD_ANNOTATION = ModelsExample(
    code="""
class Article(Base):
    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)
    late_fee: Mapped[Optional[Decimal]]
""",
    claims=("accepts_bad_row",),
    object="articles.late_fee",
)
BAD_MARIADB = ModelsExample(
    code="""
class Sample(Base):
    __tablename__ = "samples"
    id = Column(Integer, primary_key=True)
    grams = Column(Numeric, nullable=False)
""",
    claims=("stores_wrong_value",),
    object="samples.grams",
    dialect="mariadb",
)
GOOD = ModelsExample(
    code="""
class Article(Base):
    __tablename__ = "articles"
    __table_args__ = (CheckConstraint("price >= 0", name="ck_articles_price"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    grams: Mapped[Decimal] = mapped_column(Numeric)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each number whose digits nobody chose, where that does harm."""
    rounds = mapping.schema.dialect != "postgresql"
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned"):
            continue
        for column in table.columns:
            if column.type not in ("numeric", "decimal") or column.computed:
                continue
            if rounds:
                yield _rounded(mapping, table, column)
            elif model_words.is_money(column.name, table.name):
                yield _finding(mapping, table, column)


def _finding(mapping: Mapping, table: Table, column: Column) -> Finding:
    probe = RowProbe(table.key, ({column.name: float(FRACTION)},))
    return Finding(
        message=f"it takes {FRACTION}: no digits are given, so parts of a cent are stored",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("accepts_bad_row", table.key, column=column.name, probe=probe),),
        details={"table": table.key, "column": column.name},
    )


def _rounded(mapping: Mapping, table: Table, column: Column) -> Finding:
    name, key = model_probes.quoted(mapping.schema.dialect, column.name, table.key)
    statements = (
        f"update {key} set {name} = 1.25",
        f"select count(*) > 0 from {key} where {name} <> 1.25",
    )
    claim = Claim(
        "stores_wrong_value", table.key, column=column.name, probe=SqlProbe(statements, "true")
    )
    return Finding(
        message="1.25 is stored as 1: NUMERIC without digits has no decimals here",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(claim,),
        severity="error",
        details={"table": table.key, "column": column.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives Numeric(12, 2)."""
    table, column = finding.details["table"], finding.details["column"]
    kept = models.call_at(mapping, finding.location, "Numeric", "NUMERIC", "DECIMAL")
    flat = any(word.arg == "asdecimal" for word in (kept.keywords if kept else ()))
    new = "Numeric(12, 2, asdecimal=False)" if flat else "Numeric(12, 2)"
    draft = Draft(mapping).column_type(finding.location, TYPES, new, "Numeric")
    fix = draft.fix(
        "say how many digits it has",
        otherwise=f"{column}: Mapped[Decimal] = mapped_column(Numeric(12, 2))",
        migration=model_migrations.change_type(
            mapping, table, column, "sa.Numeric(12, 2)", f"round({column}, 2)"
        ),
    )
    return Advice(
        reason="the database rounds to the digits that the type names, in one way for everybody",
        fix=fix,
        alternatives=(
            Alternative(
                "Numeric(18, 6), where parts of a cent are meant",
                "the program has to round before it shows or adds amounts",
            ),
        ),
        risk=Risk(
            "values with more digits are rounded by the change",
            f"look first: select count(*) from {table} where {column} <> round({column}, 2)",
        ),
        undo=models.undo(fix, "take the digits away; values that were rounded stay so"),
        tests="store 0.005 and read it: it has two digits",
        backup=f"keep {table}.{column} until the rounded values are compared",
    )

"""A key that counts ends at 2,147,483,647, and the table will get there.

## What it does

Looks for counting primary keys of four bytes. With `--sizes` the number of rows decides: from a
quarter of the range on it is a warning, from two thirds on an error, and below a million rows
nothing is said. Without them tables named as events, clicks or readings get a remark.

## Why is this bad?

The INSERT behind the last number fails with "integer out of range", and so does every INSERT until
the column is wider. To widen it writes the whole table anew under a lock, which is at its worst
when the table is at its largest. Deleted rows and failed INSERTs use numbers up too.

## When to leave it

In tables that stay small: lists, settings, people of one company.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk, Severity
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_migrations, model_types, model_weight, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
SEVERITY = "info"
LAST = 2**31 - 1
FAST = {
    "clicks", "heartbeats", "hits", "impressions", "measurements", "metrics",
    "pageviews", "pings", "readings", "samples", "telemetry", "ticks",
}  # fmt: skip

BAD = ModelsExample(
    code="""
class Reading(Base):
    __tablename__ = "readings"
    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]
""",
    claims=("refuses_good_row",),
    object="readings.id",
)
GOOD = ModelsExample(
    code="""
class Reading(Base):
    __tablename__ = "readings"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    value: Mapped[int]

class Country(Base):
    __tablename__ = "countries"
    id: Mapped[int] = mapped_column(primary_key=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each key that is too narrow for its table."""
    for table in mapping.schema.tables:
        column = _counter(table)
        severity = _severity(mapping, table) if column is not None else None
        if column is not None and severity is not None:
            yield _finding(mapping, table, column, severity)


def _counter(table: Table) -> Column | None:
    """The key that the database counts up, when it has four bytes."""
    key = table.primary_key
    if table.kind not in ("table", "partitioned") or key is None or len(key.columns) != 1:
        return None
    if any(key.columns == one.columns for one in table.foreign_keys):
        return None
    column = table.column(key.columns[0])
    narrow = column is not None and model_types.integer_bytes(column.type) == 4
    return column if narrow else None


def _severity(mapping: Mapping, table: Table) -> Severity | None:
    used = model_weight.filled(mapping, table.key, LAST)
    if used is None:
        return "info" if FAST.intersection(model_words.words(table.name)[-1:]) else None
    if used >= 2 / 3:
        return "error"
    if used >= 1 / 4:
        return "warning"
    rows = mapping.rows[table.key]
    return "info" if rows >= model_weight.LARGE else None


def _finding(mapping: Mapping, table: Table, column: Column, severity: Severity) -> Finding:
    used = model_weight.filled(mapping, table.key, LAST)
    probe = RowProbe(table.key, ({column.name: LAST + 1},), expect="refused")
    far = f", and {used:.0%} of the numbers are used" if used is not None else ""
    return Finding(
        message=f"it ends at {LAST:,}{far}",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("refuses_good_row", table.key, column=column.name, probe=probe),),
        severity=severity,
        evidence=model_weight.evidence(mapping, table.key),
        details={"table": table.key, "column": column.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the key eight bytes, and with it the columns that point at it."""
    table, column = finding.details["table"], finding.details["column"]
    place = finding.location
    draft = Draft(mapping).column_type(place, ("Integer", "INTEGER"), "BigInteger", "BigInteger")
    steps = [model_migrations.change_type(mapping, table, column, "sa.BigInteger", column)]
    for child, key in mapping.schema.referring(table):
        other = mapping.place_of(child, key.columns[0])
        if _is_typed(mapping, child, key.columns[0]):
            draft = draft.column_type(other, ("Integer", "INTEGER"), "BigInteger", "BigInteger")
        steps.append(f"# and {child.key}.{', '.join(key.columns)} in the same way")
    fix = draft.fix(
        f"let {column} have eight bytes",
        otherwise=f"{column} = mapped_column(BigInteger, primary_key=True)",
        migration="\n".join(steps),
    )
    return Advice(
        reason="four bytes count to 2,147,483,647, eight to 9.2 trillion millions",
        fix=fix,
        alternatives=(
            Alternative(
                f"alter column {column} type bigint in a quiet window",
                "one statement; the table is written anew and stands still meanwhile",
            ),
        ),
        risk=Risk(
            "the keys that point at it have to be as wide, or they end first",
            f"{sum(1 for _ in mapping.schema.referring(table))} foreign keys point at it; the "
            "sequence of a serial column counts in eight bytes already",
        ),
        undo=models.undo(fix, "narrow it again while no number is too large"),
        tests=f"an INSERT into {table} with {column} = 2147483648 works",
        backup="keep the old column until the new one is the key",
    )


def _is_typed(mapping: Mapping, table: Table, column: str) -> bool:
    """Whether the column names its type, or takes it from its annotation: `Mapped[int]`."""
    attribute = mapping.attribute(table.key, column)
    place = mapping.place_of(table, column)
    named = models.names_type(mapping, place, ("Integer", "INTEGER"))
    return named or (attribute is not None and attribute.annotation is not None)

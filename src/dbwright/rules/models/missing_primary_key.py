"""A table has no primary key, so two equal rows can be stored and neither can be named.

## What it does

Looks for tables without a primary key and without a UNIQUE over NOT NULL columns.

## Why is this bad?

A row that was stored twice cannot be corrected alone, only both together. The ORM cannot map the
table, logical replication refuses UPDATE and DELETE on it, and tools that copy rows in batches
have nothing to go by.

## When to leave it

For staging and import tables that are emptied after each run, and for logs that are only ever
appended to: tables named so are left alone. Tables of links have a rule of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, ProbeValue, RowProbe, SameAs
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import model_types, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
rates = Table(
    "rates",
    Base.metadata,
    Column("currency", String(3), nullable=False),
    Column("day", Date, nullable=False),
    Column("rate", Numeric(12, 6), nullable=False),
)
""",
    claims=("accepts_bad_row",),
    object="rates",
)
GOOD = ModelsExample(
    code="""
rates = Table(
    "rates",
    Base.metadata,
    Column("currency", String(3), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("rate", Numeric(12, 6), nullable=False),
)
holidays = Table(
    "holidays",
    Base.metadata,
    Column("day", Date, nullable=False),
    Column("country", String(2), nullable=False),
    UniqueConstraint("day", "country", name="uq_holidays"),
)
rates_import = Table("rates_import", Base.metadata, Column("line", Text))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each table whose rows nothing tells apart."""
    secondary = {one.secondary for mapper in mapping.mappers for one in mapper.relationships}
    for table in mapping.schema.tables:
        if table.kind != "table" or table.primary_key or table.info.get("is_view"):
            continue
        if table.key in secondary or _is_link(table) or model_words.keeps_history(table.name):
            continue
        if not any(_tells(table, columns) for columns in table.unique_sets()):
            yield _finding(mapping, table)


def _is_link(table: Table) -> bool:
    """Whether it holds a pair of keys and little else; `association_without_key` is about those."""
    held = {name for key in table.foreign_keys for name in key.columns}
    rest = [column for column in table.columns if column.name not in held]
    return len(table.foreign_keys) == 2 and all(model_types.is_moment(c.type) for c in rest)


def _tells(table: Table, columns: tuple[str, ...]) -> bool:
    return all((found := table.column(name)) and not found.nullable for name in columns)


def _finding(mapping: Mapping, table: Table) -> Finding:
    names = [column.name for column in table.columns if not column.computed]
    same: dict[str, ProbeValue] = {name: SameAs(0) for name in names}
    probe = RowProbe(table.key, ({}, same))
    return Finding(
        message="the same row can be stored twice, and then neither can be named",
        location=Location.at(mapping.place_of(table), table.key),
        claims=(Claim("accepts_bad_row", table.key, probe=probe),),
        details={"table": table.key},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a key that counts."""
    table = finding.details["table"]
    schema, _, bare = table.rpartition(".")
    element = 'Column("id", BigInteger, Identity(), primary_key=True)'
    draft = Draft(mapping)
    if mapping.mappers_of(table):
        draft = draft.change(None, lambda text: None)
    else:
        draft = draft.table_argument(table, element, "BigInteger", "Column", "Identity")
    extra = f', schema="{schema}"' if schema else ""
    fix = draft.fix(
        "give the rows a key",
        otherwise="id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)",
        migration=f'op.add_column("{bare}", sa.Column("id", sa.BigInteger, sa.Identity()){extra})\n'
        f'op.create_primary_key("{bare}_pkey", "{bare}", ["id"]{extra})',
    )
    return Advice(
        reason="a table is a set of rows only where something tells them apart",
        fix=fix,
        alternatives=(
            Alternative(
                "the columns that name a row as the key: primary_key=True on each of them",
                "better where they are known; doubles have to go first",
            ),
        ),
        risk=Risk(
            "adding the column writes the whole table anew under an exclusive lock",
            "rehearse it with --sizes; the natural key needs no new column",
        ),
        undo=models.undo(fix, "drop the column id"),
        tests=f"each row of {table} can be deleted alone",
        backup=f"look for doubles first: select {_all(mapping, table)}, count(*) from {table} "
        "group by all of them having count(*) > 1; no row changes",
    )


def _all(mapping: Mapping, table: str) -> str:
    found = mapping.schema.table(table)
    return ", ".join(column.name for column in found.columns) if found else "*"

"""A name has capital letters, so every query that is not the ORM's has to quote it.

## What it does

Looks for tables and columns whose names in the database are not all in lower case. Attributes in
camel case over plain columns are left alone.

## Why is this bad?

PostgreSQL folds unquoted names to lower case: `select deviceName from devices` fails with
'column "devicename" does not exist'. Every report, every psql session and every text() has to
know which names want quotes.

## When to leave it

When the tables belong to another program that made them so.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import model_columns, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
MANY = 4

BAD = ModelsExample(
    code="""
class Device(Base):
    __tablename__ = "devices"
    id: Mapped[int] = mapped_column(primary_key=True)
    deviceName: Mapped[str] = mapped_column(String(60))
    osVersion: Mapped[str]
""",
    claims=("query_fails",),
    object="devices",
)
GOOD = ModelsExample(
    code="""
class Device(Base):
    __tablename__ = "devices"
    id: Mapped[int] = mapped_column(primary_key=True)
    deviceName: Mapped[str] = mapped_column("device_name", String(60))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each table with such names; a project of many gets one in all."""
    found = [(table, names) for table in mapping.schema.tables if (names := _names(table))]
    if len(found) >= MANY:
        yield _finding(mapping, found[0][0], found[0][1], len(found))
        return
    for table, names in found:
        yield _finding(mapping, table, names, 1)


def _names(table: Table) -> list[str]:
    names = [column.name for column in table.columns]
    return [name for name in names if _folds(name)] + ([""] if _folds(table.name) else [])


def _folds(name: str) -> bool:
    return name.lower() != name and name.isidentifier()


def _finding(mapping: Mapping, table: Table, names: list[str], tables: int) -> Finding:
    quoted = ".".join(f'"{part}"' for part in table.key.split("."))
    first = names[0]
    sql = f"select {first} from {quoted}" if first else f"select 1 from {table.key}"
    probe = SqlProbe((sql,), "error")
    shown = ", ".join(name or table.name for name in names[:4])
    others = f", and {tables - 1} other tables have some" if tables > 1 else ""
    return Finding(
        message=f"names with capital letters have to be quoted in each query: {shown}{others}",
        location=Location.at(mapping.place_of(table), table.key),
        claims=(Claim("query_fails", table.key, column=first or None, probe=probe),),
        details={"table": table.key, "columns": [name for name in names if name]},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the columns plain names; the attributes keep theirs."""
    table, columns = finding.details["table"], finding.details["columns"]
    draft = Draft(mapping)
    steps: list[str] = []
    for column in columns:
        plain = model_words.snake(column)
        draft = model_columns.named(draft, mapping, table, column, plain)
        steps.append(f'op.alter_column("{table}", "{column}", new_column_name="{plain}")')
    bare = table.rpartition(".")[2]
    if bare.lower() != bare:
        draft = draft.change(None, lambda text: None)
        steps.append(f'op.rename_table("{bare}", "{model_words.snake(bare)}")')
    first = columns[0] if columns else bare
    fix = draft.fix(
        "call them in lower case in the database",
        otherwise=f'{first}: Mapped[…] = mapped_column("{model_words.snake(first)}", …)'
        if columns
        else f'__tablename__ = "{model_words.snake(bare)}"',
        migration="\n".join(steps),
    )
    return Advice(
        reason="PostgreSQL folds every unquoted name to lower case",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the names and quote them wherever SQL is written by hand",
                "each new report and each colleague finds out by an error",
            ),
        ),
        risk=Risk(
            "SQL that quotes the old names fails from the moment of the rename",
            "search for them; the running release needs the expand and contract steps that "
            "`dbwright migrations review` proposes for a rename",
        ),
        undo=models.undo(fix, "rename them back"),
        tests=f"select {model_words.snake(first)} works without quotes",
        backup="none needed: a rename changes no row",
    )

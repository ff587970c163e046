"""An index over a yes or no halves the table at best, and each write keeps it.

## What it does

Looks for plain b-tree indexes whose only key is a boolean.

## Why is this bad?

For the common value the database reads the table anyway, as the index would lead it to most of the
pages. For the rare one an index over only those rows does the same at a fraction of the size.

## When to leave it

When one value is rare and both are written seldom.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample, Reasoned
from dbwright.core.schema import Index, Table
from dbwright.recipes import model_migrations, model_types, model_weight, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "info"
REASONED = Reasoned("how rare a value is only the data of production says")

BAD = ModelsExample(
    code="""
class Job(Base):
    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    is_done: Mapped[bool] = mapped_column(index=True)
""",
    object="ix_jobs_is_done",
)
GOOD = ModelsExample(
    code="""
class Job(Base):
    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_open", "is_done", postgresql_where=text("not is_done")),
        Index("ix_jobs_done_queue", "is_done", "queue"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    is_done: Mapped[bool]
    queue: Mapped[str] = mapped_column(String(20))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each index over one boolean."""
    for table in mapping.schema.tables:
        for index in table.indexes:
            if index.unique or index.predicate or len(index.keys) != 1 or index.include:
                continue
            column = table.column(index.columns[0] or "")
            if column is not None and model_types.is_boolean(column.type):
                yield _finding(mapping, table, index, column.name)


def _finding(mapping: Mapping, table: Table, index: Index, column: str) -> Finding:
    return Finding(
        message=f"it has two values, so an index over all of them leads to half of {table.key}",
        location=Location.at(index.place or mapping.place_of(table, column), index.name),
        evidence=model_weight.evidence(mapping, table.key),
        details={"table": table.key, "column": column, "index": index.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives an index over the rows that are looked for."""
    table, column, name = (finding.details[word] for word in ("table", "column", "index"))
    new = f"{name}_only"
    element = (
        f'Index("{new}", "{column}", postgresql_where=text("{column}"), '
        f'sqlite_where=text("{column}"))'
    )
    draft = models.without_index(Draft(mapping), mapping, table, name)
    draft = draft.table_argument(table, element, "Index", "text")
    build = model_migrations.create_index(new, table, [column], where=column)
    fix = draft.fix(
        "index the rare rows only",
        otherwise=element,
        migration=f"{build}\n{model_migrations.drop_index(name, table)}",
    )
    return Advice(
        reason="an index pays where it leads to few rows",
        fix=fix,
        alternatives=(
            Alternative(
                "put the column behind another one that queries name too",
                "one index serves both, where they are always asked for together",
            ),
        ),
        risk=Risk(
            "queries for the other value read the table",
            f"select {column}, count(*) from {table} group by 1 tells which value is rare; index "
            f"`not {column}` when it is that one",
        ),
        undo=models.undo(fix, f"build {name} again CONCURRENTLY"),
        tests=f"explain of the query that looks for {column} names {new}",
        backup="none needed: no row changes",
    )

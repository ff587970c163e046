"""A table has so many indexes that each INSERT writes a dozen trees.

## What it does

Counts the indexes and UNIQUE constraints of a table, and speaks from eleven on.

## Why is this bad?

Each INSERT, and on PostgreSQL most UPDATEs, write to all of them, and VACUUM reads them all.
Indexes made one wish at a time are seldom all read.

## When to leave it

When the table is read far more than written and pg_stat_user_indexes shows each of them in use.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample, Reasoned
from dbwright.core.schema import Index, Table
from dbwright.recipes import model_migrations, model_types, model_weight, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "info"
REASONED = Reasoned("which of them are read only the statistics of production say")
MOST = 10

BAD = ModelsExample(
    code="""
class Listing(Base):
    __tablename__ = "listings"
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(String(60), index=True)
    street: Mapped[str] = mapped_column(String(60), index=True)
    zip: Mapped[str] = mapped_column(String(60), index=True)
    owner: Mapped[str] = mapped_column(String(60), index=True)
    agent: Mapped[str] = mapped_column(String(60), index=True)
    energy: Mapped[str] = mapped_column(String(60), index=True)
    heating: Mapped[str] = mapped_column(String(60), index=True)
    rooms: Mapped[int] = mapped_column(index=True)
    area: Mapped[int] = mapped_column(index=True)
    floor: Mapped[int] = mapped_column(index=True)
    year: Mapped[int] = mapped_column(index=True)
""",
    object="listings",
)
GOOD = ModelsExample(
    code="""
class Listing(Base):
    __tablename__ = "listings"
    id: Mapped[int] = mapped_column(primary_key=True)
    city: Mapped[str] = mapped_column(String(60), index=True)
    owner: Mapped[str] = mapped_column(String(60), index=True)
    rooms: Mapped[int] = mapped_column(index=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each table with more indexes than MOST."""
    for table in mapping.schema.tables:
        count = len(table.indexes) + len(table.uniques)
        if table.kind in ("table", "partitioned") and count > MOST:
            yield _finding(mapping, table, count)


def _finding(mapping: Mapping, table: Table, count: int) -> Finding:
    rows = mapping.rows.get(table.key)
    many = rows is not None and rows >= model_weight.LARGE
    place = next((one.place for one in mapping.mappers_of(table.key)), None)
    return Finding(
        message=f"each INSERT writes {count} indexes beside the primary key",
        location=Location.at(place or mapping.place_of(table), table.key),
        severity="warning" if many else None,
        evidence=model_weight.evidence(mapping, table.key),
        details={"table": table.key, "count": count},
    )


def _doubtful(table: Table) -> list[Index]:
    """Indexes over one plain column that no foreign key needs, those of few values first."""
    held = {key.columns[0] for key in table.foreign_keys}
    found = [
        index
        for index in table.indexes
        if len(index.keys) == 1 and not index.unique and index.columns[0] not in held
    ]
    return sorted(found, key=lambda index: not _has_few_values(table, index))


def _has_few_values(table: Table, index: Index) -> bool:
    column = table.column(index.columns[0] or "")
    return column is not None and model_types.is_boolean(column.type)


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the model without the indexes that are the likeliest to be unread."""
    table = finding.details["table"]
    found = mapping.schema.table(table)
    extra = finding.details["count"] - MOST
    doubtful = _doubtful(found)[:extra] if found else []
    draft = Draft(mapping)
    for index in doubtful:
        draft = models.without_index(draft, mapping, table, index.name)
    names = ", ".join(index.name for index in doubtful)
    steps = [model_migrations.drop_index(index.name, table) for index in doubtful]
    bare = table.rpartition(".")[2]
    fix = draft.fix(
        f"leave out what nothing reads, for one {names}" if names else "leave out what is unread",
        otherwise=f"# take out the indexes of {table} that nothing reads",
        migration="\n".join(steps),
    )
    return Advice(
        reason="an index costs each write and pays only when it is read",
        fix=fix,
        alternatives=(
            Alternative(
                "keep them, and load in bulk without them",
                "the load drops and builds them; ordinary writes still keep all",
            ),
        ),
        risk=Risk(
            "a query that used one reads the table from then on",
            "ask first: select indexrelname, idx_scan from pg_stat_user_indexes where relname = "
            f"'{bare}' order by idx_scan; drop those with 0 over a month",
        ),
        undo=models.undo(fix, f"build {names or 'them'} again CONCURRENTLY"),
        tests="the slowest queries of the table keep their plans",
        backup="none needed: no row changes",
    )

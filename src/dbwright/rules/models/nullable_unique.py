"""A UNIQUE over several columns does not hold where one of them is NULL.

## What it does

Looks for UNIQUE constraints over several columns of which one is the nullable key of a parent
(`parent_id, name`) or a mark of deletion (`email, deleted_at`).

## Why is this bad?

Two NULLs are distinct for a UNIQUE. Exactly the rows at the top (no parent) or the living rows
(not deleted) can be stored twice.

## When to leave it

When such rows may repeat, as the reviews of customers who left. A foreign key with ON DELETE SET
NULL is left alone for that reason, and so is an optional value of another system.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, ProbeValue, RowProbe, SameAs
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table, Unique
from dbwright.recipes import model_migrations, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
MARKS = {"deleted_at", "deleted_on", "removed_at", "date_deleted"}

BAD = ModelsExample(
    code="""
class Folder(Base):
    __tablename__ = "folders"
    __table_args__ = (UniqueConstraint("parent_id", "name", name="uq_folders_parent_name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("folders.id"))
    name: Mapped[str] = mapped_column(String(80))
""",
    claims=("accepts_bad_row",),
    object="folders.parent_id, name",
)
GOOD = ModelsExample(
    code="""
class Folder(Base):
    __tablename__ = "folders"
    __table_args__ = (
        UniqueConstraint("parent_id", "name", name="uq_folders_parent_name"),
        Index("uq_folders_name_top", "name", unique=True,
              postgresql_where=text("parent_id IS NULL")),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("folders.id"))
    name: Mapped[str] = mapped_column(String(80))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each UNIQUE that a NULL in a scoping column switches off."""
    for table in mapping.schema.tables:
        for unique in table.uniques:
            if len(unique.columns) < 2 or unique.nulls_not_distinct:
                continue
            open_ = [name for name in unique.columns if _scopes(table, name)]
            rest = tuple(name for name in unique.columns if name not in open_)
            if len(open_) != 1 or not rest or _is_closed(table, open_[0], rest):
                continue
            if all((found := table.column(name)) and not found.nullable for name in rest):
                yield _finding(mapping, table, unique, open_[0], rest)


def _scopes(table: Table, name: str) -> bool:
    """Whether the column is a parent's key or a mark of deletion that may be NULL."""
    column: Column | None = table.column(name)
    if column is None or not column.nullable:
        return False
    keys = [key for key in table.foreign_keys if key.columns == (name,)]
    return name in MARKS or any(key.on_delete != "SET NULL" for key in keys)


def _is_closed(table: Table, column: str, rest: tuple[str, ...]) -> bool:
    """Whether the other columns are unique, at least where this one is NULL."""
    if table.has_unique_over(rest):
        return True
    return any(
        index.unique and index.predicate and column in index.predicate for index in table.indexes
    )


def _finding(
    mapping: Mapping, table: Table, unique: Unique, column: str, rest: tuple[str, ...]
) -> Finding:
    first: dict[str, ProbeValue] = {column: None}
    second: dict[str, ProbeValue] = {column: None, **{name: SameAs(0) for name in rest}}
    probe = RowProbe(table.key, (first, second))
    listed = ", ".join(unique.columns)
    return Finding(
        message=f"rows without {column} may have the same {', '.join(rest)} twice",
        location=Location.at(unique.place or mapping.place_of(table), f"{table.key}.{listed}"),
        claims=(Claim("accepts_bad_row", table.key, column=listed, probe=probe),),
        details={"table": table.key, "column": column, "rest": list(rest)},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a second unique index over the rows where the column is NULL."""
    table, column = finding.details["table"], finding.details["column"]
    rest: list[str] = finding.details["rest"]
    name = f"uq_{table.rpartition('.')[2]}_{'_'.join(rest)}_no_{column}"
    where = f"{column} IS NULL"
    listed = ", ".join(f'"{item}"' for item in rest)
    element = (
        f'Index("{name}", {listed}, unique=True, '
        f'postgresql_where=text("{where}"), sqlite_where=text("{where}"))'
    )
    fix = Draft(mapping).table_argument(table, element, "Index", "text").fix(
        f"make {', '.join(rest)} unique where {column} is NULL as well",
        otherwise=element,
        migration=model_migrations.create_index(name, table, rest, unique=True, where=where),
    )  # fmt: skip
    return Advice(
        reason="for a UNIQUE each NULL is different from every other",
        fix=fix,
        alternatives=(
            Alternative(
                "UNIQUE NULLS NOT DISTINCT (postgresql_nulls_not_distinct=True)",
                "one index instead of two, on PostgreSQL 15 and newer only",
            ),
        ),
        risk=Risk(
            "the index cannot be built while doubles are there",
            f"find them first: select {rest[0]}, count(*) from {table} where {where} group by 1 "
            "having count(*) > 1",
        ),
        undo=models.undo(fix, f"drop the index {name} CONCURRENTLY"),
        tests=f"two INSERTs with {column} = NULL and the same {', '.join(rest)}: one is refused",
        backup="none needed: no row changes",
    )

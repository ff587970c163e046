"""An index repeats the beginning of another one, so each write keeps it for nothing.

## What it does

Looks for b-tree indexes whose keys are the first keys of the primary key, a UNIQUE or another
index, with the same order, operator class and condition.

## Why is this bad?

The longer index answers every query that the shorter one answers. The shorter one still costs
each INSERT, UPDATE and VACUUM, and room in memory.

## When to leave it

When the shorter index is much smaller and read so often that its size counts. A unique index is a
constraint and is left alone, unless the primary key or a UNIQUE has exactly its columns; so is
what a mixin declares for several tables while one of them needs it. With `--sizes` a small table
makes it a remark.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, PlanProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk, Severity
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Index, IndexKey, Table
from dbwright.recipes import model_migrations, model_weight, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY: Severity = "warning"

BAD = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)

class Variant(Base):
    __tablename__ = "variants"
    __table_args__ = (
        UniqueConstraint("product_id", "name", name="uq_variants_product_name"),
        Index("ix_variants_product_id", "product_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    name: Mapped[str] = mapped_column(String(80))
""",
    claims=("redundant_index",),
    object="ix_variants_product_id",
)
BAD_KEY = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True, index=True)
""",
    claims=("redundant_index",),
    object="ix_products_id",
)
BAD_UNIQUE_TWICE = ModelsExample(
    code="""
class Agency(Base):
    __tablename__ = "agencies"
    __table_args__ = (
        UniqueConstraint("name", name="uq_agencies_name"),
        Index("ix_agencies_name", "name", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
""",
    claims=("redundant_index",),
    object="ix_agencies_name",
)
GOOD = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    __table_args__ = (
        Index("ix_products_shelf_title", "shelf", "title"),
        Index("ix_products_title", "title"),
        Index("ix_products_shelf_title_down", "shelf", desc("title")),
        Index("ix_products_shelf_sold", "shelf", postgresql_where=text("sold")),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    shelf: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(80))
    sold: Mapped[bool]
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each index that another one makes needless."""
    needed: set[Place | None] = set()
    found: list[tuple[Table, Index, str]] = []
    for table in mapping.schema.tables:
        for number, index in enumerate(table.indexes):
            if index.method != "btree" or not index.valid or index.include:
                continue
            other = _same(table, index) if index.unique else _cover(table, index, number)
            if other is not None:
                found.append((table, index, other))
            else:
                needed.add(index.place)
    for table, index, other in found:
        # one that a mixin declares for several tables stays while one of them needs it
        if index.place is None or index.place not in needed:
            yield _finding(mapping, table, index, other)


def _cover(table: Table, index: Index, number: int) -> str | None:
    """What answers everything that the index answers, in words."""
    plain = index.columns if index.predicate is None and _is_plain(index) else None
    width = len(index.keys)
    if plain and table.primary_key and table.primary_key.columns[:width] == plain:
        return "the primary key"
    for unique in table.uniques:
        if plain and unique.columns[:width] == plain:
            return unique.name or f"the UNIQUE over {', '.join(unique.columns)}"
    for place, other in enumerate(table.indexes):
        if place == number or other.method != index.method or not other.valid:
            continue
        same = other.keys[:width] == index.keys and other.predicate == index.predicate
        longer = len(other.keys) > width or other.unique or other.include or place < number
        if same and longer and other.options == index.options:
            return other.name
    return None


def _same(table: Table, index: Index) -> str | None:
    """The key or UNIQUE over exactly the columns of a unique index: it keeps them distinct."""
    if index.predicate is not None or not _is_plain(index) or index.options:
        return None
    if table.primary_key and table.primary_key.columns == index.columns:
        return "the primary key"
    for unique in table.uniques:
        same = unique.columns == index.columns and not unique.deferrable
        if same and unique.nulls_not_distinct == index.nulls_not_distinct:
            return unique.name or f"the UNIQUE over {', '.join(unique.columns)}"
    return None


def _is_plain(index: Index) -> bool:
    return all(key == IndexKey(key.column) and key.column for key in index.keys)


def _finding(mapping: Mapping, table: Table, index: Index, other: str) -> Finding:
    keys = [f'"{key.column}"' if key.column else f"({key.expression})" for key in index.keys]
    table_name = ".".join(f'"{part}"' for part in table.key.split("."))
    where = f" where {index.predicate}" if index.predicate else ""
    direction = " desc" if index.keys[0].descending else ""
    sql = f"select 1 from {table_name}{where} order by {keys[0]}{direction} limit 1"
    name = f"{table.schema}.{index.name}" if table.schema else index.name
    probe = PlanProbe(sql, table.key, without=name, expect="served_by_other")
    column = index.keys[0].column
    place = index.place or mapping.place_of(table, column if len(index.keys) == 1 else None)
    return Finding(
        message=f"{other} begins with the same keys, so each write of {table.key} keeps this "
        "index for nothing",
        location=Location.at(place, index.name),
        claims=(Claim("redundant_index", table.key, probe=probe),),
        severity=model_weight.severity(mapping, table.key, SEVERITY),
        evidence=model_weight.evidence(mapping, table.key),
        details={"table": table.key, "index": index.name, "column": column, "other": other,
                 "single": len(index.keys) == 1},
    )  # fmt: skip


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the model without the index, and its drop without stopping writes."""
    table, name = finding.details["table"], finding.details["index"]
    draft = models.without_index(Draft(mapping), mapping, table, name)
    fix = draft.fix(
        "leave the shorter index out",
        otherwise=f"# take {name} out of the model",
        migration=model_migrations.drop_index(name, table),
    )
    return Advice(
        reason=f"a b-tree serves look-ups by its first keys, and {finding.details['other']} has "
        "the same ones",
        fix=fix,
        alternatives=(
            Alternative(
                "keep it where it is read far more often than the table is written",
                "each write keeps one more index, and it takes room in memory",
            ),
        ),
        risk=Risk(
            "look-ups read the longer index, which has more pages",
            "pg_stat_user_indexes tells whether the shorter one is read at all; it can be built "
            "again CONCURRENTLY",
        ),
        undo=models.undo(fix, f"create the index {name} CONCURRENTLY"),
        tests=f"explain of the queries by {finding.details['column']} names the other index",
        backup="none needed: no row changes",
    )

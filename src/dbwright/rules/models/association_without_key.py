"""A table of links has no key over its pair, so the same link can be stored twice.

## What it does

Looks for tables that hold two foreign keys and little else, or serve as `secondary`, without a
primary key or UNIQUE over the pair.

## Why is this bad?

The same pair stored twice shows an object twice in a collection, doubles counts and joins, and
removing it from the collection raises StaleDataError, as two rows go where one was expected.

## When to leave it

When a pair may occur several times, with a role, a date or a quantity: then the table has columns
of its own and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, ProbeValue, RowProbe, SameAs
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import model_migrations, model_source, model_syntax, model_types, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "error"

BAD = ModelsExample(
    code="""
product_tags = Table(
    "product_tags",
    Base.metadata,
    Column("product_id", ForeignKey("products.id"), nullable=False, index=True),
    Column("tag_id", ForeignKey("tags.id"), nullable=False, index=True),
)

class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)

class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    tags: Mapped[List[Tag]] = relationship(secondary=product_tags)
""",
    claims=("accepts_bad_row",),
    object="product_tags",
)
GOOD = ModelsExample(
    code="""
product_tags = Table(
    "product_tags",
    Base.metadata,
    Column("product_id", ForeignKey("products.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True, index=True),
)

class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)

class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    tags: Mapped[List[Tag]] = relationship(secondary=product_tags)
""",
)
GOOD_ROLES = ModelsExample(
    code="""
class Person(Base):
    __tablename__ = "persons"
    id: Mapped[int] = mapped_column(primary_key=True)

class Film(Base):
    __tablename__ = "films"
    id: Mapped[int] = mapped_column(primary_key=True)

class Credit(Base):
    __tablename__ = "credits"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    film_id: Mapped[int] = mapped_column(ForeignKey("films.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each table of links that takes a pair twice."""
    secondary = {
        relationship.secondary
        for mapper in mapping.mappers
        for relationship in mapper.relationships
        if relationship.secondary
    }
    for table in mapping.schema.tables:
        pair = _pair(table)
        if pair is None or (table.primary_key and table.key not in secondary):
            continue
        if not table.has_unique_over(pair) and not _is_partly_unique(table, pair):
            yield _finding(mapping, table, pair)


def _pair(table: Table) -> tuple[str, ...] | None:
    """The columns of the two foreign keys of a table that has nothing else to tell links apart."""
    if len(table.foreign_keys) != 2 or table.kind != "table":
        return None
    pair = tuple(name for key in table.foreign_keys for name in key.columns)
    own = table.primary_key.columns if table.primary_key else ()
    rest = [c for c in table.columns if c.name not in pair and c.name not in own]
    if len(set(pair)) < 2 or not all(model_types.is_moment(column.type) for column in rest):
        return None
    return pair


def _is_partly_unique(table: Table, pair: tuple[str, ...]) -> bool:
    return any(index.unique and set(pair) & set(index.columns) for index in table.indexes)


def _finding(mapping: Mapping, table: Table, pair: tuple[str, ...]) -> Finding:
    second: dict[str, ProbeValue] = {name: SameAs(0) for name in pair}
    return Finding(
        message=f"the same pair of {' and '.join(pair)} can be stored twice",
        location=Location.at(mapping.place_of(table), table.key),
        claims=(Claim("accepts_bad_row", table.key, probe=RowProbe(table.key, ({}, second))),),
        details={"table": table.key, "pair": list(pair), "keyed": table.primary_key is not None},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the pair as the primary key, or a UNIQUE where the table has a key of its own."""
    table, pair = finding.details["table"], finding.details["pair"]
    found = mapping.schema.table(table)
    assert found is not None
    bare, listed = found.name, ", ".join(f'"{name}"' for name in pair)
    if finding.details["keyed"] or mapping.mappers_of(table):
        name = f"uq_{bare}_{'_'.join(pair)}"
        element = f'UniqueConstraint({listed}, name="{name}")'
        draft = Draft(mapping).table_argument(table, element, "UniqueConstraint")
        migration = model_migrations.unique_from_index(mapping, name, table, pair)
    else:
        name, element = f"{bare}_pkey", f"PrimaryKeyConstraint({listed})"
        draft = _keyed(Draft(mapping), mapping, found, pair)
        migration = model_migrations.primary_key(mapping, name, table, pair)
    fix = draft.fix("make the pair the key", otherwise=element, migration=migration)
    return Advice(
        reason="without a key the database cannot tell a link from its double",
        fix=fix,
        alternatives=(
            Alternative(
                "a UNIQUE over the pair beside a key of its own",
                "one more column and index; useful when links get columns of their own",
            ),
        ),
        risk=Risk(
            "pairs that are there twice have to be made one first",
            f"count them: select {', '.join(pair)}, count(*) from {table} group by "
            f"{', '.join(pair)} having count(*) > 1",
        ),
        undo=models.undo(fix, f"drop the constraint {name}"),
        tests=f"a second INSERT of the same pair into {table} is refused",
        backup=f"keep a copy of {table} if doubles are removed: they cannot be told apart later",
    )


def _keyed(draft: Draft, mapping: Mapping, table: Table, pair: list[str]) -> Draft:
    """The columns as a composite key; the first needs no index of its own any more."""
    for number, name in enumerate(pair):
        place = mapping.place_of(table, name)
        call = models.call_at(mapping, place, *model_source.COLUMN_CALLS)
        draft = draft.keyword(place, "primary_key", "True")
        if model_syntax.keyword(call, "nullable") is not None:
            draft = draft.keyword(place, "nullable", None)
        if number == 0 and model_syntax.keyword(call, "index") is not None:
            draft = draft.keyword(place, "index", None)
    return draft

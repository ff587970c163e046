"""A one-to-one relationship has no UNIQUE, so a second row can be stored.

## What it does

Looks for scalar relationships whose other side holds the foreign key, and no key, UNIQUE or
unique index keeps that foreign key distinct.

## Why is this bad?

Two requests at once store two rows. The ORM then loads one of them, not always the same, with the
warning "Multiple rows returned with uselist=False".

## When to leave it

When the relationship picks one of several rows on purpose, by `order_by` or a `primaryjoin` of its
own (both are left alone), or is `viewonly`. A `parent` without remote_side has another fault.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, ProbeValue, RowProbe, SameAs
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import model_directions, model_migrations, model_syntax, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "error"

BAD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    profile: Mapped[Optional["Profile"]] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )

class Profile(Base):
    __tablename__ = "profiles"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    user: Mapped[User] = relationship(back_populates="profile")
""",
    claims=("accepts_bad_row",),
    object="profiles.user_id",
)
GOOD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    profile: Mapped[Optional["Profile"]] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )

class Profile(Base):
    __tablename__ = "profiles"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    user: Mapped[User] = relationship(back_populates="profile")
""",
)
GOOD_LATEST = ModelsExample(
    code="""
class Machine(Base):
    __tablename__ = "machines"
    id: Mapped[int] = mapped_column(primary_key=True)
    last_reading: Mapped[Optional["Reading"]] = relationship(
        order_by="Reading.id.desc()", viewonly=True
    )

class Reading(Base):
    __tablename__ = "readings"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"), index=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each scalar relationship that the database does not keep scalar."""
    seen: set[tuple[str, ...]] = set()
    for mapper in mapping.mappers:
        for relationship in mapper.relationships:
            table = mapping.schema.table(relationship.target_table)
            columns = tuple(remote for _, remote in relationship.pairs)
            if table is None or (table.key, *columns) in seen:
                continue
            if model_directions.is_backwards(mapping, mapper, relationship):
                continue
            if _is_open(mapping, relationship, table, columns):
                seen.add((table.key, *columns))
                yield _finding(mapping, mapper, relationship, table, columns)


def _is_open(
    mapping: Mapping, relationship: Relationship, table: Table, columns: tuple[str, ...]
) -> bool:
    scalar = relationship.direction == "ONETOMANY" and not relationship.uselist
    if not scalar or relationship.viewonly or relationship.order_by or relationship.inherited:
        return False
    call = models.call_at(mapping, relationship.place, "relationship", "Relationship", "backref")
    if model_syntax.keyword(call, "primaryjoin") is not None:
        return False
    partly = any(index.unique and set(columns) & set(index.columns) for index in table.indexes)
    return not partly and not table.has_unique_over(columns)


def _finding(
    mapping: Mapping,
    mapper: Mapper,
    relationship: Relationship,
    table: Table,
    columns: tuple[str, ...],
) -> Finding:
    second: dict[str, ProbeValue] = {column: SameAs(0) for column in columns}
    listed = ", ".join(columns)
    return Finding(
        message=f"a second row may have the same value, though {mapper.name}."
        f"{relationship.name} is a single object",
        location=Location.at(mapping.place_of(table, columns[0]), f"{table.key}.{listed}"),
        claims=(
            Claim(
                "accepts_bad_row", table.key, column=listed, probe=RowProbe(table.key, ({}, second))
            ),
        ),
        details={"table": table.key, "columns": list(columns)},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the UNIQUE, which serves look-ups too, so that a plain index may go."""
    table, columns = finding.details["table"], finding.details["columns"]
    bare = table.rpartition(".")[2]
    name = f"uq_{bare}_{'_'.join(columns)}"
    draft = Draft(mapping)
    if len(columns) == 1:
        draft = draft.keyword(finding.location, "unique", "True")
        if models.call_at(mapping, finding.location, "mapped_column", "Column", "Field"):
            draft = draft.keyword(finding.location, "index", None)
    else:
        listed = ", ".join(f'"{column}"' for column in columns)
        draft = draft.table_argument(
            table, f'UniqueConstraint({listed}, name="{name}")', "UniqueConstraint"
        )
    fix = draft.fix(
        f"make {', '.join(columns)} unique",
        otherwise=f"{columns[0]} = mapped_column(ForeignKey(…), unique=True)",
        migration=model_migrations.unique_from_index(mapping, name, table, columns),
    )
    return Advice(
        reason="only the database can refuse the second of two rows stored at the same time",
        fix=fix,
        alternatives=(
            Alternative(
                "make the relationship a list",
                "honest when there may be several; each reader has to choose one",
            ),
        ),
        risk=Risk(
            "the unique index cannot be built while doubles are there",
            f"find them first: select {columns[0]}, count(*) from {table} group by 1 "
            "having count(*) > 1",
        ),
        undo=models.undo(fix, f"drop the constraint {name} and take unique=True away"),
        tests=f"a second INSERT into {table} with the same {', '.join(columns)} is refused",
        backup="none needed: no row changes; keep the doubles that you remove first",
    )

"""A delete cascade exists in Python only, so a DELETE in SQL is refused.

## What it does

Looks for collections with a delete cascade whose foreign key has no ON DELETE action.

## Why is this bad?

Only `session.delete()` knows the cascade. `delete(Parent)`, a bulk delete, a script or a colleague
with psql gets a foreign key error, and the ORM has to load every child to delete it.

## When to leave it

When rows are only ever deleted one at a time through the ORM, or children must not be deleted in
bulk by accident. It is a remark unless the project deletes such parents in bulk.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, DeleteProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import ForeignKey
from dbwright.recipes import model_usage, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
SEVERITY = "info"

BAD = ModelsExample(
    code="""
class Basket(Base):
    __tablename__ = "baskets"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[List["Line"]] = relationship(cascade="all, delete-orphan")

class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    basket_id: Mapped[int] = mapped_column(ForeignKey("baskets.id"), index=True)

def forget_all(session: Session) -> None:
    session.execute(delete(Basket))
""",
    claims=("delete_fails",),
    object="Basket.lines",
)
GOOD = ModelsExample(
    code="""
class Basket(Base):
    __tablename__ = "baskets"
    id: Mapped[int] = mapped_column(primary_key=True)
    lines: Mapped[List["Line"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )

class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    basket_id: Mapped[int] = mapped_column(
        ForeignKey("baskets.id", ondelete="CASCADE"), index=True
    )
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each cascade that the database does not know."""
    bulk = model_usage.deleted_in_bulk(mapping.sources)
    for mapper in mapping.mappers:
        for relationship in mapper.relationships:
            if relationship.direction != "ONETOMANY" or relationship.viewonly:
                continue
            if "delete" not in relationship.cascade or relationship.inherited:
                continue
            foreign_key = models.key_of(mapping, relationship)
            if foreign_key is not None and foreign_key.on_delete is None:
                yield _finding(mapping, mapper, relationship, foreign_key, mapper.name in bulk)


def _finding(
    mapping: Mapping,
    mapper: Mapper,
    relationship: Relationship,
    foreign_key: ForeignKey,
    bulk: bool,
) -> Finding:
    probe = DeleteProbe(mapper.table, relationship.target_table, foreign_key.columns)
    used = f"; the project sends delete({mapper.name})" if bulk else ""
    return Finding(
        message=f"only session.delete() knows the cascade: a DELETE in SQL is refused{used}",
        location=Location.at(
            models.relationship_place(mapping, mapper, relationship),
            f"{mapper.name}.{relationship.name}",
        ),
        claims=(Claim("delete_fails", mapper.table, probe=probe),),
        severity="warning" if bulk else "info",
        details={"mapper": mapper.qualified, "relationship": relationship.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives ON DELETE CASCADE, and passive_deletes so that the ORM relies on it."""
    mapper = mapping.mapper(finding.details["mapper"])
    assert mapper is not None
    relationship = mapper.relationship(finding.details["relationship"])
    assert relationship is not None
    foreign_key = models.key_of(mapping, relationship)
    table = mapping.schema.table(relationship.target_table)
    assert foreign_key is not None
    assert table is not None
    calls = models.relationship_calls(relationship)
    draft = Draft(mapping).keyword(finding.location, "passive_deletes", "True", calls)
    draft, migration = models.cascading(draft, mapping, table, foreign_key)
    fix = draft.fix(
        "let the database cascade too",
        otherwise='ForeignKey(…, ondelete="CASCADE") and relationship(…, passive_deletes=True)',
        migration=migration,
    )
    return Advice(
        reason="the database follows the foreign key, not the relationship",
        fix=fix,
        alternatives=(
            Alternative(
                "keep it, and delete such parents through session.delete() only",
                "each child is loaded and deleted by its key",
            ),
        ),
        risk=Risk(
            f"a DELETE in SQL now takes the rows of {table.key} along without a word",
            "that is what the relationship says already; look who else deletes parents",
        ),
        undo=models.undo(fix, "put the foreign key back without an action"),
        tests=f"a DELETE of a row of {mapper.table} with {relationship.name} works, both are gone",
        backup="none needed: no row changes until a parent is deleted",
    )

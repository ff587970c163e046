"""Deleting an object loads all its children, though the database would delete them itself.

## What it does

Looks for collections with a delete cascade and without `passive_deletes` over a foreign key that
has ON DELETE CASCADE.

## Why is this bad?

`session.delete(parent)` selects every child into memory and deletes them one key at a time, only
to do what one DELETE of the parent does. With many children that is slow and holds locks long.

## When to leave it

When there are few children, or Python code listens to their deletion. It is a remark where no
`session.delete()` of a variable named as the parent was found, and with `--sizes` where the table
of children is small; from a million rows on it is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.claim import Claim, DeleteProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk, Severity
from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_usage, model_weight, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
SEVERITY: Severity = "warning"

BAD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    addresses: Mapped[List["Address"]] = relationship(cascade="all, delete-orphan")

class Address(Base):
    __tablename__ = "addresses"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
""",
    claims=("loads_children",),
    object="User.addresses",
)
GOOD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    addresses: Mapped[List["Address"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )

class Address(Base):
    __tablename__ = "addresses"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each collection that is loaded only to be deleted."""
    deleted = model_usage.deleted_objects(mapping)
    for mapper in mapping.mappers:
        likely = model_usage.deletion(mapper.name, deleted) == "likely"
        for relationship in mapper.relationships:
            if relationship.direction != "ONETOMANY" or not relationship.uselist:
                continue
            if "delete" not in relationship.cascade or relationship.passive_deletes:
                continue
            foreign_key = models.key_of(mapping, relationship)
            if foreign_key is None or foreign_key.on_delete != "CASCADE":
                continue
            if not relationship.inherited and _leaves_nothing(mapping, relationship):
                found = _finding(mapping, mapper, relationship, foreign_key.columns)
                own: Severity = SEVERITY if likely else "info"
                weighed = model_weight.severity(
                    mapping, relationship.target_table, own, large=SEVERITY
                )
                yield replace(found, severity=weighed)


def _leaves_nothing(mapping: Mapping, relationship: Relationship) -> bool:
    """Whether the database can delete the children alone: no row of theirs is left behind."""
    child = mapping.mapper(relationship.target)
    if child is None or child.inheritance == "joined":
        return False
    for own in child.relationships:
        key = models.key_of(mapping, own)
        deletes = own.direction == "ONETOMANY" and "delete" in own.cascade
        if deletes and (key is None or key.on_delete != "CASCADE"):
            return False
    return True


def _finding(
    mapping: Mapping, mapper: Mapper, relationship: Relationship, columns: tuple[str, ...]
) -> Finding:
    probe = DeleteProbe(
        mapper.table,
        relationship.target_table,
        columns,
        via="orm",
        mapper=mapper.qualified,
        relationship=relationship.name,
        expect="loads_children",
    )
    name = f"{mapper.name}.{relationship.name}"
    return Finding(
        message=f"session.delete() of a {mapper.name} loads all of them first, though the "
        "database deletes them itself",
        location=Location.at(models.relationship_place(mapping, mapper, relationship), name),
        claims=(Claim("loads_children", relationship.target_table, probe=probe),),
        details={"mapper": mapper.name, "relationship": relationship.name,
            "calls": list(models.relationship_calls(relationship)),
                 "table": relationship.target_table},
    )  # fmt: skip


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives passive_deletes=True."""
    name, table = finding.details["relationship"], finding.details["table"]
    calls = finding.details["calls"]
    fix = (
        Draft(mapping)
        .keyword(finding.location, "passive_deletes", "True", calls)
        .fix(
            "leave the children to the database",
            otherwise=f"{name} = relationship(…, passive_deletes=True)",
            safety="safe",
        )
    )
    return Advice(
        reason=f"the foreign key of {table} has ON DELETE CASCADE already",
        fix=fix,
        alternatives=(
            Alternative(
                "keep it, and load the children by selectinload before the delete",
                "one SELECT for many parents; Python listeners of the children still run",
            ),
        ),
        risk=Risk(
            "before_delete and after_delete listeners of the children no longer run",
            "children that are already loaded are still deleted one by one; look for listeners",
        ),
        undo=models.undo(fix, "take passive_deletes=True away"),
        tests=f"session.delete() sends no SELECT on {table}, and its rows are gone",
        backup="none needed: the same rows are deleted as before",
    )

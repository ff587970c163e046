"""Deleting a child deletes its parent too, because the cascade stands on the wrong side.

## What it does

Looks for many-to-one relationships with a delete cascade (`cascade="all"` includes it).

## Why is this bad?

The cascade goes where the relationship points. `session.delete(task)` deletes the task's project,
with all the other tasks that belong to it, or fails because they are still there.

## When to leave it

When the child alone owns what it points at: a UNIQUE foreign key, or `single_parent=True` with
delete-orphan, say so and are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
class Project(Base):
    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)

class Task(Base):
    __tablename__ = "tasks"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    project: Mapped[Project] = relationship(cascade="all")
""",
    claims=("deletes_parent",),
    object="Task.project",
)
BAD_CLASSIC = ModelsExample(
    code="""
class Label(Base):
    __tablename__ = "labels"
    id = Column(Integer, primary_key=True)

class Task(Base):
    __tablename__ = "tasks"
    id = Column(Integer, primary_key=True)
    label_id = Column(Integer, ForeignKey("labels.id"), index=True)
    label = relationship("Label", cascade="save-update, merge, delete")
""",
    claims=("deletes_parent",),
    object="Task.label",
)
GOOD = ModelsExample(
    code="""
class Project(Base):
    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)
    tasks: Mapped[List["Task"]] = relationship(
        back_populates="project", cascade="all, delete-orphan", passive_deletes=True
    )

class Task(Base):
    __tablename__ = "tasks"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    project: Mapped[Project] = relationship(back_populates="tasks")
""",
)
GOOD_OWNED = ModelsExample(
    code="""
class Address(Base):
    __tablename__ = "addresses"
    id: Mapped[int] = mapped_column(primary_key=True)

class Shop(Base):
    __tablename__ = "shops"
    id: Mapped[int] = mapped_column(primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), unique=True)
    yard_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    address: Mapped[Address] = relationship(foreign_keys=[address_id], cascade="all")
    yard: Mapped[Address] = relationship(
        foreign_keys=[yard_id], cascade="all, delete-orphan", single_parent=True
    )
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each many-to-one relationship that deletes what it points at."""
    for mapper in mapping.mappers:
        for relationship in mapper.relationships:
            if relationship.direction != "MANYTOONE" or "delete" not in relationship.cascade:
                continue
            if not relationship.inherited and not _is_owner(mapping, mapper, relationship):
                yield _finding(mapping, mapper, relationship)


def _is_owner(mapping: Mapping, mapper: Mapper, relationship: Relationship) -> bool:
    """Whether no second row can point at the same object, or the mapping says that none does."""
    if "delete-orphan" in relationship.cascade or relationship.viewonly:
        return True
    table = mapping.schema.table(mapper.table)
    columns = tuple(local for local, _ in relationship.pairs)
    return table is not None and table.has_unique_over(columns)


def _finding(mapping: Mapping, mapper: Mapper, relationship: Relationship) -> Finding:
    name = f"{mapper.name}.{relationship.name}"
    probe = MapperProbe("deletes_target", mapper=mapper.qualified, attribute=relationship.name)
    parent = relationship.target.rpartition(".")[2]
    return Finding(
        message=f"session.delete() of a {mapper.name} deletes its {parent} too",
        location=Location.at(models.relationship_place(mapping, mapper, relationship), name),
        claims=(Claim("deletes_parent", relationship.target_table, probe=probe),),
        details={
            "mapper": mapper.name,
            "parent": parent,
            "table": relationship.target_table,
            "calls": list(models.relationship_calls(relationship)),
        },
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the relationship without the cascade."""
    mapper, parent = finding.details["mapper"], finding.details["parent"]
    fix = (
        Draft(mapping)
        .keyword(finding.location, "cascade", None, finding.details["calls"])
        .fix("let the parent stay", otherwise="relationship(…)  # without cascade=")
    )
    return Advice(
        reason=f"a cascade goes from the class that declares it to its target: to {parent}",
        fix=fix,
        alternatives=(
            Alternative(
                'cascade="all, delete-orphan" with single_parent=True, and a UNIQUE foreign key',
                f"right only where each {parent} belongs to one {mapper}",
            ),
        ),
        risk=Risk(
            f"code that counted on it leaves rows of {finding.details['table']} behind",
            f"the collection of {parent} is where a cascade to its {mapper} objects belongs",
        ),
        undo=models.undo(fix, "put the cascade back"),
        tests=f"session.delete() of a {mapper} sends one DELETE, and its {parent} is still there",
        backup="none needed: only what Python deletes changes",
    )

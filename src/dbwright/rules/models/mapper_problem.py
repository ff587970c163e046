"""SQLAlchemy cannot configure the mappers, or warns while it does.

## What it does

Configures all mappers as the first query would, and reports each error and each warning with its
line.

## Why is this bad?

An error stops the first query of the program, wherever that is. A warning about overlapping
relationships means that two attributes write the same column: which of them wins depends on the
order of the flush.

## When to leave it

A warning whose overlap is wanted is silenced by SQLAlchemy's own means: `overlaps=` or
`viewonly=True`.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping, MappingProblem
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_problems, models

APPLIES = Applies()

BAD = ModelsExample(
    code="""
class Parent(Base):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[List["Child"]] = relationship(passive_deletes="all")

class Child(Base):
    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"), index=True)
    parent: Mapped[Parent] = relationship()
""",
    claims=("mapper_fails",),
)
BAD_TWO_KEYS = ModelsExample(
    code="""
class Address(Base):
    __tablename__ = "addresses"
    id: Mapped[int] = mapped_column(primary_key=True)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    billing_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    shipping_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"), index=True)
    billing: Mapped[Address] = relationship()
""",
    claims=("mapper_fails",),
)
BAD_NAME = ModelsExample(
    code="""
class Parent(Base):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[List["Childs"]] = relationship(passive_deletes="all")

class Child(Base):
    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"), index=True)
""",
    claims=("mapper_fails",),
)
BAD_DIRECTION = ModelsExample(
    code="""
class Node(Base):
    __tablename__ = "nodes"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("nodes.id"), index=True)
    children = relationship("Node", back_populates="parent", passive_deletes="all")
    parent = relationship("Node", back_populates="children")
""",
    claims=("mapper_fails",),
    object="Node.parent",
)
BAD_BACK_POPULATES = ModelsExample(
    code="""
class Cook(Base):
    __tablename__ = "cooks"
    id: Mapped[int] = mapped_column(primary_key=True)
    meals: Mapped[List["Meal"]] = relationship(back_populates="chef", passive_deletes="all")

class Meal(Base):
    __tablename__ = "meals"
    id: Mapped[int] = mapped_column(primary_key=True)
    cook_id: Mapped[int] = mapped_column(ForeignKey("cooks.id"), index=True)
    cook: Mapped[Cook] = relationship(back_populates="meals")
""",
    claims=("mapper_fails",),
    object="Cook.meals",
)
BAD_IDENTITY = ModelsExample(
    code="""
class Animal(Base):
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "animal"}

class SeaBird(Animal):
    pass
""",
    claims=("mapper_fails",),
    object="SeaBird",
)
BAD_ORPHAN = ModelsExample(
    code="""
class Parent(Base):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)

class Child(Base):
    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"), index=True)
    parent: Mapped[Parent] = relationship(cascade="all, delete-orphan")
""",
    claims=("mapper_fails",),
    object="Child.parent",
)
GOOD = ModelsExample(
    code="""
class Parent(Base):
    __tablename__ = "parents"
    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[List["Child"]] = relationship(
        back_populates="parent", passive_deletes="all"
    )

class Child(Base):
    __tablename__ = "children"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parents.id"), index=True)
    parent: Mapped[Parent] = relationship(back_populates="children")
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each error and warning of the configuration."""
    seen: set[tuple[str | None, str | None, str]] = set()
    for number, problem in enumerate(mapping.problems):
        key = (problem.mapper, problem.attribute, problem.message)
        if key not in seen and not model_problems.is_about_the_database(problem):
            seen.add(key)
            yield _finding(problem, number)


def _finding(problem: MappingProblem, number: int) -> Finding:
    question = "configure_fails" if problem.severity == "error" else "configure_warns"
    probe = MapperProbe(
        question,
        mapper=problem.mapper,
        attribute=problem.attribute,
        arguments={"contains": problem.message[:60]},
    )
    name = (problem.mapper or "").rpartition(".")[2]
    where = f"{name}.{problem.attribute}" if problem.attribute else name or None
    return Finding(
        message=model_problems.in_words(problem),
        location=Location.at(problem.place, where),
        claims=(Claim("mapper_fails", probe=probe),),
        severity=problem.severity,
        evidence=(f"{problem.type}: {problem.message}",),
        details={"number": number},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives what SQLAlchemy's message asks for, as an edit where it can be foreseen."""
    problem = mapping.problems[finding.details["number"]]
    fix = model_problems.fix(mapping, problem)
    return Advice(
        reason=problem.message.splitlines()[0][:300],
        fix=fix,
        alternatives=(
            Alternative(
                "viewonly=True on the side that only reads",
                "that attribute can no longer be written",
            ),
        ),
        risk=Risk(
            "linked sides change each other in memory as soon as one is set",
            "tests that count objects in a collection before a flush show it",
        ),
        undo=models.undo(fix, "put the former relationship back"),
        tests="configure_mappers() under -W error::sqlalchemy.exc.SAWarning",
        backup="none needed: only the mapping changes",
    )

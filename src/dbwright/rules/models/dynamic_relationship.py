"""A collection is a query that runs again at each look, in a way SQLAlchemy 2 keeps for old code.

## What it does

Looks for relationships with `lazy="dynamic"` or `DynamicMapped[…]`.

## Why is this bad?

Each loop, count or membership test sends its own SELECT, and none of them can be loaded ahead for
many parents. The collection is a legacy `Query`, which an AsyncSession cannot run.

## When to leave it

In a program on SQLAlchemy 1.4, which has nothing else (left alone), or where a lot of code calls
`.filter()` on the collection and nothing is asynchronous.
"""

from __future__ import annotations

import re
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
class Room(Base):
    __tablename__ = "rooms"
    id: Mapped[int] = mapped_column(primary_key=True)
    messages: DynamicMapped["Message"] = relationship(passive_deletes="all")

class Message(Base):
    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), index=True)
""",
    claims=("repeats_statement",),
    object="Room.messages",
)
BAD_CLASSIC = ModelsExample(
    code="""
class Room(Base):
    __tablename__ = "rooms"
    id = Column(Integer, primary_key=True)
    messages = relationship("Message", lazy="dynamic", passive_deletes="all")

class Message(Base):
    __tablename__ = "messages"
    id = Column(Integer, primary_key=True)
    room_id = Column(Integer, ForeignKey("rooms.id"), nullable=False, index=True)
""",
    claims=("repeats_statement",),
    object="Room.messages",
)
GOOD = ModelsExample(
    code="""
class Room(Base):
    __tablename__ = "rooms"
    id: Mapped[int] = mapped_column(primary_key=True)
    messages: WriteOnlyMapped["Message"] = relationship(passive_deletes="all")

class Message(Base):
    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("rooms.id"), index=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each dynamic collection, where write_only exists."""
    if mapping.sqlalchemy.startswith("1."):
        return
    for mapper in mapping.mappers:
        for relationship in mapper.relationships:
            if relationship.lazy == "dynamic" and not relationship.inherited:
                yield _finding(mapping, mapper, relationship)


def _finding(mapping: Mapping, mapper: Mapper, relationship: Relationship) -> Finding:
    name = f"{mapper.name}.{relationship.name}"
    probe = MapperProbe("repeats_select", mapper=mapper.qualified, attribute=relationship.name)
    return Finding(
        message="each look at it sends a SELECT, and an AsyncSession cannot read it",
        location=Location.at(models.relationship_place(mapping, mapper, relationship), name),
        claims=(Claim("repeats_statement", relationship.target_table, probe=probe),),
        details={
            "mapper": mapper.name,
            "relationship": relationship.name,
            "calls": list(models.relationship_calls(relationship)),
        },
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a write-only collection, which says each SELECT in the open."""
    name, mapper = finding.details["relationship"], finding.details["mapper"]
    text = models.text_of(mapping, finding.location) or ""
    line = finding.location.line or 0
    if "DynamicMapped[" in "\n".join(text.splitlines()[line - 1 : line + 1]):
        draft = Draft(mapping).change(finding.location, lambda now: _write_only(now, line))
        draft = draft.imports(finding.location, "sqlalchemy.orm", "WriteOnlyMapped")
    else:
        draft = Draft(mapping).keyword(
            finding.location, "lazy", '"write_only"', finding.details["calls"]
        )
    fix = draft.fix(
        "read it by a SELECT that the code writes",
        otherwise=f'{name} = relationship(…, lazy="write_only")',
    )
    return Advice(
        reason='lazy="write_only" is what replaces lazy="dynamic" since SQLAlchemy 2.0',
        fix=fix,
        alternatives=(
            Alternative(
                "a plain collection, with selectinload() in the queries that need it",
                "right where a parent has few children: they are loaded all together",
            ),
        ),
        risk=Risk(
            f"code that loops over or filters {mapper}.{name} has to change with it",
            f"session.scalars(parent.{name}.select().where(…)) is the new form; add() and "
            "remove() stay",
        ),
        undo=models.undo(fix, 'put lazy="dynamic" back'),
        tests=f"the tests that read {mapper}.{name}, with the new form",
        backup="none needed: only how objects are loaded changes",
    )


def _write_only(text: str, line: int) -> str | None:
    """The annotation's DynamicMapped replaced on the line where it stands."""
    lines = text.splitlines(keepends=True)
    for number in range(line - 1, min(line + 1, len(lines))):
        changed = re.sub(r"\bDynamicMapped\[", "WriteOnlyMapped[", lines[number], count=1)
        if changed != lines[number]:
            lines[number] = changed
            return "".join(lines)
    return None

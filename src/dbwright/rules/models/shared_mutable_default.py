"""A default is one list or dict that all objects share.

## What it does

Looks for `default={}` and `default=[]`, and other mutable values, on columns.

## Why is this bad?

Every object gets the same dict. What one request writes into it is stored with the next object
that another request makes: one customer's data on another's row.

## When to leave it

Never: `default=dict` costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_defaults, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "error"
MUTABLE = {"dict", "list", "set", "bytearray"}

BAD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    preferences: Mapped[dict] = mapped_column(JSON, default={})
""",
    claims=("repeats_value",),
    object="users.preferences",
)
BAD_FILLED = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    preferences: Mapped[dict] = mapped_column(JSON, default={"theme": "light"})
""",
    claims=("repeats_value",),
    object="users.preferences",
)
GOOD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    preferences: Mapped[dict] = mapped_column(JSON, default=dict)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each default that is one mutable object."""
    for mapper in mapping.mappers:
        for attribute in mapper.attributes:
            default = attribute.default
            if attribute.inherited or default is None or default.kind != "scalar":
                continue
            if default.type not in MUTABLE:
                continue
            probe = MapperProbe("default_shared", mapper=mapper.qualified, attribute=attribute.name)
            name = f"{attribute.table}.{attribute.column}"
            claim = Claim("repeats_value", attribute.table, column=attribute.column, probe=probe)
            yield Finding(
                message=f"all objects share one {default.type}: what one changes, others store",
                location=Location.at(attribute.place, name),
                claims=(claim,),
                details={"value": default.value, "type": default.type},
            )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a function that makes a new object for each row."""
    kind, value = finding.details["type"], finding.details["value"]
    empty = value in {"{}", "[]", "set()"}
    new = kind if empty else f"lambda: {value}"
    fix = (
        Draft(mapping)
        .called_later(finding.location, "default", model_defaults.made_anew)
        .fix(f"make a new {kind} for each row", otherwise=f"default={new}", safety="safe")
    )
    return Advice(
        reason="a value given to default= is one object, used for every row",
        fix=fix,
        alternatives=(
            Alternative(
                "a default of the database: server_default=text(\"'{}'\")",
                "raw SQL gets it as well; the attribute is empty until the INSERT",
            ),
        ),
        risk=Risk(
            "code may have relied on the shared object by accident",
            "none is known to do so on purpose; the tests show it",
        ),
        undo=models.undo(fix, "put the shared object back"),
        tests="two new objects, flushed: a.x is not b.x",
        backup="none needed: no row changes",
    )

"""The base of all models is made by declarative_base(), which type checkers cannot follow.

## What it does

Looks for `Base = declarative_base()` where SQLAlchemy 2 is installed; one remark per base.

## Why is this bad?

mypy and editors take the base for Any, so no attribute of a model is checked without a plugin that
SQLAlchemy 2.1 no longer has. The import from sqlalchemy.ext.declarative warns that it will go.

## When to leave it

While the project still supports SQLAlchemy 1.4.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample, Reasoned
from dbwright.recipes import model_base, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "info"
REASONED = Reasoned("what it costs shows in the editor and the type checker, not in a run")

BAD = ModelsExample(
    code="""
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
""",
    object="Base",
)
BAD_METADATA = ModelsExample(
    code="""
from sqlalchemy import Column, Integer, MetaData
from sqlalchemy.ext.declarative import declarative_base

metadata = MetaData()
Base = declarative_base(metadata=metadata)


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
""",
    object="Base",
)
GOOD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a remark for each base that a function makes."""
    if not mapping.sqlalchemy.startswith("2"):
        return
    for name, place in model_base.made_bases(mapping):
        yield Finding(
            message="type checkers take it for Any, and so every attribute of every model",
            location=Location.at(place, name),
            details={"name": name},
        )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the base as a class."""
    name, line = finding.details["name"], finding.location.line or 0
    draft = Draft(mapping).change(
        finding.location, lambda text: model_base.as_class(text, line, name)
    )
    draft = draft.imports(finding.location, "sqlalchemy.orm", "DeclarativeBase")
    fix = draft.fix(
        "make the base a class",
        otherwise=f"class {name}(DeclarativeBase):\n    pass",
    )
    return Advice(
        reason="a class that derives from DeclarativeBase is plain Python to a type checker",
        fix=fix,
        alternatives=(
            Alternative("keep it while 1.4 is supported", "DeclarativeBase is new in 2.0"),
        ),
        risk=Risk(
            "models that annotate attributes without Mapped[…] are refused by the new base",
            "__allow_unmapped__ = True on the base lets them be",
        ),
        undo=models.undo(fix, "put declarative_base() back"),
        tests="the program imports, and mypy sees the attributes",
        backup="none needed: only the mapping changes",
    )

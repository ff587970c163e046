"""Code changes a JSON value in place, and the session does not see it: the change is lost.

## What it does

Looks for JSON, ARRAY and pickled columns that no Mutable type watches, and for code that changes
their value in place: `user.settings["theme"] = …`, `user.tags.append(…)`.

## Why is this bad?

SQLAlchemy compares no values: without a new object in the attribute there is no UPDATE. commit()
succeeds, the object shows the new value until it is loaded again, and the row keeps the old one.

## When to leave it

Where the function stores a new value afterwards, calls flag_modified(), or made the object itself:
those are left alone, and so are tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_mutations, model_parts, models
from dbwright.recipes.model_draft import Draft
from dbwright.recipes.model_mutations import Mutation

APPLIES = Applies()
SEVERITY = "error"
TYPES = ("JSON", "JSONB", "ARRAY", "HSTORE", "PickleType")

BAD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    settings: Mapped[dict] = mapped_column(postgresql.JSONB, default=dict)

    def choose(self, theme: str) -> None:
        self.settings["theme"] = theme
""",
    claims=("loses_change",),
    object="users.settings",
)
BAD_LIST = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    tags = Column(ARRAY(String(20)), nullable=False, default=list)

def tag(current_user: User, word: str) -> None:
    current_user.tags.append(word)
""",
    claims=("loses_change",),
    object="users.tags",
)
GOOD = ModelsExample(
    code="""
from sqlalchemy import Integer, JSON
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.attributes import flag_modified

class Base(DeclarativeBase):
    pass

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    settings: Mapped[dict] = mapped_column(MutableDict.as_mutable(JSON), default=dict)
    seen: Mapped[list] = mapped_column(JSON, default=list)
    address: Mapped[dict] = mapped_column(JSON, default=dict)
    headers: Mapped[dict] = mapped_column(JSON, default=dict)

    def choose(self, theme: str) -> None:
        self.settings["theme"] = theme
        self.address = {**self.address, "theme": theme}

    def visit(self, page: str) -> None:
        self.seen.append(page)
        flag_modified(self, "seen")

def answer(response, user: User) -> None:
    response.headers["X-User"] = str(user.id)
    new = User(id=1, headers={})
    new.headers["X-User"] = "1"
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each unwatched value that code changes in place."""
    seen: set[tuple[str, str]] = set()
    for mapper in mapping.mappers:
        for attribute in mapper.attributes:
            key = (attribute.table, attribute.column)
            kind = attribute.type
            if kind.mutable or kind.is_decorated or not kind.is_a(*TYPES) or key in seen:
                continue
            found = model_mutations.of(mapping.sources, mapper, attribute)
            if found is not None:
                seen.add(key)
                yield _finding(mapper, attribute, found)


def _finding(mapper: Mapper, attribute: Attribute, found: Mutation) -> Finding:
    kind = _kind(attribute, found)
    probe = MapperProbe(
        "change_is_lost",
        mapper=mapper.qualified,
        attribute=attribute.name,
        arguments={"kind": kind},
    )
    where = f"{found.place.file}:{found.place.line}"
    return Finding(
        message=f"the change in place at {where} is not stored: the session does not see it",
        location=Location.at(attribute.place, f"{attribute.table}.{attribute.column}"),
        claims=(Claim("loses_change", attribute.table, column=attribute.column, probe=probe),),
        evidence=(where,),
        details={"kind": kind, "column": attribute.column},
    )


def _kind(attribute: Attribute, found: Mutation) -> str:
    if found.kind != "either":
        return found.kind
    text = (attribute.annotation or "").lower()
    return "list" if attribute.type.is_a("ARRAY") or text.startswith(("list", "seq")) else "dict"


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives MutableDict or MutableList around the type."""
    kind, column = finding.details["kind"], finding.details["column"]
    watched = "MutableList" if kind == "list" else "MutableDict"
    wrapper = f"{watched}.as_mutable"
    line = finding.location.line or 0
    draft = Draft(mapping).change(
        finding.location, lambda text: model_parts.wrap_type(text, line, TYPES, wrapper)
    )
    draft = draft.imports(finding.location, "sqlalchemy.ext.mutable", watched)
    fix = draft.fix(
        "let SQLAlchemy watch the value",
        otherwise=f"{column} = mapped_column({wrapper}(JSON))  # sqlalchemy.ext.mutable",
    )
    return Advice(
        reason="the attribute holds the same object before and after, so nothing is sent",
        fix=fix,
        alternatives=(
            Alternative(
                f"store a new {kind}: {{**old, key: value}}, [*old, value]",
                "each place has to remember it",
            ),
            Alternative(
                "flag_modified(object, name) behind each change",
                "works at any depth of the value; each place has to remember it",
            ),
        ),
        risk=Risk(
            "changes deeper inside of the value are still not seen",
            "store a new value there, or call flag_modified()",
        ),
        undo=models.undo(fix, "take the wrapper away"),
        tests="change the value in place, commit, load it in another session: it has changed",
        backup="none needed: no row changes",
    )

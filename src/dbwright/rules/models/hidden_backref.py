"""A relationship is made by backref= of another class, where no reader of its own class sees it.

## What it does

Looks for `backref=` where SQLAlchemy 2 is installed; one remark for the whole project.

## Why is this bad?

The attribute stands in no class body: editors and type checkers do not know it, a search for its
definition finds nothing, and its settings (cascade, order) hide in the other class.

## When to leave it

While the project still supports SQLAlchemy 1.4, or by taste: nothing is wrong at run time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample, Reasoned
from dbwright.recipes import code, model_parts, model_syntax, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "info"
REASONED = Reasoned("what it costs shows in the editor and the type checker, not in a run")

BAD = ModelsExample(
    code="""
class Author(Base):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
    posts = relationship("Post", backref="author", passive_deletes="all")

class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    author_id = Column(Integer, ForeignKey("authors.id"), nullable=False, index=True)
""",
    object="Author.posts",
)
GOOD = ModelsExample(
    code="""
class Author(Base):
    __tablename__ = "authors"
    id = Column(Integer, primary_key=True)
    posts = relationship("Post", back_populates="author", passive_deletes="all")

class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    author_id = Column(Integer, ForeignKey("authors.id"), nullable=False, index=True)
    author = relationship("Author", back_populates="posts")
""",
)
Found = tuple[Mapper, Relationship, Place]


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields one remark for the first such relationship."""
    if not mapping.sqlalchemy.startswith("2"):
        return
    found = sorted(_found(mapping), key=lambda one: (one[2].file, one[2].line or 0))
    if not found:
        return
    mapper, relationship, place = found[0]
    more = f"; {len(found) - 1} more are so" if len(found) > 1 else ""
    yield Finding(
        message=f"its other side stands in no class, where editors could find it{more}",
        location=Location.at(place, f"{mapper.name}.{relationship.name}"),
        evidence=tuple(f"{m.name}.{r.name}" for m, r, _ in found[1:21]),
        details={"mapper": mapper.qualified, "name": relationship.name},
    )


def _found(mapping: Mapping) -> Iterator[Found]:
    for mapper in mapping.mappers:
        for relationship in mapper.relationships:
            place = relationship.place
            if place is None or relationship.inherited:
                continue
            call = models.call_at(mapping, place, "relationship")
            if model_syntax.keyword(call, "backref") is not None:
                yield mapper, relationship, place


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives back_populates on both sides."""
    mapper = mapping.mapper(finding.details["mapper"])
    assert mapper is not None
    one = mapper.relationship(finding.details["name"])
    assert one is not None
    call = models.call_at(mapping, finding.location, "relationship")
    value = model_syntax.keyword(call, "backref")
    draft = Draft(mapping)
    name = value.value if isinstance(value, ast.Constant) else None
    target = mapping.mapper(one.target)
    statement = f"… = relationship({code.literal(mapper.name)}, back_populates={one.name!r})"
    if isinstance(name, str) and target is not None and target.place is not None:
        words = f'"{mapper.name}", back_populates="{one.name}"'
        statement = f"{name} = relationship({words})"
        owner = target.name
        draft = draft.keyword(finding.location, "backref", None, ("relationship",))
        draft = draft.keyword(
            finding.location, "back_populates", f'"{name}"', ("relationship",)
        ).change(
            Place(target.place.file, 0),
            lambda text: model_parts.add_last(text, owner, statement),
        )
        draft = draft.imports(target.place, "sqlalchemy.orm", "relationship")
    else:
        draft = draft.change(None, str)
    fix = draft.fix("declare both sides", otherwise=f"back_populates= here, and: {statement}")
    return Advice(
        reason="back_populates names on each side what the other one is",
        fix=fix,
        alternatives=(
            Alternative("keep it", "nothing is wrong at run time; only readers and tools miss it"),
        ),
        risk=Risk(
            "a wrong name on one side stops the configuration",
            "configure_mappers() in the tests says so at once",
        ),
        undo=models.undo(fix, "put backref= back"),
        tests="configure_mappers() works, and setting one side sets the other",
        backup="none needed: only the mapping changes",
    )

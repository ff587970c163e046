"""What SQLAlchemy says of a mapping that it cannot configure, in short words and as an edit.

`KINDS` is the table of messages, the same in SQLAlchemy 1.4, 2.0 and 2.1; one that it does not
know is given in SQLAlchemy's own words.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

from dbwright.core.finding import Fix
from dbwright.core.mapping import Mapper, Mapping, MappingProblem
from dbwright.core.place import Place
from dbwright.recipes import model_parts, model_words
from dbwright.recipes.model_draft import Draft

CALLS = ("relationship", "Relationship", "backref")
_OVERLAP = re.compile(r"relationship '(\w+)\.(\w+)' will copy column (\S+) to column (\S+),")
_WITH = re.compile(r"conflicts with relationship\(s\): '(\w+)\.(\w+)'")
_PARAMETER = re.compile(r"overlaps=\"([\w,]+)\"")
_UNKNOWN = re.compile(r"expression '([\w.]+)' failed to locate a name|class named? '(\w+)'")
_DATABASE = ("does *not* support Decimal", "Did not recognize type", "Dialect sqlite")
Fixer = Callable[[Mapping, MappingProblem], Fix]


@dataclass(frozen=True, slots=True)
class Kind:
    """One message of SQLAlchemy's: the words that tell it, ours for it, and its fix."""

    mark: str
    words: str
    fix: Fixer


def is_about_the_database(problem: MappingProblem) -> bool:
    """Whether the warning is about the database or an import, not about the mapping."""
    return any(text in problem.message for text in _DATABASE)


def in_words(problem: MappingProblem) -> str:
    """Gives the problem in one short sentence."""
    text = problem.message
    overlap, other = _OVERLAP.search(text), _WITH.search(text)
    if overlap and other:
        return f"it writes the same column as {other[1]}.{other[2]}, unknown to each other"
    kind = _kind(problem)
    found = _UNKNOWN.search(text)
    if kind is not None and kind.fix is _name and found:
        return f"no class is called {found[1] or found[2]}"
    if kind is not None:
        quoted = re.search(r"'(\w+)'\.? ", text)
        return kind.words.format(quoted[1] if quoted else "such")
    first = text.splitlines()[0]
    return first if len(first) < 160 else f"{first[:157]}…"


def fix(mapping: Mapping, problem: MappingProblem) -> Fix:
    """Gives the edit that the message asks for, or code where it cannot be foreseen."""
    kind = _kind(problem)
    if kind is not None:
        return kind.fix(mapping, problem)
    return Fix("follow SQLAlchemy's message", f"# {problem.message.splitlines()[0]}")


def _kind(problem: MappingProblem) -> Kind | None:
    return next((kind for kind in KINDS if kind.mark in problem.message), None)


def _overlap(mapping: Mapping, problem: MappingProblem) -> Fix:
    other = _WITH.search(problem.message)
    if other is None:
        return Fix("say that the overlap is wanted", 'relationship(…, overlaps="…")')
    mine = mapping.mapper(problem.mapper or "")
    own = mine.relationship(problem.attribute or "") if mine else None
    theirs = _class(mapping, other[1])
    back = theirs.relationship(other[2]) if theirs else None
    draft = Draft(mapping)
    inverse = (
        mine is not None
        and own is not None
        and back is not None
        and theirs is not None
        and own.target == theirs.qualified
        and back.target == mine.qualified
        and not own.back_populates
        and not back.back_populates
    )
    if inverse and own is not None and back is not None:
        draft = draft.keyword(own.place, "back_populates", f'"{back.name}"', CALLS)
        draft = draft.keyword(back.place, "back_populates", f'"{own.name}"', CALLS)
        return draft.fix("link the two sides", otherwise=f'back_populates="{back.name}"')
    named = _PARAMETER.search(problem.message)
    value = named[1] if named else other[2]
    draft = draft.keyword(problem.place, "overlaps", f'"{value}"', CALLS)
    return draft.fix("say that the overlap is wanted", otherwise=f'overlaps="{value}"')


def _class(mapping: Mapping, name: str) -> Mapper | None:
    return next((mapper for mapper in mapping.mappers if mapper.name == name), None)


def _foreign_keys(mapping: Mapping, problem: MappingProblem) -> Fix:
    """The foreign key that the relationship is named after: billing and billing_id."""
    mapper = mapping.mapper(problem.mapper or "")
    table = mapping.schema.table(mapper.table) if mapper else None
    attribute = problem.attribute or ""
    columns = [key.columns[0] for key in table.foreign_keys] if table else []
    near = [name for name in columns if name.startswith(attribute)]
    near = near or difflib.get_close_matches(attribute, columns, n=1, cutoff=0.5)
    if not near or mapper is None:
        code = "relationship(…, foreign_keys=[…])"
        return Fix("say which foreign key it follows", code)
    value = f'"[{mapper.name}.{near[0]}]"'
    draft = Draft(mapping).keyword(problem.place, "foreign_keys", value, CALLS)
    return draft.fix("say which foreign key it follows", otherwise=f"foreign_keys={value}")


def _name(mapping: Mapping, problem: MappingProblem) -> Fix:
    found = _UNKNOWN.search(problem.message)
    wrong = (found[1] or found[2] or "").rpartition(".")[2] if found else ""
    names = [mapper.name for mapper in mapping.mappers]
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.6)
    if not near:
        return Fix("import the class, or correct its name", f"# no mapped class is called {wrong}")
    line = problem.place.line if problem.place else None
    draft = Draft(mapping).change(problem.place, lambda text: _renamed(text, line, wrong, near[0]))
    return draft.fix(f"write {near[0]}", otherwise=f'relationship("{near[0]}")')


def _remote_side(mapping: Mapping, problem: MappingProblem) -> Fix:
    """The key that the parent's side points at: remote_side names its column."""
    mapper = mapping.mapper(problem.mapper or "")
    table = mapping.schema.table(mapper.table) if mapper else None
    key = table.primary_key.columns if table and table.primary_key else ("id",)
    attribute = mapper.attribute_of(key[0]) if mapper else None
    name = f"{mapper.name if mapper else 'Class'}.{attribute.name if attribute else key[0]}"
    draft = Draft(mapping).keyword(problem.place, "remote_side", f'"{name}"', CALLS)
    return draft.fix("say which side is the parent", otherwise=f'remote_side="{name}"')


def _back_populates(mapping: Mapping, problem: MappingProblem) -> Fix:
    """The relationship of the other class that names this one."""
    other = re.search(r"Mapper\[(\w+)\(", problem.message)
    theirs = _class(mapping, other[1]) if other else None
    mine = (problem.mapper or "").rpartition(".")[2]
    backs = [
        found.name
        for found in (theirs.relationships if theirs else ())
        if found.back_populates == problem.attribute or found.target.rpartition(".")[2] == mine
    ]
    if not backs:
        return Fix("name a relationship of the other class", 'relationship(…, back_populates="…")')
    draft = Draft(mapping).keyword(problem.place, "back_populates", f'"{backs[0]}"', CALLS)
    return draft.fix(f"name {backs[0]}", otherwise=f'back_populates="{backs[0]}"')


def _identity(mapping: Mapping, problem: MappingProblem) -> Fix:
    """An identity of its own, written as the others are."""
    name = (problem.mapper or "").rpartition(".")[2]
    own = model_words.snake(name)
    code = f'__mapper_args__ = {{"polymorphic_identity": "{own}"}}'
    file = problem.place.file if problem.place else ""
    draft = Draft(mapping).change(
        Place(file, 0) if file else None, lambda text: _with_identity(text, name, code)
    )
    return draft.fix(f"let its rows say {own!r}", otherwise=code)


def _with_identity(text: str, name: str, code: str) -> str | None:
    after = re.search(rf"^class {re.escape(name)}\b.*?(?=^\S|\Z)", text, re.M | re.S)
    if after is None or "__mapper_args__" in after[0]:
        return None
    return model_parts.add_class_statement(text, name, code)


def _no_orphans(mapping: Mapping, problem: MappingProblem) -> Fix:
    draft = Draft(mapping).keyword(problem.place, "cascade", None, CALLS)
    return draft.fix(
        "leave delete-orphan to the side of the collection",
        otherwise="relationship(…)  # without cascade=, or with single_parent=True",
    )


def _code(title: str, code: str) -> Fixer:
    return lambda mapping, problem: Fix(title, code)


KINDS = (
    Kind("will copy column", "two relationships write the same column", _overlap),
    Kind(
        "multiple foreign key paths",
        "two foreign keys lead to the same table, and it does not say which it follows",
        _foreign_keys,
    ),
    Kind(
        "no foreign keys linking",
        "it joins two tables that no foreign key links",
        _code(
            "add the foreign key that it is to follow",
            "parent_id = mapped_column(ForeignKey(…), index=True)",
        ),
    ),
    Kind("failed to locate a name", "it names no class", _name),
    Kind(
        "both of the same direction",
        "it does not say which side of the table's own key it is (remote_side)",
        _remote_side,
    ),
    Kind(
        "has no property",
        "its back_populates names {}, which the other class has not",
        _back_populates,
    ),
    Kind(
        "does not indicate a 'polymorphic_identity'",
        "no row says that it is of this class, so none is loaded as it",
        _identity,
    ),
    Kind(
        "Reassigning polymorphic association",
        "another class has the same polymorphic_identity, and this one takes its rows",
        _code("give each class an identity of its own", '{"polymorphic_identity": "…"}'),
    ),
    Kind(
        'delete-orphan cascade is normally configured only on the "one" side',
        "delete-orphan stands on the child's side, where many children share one parent",
        _no_orphans,
    ),
    Kind(
        "which does not reference mapper",
        "its back_populates names a relationship of another class",
        _code("link the two sides that belong together", 'back_populates="…"'),
    ),
    Kind(
        "Error creating backref",
        "its backref has a name that the other class uses already",
        _code("link the two by name", 'back_populates="…" on both sides instead of backref'),
    ),
    Kind(
        "Multiple classes found for path",
        "two classes have that name, and it does not say which is meant",
        _code("name the module too", 'relationship("package.module.Class")'),
    ),
    Kind(
        "Could not locate any relevant foreign key columns",
        "its primaryjoin compares no foreign key",
        _code("mark the column that refers", 'primaryjoin="foreign(A.b_id) == B.id"'),
    ),
    Kind(
        "Could not locate any simple equality expressions",
        "its primaryjoin compares no two columns for equality",
        _code("only read by it", "relationship(…, viewonly=True)"),
    ),
    Kind(
        "Implicitly combining column",
        "it has a column of the same name as its parent class, and both become one attribute",
        _code("name the attribute apart", 'own_name = mapped_column("name", …)'),
    ),
    Kind(
        "already contains a class with the same class name",
        "two classes of one module have the same name; the first can no longer be named",
        _code("give one of them another name", "class …(Base):"),
    ),
)


def _renamed(text: str, line: int | None, wrong: str, right: str) -> str | None:
    """The name replaced on the statement's lines, from its first one on."""
    lines = text.splitlines(keepends=True)
    if line is None or line > len(lines):
        return None
    for number in range(line - 1, min(line + 4, len(lines))):
        changed = re.sub(rf"\b{re.escape(wrong)}\b", right, lines[number])
        if changed != lines[number]:
            lines[number] = changed
            return "".join(lines)
    return None

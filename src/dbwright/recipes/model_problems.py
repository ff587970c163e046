"""What SQLAlchemy says of a mapping that it cannot configure, in short words and as an edit."""

from __future__ import annotations

import difflib
import re

from dbwright.core.finding import Fix
from dbwright.core.mapping import Mapper, Mapping, MappingProblem
from dbwright.recipes.model_draft import Draft

CALLS = ("relationship", "Relationship", "backref")
_OVERLAP = re.compile(r"relationship '(\w+)\.(\w+)' will copy column (\S+) to column (\S+),")
_WITH = re.compile(r"conflicts with relationship\(s\): '(\w+)\.(\w+)'")
_PARAMETER = re.compile(r"overlaps=\"([\w,]+)\"")
_UNKNOWN = re.compile(r"expression '([\w.]+)' failed to locate a name|class named? '(\w+)'")
_DATABASE = ("does *not* support Decimal", "Did not recognize type", "Dialect sqlite")


def is_about_the_database(problem: MappingProblem) -> bool:
    """Whether the warning is about the database or an import, not about the mapping."""
    return any(text in problem.message for text in _DATABASE)


def in_words(problem: MappingProblem) -> str:
    """Gives the problem in one short sentence."""
    text = problem.message
    overlap, other = _OVERLAP.search(text), _WITH.search(text)
    if overlap and other:
        return f"it writes the same column as {other[1]}.{other[2]}, unknown to each other"
    if "multiple foreign key paths" in text:
        return "two foreign keys lead to the same table, and it does not say which it follows"
    if "no foreign keys linking" in text:
        return "it joins two tables that no foreign key links"
    if "failed to locate a name" in text:
        found = _UNKNOWN.search(text)
        return f"no class is called {found[1] or found[2]}" if found else "it names no class"
    if "both of the same direction" in text:
        return "it does not say which side of the table's own key it is (remote_side)"
    first = text.splitlines()[0]
    return first if len(first) < 160 else f"{first[:157]}…"


def fix(mapping: Mapping, problem: MappingProblem) -> Fix:
    """Gives the edit that the message asks for, or code where it cannot be foreseen."""
    text = problem.message
    overlap, other = _OVERLAP.search(text), _WITH.search(text)
    if overlap and other:
        return _overlap(mapping, problem, other)
    if "multiple foreign key paths" in text:
        return _foreign_keys(mapping, problem)
    if "failed to locate a name" in text:
        return _name(mapping, problem)
    if "both of the same direction" in text:
        name = (problem.mapper or "").rpartition(".")[2]
        draft = Draft(mapping).keyword(problem.place, "remote_side", f'"{name}.id"', CALLS)
        return draft.fix("say which side it is", otherwise=f'remote_side="{name}.id"')
    return Fix("follow SQLAlchemy's message", f"# {text.splitlines()[0]}")


def _overlap(mapping: Mapping, problem: MappingProblem, other: re.Match[str]) -> Fix:
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

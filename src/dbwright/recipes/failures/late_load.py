"""A relationship or column that is loaded too late: without a greenlet, or without a session."""

from __future__ import annotations

import ast
import re

from dbwright.core.explanation import Do, Explanation, Reason
from dbwright.core.failure import Failure, Known
from dbwright.core.finding import Alternative
from dbwright.core.mapping import Mapper, Relationship

_NAMED = re.compile(r"lazy load operation of attribute '(\w+)'")
_PARENT = re.compile(r"(?:Parent instance|Instance) <(\w+)")
Found = tuple[tuple[Mapper, Relationship], ...]


def explains(failure: Failure) -> bool:
    """Whether the error is of a load that came too late."""
    return failure.kind in ("MissingGreenlet", "DetachedInstanceError")


def explain(failure: Failure, known: Known) -> Explanation:
    """Gives the relationship that was read too late, and the option that loads it in time."""
    found = _relationships(failure, known)
    names = [f"{mapper.name}.{each.name}" for mapper, each in found]
    options = [f"{_loader(each)}({mapper.name}.{each.name})" for mapper, each in found]
    late = names[0] if names else "an attribute"
    if failure.kind == "MissingGreenlet":
        why = f"{late} was not loaded yet, and an AsyncSession loads nothing when it is read"
    else:
        why = f"{late} was read after its session had closed, and it had not been loaded before"
    where = failure.own
    return Explanation(
        f"{failure.kind} of SQLAlchemy; the load that came too late",
        f"{why}.",
        _do(found, options),
        _reasons(failure, found),
        _others(failure, late),
        "the option loads these rows for each object of the query: leave it out where they are not "
        "read",
        "take the option out again; nothing is stored",
        f"call the function once and read {late} after the session has closed",
        "none needed: no row changes",
        _known(failure, names),
        where.place if where else None,
        more=("dbwright check --select missing-greenlet,lazy-load-in-loop",),
    )


def _relationships(failure: Failure, known: Known) -> Found:
    """The relationships that the message or the line of code names, of the classes it names."""
    named = _NAMED.search(failure.message)
    parent = _PARENT.search(failure.message)
    if named is not None:
        found = known.relationships(named[1])
        return tuple(p for p in found if parent and p[0].name == parent[1]) or found[:2]
    code = failure.own.code if failure.own else ""
    found = tuple(pair for base, name in _reads(code) for pair in _of(base, name, known))
    return found[:3]


def _of(base: str, name: str, known: Known) -> Found:
    pairs = known.relationships(name)
    same = tuple(
        pair for pair in pairs if base and pair[0].name.lower() == base.rstrip("s").lower()
    )
    return same or pairs[:2]


def _reads(code: str) -> list[tuple[str, str]]:
    """Each attribute that a line of code reads, with the name in front of it."""
    text = code.strip().rstrip(":")
    for form in (text, f"{text}: pass", f"async {text}: pass", f"if 1:\n  {text}"):
        try:
            tree = ast.parse(form.replace("await ", ""))
        except (SyntaxError, ValueError, RecursionError):
            continue
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
        return [(_base(node.value), node.attr) for node in nodes]
    return [(m[1], m[2]) for m in re.finditer(r"(\w+)\.(\w+)", text)]


def _base(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _loader(each: Relationship) -> str:
    return "selectinload" if each.uselist else "joinedload"


def _do(found: Found, options: list[str]) -> tuple[Do, ...]:
    if not found:
        text = "await session.refresh(object)  # or load what is read in the query itself"
        return (Do("Load what is read before it is read", text),)
    loaders = ", ".join(sorted({_loader(each) for _, each in found}))
    owner = found[0][0].name
    code = f"from sqlalchemy.orm import {loaders}\n\nselect({owner}).options({', '.join(options)})"
    return (Do("Load it with the query that fetches the objects", code),)


def _reasons(failure: Failure, found: Found) -> tuple[Reason, ...]:
    reasons = []
    for mapper, each in found:
        lazy = f"lazy={each.lazy!r}: its rows are fetched when it is read"
        reasons.append(Reason(f"{mapper.name}.{each.name} has {lazy}", each.place))
    if failure.own and failure.own.code:
        reasons.append(Reason(f"it is read in: {failure.own.code}", failure.own.place))
    return tuple(reasons)


def _others(failure: Failure, late: str) -> tuple[Alternative, ...]:
    raising = Alternative(
        'lazy="raise" at the relationship',
        "each read without an option fails in tests already; every query has to say what it loads",
    )
    if failure.kind == "MissingGreenlet":
        return (
            Alternative(
                f"await object.awaitable_attrs.{late.rpartition('.')[2]}",
                "one more query for each object; the base class needs AsyncAttrs",
            ),
            Alternative(
                "expire_on_commit=False at the session",
                "cures it where a commit came before; objects may be older than their rows",
            ),
            raising,
        )
    return (
        Alternative(
            "read it before the session closes", "one more query for each object that is read"
        ),
        raising,
    )


def _known(failure: Failure, names: list[str]) -> str:
    if not names:
        return "reasoned from the error's text: no relationship of the models is named in it"
    return f"reasoned: {', '.join(names)} of the configured models stands in the error's line"

"""A revision cut where it commits: each part a revision of its own that can be run again."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import Migration
from dbwright.recipes import code, revision, revision_source
from dbwright.recipes.revision import Notes, Phase
from dbwright.recipes.revision_source import Where

NOTES = Notes(
    does="one part of a change that commits in its middle, in a revision of its own.",
    risk="when it fails, nothing of it is left that keeps it from being run again.",
    order="after the revision before it.",
)


@dataclass(slots=True)
class Part:
    """Statements that are committed together, and those of the downgrade that undo them."""

    upgrade: list[Where] = field(default_factory=list)
    downgrade: list[Where] = field(default_factory=list)
    alone: bool = False


def one_each(migration: Migration) -> Fix:
    """The cure of a revision that cannot be run again: one revision for each commit."""
    text = migration.source.text if migration.source else ""
    try:
        bodies = [_body(text, part) for part in parts(text)]
    except FixError:
        bodies = []

    def make(text: str) -> tuple[Edit, ...]:
        found = parts(text)
        if len(found) < 2:
            raise FixError("the parts do not stand by themselves")
        moved = [where for part in found[1:] for where in (*part.upgrade, *part.downgrade)]
        rest = revision_source.exchange_all(text, [(where, "") for where in moved])
        phases = [_phase(migration, text, part, n) for n, part in enumerate(found[1:], 2)]
        return revision.chain(migration, rest, phases)

    return Fix(
        "One revision for each part that commits by itself",
        revision.outline(*((f"revision {n}", body) for n, body in enumerate(bodies, 1)))
        or "# a revision each for what stands before, in and behind each autocommit_block",
        "safe",
        revision.attempt(migration, make),
    )


def parts(text: str) -> list[Part]:
    """Gives the parts of a revision's text, in order.

    What stands in an autocommit block is a part for each statement. The statements of the
    downgrade go to the parts from the last to the first; where their number does not tell which
    undoes which, FixError.
    """
    function = _function(text, "upgrade")
    found: list[Part] = []
    for node in function.body if function else ():
        if _is_docstring(node):
            continue
        inner = node.body if isinstance(node, ast.With) and _is_autocommit(node) else None
        for statement in inner if inner is not None else [node]:
            if not isinstance(statement, ast.Expr):
                raise FixError("a part is more than calls")
            if inner is not None or not found or found[-1].alone:
                found.append(Part(alone=inner is not None))
            found[-1].upgrade.append(Where(line=statement.lineno))
    _share_downgrade(text, found)
    return found


def _share_downgrade(text: str, found: Sequence[Part]) -> None:
    if revision_source.is_empty(text, "downgrade"):
        return
    function = _function(text, "downgrade")
    lines: list[int] = []
    for node in function.body if function else ():
        if not _is_docstring(node):
            block = isinstance(node, ast.With) and _is_autocommit(node)
            inner = node.body if block and isinstance(node, ast.With) else [node]
            lines += [each.lineno for each in inner if not _is_setting(text, each, "downgrade")]
    units = [part for part in found for where in part.upgrade if not _is_setting_at(text, where)]
    if len(lines) != len(units):
        raise FixError("the downgrade does not tell which of its statements undoes which")
    for part, line in zip(reversed(units), lines, strict=True):
        part.downgrade.append(Where("downgrade", line))


def _phase(migration: Migration, text: str, part: Part, number: int) -> Phase:
    back = code.lines(*(_own(text, where) for where in part.downgrade))
    title = f"{migration.message or migration.revision}, part {number}".strip()
    return Phase(title, _body(text, part), back or "pass", NOTES)


def _body(text: str, part: Part) -> str:
    if part.alone:
        own = code.lines(*(revision_source.statement(text, where) for where in part.upgrade))
        return code.autocommit(own)
    body = code.lines(*(revision_source.statement(text, where) for where in part.upgrade))
    needs = "lock_timeout" in text and "lock_timeout" not in body
    return code.lines(code.LOCK_TIMEOUT if needs else None, body)


def _own(text: str, where: Where) -> str:
    """A statement of the downgrade, in a block of its own where it stands in one."""
    own = revision_source.statement(text, where)
    function = _function(text, "downgrade")
    for node in function.body if function else ():
        block = node.body if isinstance(node, ast.With) and _is_autocommit(node) else ()
        if any(each.lineno == where.line for each in block):
            return code.autocommit(own)
    return own


def _function(text: str, name: str) -> ast.FunctionDef | None:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    return None


def _is_autocommit(node: ast.With) -> bool:
    call = node.items[0].context_expr
    return (
        len(node.items) == 1
        and isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "autocommit_block"
    )


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_setting_at(text: str, where: Where) -> bool:
    return "lock_timeout" in revision_source.statement(text, where)


def _is_setting(text: str, node: ast.stmt, function: str) -> bool:
    where = Where(function, node.lineno)
    if not revision_source.holds(text, where):
        raise FixError("the downgrade cannot be told apart")
    return "lock_timeout" in revision_source.statement(text, where)

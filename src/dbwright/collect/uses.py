"""What code does with collections: whether it only counts them, or asks whether they are empty."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from dbwright.core.recording import MappedClass, Use, UseKind
from dbwright.core.source import parsed

_ASKING = frozenset({"bool", "any"})
_BY_NAME = frozenset({"getattr", "attrgetter", "association_proxy", "hasattr"})
_LENGTHS = frozenset({"length", "count"})

_KEPT = 128
"""So many files are kept as they were read: a test suite asks for the same ones at each test."""


def uses(
    texts: Iterable[tuple[str, str]], classes: dict[str, MappedClass]
) -> tuple[Use, ...]:  # fmt: skip
    """Gives the uses of mapped collections in files, which are given with their texts."""
    names = {
        name
        for mapped in classes.values()
        for name, each in mapped.relationships.items()
        if each.many
    }
    owners = {mapped.name for mapped in classes.values()}  # their attributes are no collections
    found: list[Use] = []
    for file, text in texts if names else ():
        known = _read(file, text)
        for name in names & known.keys():
            found += (use for use, owner in known[name] if owner not in owners)
    return tuple(found)


@lru_cache(_KEPT)
def _read(file: str, text: str) -> dict[str, list[tuple[Use, str]]]:
    """Gives what a file reads by names of attributes, each with whose it is, where it is a name."""
    found: dict[str, list[tuple[Use, str]]] = {}
    try:
        every = list(_python(file, parsed(text)))
    except (SyntaxError, ValueError, RecursionError):
        every = [(each, "") for each in _template(file, text)]
    for use, owner in every:
        found.setdefault(use.name, []).append((use, owner))
    return found


def _python(file: str, tree: ast.AST) -> Iterator[tuple[Use, str]]:
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        for name, owner, kind in _used(node, parents):
            assert isinstance(node, (ast.expr, ast.stmt))
            last = node.end_lineno or node.lineno
            yield Use(name, file, node.lineno, last, _function(node, parents), kind), owner


def _used(
    node: ast.AST, parents: dict[ast.AST, ast.AST]
) -> Iterator[tuple[str, str, UseKind]]:  # fmt: skip
    if isinstance(node, ast.Attribute):
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        yield node.attr, owner, _kind(node, parents)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        own = "Mapped" in ast.unparse(node.annotation) or isinstance(node.value, ast.Call)
        if not own:
            yield node.target.id, "", "other"
    elif isinstance(node, ast.Call) and _called(node) in _BY_NAME:
        for each in node.args:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value, "", "other"


def _kind(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> UseKind:
    around = parents.get(node)
    if isinstance(around, ast.Call) and around.args == [node]:
        name = _called(around)
        return "counted" if name == "len" else "asked" if name in _ASKING else "other"
    if isinstance(around, ast.UnaryOp) and isinstance(around.op, ast.Not):
        return "asked"
    tested: ast.AST = node
    while isinstance(around, ast.BoolOp):
        tested, around = around, parents.get(around)
    if isinstance(around, (ast.If, ast.While, ast.IfExp, ast.Assert)) and around.test is tested:
        return "asked"
    if isinstance(around, ast.comprehension) and tested in around.ifs:
        return "asked"
    return "other"


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _function(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> int:
    """Gives the line of the function around a node, 0 for none."""
    around: ast.AST | None = parents.get(node)
    while around is not None and not isinstance(around, (ast.FunctionDef, ast.AsyncFunctionDef)):
        around = parents.get(around)
    return around.lineno if around is not None else 0


def _template(file: str, text: str) -> Iterator[Use]:
    """Gives the uses in a Jinja template; nothing of what is none."""
    from jinja2 import Environment, TemplateError, nodes

    extensions = ["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"]
    try:
        tree = Environment(extensions=extensions).parse(text)
    except TemplateError:
        return
    kinds: dict[Any, UseKind] = {}
    for each in tree.find_all((nodes.Filter, nodes.If, nodes.Not, nodes.CondExpr)):
        if isinstance(each, nodes.Filter) and each.name in _LENGTHS and each.node is not None:
            kinds[id(each.node)] = "counted"
        elif isinstance(each, nodes.Not):
            kinds[id(each.node)] = "asked"
        elif isinstance(each, (nodes.If, nodes.CondExpr)):
            kinds[id(each.test)] = "asked"
    for node in tree.find_all(nodes.Getattr):
        yield Use(node.attr, file, node.lineno, node.lineno, 0, kinds.get(id(node), "other"))

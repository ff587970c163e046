"""Where a new import stands: in the group and the order that isort and ruff keep."""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Sequence

Imported = ast.Import | ast.ImportFrom
STANDARD, THIRD, OWN, BESIDE = range(4)


def inserted(
    text: str, body: Sequence[ast.stmt], module: str, code: str, own: frozenset[str] = frozenset()
) -> str:
    """Gives the text with an import among those at the top of the file.

    Groups are the standard library, other packages, the project's `own`, those beside the file.
    Where `own` does not tell, a group is the block that holds the same package.
    """
    imports = [
        node for node in body if isinstance(node, Imported) and module_of(node) != "__future__"
    ]
    lines = text.splitlines(keepends=True)
    group = _group(module, 0, own)
    same = [node for node in imports if _group_of(node, own) == group]
    alike = [node for node in same if _package(module_of(node)) == _package(module)]
    if alike:
        same = _block(same, alike[-1], lines)
    mixed = _is_mixed(same)
    before = [node for node in same if _rank(node, mixed) < _rank_new(code, module, mixed)]
    if before:
        at = _end(before[-1])
    elif same:
        at = same[0].lineno - 1
    elif imports:
        at, code = _between(imports, group, own, code)
    else:
        at = _top(body)
        below = at < len(lines) and not lines[at].strip()
        code = ("\n" if at else "") + code + ("" if below else "\n")
    return "".join([*lines[:at], code, *lines[at:]])


def each_alone(
    text: str, there: Sequence[ast.ImportFrom], module: str, names: Sequence[str]
) -> str:
    """Gives the text with names where each one is imported by a line of its own, in their order."""
    lines = text.splitlines(keepends=True)
    for name in sorted(names, key=str.lower, reverse=True):
        before = [node for node in there if node.names[0].name.lower() < name.lower()]
        at = _end(before[-1]) if before else there[0].lineno - 1
        lines.insert(at, f"from {module} import {name}\n")
    return "".join(lines)


def _between(
    imports: Sequence[Imported], group: int, own: frozenset[str], code: str
) -> tuple[int, str]:
    """The line of a group of its own, with an empty line beside it where groups are apart."""
    lower = [node for node in imports if _group_of(node, own) < group]
    higher = [node for node in imports if _group_of(node, own) > group]
    apart = _are_apart(imports, own)
    if lower:
        return _end(lower[-1]), f"\n{code}" if apart else code
    return higher[0].lineno - 1, f"{code}\n" if apart else code


def _are_apart(imports: Sequence[Imported], own: frozenset[str]) -> bool:
    """Whether empty lines part the groups; where there is one group, they are to."""
    pairs = [
        (a, b) for a, b in itertools.pairwise(imports) if _group_of(a, own) != _group_of(b, own)
    ]
    return not pairs or any(b.lineno > _end(a) + 1 for a, b in pairs)


def _block(same: Sequence[Imported], node: Imported, lines: Sequence[str]) -> list[Imported]:
    """The imports of a group that no empty line parts from one of them."""
    at = same.index(node)
    first = last = at
    while first and not _is_parted(same[first - 1], same[first], lines):
        first -= 1
    while last + 1 < len(same) and not _is_parted(same[last], same[last + 1], lines):
        last += 1
    return [*same[first : last + 1]]


def _is_parted(a: Imported, b: Imported, lines: Sequence[str]) -> bool:
    return any(not line.strip() for line in lines[_end(a) : b.lineno - 1])


def _is_mixed(imports: Sequence[Imported]) -> bool:
    """Whether `import x` stands among `from x import`: then modules alone are in order."""
    forms = [isinstance(node, ast.ImportFrom) for node in imports]
    return forms != sorted(forms)


def _rank(node: Imported, mixed: bool) -> tuple[bool, str]:
    return (isinstance(node, ast.ImportFrom) and not mixed, module_of(node).lower())


def _rank_new(code: str, module: str, mixed: bool) -> tuple[bool, str]:
    return (code.startswith("from ") and not mixed, module.lower())


def _group_of(node: Imported, own: frozenset[str]) -> int:
    return _group(module_of(node), node.level if isinstance(node, ast.ImportFrom) else 0, own)


def _group(module: str, level: int, own: frozenset[str]) -> int:
    if level:
        return BESIDE
    package = _package(module)
    if package in sys.stdlib_module_names and package not in own:
        return STANDARD
    return OWN if package in own else THIRD


def _package(module: str) -> str:
    return module.partition(".")[0]


def module_of(node: ast.stmt) -> str:
    """Gives the module that an import names, the first of several."""
    if isinstance(node, ast.ImportFrom):
        return node.module or ""
    return node.names[0].name if isinstance(node, ast.Import) else ""


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _top(body: Sequence[ast.stmt]) -> int:
    """The line behind the docstring and `from __future__`, where there are some."""
    at = 0
    for number, node in enumerate(body):
        docstring = number == 0 and isinstance(node, ast.Expr)
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if (docstring and isinstance(getattr(node, "value", None), ast.Constant)) or future:
            at = _end(node)
    return at

"""The models that an env.py names, read from its source where it cannot be run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from dbwright.collect.revisions_imports import Imports
from dbwright.collect.source_files import is_package, outermost_package, read_source
from dbwright.core.source import Source

TARGET = "target_metadata"


def models_of_env(env: Path, root: Path) -> tuple[str, tuple[str, ...]] | None:
    """Gives `module:Base.metadata` as env.py names it, and the project's modules it imports.

    Several are separated by commas. None where the source does not tell.
    """
    source = read_source(env, root)
    if not isinstance(source, Source):
        return None
    names = dict(_names(source.tree))
    specs = [_spec(item, names) for item in _targets(source.tree)]
    found = list(dict.fromkeys(spec for spec in specs if spec))
    if not found or None in specs:
        return None
    # an alembic.ini may stand inside the package
    imports = Imports(outermost_package(root).parent if is_package(root) else root)
    own = dict.fromkeys(m for m in _modules(source.tree, imports) if imports.is_own(m))
    return ",".join(found), tuple(own)


def _names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yields what each imported name stands for: `module:` or `module:attribute`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, f"{alias.name}:"
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}:{alias.name}"


def _modules(tree: ast.Module, imports: Imports) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            # from shop import models
            inside = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name for name in inside if imports.is_module(name))


def _targets(tree: ast.Module) -> Iterator[ast.expr]:
    """Yields each expression that is assigned to target_metadata, or passed under that name."""
    for node in ast.walk(tree):
        value: ast.expr | None = None
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            value = node.value if ast.unparse(target) == TARGET else None
        elif isinstance(node, ast.keyword) and node.arg == TARGET:
            value = None if isinstance(node.value, ast.Name) else node.value
        if isinstance(value, ast.List | ast.Tuple):
            yield from value.elts
        elif value is not None and not (isinstance(value, ast.Constant) and value.value is None):
            yield value


def _spec(node: ast.expr, names: dict[str, str]) -> str | None:
    """Gives a dotted expression with its first name followed to the module it came from."""
    try:
        text = ast.unparse(node)
    except ValueError:
        return None
    if not all(part.isidentifier() for part in text.split(".")):
        return None
    known = next((n for n in sorted(names, key=len, reverse=True) if _begins(text, n)), None)
    if known is None:
        return None
    rest = text[len(known) :].lstrip(".")
    spec = names[known]
    if not rest:
        return spec
    return f"{spec}{rest}" if spec.endswith(":") else f"{spec}.{rest}"


def _begins(text: str, name: str) -> bool:
    return text == name or text.startswith(f"{name}.")

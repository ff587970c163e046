"""The scan: all functions of an application, and what they repeat in loops."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from dbwright.core.application import Application
from dbwright.core.mapping import Mapping
from dbwright.core.source import Source
from dbwright.recipes.loops.commits import Commits
from dbwright.recipes.loops.counts import Counts
from dbwright.recipes.loops.found import Found
from dbwright.recipes.loops.modules import Modules
from dbwright.recipes.loops.schemas import Schemas
from dbwright.recipes.loops.templates import Templates
from dbwright.recipes.loops.walk import Def, Walker

_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef)


def scanned(
    mapping: Mapping,
    sources: Sequence[Source],
    templates: Sequence[Source] = (),
    wanted: Sequence[str] | None = None,
) -> Application:
    """Gives the application with what its functions repeat.

    `wanted` are the paths of the files whose functions are walked, None for all; the others are
    read where those call them.
    """
    found = Found(mapping)
    modules = Modules(mapping, tuple(sources))
    walker = Walker(modules, found)
    walker.schemas, walker.commits, walker.counts = Schemas(), Commits(), Counts()
    walker.templates = Templates(tuple(templates))
    paths = [source.path for source in sources] if wanted is None else wanted
    for path in paths:
        module = modules.at(path)
        if module is not None:
            for function, owner in _functions(module.tree, None):
                walker.function(function, path, owner)
    return Application(mapping, (*sources, *templates), found.repeats, found.counted)


def _functions(
    node: ast.AST, owner: ast.ClassDef | None
) -> Iterator[tuple[Def, ast.ClassDef | None]]:
    """Yields every function with the class that it is a method of, those within others too."""
    top = node.body if isinstance(node, ast.Module) else []
    last = {each.name: each for each in top if isinstance(each, _DEFS)}
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _DEFS) and last.get(child.name, child) is not child:
            continue  # what is defined anew below is never called
        if isinstance(child, _DEFS):
            yield child, owner
            yield from _functions(child, None)
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, child)
        else:
            yield from _functions(child, owner)

"""Jinja templates: what they read of the objects that they are rendered with."""

from __future__ import annotations

import ast
from collections.abc import Mapping as Named
from dataclasses import replace
from functools import cache
from typing import Any

from dbwright.core.place import Place
from dbwright.core.source import Source
from dbwright.recipes.loops.options import lineage, relationship
from dbwright.recipes.loops.values import Element, Many, Result, Statement, Template, Text, in_loop

_RENDERS = {"render_template", "TemplateResponse", "render", "template_response"}
_SAME = {"sort", "list", "reverse", "unique"}
_DEEPEST = 4


class Templates:
    """The templates of an application by their paths; names are the ends of those."""

    def __init__(self, files: tuple[Source, ...]) -> None:
        self._files = files

    def _named(self, name: str) -> Source | None:
        found = [f for f in self._files if f.path == name or f.path.endswith(f"/{name}")]
        return found[0] if len(found) == 1 else None

    def rendered(self, walker: Any, name: str, args: list[Any], node: ast.Call) -> None:
        """`render_template("posts.html", posts=posts)`, TemplateResponse with a context."""
        if name not in _RENDERS:
            return
        named = [arg.text for arg in args if isinstance(arg, Text) and "." in arg.text]
        source = self._named(named[0]) if named else None
        if source is not None:
            self._render(walker, source, self._given(walker, node))

    def filled(
        self, walker: Any, template: Template, name: str, node: ast.Call, args: list[Any]
    ) -> None:
        """`template.render(posts=posts)`."""
        source = self._named(template.name)
        if name in ("render", "render_async", "generate", "stream") and source is not None:
            self._render(walker, source, self._given(walker, node))

    def _given(self, walker: Any, node: ast.Call) -> dict[str, Any]:
        given = {each.arg: walker.value(each.value) for each in node.keywords if each.arg}
        shown = [*node.args, *(k.value for k in node.keywords if k.arg in ("context", None))]
        for arg in shown:
            if isinstance(arg, ast.Dict):
                for key, value in zip(arg.keys, arg.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        given[key.value] = walker.value(value)
        return given

    def _render(self, walker: Any, source: Source, given: Named[str, Any]) -> None:
        tree = _parsed(source.text)
        if tree is not None and any(value is not None for value in given.values()):
            outer = walker.frame
            walker.frame = replace(outer, path=source.path)
            try:
                _Reading(walker, self, dict(given), _DEEPEST).nodes(tree.body)
            finally:
                walker.frame = outer


class _Reading:
    """One template with the values of its names."""

    def __init__(self, walker: Any, templates: Templates, names: dict[str, Any], left: int) -> None:
        self.walker, self.templates, self.names, self.left = walker, templates, names, left

    def nodes(self, nodes: Any) -> None:
        for node in nodes:
            self.node(node)

    def node(self, node: Any) -> None:
        from jinja2 import nodes

        if isinstance(node, nodes.For):
            self._for(node)
        elif isinstance(node, nodes.Include):
            name = node.template.value if isinstance(node.template, nodes.Const) else None
            source = self.templates._named(name) if isinstance(name, str) else None
            tree = _parsed(source.text) if source is not None and self.left else None
            if source is not None and tree is not None:
                outer, self.walker.frame.path = self.walker.frame.path, source.path
                reading = _Reading(self.walker, self.templates, dict(self.names), self.left - 1)
                reading.nodes(tree.body)
                self.walker.frame.path = outer
        elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            self.names[node.target.name] = self.value(node.node)
        elif isinstance(node, nodes.Macro):
            return
        elif isinstance(node, nodes.Expr):
            self.value(node)
        else:
            self.nodes(node.iter_child_nodes())

    def _for(self, node: Any) -> None:
        from jinja2 import nodes

        walker = self.walker
        at = ast.Pass(lineno=node.lineno, col_offset=0)
        of = walker.items_of(self.value(node.iter), at)
        loop = walker.loop(at, asks=False)
        outer = dict(self.names)
        if isinstance(node.target, nodes.Name):
            self.names[node.target.name] = in_loop(of, loop.number)
        walker.loops.append(loop)
        if node.test is not None:
            self.value(node.test)
        self.nodes(node.body)
        walker.loops.pop()
        self.names = outer
        self.nodes(node.else_)

    def value(self, node: Any) -> Any:
        from jinja2 import nodes

        if isinstance(node, nodes.Name):
            return self.names.get(node.name)
        if isinstance(node, nodes.Filter) and node.node is not None:
            counted = node.name in ("length", "count")
            if counted and isinstance(node.node, nodes.Getattr):
                return self._read(node.node, counted=True)
            found = self.value(node.node)
            self._rest(node.args, node.kwargs)
            return found if node.name in _SAME else None
        if isinstance(node, nodes.Getattr):
            return self._read(node)
        if isinstance(node, nodes.Call):
            found = self.value(node.node)
            self._rest(node.args, node.kwargs)
            values = isinstance(found, (Many, Result, Statement))
            return found if values else None
        self.nodes(node.iter_child_nodes())
        return None

    def _rest(self, *parts: Any) -> None:
        for part in parts:
            for each in part:
                self.node(each)

    def _read(self, node: Any, counted: bool = False) -> Any:
        base = self.value(node.node)
        if not isinstance(base, Element):
            return None
        at = ast.Pass(lineno=node.lineno, col_offset=0)
        known = relationship(self.walker.mapping, base.class_, node.attr) is not None or any(
            each.name == node.attr
            for mapper in lineage(self.walker.mapping, base.class_)
            for each in mapper.attributes
        )
        if known:
            return self.walker.read(base, node.attr, at, counted)
        return None


@cache
def _parsed(text: str) -> Any:
    from jinja2 import Environment, TemplateError

    extensions = ["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"]
    try:
        return Environment(extensions=extensions, autoescape=True).parse(text)
    except TemplateError:
        return None


__all__ = ["Place", "Templates"]

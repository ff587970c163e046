"""pydantic classes that are filled from objects: each field that is a relationship is read."""

from __future__ import annotations

import ast
from typing import Any

from dbwright.recipes.loops.options import relationship
from dbwright.recipes.loops.values import Element, Many, Result, Schema, Statement, Tuple, in_loop

_READS = {"model_validate", "from_orm", "validate_python"}
_ROUTES = {"get", "post", "put", "patch", "delete", "route", "api_route"}
_LISTS = {"list", "List", "Sequence", "Iterable", "set", "tuple", "Set"}
_DEEPEST = 6


class Schemas:
    """Reads objects as pydantic does."""

    def built(self, walker: Any, callee: Any, name: str, node: ast.Call, args: list[Any]) -> Any:
        """`TypeAdapter(list[PostOut])`, which is a schema of many."""
        if name == "TypeAdapter" and node.args:
            return self.of(walker, node.args[0])
        return None

    def validated(
        self, walker: Any, schema: Schema, name: str, node: ast.Call, args: list[Any]
    ) -> Any:
        """`PostOut.model_validate(post)`."""
        if name in _READS and args:
            self.fill(walker, schema, args[0], node)

    def answered(self, walker: Any, node: Any, returned: list[Any]) -> None:
        """A route of FastAPI, which makes what it gives into its response model."""
        schema: Schema | None = None
        for each in node.decorator_list:
            if isinstance(each, ast.Call) and getattr(each.func, "attr", "") in _ROUTES:
                said = [k.value for k in each.keywords if k.arg == "response_model"]
                schema = self.of(walker, said[0] if said else node.returns)
        if schema is None:
            return
        lines = [each for each in ast.walk(node) if isinstance(each, ast.Return)]
        for value, line in zip(returned, lines, strict=False):
            self.fill(walker, schema, value, line if len(lines) == len(returned) else node)

    def of(self, walker: Any, node: ast.expr | None) -> Schema | None:
        """Gives the schema that an annotation names."""
        if isinstance(node, ast.Subscript):
            name = node.value.id if isinstance(node.value, ast.Name) else ""
            inner = self.of(walker, node.slice)
            if inner is not None and name in _LISTS:
                return Schema(inner.path, inner.name, many=True)
            return inner if name in ("Optional", "Annotated") else None
        if isinstance(node, ast.BinOp):
            return self.of(walker, node.left) or self.of(walker, node.right)
        found = walker.value(node) if isinstance(node, (ast.Name, ast.Attribute)) else None
        return found if isinstance(found, Schema) else None

    def fill(self, walker: Any, schema: Schema, value: Any, node: ast.AST) -> None:
        """Reads the fields of each object that a schema is filled from."""
        if isinstance(value, (Result, Statement, Many)):
            of = walker.items_of(value, node)
            if not schema.many or not isinstance(of, Element):
                return
            loop = walker.loop(node, asks=False)
            walker.loops.append(loop)
            self._fields(walker, schema, in_loop(of, loop.number), node, _DEEPEST)
            walker.loops.pop()
        elif isinstance(value, Element) and not schema.many:
            self._fields(walker, schema, value, node, _DEEPEST)

    def _fields(
        self, walker: Any, schema: Schema, element: Element, node: ast.AST, left: int
    ) -> None:
        for name, annotation, path in self._annotated(walker, schema):
            if relationship(walker.mapping, element.class_, name) is None:
                walker.read(element, name, node)
                continue
            value = walker.read(element, name, node, through=schema.name)
            outer, walker.frame.path = walker.frame.path, path
            inner = self.of(walker, annotation)
            walker.frame.path = outer
            if inner is None or not left:
                continue
            if isinstance(value, Many) and not value.keyed and isinstance(value.of, Element):
                loop = walker.loop(node, asks=False)
                walker.loops.append(loop)
                self._fields(walker, inner, in_loop(value.of, loop.number), node, left - 1)
                walker.loops.pop()
            elif isinstance(value, Element):
                self._fields(walker, inner, value, node, left - 1)

    def _annotated(self, walker: Any, schema: Schema) -> list[tuple[str, ast.expr, str]]:
        """The fields of a schema and of those that it inherits from, the first of a name."""
        found: dict[str, tuple[str, ast.expr, str]] = {}
        module = walker.modules.at(schema.path)
        waiting = [walker.modules.class_node(module, schema.name)] if module else []
        while waiting and len(found) < 200:
            there = waiting.pop(0)
            if there is None:
                continue
            module, node = there
            for each in node.body:
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                    name = each.target.id
                    found.setdefault(name, (name, each.annotation, module.path))
            for base in node.bases:
                name = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
                if name != node.name:
                    waiting.append(walker.modules.class_node(module, name))
        return list(found.values())


__all__ = ["Schemas", "Tuple"]

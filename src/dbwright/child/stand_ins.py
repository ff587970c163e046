"""Parameters in place of a function's own names, where they can stand for a value alone."""

from __future__ import annotations

import ast
import copy
import types
from typing import Any

CONDITIONS = ("where", "filter", "having", "on", "filter_by", "values")
NUMBERS = ("limit", "offset")
LISTS = ("in_", "not_in", "notin_")
VALUES = (
    *("like", "ilike", "not_like", "not_ilike", "between", "contains", "startswith", "endswith"),
    *("icontains", "concat", "op", "is_distinct_from", "is_not_distinct_from", "regexp_match"),
)
CLAUSES = ("and_", "or_", "not_")
LIBRARY = ("sqlalchemy", "datetime", "decimal", "uuid")
MADE_OF = ("Select", "Query", "Column", "Subquery", "Attribute", "CTE", "Clause", "Element")
"""Types whose values are parts of a statement."""
_COLUMN, _QUERY = "_dbwright_column", "_dbwright_query"


class Uncertain(Exception):
    """What an expression means is not known from the file alone."""


class StandIns:
    """Rewrites one expression; `locals` are the names of its function, `space` its module's."""

    def __init__(self, space: dict[str, Any], locals: dict[str, ast.expr | None]) -> None:
        self.space, self.locals = space, locals

    @staticmethod
    def names() -> dict[str, Any]:
        """Gives the names that the rewritten expression needs."""
        from sqlalchemy import literal_column
        from sqlalchemy.orm import Query

        return {_COLUMN: lambda name: literal_column(f":{name}"), _QUERY: Query}

    def whole(self, node: ast.expr) -> ast.expr:
        """Gives an expression that calls nothing of the project's, its values replaced."""
        made = self.statement(node)
        for each in ast.walk(made):
            if isinstance(each, ast.Call) and not self._is_library(each.func):
                raise Uncertain("a function whose result nobody knows")
        return made

    def filled(self, node: ast.expr, parts: dict[str, ast.expr]) -> ast.expr:
        """Gives an expression with the parts of a statement in place of the names that hold them.

        `parts` are what names hold; those of plain values stay names.
        """
        chosen: dict[str, ast.expr] = {}
        while True:
            more = {
                name: held
                for name, held in parts.items()
                if name not in chosen and self._is_part(held, chosen)
            }
            if not more:
                break
            chosen |= more
        made: ast.expr = _Filling(chosen).visit(copy.deepcopy(node))
        return made

    def _is_part(self, held: ast.expr, known: dict[str, ast.expr]) -> bool:
        """Whether an expression is of SQL, a text put together, or of names that hold such."""
        names = {each.id for each in ast.walk(held) if isinstance(each, ast.Name)}
        return isinstance(held, ast.JoinedStr) or self._is_sql(held) or bool(names & set(known))

    def _is_library(self, func: ast.expr) -> bool:
        """Whether a call is of SQLAlchemy, of a column or of the library's values."""
        inner = self._owner(func)
        if isinstance(inner, ast.Name) and inner.id in (_COLUMN, _QUERY):
            return True
        if not isinstance(inner, (ast.Name, ast.Attribute)):
            return isinstance(inner, ast.Constant)
        value = self._known(inner)
        if hasattr(value, "__mapper__"):  # its own methods are the project's; its columns' are not
            return isinstance(func, ast.Attribute) and func.value is not inner
        home = str(getattr(value, "__module__", None) or getattr(value, "__name__", ""))
        kind = str(getattr(type(value), "__module__", ""))
        return any(each.partition(".")[0] in LIBRARY for each in (home, kind))

    def _owner(self, node: ast.expr) -> ast.expr:
        """Gives what a chain begins with, past modules: `models.Order` of `models.Order.id.in_`."""
        while isinstance(node, (ast.Attribute, ast.Call)):
            if isinstance(node, ast.Attribute) and self._known(node) is not None:
                break
            node = node.func if isinstance(node, ast.Call) else node.value
        return node

    def _known(self, node: ast.AST) -> Any:
        """Gives what a name of the module stands for, or a name of a module that it has."""
        if isinstance(node, ast.Name):
            return None if node.id in self.locals else self.space.get(node.id)
        inner = self._known(node.value) if isinstance(node, ast.Attribute) else None
        is_module = isinstance(node, ast.Attribute) and isinstance(inner, types.ModuleType)
        return vars(inner).get(node.attr) if is_module else None  # type: ignore[attr-defined]

    def statement(self, node: ast.expr) -> ast.expr:
        """Gives a chain of calls with its values replaced; raises Uncertain."""
        if not isinstance(node, ast.Call):
            return self._certain(node)
        func = node.func
        if not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Call):
            if isinstance(func, ast.Attribute) and func.attr == "query":
                entities = [self._certain(each) for each in node.args]
                listed = ast.List(entities, ast.Load())
                return ast.Call(ast.Name(_QUERY, ast.Load()), [listed], [])
            return ast.Call(self._certain(func), [self._part(e) for e in node.args], [
                ast.keyword(k.arg, self._certain(k.value)) for k in node.keywords
            ])  # fmt: skip
        inner = self.statement(func.value)
        return ast.Call(
            ast.Attribute(inner, func.attr, ast.Load()),
            [self._argument(func.attr, each) for each in node.args],
            [ast.keyword(k.arg, self._argument(func.attr, k.value)) for k in node.keywords],
        )

    def _argument(self, method: str, node: ast.expr) -> ast.expr:
        if not self._unknown(node):
            return node
        if method == "filter_by" or method == "values" or method in NUMBERS:
            return self._value(node)
        if method in CONDITIONS or method.endswith("join"):
            return self._condition(node)
        return self._part(node)

    def _part(self, node: ast.expr) -> ast.expr:
        """Gives an argument that is an expression of SQL itself, with its values replaced."""
        if not self._unknown(node):
            return node
        if isinstance(node, ast.Call):
            return self._call(node)
        raise Uncertain("a name that stands for more than a value")

    def _condition(self, node: ast.expr) -> ast.expr:
        if not self._unknown(node):
            return node
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            sides = [self._value(node.left), self._value(node.comparators[0])]
            if not (self._is_sql(node.left) or self._is_sql(node.comparators[0])):
                raise Uncertain("a comparison of Python's own values")
            return ast.Compare(sides[0], node.ops, [sides[1]])
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitAnd, ast.BitOr)):
            return ast.BinOp(self._condition(node.left), node.op, self._condition(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
            return ast.UnaryOp(node.op, self._condition(node.operand))
        if isinstance(node, ast.Call):
            return self._call(node)
        raise Uncertain("a name that stands for more than a value")

    def _call(self, node: ast.Call) -> ast.expr:
        func = node.func
        if isinstance(func, ast.Name) and func.id in CLAUSES:
            return ast.Call(self._certain(func), [self._condition(e) for e in node.args], [])
        if not isinstance(func, ast.Attribute) or not self._is_sql(func.value):
            raise Uncertain("a function whose result nobody knows")
        if func.attr in LISTS and len(node.args) == 1 and self._unknown(node.args[0]):
            several = node.args[0]
            is_select = isinstance(several, ast.Call) and self._is_sql(several)
            only = (
                self.statement(several)
                if is_select
                else ast.List([self._value(several)], ast.Load())
            )
            return ast.Call(
                ast.Attribute(self._value(func.value), func.attr, ast.Load()), [only], []
            )
        of_func = isinstance(func.value, ast.Name)  # func.lower(…)
        if func.attr in VALUES or of_func or func.attr in ("label", "desc", "asc"):
            inner = func.value if of_func else self._value(func.value)
            return ast.Call(
                ast.Attribute(inner, func.attr, ast.Load()),
                [self._value(each) for each in node.args],
                [ast.keyword(k.arg, self._value(k.value)) for k in node.keywords],
            )
        if root_is_call(node):
            return self.statement(node)
        raise Uncertain("a name that stands for more than a value")

    def _value(self, node: ast.expr) -> ast.expr:
        """Gives a value: a parameter in its place where the function makes it."""
        if not self._unknown(node):
            return node
        if self._is_sql(node):
            if isinstance(node, ast.BinOp):
                return ast.BinOp(self._value(node.left), node.op, self._value(node.right))
            if isinstance(node, ast.Call):
                return self._call(node)
            raise Uncertain("a name that stands for more than a value")
        if isinstance(node, ast.JoinedStr):
            return _pattern(node)
        for name in self._unknown(node):
            if name not in self.locals:
                raise Uncertain("a name that is not known without an import")
            self._refuse_part(name)
        return ast.Call(ast.Name(_COLUMN, ast.Load()), [ast.Constant(_named(node))], [])

    def _refuse_part(self, name: str) -> None:
        """A name that holds a part of a statement is no value."""
        made = self.locals.get(name)
        if made is None:
            return
        text = ast.unparse(made)
        if self._is_sql(made) or any(word in text for word in MADE_OF):
            raise Uncertain("a name that stands for more than a value")

    def _certain(self, node: ast.expr) -> ast.expr:
        if self._unknown(node):
            raise Uncertain("a name that is not known without an import")
        return node

    def _unknown(self, node: ast.AST) -> list[str]:
        """Gives the names in an expression whose values are not known."""
        found = []
        for each in ast.walk(node):
            if isinstance(each, ast.Starred):
                found.append("*")
            elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                known = each.id in self.space and each.id not in self.locals
                found += [] if known else [each.id]
        return found

    def _is_sql(self, node: ast.AST) -> bool:
        """Whether an expression holds a name of a mapped class, a table or of SQLAlchemy."""
        return any(_is_sql(self._known(each)) for each in ast.walk(node))


class _Filling(ast.NodeTransformer):
    """Puts what names hold in their places, and in what they hold."""

    def __init__(self, parts: dict[str, ast.expr]) -> None:
        self.parts = parts
        self.open: list[str] = []

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Gives what a name holds, the name itself where that is not known."""
        held = self.parts.get(node.id) if isinstance(node.ctx, ast.Load) else None
        if held is None or node.id in self.open:
            return node
        self.open.append(node.id)
        made: ast.expr = self.visit(copy.deepcopy(held))
        self.open.pop()
        return made


def root_is_call(node: ast.Call) -> bool:
    """Whether a call is one of a chain that begins with a call of a name."""
    inner: ast.expr = node
    while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
        inner = inner.func.value
    return isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name)


def _is_sql(value: Any) -> bool:
    if value is None:
        return False
    if hasattr(value, "__mapper__") or hasattr(value, "__clause_element__"):
        return True
    return str(getattr(type(value), "__module__", "")).startswith("sqlalchemy") or str(
        getattr(value, "__module__", "")
    ).startswith("sqlalchemy")


def _named(node: ast.expr) -> str:
    """Gives a parameter's name: the last word of what stood there."""
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute):
            return each.attr
        if isinstance(each, ast.Name):
            return each.id
    return "value"


def _pattern(node: ast.JoinedStr) -> ast.expr:
    """Gives a text with a word where a value is put in: its beginning and its end are certain."""
    parts = [each.value if isinstance(each, ast.Constant) else "word" for each in node.values]
    return ast.Constant("".join(map(str, parts)))

"""Statements without their values, each once, with what their tree says of them."""

from __future__ import annotations

import re
from typing import Any

from . import trees
from .loads import qualified
from .rows import Products

_MOST = 5_000
_WRITING = frozenset({"insert", "update", "delete", "merge", "replace"})
_LONGEST = 20_000
_SAVEPOINTS = ("SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")
_VALUES = re.compile(r"'(?:[^']|'')*'|(?<![\w$.])\d+(?:\.\d+)?(?![\w.])")
"""Values in a text that a program wrote by itself: what remains tells texts apart, no more."""


class Shape:
    """One statement without values; `facts` is what its tree says, as plain JSON.

    `mapped` are the classes in it, `products` where its rows have the keys of what is joined.
    `writes` says whether it locks rows until the transaction ends.
    """

    __slots__ = ("facts", "mapped", "number", "products", "sql", "writes")

    def __init__(self, number: int, sql: str, facts: dict[str, Any]) -> None:
        self.number, self.sql, self.facts = number, sql[:_LONGEST], facts
        self.mapped: set[type] = set()
        self.products: Products | None = None
        verb = facts.get("verb")
        if verb == "text":
            verb = sql.split(None, 1)[0].lower() if sql.strip() else ""
        self.writes = verb in _WRITING or "FOR UPDATE" in sql

    def read(self, context: Any) -> None:
        """Takes down what the tree says beyond that."""
        try:
            more, self.mapped, self.products = trees.read(context)
            self.facts = {**more, **self.facts}
        except Exception:  # a construct of the program's own, as in facts()
            self.facts["unread"] = True


class Shapes:
    """The shapes that were seen; of more than 5,000 the rest is one."""

    def __init__(self) -> None:
        self.by_text: dict[str, Shape] = {}
        self._bare: dict[str, str] = {}
        self.left_out = 0

    def of(self, statement: str, context: Any, dialect: Any) -> Shape | None:
        """Gives the shape of a statement, None where there are too many."""
        compiled = getattr(context, "compiled", None)
        text: str = compiled.string if compiled is not None else self._without(statement)
        if text.startswith(_SAVEPOINTS):  # each has a name of its own
            text = text.rpartition(" ")[0]
        found = self.by_text.get(text)
        if found is None and compiled is not None and getattr(compiled, "isplaintext", False):
            text = self._without(text)
            found = self.by_text.get(text)
        if found is None:
            if len(self.by_text) >= _MOST:
                self.left_out += 1
                return None
            found = Shape(len(self.by_text) + 1, text, facts(context, dialect))
            found.read(context)
            self.by_text[text] = found
        return found

    def _without(self, statement: str) -> str:
        known = self._bare.get(statement)
        if known is None:
            if len(self._bare) > _MOST:
                self._bare.clear()
            known = self._bare[statement] = _VALUES.sub("?", statement[:_LONGEST])
        return known


def facts(context: Any, dialect: Any) -> dict[str, Any]:
    """Gives what the tree of a statement says: its verb, classes, limits, aggregates."""
    found: dict[str, Any] = {"dialect": dialect.name, "verb": _verb(context)}
    statement = getattr(context, "invoked_statement", None)
    try:
        found |= _tree(statement)
    except Exception:  # a construct of the program's own: it is a statement, no more
        found["unread"] = True
    return found


def _verb(context: Any) -> str:
    for name in ("insert", "update", "delete"):
        if getattr(context, f"is{name}", False):
            return name
    compiled = getattr(context, "compiled", None)
    if compiled is None or getattr(compiled, "isplaintext", False):
        return "text"
    return "select" if getattr(compiled.statement, "is_select", False) else "other"


def _tree(statement: Any) -> dict[str, Any]:
    from sqlalchemy.sql import visitors
    from sqlalchemy.sql.elements import BinaryExpression

    described = getattr(statement, "column_descriptions", ())
    entities = [each["entity"] for each in described if each.get("entity") is not None]
    classes = sorted(map(qualified, trees.selected(statement)))
    found: dict[str, Any] = {"aliased": any(not isinstance(each, type) for each in entities)}
    if trees.is_given(statement):
        return {**found, "gives": classes}
    if not getattr(statement, "is_select", False):
        table = getattr(statement, "table", None)
        return {"tables": [str(table)]} if table is not None else {}
    found["classes"] = classes
    found["whole"] = any(each["expr"] is each.get("entity") for each in described)
    found["aggregates"] = _aggregates(described)
    for name in ("limit", "offset", "fetch"):
        found[name] = getattr(statement, f"_{name}_clause", None) is not None
    where = statement.whereclause
    operators: set[str] = set()
    if where is not None:
        for each in visitors.iterate(where):
            if isinstance(each, BinaryExpression):
                operators.add(getattr(each.operator, "__name__", ""))
    found["operators"] = sorted(operators)
    found["filtered"] = sorted(_tables(where, visitors)) if where is not None else []
    found["joins"] = _joins(statement)
    return found


def _tables(where: Any, visitors: Any) -> set[str]:
    """Gives the tables whose columns a condition names."""
    return {
        str(each.table)
        for each in visitors.iterate(where)
        if getattr(each, "__visit_name__", "") == "column"
        and getattr(each, "table", None) is not None
    }


def _joins(statement: Any) -> list[list[str]]:
    """Gives the relationships that a statement joins along, as class and attribute."""
    found = []
    for target, on, *_ in getattr(statement, "_setup_joins", ()):
        for each in (on, target):
            prop = getattr(each, "property", None)
            if prop is not None and hasattr(prop, "direction"):
                class_ = prop.parent.class_
                found.append([f"{class_.__module__}.{class_.__qualname__}", str(prop.key)])
                break
    return found


def _aggregates(described: Any) -> list[str]:
    """Gives the functions that all of a statement's columns are; none where one is no function."""
    names = []
    for each in described:
        expression = each["expr"]
        expression = getattr(expression, "element", expression)
        name = getattr(expression, "name", None)
        if getattr(expression, "__visit_name__", "") != "function" or name is None:
            return []
        names.append(str(name))
    return names

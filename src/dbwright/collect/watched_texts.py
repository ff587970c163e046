"""Statements that a program wrote as text: what their tree says, as SQLAlchemy's own trees do."""

from __future__ import annotations

from typing import Any

from sqlglot import expressions as exp

from dbwright.collect.recording_text import joined, pieces
from dbwright.dialects.sqlglot_queries import key, tables, tree_of

_GRAMMARS = {"postgresql": "postgres"}
_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "eq",
    exp.LT: "lt",
    exp.LTE: "le",
    exp.GT: "gt",
    exp.GTE: "ge",
    exp.Between: "between_op",
    exp.In: "in_op",
}
_VERBS = ((exp.Query, "select"), (exp.Insert, "insert"), (exp.Update, "update"))


def read(shape: dict[str, Any]) -> dict[str, Any]:
    """Gives the facts of a shape that is text with those of its tree; of what is none, as it is."""
    if shape["verb"] != "text":
        return shape
    tree = _tree(shape["sql"], shape["dialect"])
    verbs = [*_VERBS, (exp.Delete, "delete")]
    verb = next((name for kind, name in verbs if isinstance(tree, kind)), None)
    if tree is None or verb is None:
        return shape
    found = {**shape, "verb": verb, "tables": list(dict.fromkeys(tables(tree)))}
    compared = [each for kind in _OPERATORS for each in _compared(tree, kind)]
    found["compared"] = compared
    found["operators"] = sorted({each[-1] for each in compared})
    found["limit"] = tree.find(exp.Limit, exp.Fetch) is not None
    found["offset"] = tree.find(exp.Offset) is not None
    found["page"] = _page(tree)
    found["locks"] = tree.find(exp.Lock) is not None
    found["written"] = _written(tree)
    found["upsert"] = tree.find(exp.OnConflict) is not None
    found["aggregates"] = _aggregates(tree)
    return found


def _tree(sql: str, dialect: str) -> exp.Expression | None:
    grammar = _GRAMMARS.get(dialect, dialect)
    for style in (None, "pyformat", "format"):
        text = sql if style is None else joined(pieces(style, sql, doubled=True), lambda key: "?")
        tree = tree_of(text, grammar)
        if tree is not None:
            return tree
    return None


def _compared(tree: exp.Expr, kind: type[exp.Expr]) -> list[list[str]]:
    """Gives table, column and operator of what is compared with parameters."""
    found = []
    aliases = {each.alias_or_name: key(each) for each in tree.find_all(exp.Table)}
    where = [each for part in tree.find_all(exp.Where) for each in part.find_all(kind)]
    for each in where:
        columns = list(each.find_all(exp.Column))
        if len(columns) == 1 and each.find(exp.Placeholder, exp.Parameter) is not None:
            column = columns[0]
            only = next(iter(aliases.values()), "")
            table = aliases.get(column.table, only) if column.table else only
            found.append(["", table, column.name, _OPERATORS[kind]])
    return found


def _page(tree: exp.Expr) -> int | None:
    limit = tree.find(exp.Limit, exp.Fetch)
    if limit is None:
        return None
    value = limit.find(exp.Literal)
    return int(value.name) if value is not None and value.name.isdigit() else 2


def _written(tree: exp.Expr) -> list[str]:
    if isinstance(tree, exp.Insert) and isinstance(tree.this, exp.Schema):
        return [each.name for each in tree.this.expressions]
    if isinstance(tree, exp.Update):
        return [each.this.name for each in tree.expressions if isinstance(each, exp.EQ)]
    return []


def _aggregates(tree: exp.Expr) -> list[str]:
    """Gives the functions that all columns are, as of SQLAlchemy's own trees."""
    columns = [each.unalias() for each in getattr(tree, "expressions", ())]
    if not isinstance(tree, exp.Select) or tree.args.get("group") is not None:
        return []
    if not columns or not all(isinstance(each, exp.AggFunc) for each in columns):
        return []
    return [each.key for each in columns]

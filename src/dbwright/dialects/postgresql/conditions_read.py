"""Conditions as EXPLAIN prints them, read by PostgreSQL's own grammar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dbwright.core.access import Condition, ConditionKind
from dbwright.dialects.postgresql import grammar
from dbwright.dialects.postgresql.grammar import Node, nodes
from dbwright.dialects.postgresql.names import quoted

_RANGES = {"<", "<=", ">", ">=", "~<~", "~<=~", "~>~", "~>=~"}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "&&": "&&", "@>": "<@", "<@": "@>"}
_RELABELED = {"text", "varchar", "bpchar"}
"""A cast to these of a text column is none: an index on the column itself serves."""


class Reader:
    """Sorts the conditions of a plan by the alias that they are about."""

    def read(
        self,
        text: str,
        found: dict[str, list[Condition]],
        arms: dict[str, list[tuple[Condition, ...]]],
    ) -> None:
        """Adds what the text says to `found`, and what an OR says in turn to `arms`."""
        try:
            (tree,) = grammar.parse(f"select 1 where {text}")
        except (grammar.Failure, UnicodeError, ValueError):
            return
        self._walk(tree.select_stmt.where_clause, found, arms)

    def _walk(self, node: Node, found: Any, arms: Any) -> None:
        if node.WhichOneof("node") == "bool_expr":
            expression = node.bool_expr
            if expression.boolop == nodes.AND_EXPR:
                for each in expression.args:
                    self._walk(each, found, arms)
                return
            if expression.boolop == nodes.OR_EXPR:
                self._either(expression, arms)
                return
        for alias, condition in self._condition(node):
            found.setdefault(alias, []).append(condition)

    def _either(self, expression: Node, arms: Any) -> None:
        """An OR is served where each of its arms is; all must be about one alias."""
        each_arm: list[dict[str, list[Condition]]] = []
        for arm in expression.args:
            one: dict[str, list[Condition]] = {}
            self._walk(arm, one, {})
            each_arm.append(one)
        aliases = set.intersection(*(set(one) for one in each_arm)) if each_arm else set()
        for alias in aliases:
            arms.setdefault(alias, []).extend(tuple(one[alias]) for one in each_arm)

    def _condition(self, node: Node) -> list[tuple[str, Condition]]:
        kind = node.WhichOneof("node")
        if kind == "a_expr":
            return self._compared(node.a_expr)
        if kind == "null_test":
            alias, expression = self.column_side(node.null_test.arg)
            null = node.null_test.nulltesttype == nodes.IS_NULL
            word: ConditionKind = "null" if null else "not null"
            return _about(alias, expression, word, "is", node.null_test.arg)
        if kind == "boolean_test":
            alias, expression = self.column_side(node.boolean_test.arg)
            truth = {nodes.IS_TRUE: "true", nodes.IS_FALSE: "false"}
            known: Any = truth.get(node.boolean_test.booltesttype)
            return _about(alias, expression, known, "is", node.boolean_test.arg) if known else []
        if kind == "bool_expr" and node.bool_expr.boolop == nodes.NOT_EXPR:
            inner = node.bool_expr.args[0]
            alias, expression = self.column_side(inner)
            return _about(alias, expression, "false", "not", inner) if _plain(inner) else []
        if kind == "column_ref":
            alias, expression = self.column_side(node)
            return _about(alias, expression, "true", "", node)
        return []

    def _compared(self, node: Node) -> list[tuple[str, Condition]]:
        operator = node.name[-1].string.sval
        several = node.kind == nodes.AEXPR_OP_ANY
        if node.kind not in (nodes.AEXPR_OP, nodes.AEXPR_OP_ANY):
            return []
        found = []
        sides = [(node.lexpr, node.rexpr, operator)]
        if not several and operator in _TURNED:
            sides.append((node.rexpr, node.lexpr, _TURNED[operator]))
        for one, other, symbol in sides:
            alias, expression = self.column_side(one)
            if alias is None or expression is None:
                continue
            outer, _ = self.column_side(other)
            if outer == alias:
                continue
            found.append((alias, _made(expression, symbol, several, one, other, outer)))
        return found

    def column_side(self, node: Node) -> tuple[str | None, str | None]:
        """Gives the one alias that an expression reads, and its SQL without the alias."""
        node = _unlabeled(node)
        aliases = set()
        for reference in grammar.all_of(node, "ColumnRef"):
            names = [each.string.sval for each in reference.fields]
            if len(names) != 2:
                return None, None
            aliases.add(names[0])
        if len(aliases) != 1:
            return None, None
        return aliases.pop(), _spelled(node)


def _about(
    alias: str | None, expression: str | None, kind: ConditionKind, operator: str, node: Node
) -> list[tuple[str, Condition]]:
    if alias is None or expression is None:
        return []
    return [(alias, Condition(expression, kind, operator, column=_plain(_unlabeled(node))))]


def _made(
    expression: str, operator: str, several: bool, one: Node, other: Node, outer: str | None
) -> Condition:
    value = None if outer or _parameter(other) else grammar.text_of(other)
    kind: ConditionKind = "operator"
    if operator == "=":
        kind = "in" if several else "equal"
    elif operator in _RANGES and not several:
        kind = "range"
    elif operator in ("~~", "~~*") and not several:
        text = _text(other)
        kind = "prefix" if operator == "~~" and text and text[0] not in "%_\\" else "like"
    parameter = _parameter(other)
    column = _plain(_unlabeled(one))
    return Condition(expression, kind, operator, value, outer, parameter, column)


def _unlabeled(node: Node) -> Node:
    """Gives what stands below casts of a column that change nothing but its label."""
    while node.WhichOneof("node") == "type_cast":
        name = node.type_cast.type_name.names[-1].string.sval
        if name not in _RELABELED or _plain(node.type_cast.arg) is None:
            return node
        node = node.type_cast.arg
    return node


def _plain(node: Node) -> str | None:
    """Gives the column that the node is, None for anything else."""
    if node.WhichOneof("node") != "column_ref":
        return None
    names = [each.string.sval for each in node.column_ref.fields]
    return names[-1] if len(names) == 2 else None


def _parameter(node: Node) -> int | None:
    numbers = [each.number for each in grammar.all_of(node, "ParamRef")]
    return int(numbers[0]) if len(numbers) == 1 else None


def _text(node: Node) -> str | None:
    while node.WhichOneof("node") == "type_cast":
        node = node.type_cast.arg
    constant = node.a_const if node.WhichOneof("node") == "a_const" else None
    return str(constant.sval.sval) if constant is not None and constant.sval.sval else None


def _spelled(node: Node) -> str:
    """Gives the SQL of an expression with its columns' aliases taken away."""
    plain = _plain(node)
    if plain is not None:
        return quoted(plain)
    copy = type(node)()
    copy.CopyFrom(node)
    for reference in grammar.all_of(copy, "ColumnRef"):
        del reference.fields[0]
    return grammar.text_of(copy)


def of_one(text: str, alias: str) -> list[Condition]:
    """Gives the conditions of a plan's text on one relation, whose columns may have no alias there.

    EXPLAIN leaves the alias out where a plan reads one relation and is not VERBOSE. What the
    grammar refuses has none.
    """
    try:
        (tree,) = grammar.parse(f"select 1 where {text}")
    except (grammar.Failure, UnicodeError, ValueError):
        return []
    for reference in grammar.all_of(tree, "ColumnRef"):
        if len(reference.fields) == 1:
            reference.fields.add().CopyFrom(reference.fields[0])
            reference.fields[0].string.sval = alias
    found: dict[str, list[Condition]] = {}
    Reader().read(grammar.text_of(tree.select_stmt.where_clause), found, {})
    return found.get(alias, [])


@dataclass(frozen=True, slots=True)
class SortedBy:
    """A column by which EXPLAIN says that rows are sorted."""

    column: str
    descending: bool = False
    nulls_first: bool = False


def order_key(text: str) -> SortedBy | None:
    """Gives the column of a sort key; None for an expression, a collation, or another operator.

    >>> order_key("o.placed_at DESC NULLS LAST")
    SortedBy(column='placed_at', descending=True, nulls_first=False)
    >>> order_key("lower(o.name)")
    """
    try:
        (tree,) = grammar.parse(f"select 1 order by {text}")
    except (grammar.Failure, UnicodeError, ValueError):
        return None
    (key,) = [each.sort_by for each in tree.select_stmt.sort_clause]
    name = _last_name(key.node)
    if name is None or len(key.use_op):
        return None
    descending = key.sortby_dir == nodes.SORTBY_DESC
    first = {nodes.SORTBY_NULLS_FIRST: True, nodes.SORTBY_NULLS_LAST: False}
    return SortedBy(name, descending, first.get(key.sortby_nulls, descending))


def column_name(text: str) -> str | None:
    """Gives the column that an expression of EXPLAIN is, None for any other."""
    try:
        (tree,) = grammar.parse(f"select {text}")
    except (grammar.Failure, UnicodeError, ValueError):
        return None
    return _last_name(tree.select_stmt.target_list[0].res_target.val)


def _last_name(node: Node) -> str | None:
    if node.WhichOneof("node") != "column_ref":
        return None
    last = node.column_ref.fields[-1]
    return str(last.string.sval) if last.WhichOneof("node") == "string" else None

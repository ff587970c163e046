"""Conditions of a query on the tables that it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import expressions as exp

from dbwright.core.access import Condition, ConditionKind
from dbwright.dialects.sqlite.placeholders import Bound
from dbwright.dialects.sqlite.quoting import spelled
from dbwright.dialects.sqlite.trees import conjuncts, constant, plain

if TYPE_CHECKING:
    from dbwright.dialects.sqlite.access import Part, Scope

_KINDS: dict[type[Any], tuple[ConditionKind, str, str]] = {
    exp.EQ: ("equal", "=", "="),
    exp.NullSafeEQ: ("equal", "IS", "IS"),
    exp.GT: ("range", ">", "<"),
    exp.GTE: ("range", ">=", "<="),
    exp.LT: ("range", "<", ">"),
    exp.LTE: ("range", "<=", ">="),
}
_PATTERNS = {exp.Like: "%_", exp.Glob: "*?["}


@dataclass(frozen=True, slots=True)
class Operand:
    """An expression of one table's columns; `column` names it where it is a plain one."""

    part: Part
    sql: str
    column: str | None


def operand(scope: Scope, node: Any) -> list[Operand]:
    """Gives what an expression is of tables; none where it is not of one table's columns alone."""
    found = node.unnest()
    collation = ""
    if isinstance(found, exp.Collate):
        collation = f" COLLATE {found.expression.name.upper()}"
        found = found.this.unnest()
    if isinstance(found, exp.Column):
        return [
            Operand(part, f"{spelled(name)}{collation}", name)
            for part, name in scope.resolve(found)
        ]
    if found.find(exp.Query, exp.Placeholder) or not found.find(exp.Column):
        return []
    behind = [scope.resolve(column) for column in found.find_all(exp.Column)]
    if any(len(each) != 1 for each in behind):
        return []
    parts = {each[0][0] for each in behind}
    part = parts.pop()
    if parts or part not in scope.parts.values():
        return []
    return [Operand(part, f"{plain(found)}{collation}", None)]


class Conditions:
    """Notes conditions at the tables that they are about."""

    def __init__(
        self,
        scope: Scope,
        arms: list[tuple[Part, tuple[Condition, ...]]],
        bound: list[Bound],
    ) -> None:
        self.scope, self.arms, self.bound = scope, arms, bound

    def all(self, several: Iterable[Any]) -> None:
        """Notes conditions that all hold."""
        for node in several:
            if isinstance(node, exp.Or):
                self._arms(node)
                continue
            for part, condition in self._read(node):
                part.conditions.append(condition)

    def using(self, name: str) -> None:
        """Notes that tables are joined by a column of both."""
        sides = self.scope.resolve(exp.column(name))
        for part, column in sides:
            others = [each for each, _ in sides if each is not part]
            if others:
                sql = spelled(column)
                part.conditions.append(
                    Condition(sql, "equal", outer=others[0].alias, column=column)
                )

    def set(self, assignments: Sequence[Any]) -> None:
        """Notes the placeholders that an UPDATE writes."""
        for each in assignments:
            if isinstance(each, exp.EQ) and isinstance(each.expression, exp.Placeholder):
                for part, name in self.scope.resolve(each.this):
                    bound = Bound(each.expression.name, part.table.name, spelled(name), "set")
                    self.bound.append(bound)

    def _arms(self, node: Any) -> None:
        for arm in node.flatten():
            by_part: dict[Part, list[Condition]] = {}
            for each in conjuncts(arm):
                for part, condition in self._read(each):
                    by_part.setdefault(part, []).append(condition)
            self.arms += [(part, tuple(several)) for part, several in by_part.items()]

    def _read(self, node: Any) -> Iterator[tuple[Part, Condition]]:
        if type(node) in _KINDS:
            yield from self._comparison(node)
        elif isinstance(node, exp.In):
            yield from self._in(node)
        elif isinstance(node, exp.Between):
            yield from self._between(node)
        elif type(node) in _PATTERNS:
            yield from self._pattern(node)
        elif isinstance(node, exp.Column):
            yield from self._simple(node, "true")
        elif isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            yield from self._simple(node.this, "null")
        elif isinstance(node, exp.Not):
            yield from self._not(node.this.unnest())

    def _not(self, inner: Any) -> Iterator[tuple[Part, Condition]]:
        if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
            yield from self._simple(inner.this, "not null")
        elif isinstance(inner, exp.Column):
            yield from self._simple(inner, "false")

    def _simple(self, node: Any, kind: ConditionKind) -> Iterator[tuple[Part, Condition]]:
        for each in operand(self.scope, node):
            if self.scope.has(each.part):
                yield each.part, Condition(each.sql, kind, column=each.column)

    def _comparison(self, node: Any) -> Iterator[tuple[Part, Condition]]:
        kind, operator, turned = _KINDS[type(node)]
        collation = _collation(node.expression)
        for side, other, sign in (
            (node.this, node.expression, operator),
            (node.expression, node.this, turned),
        ):
            if isinstance(side.unnest(), exp.Tuple):
                continue
            for each in operand(self.scope, side):
                if not self.scope.has(each.part):
                    continue
                outer = self._other(each.part, other)
                if outer is None:
                    continue
                sql = each.sql if " COLLATE " in each.sql else each.sql + collation
                value = constant(other)
                yield (
                    each.part,
                    Condition(sql, kind, sign, value, outer or None, column=each.column),
                )
                self._bind(other, each, sign)

    def _other(self, part: Part, node: Any) -> str | None:
        """Gives whose columns the other side has, "" for none, None where it is the same table."""
        owner = ""
        for column in node.find_all(exp.Column):
            for each, _ in self.scope.resolve(column):
                if each is part:
                    return None
                owner = each.alias
        return owner

    def _in(self, node: Any) -> Iterator[tuple[Part, Condition]]:
        for each in operand(self.scope, node.this):
            if self.scope.has(each.part):
                yield each.part, Condition(each.sql, "in", "IN", column=each.column)
                for value in node.expressions:
                    self._bind(value, each, "in")

    def _between(self, node: Any) -> Iterator[tuple[Part, Condition]]:
        for each in operand(self.scope, node.this):
            if self.scope.has(each.part):
                yield each.part, Condition(each.sql, "range", ">=", column=each.column)
                self._bind(node.args["low"], each, ">=")
                self._bind(node.args["high"], each, "<=")

    def _pattern(self, node: Any) -> Iterator[tuple[Part, Condition]]:
        """Gives what begins alike: LIKE is served by an index without case, GLOB by one with it."""
        text, wild = node.expression, _PATTERNS[type(node)]
        if isinstance(text, exp.Literal) and (not text.name or text.name[0] in wild):
            return
        collation = "NOCASE" if isinstance(node, exp.Like) else "BINARY"
        for each in operand(self.scope, node.this):
            if each.column is None or not self.scope.has(each.part):
                continue
            columns = each.part.table.columns
            own = next(one.collation for one in columns if one.name == each.column) or "BINARY"
            sql = spelled(each.column)
            sql += "" if own == collation else f" COLLATE {collation}"
            operator = "like" if collation == "NOCASE" else "glob"
            yield each.part, Condition(sql, "prefix", operator, column=each.column)
            self._bind(text, each, operator)

    def _bind(self, node: Any, each: Operand, operator: str) -> None:
        found = node.unnest()
        if isinstance(found, exp.Placeholder):
            sql = spelled(each.column) if each.column else each.sql
            self.bound.append(Bound(found.name, each.part.table.name, sql, operator))


def _collation(node: Any) -> str:
    found = node.unnest()
    return f" COLLATE {found.expression.name.upper()}" if isinstance(found, exp.Collate) else ""

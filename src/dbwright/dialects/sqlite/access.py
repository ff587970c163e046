"""What a statement asks of each table: the conditions, the order, and the columns that it reads.

Views, WITH and subqueries are looked through where they only choose columns, as SQLite does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import expressions as exp

from dbwright.core.access import Access, Condition, OrderKey
from dbwright.core.schema import Schema, Table
from dbwright.dialects.sqlite.conditions import Conditions, operand
from dbwright.dialects.sqlite.placeholders import Bound
from dbwright.dialects.sqlite.quoting import spelled
from dbwright.dialects.sqlite.trees import conjuncts, own, tree_of, tree_of_view

SCHEMA = "main"
_DEPTH = 12
"""How deep views and WITH are looked through."""


@dataclass(eq=False)
class Part:
    """One table of a query while the query is read."""

    table: Table
    alias: str
    conditions: list[Condition] = field(default_factory=list)
    order: tuple[OrderKey, ...] = ()
    grouped: bool = False
    limited: bool = False
    needed: set[str] = field(default_factory=set)
    everything: bool = False

    def column(self, name: str) -> str | None:
        """Gives the column of a name as the table spells it."""
        found = (each.name for each in self.table.columns if each.name.lower() == name.lower())
        return next(found, None)

    def access(self, conditions: tuple[Condition, ...]) -> Access:
        """Gives what is asked of the table, with these conditions."""
        needed = None if self.everything else frozenset(spelled(each) for each in self.needed)
        return Access(
            SCHEMA, self.table.name, self.alias, conditions, self.order, self.grouped,
            self.limited, needed,
        )  # fmt: skip


Columns = dict[str, list[tuple[Part, str]]]
"""What stands behind each column of a query that only chooses columns."""


@dataclass
class Scope:
    """The tables that names in a query may mean; `outer` is the query around it."""

    outer: Scope | None = None
    parts: dict[str, Part] = field(default_factory=dict)
    derived: dict[str, Columns] = field(default_factory=dict)

    def resolve(self, column: Any) -> list[tuple[Part, str]]:
        """Gives the columns of tables that a name stands for; none where it is unknown."""
        name, qualifier = column.name, column.table.lower()
        found: list[tuple[Part, str]] = []
        for alias, part in self.parts.items():
            spelling = part.column(name)
            if spelling is not None and qualifier in ("", alias):
                found.append((part, spelling))
        for alias, columns in self.derived.items():
            if qualifier in ("", alias):
                found += columns.get(name.lower(), [])
        if not found and self.outer is not None:
            return self.outer.resolve(column)
        return found

    def has(self, part: Part) -> bool:
        """Whether a table is one of this query's own, or of one that it looks through."""
        behind = (each for columns in self.derived.values() for each in columns.values())
        return part in self.parts.values() or any(
            part is each for several in behind for each, _ in several
        )


class Reading:
    """What one statement asks: `accesses`, and what its placeholders are held against."""

    def __init__(self, schema: Schema, sql: str) -> None:
        self.tables = {table.name.lower(): table for table in schema.tables}
        self.parts: list[Part] = []
        self.arms: list[tuple[Part, tuple[Condition, ...]]] = []
        self.bound: list[Bound] = []
        self.unknown: list[str] = []
        tree = tree_of(sql)
        self.tree = tree
        if isinstance(tree, exp.Query):
            self._query(tree, None, {}, 0)
        elif tree is not None:
            self._write(tree)
        for kind, operator in ((exp.Limit, "limit"), (exp.Offset, "offset")):
            for node in tree.find_all(kind) if tree is not None else ():
                if isinstance(node.expression, exp.Placeholder):
                    self.bound.append(Bound(node.expression.name, "", "", operator))

    @property
    def accesses(self) -> tuple[Access, ...]:
        """What is asked of each table; each arm of an OR is asked as well."""
        found = [part.access(tuple(part.conditions)) for part in self.parts]
        found += [part.access(conditions) for part, conditions in self.arms]
        return tuple(dict.fromkeys(found))

    def _query(
        self, tree: Any, outer: Scope | None, named: Mapping[str, Any], depth: int
    ) -> Columns:
        """Reads a query; gives what stands behind its columns."""
        if depth > _DEPTH:
            return {}
        named = {**named, **_named(tree)}
        while isinstance(tree, exp.Subquery):
            tree = tree.this
            named = {**named, **_named(tree)}
        if isinstance(tree, exp.SetOperation):
            left = self._query(tree.left, outer, named, depth + 1)
            right = self._query(tree.right, outer, named, depth + 1)
            together = zip(left.items(), right.values(), strict=False)
            return {name: [*behind, *more] for (name, behind), more in together}
        if not isinstance(tree, exp.Select):
            return {}
        return self._select(tree, outer, named, depth)

    def _select(
        self, tree: Any, outer: Scope | None, named: Mapping[str, Any], depth: int
    ) -> Columns:
        scope = Scope(outer)
        joins = tree.args.get("joins") or []
        first = tree.args.get("from_")
        sources = [each.this for each in [*([first] if first else []), *joins]]
        for source in sources:
            self._source(scope, source, named, depth)
        asked = Conditions(scope, self.arms, self.bound)
        for join in joins:
            for name in join.args.get("using") or ():
                asked.using(name.name)
            if join.args.get("on"):
                asked.all(conjuncts(join.args["on"]))
        if tree.args.get("where"):
            asked.all(conjuncts(tree.args["where"].this))
        self._read_columns(scope, tree)
        self._order(scope, tree)
        below = {id(each) for source in sources for each in source.walk()}
        for query in own(tree, exp.Query):
            if id(query) not in below and not query.find_ancestor(exp.CTE):
                self._query(query, scope, named, depth + 1)
        return _columns(scope, tree)

    def _source(self, scope: Scope, source: Any, named: Mapping[str, Any], depth: int) -> None:
        alias = source.alias_or_name.lower()
        if isinstance(source, exp.Subquery):
            scope.derived[alias] = self._query(source, scope.outer, named, depth + 1)
            return
        if not isinstance(source, exp.Table) or isinstance(source.this, exp.Func):
            return
        name = source.name.lower()
        if not source.db and name in named:
            inner = {key: query for key, query in named.items() if key != name}
            scope.derived[alias] = self._query(named[name], None, inner, depth + 1)
            return
        table = self.tables.get(name)
        if table is None:
            self.unknown.append(source.name)
        elif table.kind == "view":
            scope.derived[alias] = self._view(table, depth)
        else:
            part = Part(table, source.alias_or_name)
            scope.parts[alias] = part
            self.parts.append(part)

    def _view(self, view: Table, depth: int) -> Columns:
        tree = tree_of_view(view.definition or "")
        found = self._query(tree, None, {}, depth + 1) if tree is not None else {}
        names = [each.name.lower() for each in view.columns]
        return dict(zip(names, found.values(), strict=False)) if len(found) == len(names) else found

    def _read_columns(self, scope: Scope, tree: Any) -> None:
        for column in own(tree, exp.Column):
            if isinstance(column.this, exp.Star):
                parts = [scope.parts.get(column.table.lower())]
                for part in parts:
                    if part is not None:
                        part.everything = True
                continue
            for part, name in scope.resolve(column):
                part.needed.add(name)
        if any(isinstance(each, exp.Star) for each in tree.expressions):
            for part in scope.parts.values():
                part.everything = True

    def _order(self, scope: Scope, tree: Any) -> None:
        order, group = tree.args.get("order"), tree.args.get("group")
        names = {each.alias.lower(): each.this for each in tree.expressions if each.alias}
        keys: list[tuple[Any, bool]] = []
        if order is not None:
            keys = [(each.this, bool(each.args.get("desc"))) for each in order.expressions]
        elif group is not None:
            keys = [(each, False) for each in group.expressions]
        elif tree.args.get("distinct") or _extreme(tree) is not None:
            extreme = _extreme(tree)
            keys = (
                [(extreme, False)]
                if extreme is not None
                else [(each.unalias(), False) for each in tree.expressions]
            )
        found: list[tuple[Part, OrderKey]] = []
        for node, descending in keys:
            meant = _meant(node, names, tree.expressions)
            behind = operand(scope, meant)
            if len(behind) != 1 or not scope.has(behind[0].part):
                return
            key = behind[0]
            found.append(
                (key.part, OrderKey(key.sql, descending, descending, key.column is not None))
            )
        if found and all(part is found[0][0] for part, _ in found):
            part = found[0][0]
            part.order = tuple(key for _, key in found)
            part.grouped = order is None
            part.limited = bool(tree.args.get("limit")) or _extreme(tree) is not None

    def _write(self, tree: Any) -> None:
        named = _named(tree)
        if isinstance(tree, exp.Insert):
            self._insert(tree, named)
            return
        scope = Scope()
        target = tree.this if isinstance(tree.this, exp.Table) else tree.find(exp.Table)
        self._source(scope, target, {}, 0)
        extra = tree.args.get("from_")
        if extra is not None:
            self._source(scope, extra.this, named, 0)
        asked = Conditions(scope, self.arms, self.bound)
        where = tree.args.get("where")
        if where is not None:
            asked.all(conjuncts(where.this))
        for part in self.parts:
            part.everything = True
        if isinstance(tree, exp.Update):
            asked.set(tree.expressions)
        for query in own(tree, exp.Query):
            if not query.find_ancestor(exp.CTE):
                self._query(query, scope, named, 1)

    def _insert(self, tree: Any, named: Mapping[str, Any]) -> None:
        found = tree.find(exp.Table)
        table = self.tables.get(found.name.lower()) if found is not None else None
        if table is None:
            self.unknown.append(found.name if found is not None else "?")
            return
        names = [each.name for each in table.columns if each.computed is None]
        if isinstance(tree.this, exp.Schema):
            names = [each.name for each in tree.this.expressions]
        source = tree.expression
        if isinstance(source, exp.Values):
            rows = source.expressions
            for row in rows:
                values = row.expressions if isinstance(row, exp.Tuple) else [row]
                for name, value in zip(names, values, strict=False):
                    if isinstance(value, exp.Placeholder):
                        self.bound.append(Bound(value.name, table.name, spelled(name), "insert"))
        elif isinstance(source, exp.Query):
            self._query(source, None, named, 0)


def _named(tree: Any) -> dict[str, Any]:
    with_ = tree.args.get("with_")
    return {each.alias.lower(): each.this for each in with_.expressions} if with_ else {}


def _extreme(tree: Any) -> Any:
    """Gives what a query of one min() or max() asks the end of."""
    if len(tree.expressions) != 1 or tree.args.get("group"):
        return None
    found = tree.expressions[0].unalias()
    named = isinstance(found, exp.Anonymous) and found.name.lower() in ("min", "max")
    return found.expressions[0] if named and len(found.expressions) == 1 else None


def _meant(node: Any, names: Mapping[str, Any], columns: list[Any]) -> Any:
    """Gives the expression that an ORDER BY means by a number or by a name."""
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdecimal():
        place = int(node.name) - 1
        return columns[place].unalias() if 0 <= place < len(columns) else node
    if isinstance(node, exp.Column) and not node.table:
        return names.get(node.name.lower(), node)
    return node


def _columns(scope: Scope, tree: Any) -> Columns:
    """Gives what stands behind the columns of a query, none where it makes rows of its own."""
    own_rows = ("group", "having", "distinct", "limit", "windows")
    if any(tree.args.get(each) for each in own_rows):
        return {}
    found: Columns = {}
    for each in tree.expressions:
        inner = each.unalias()
        if isinstance(inner, exp.Star):
            found.update(_all_columns(scope))
        elif isinstance(inner, exp.Column) and not isinstance(inner.this, exp.Star):
            behind = [one for one in scope.resolve(inner) if scope.has(one[0])]
            found[each.alias_or_name.lower()] = behind
        else:
            found[each.alias_or_name.lower()] = []
    return found


def _all_columns(scope: Scope) -> Iterator[tuple[str, list[tuple[Part, str]]]]:
    for part in scope.parts.values():
        for column in part.table.columns:
            yield column.name.lower(), [(part, column.name)]
    for columns in scope.derived.values():
        yield from columns.items()

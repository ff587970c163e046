"""A statement read beside its schema: which column a name means, what is never NULL or unique."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from dbwright.core.query import Itself, Query
from dbwright.core.schema import Column, Table
from dbwright.recipes.queries import tree
from dbwright.recipes.queries.keys import (
    are_whole,
    compares_alike,
    key_among,
    unique_sets,
)
from dbwright.recipes.queries.one_group import computes_whole, is_one_group, own_aggregates

_OPTIONAL = {"LEFT": (False, True), "RIGHT": (True, False), "FULL": (True, True)}
"""Whether a join of this side lets what stands before it, and itself, be all NULL."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A column of a query with the table it belongs to, and the source it comes from."""

    node: exp.Column
    table: Table
    column: Column
    source: Source

    @property
    def key(self) -> str:
        """The column with its table: orders.customer_id."""
        return f"{self.table.key}.{self.column.name}"


@dataclass(slots=True, eq=False)
class Source:
    """What a FROM names: a base table, or another block; `optional` where it may be all NULL."""

    alias: str
    table: Table | None
    block: Block | None
    node: exp.Expr
    join: exp.Join | None = None
    optional: bool = False


@dataclass(slots=True, eq=False)
class Block:
    """A SELECT of a statement with its sources, the one that it stands in as `outer`."""

    node: exp.Select
    scope: Scope
    sources: dict[str, Source] = field(default_factory=dict)
    outer: Block | None = None

    @property
    def limited(self) -> bool:
        """Whether it gives only some of its rows."""
        return any(self.node.args.get(name) for name in ("limit", "offset", "fetch"))

    @property
    def grouped(self) -> bool:
        """Whether its rows are no longer those of its sources."""
        if self.node.args.get("group") or self.node.args.get("having"):
            return True
        return any(own_aggregates(each) for each in self.node.expressions)

    def where(self) -> list[exp.Expr]:
        """Gives the parts of its WHERE that must all hold."""
        clause = self.node.args.get("where")
        return list(tree.conjuncts(clause.this)) if clause is not None else []

    def conditions(self) -> list[exp.Expr]:
        """Gives what must hold of each of its rows: WHERE, and ON of the inner joins."""
        found = self.where()
        joins = [each.join for each in self.sources.values() if each.join is not None]
        if any(join.side in ("RIGHT", "FULL") for join in joins):
            return found  # they add rows of which no ON before them is true
        for join in joins:
            if not join.side and join.args.get("on") is not None:
                found += tree.conjuncts(join.args["on"])
        return found


class Reading:
    """A statement's blocks; `root` is its tree, which all rules share and none may change.

    `blocks` are the SELECTs, innermost first; `root` is another tree to read than the statement's.
    What cannot be told for certain is left out, so that a rule is silent rather than wrong.
    """

    def __init__(self, query: Query, root: exp.Expr | None = None) -> None:
        self.query = query
        self.blocks: list[Block] = []
        self._by_node: dict[int, Block] = {}
        self.root = root
        if root is not None:
            self._read(root)
        elif (shared := _shared(Itself(query))) is not None:
            self.root, self.blocks, self._by_node = shared.root, shared.blocks, shared._by_node

    def block_of(self, node: exp.Expr) -> Block | None:
        """Gives the block that a node stands in."""
        select = node if isinstance(node, exp.Select) else node.find_ancestor(exp.Select)
        return self._by_node.get(id(select))

    def reference(self, node: exp.Expr | None) -> Reference | None:
        """Gives the base table's column that a node is, or None where that is not certain.

        A plain column of a subquery or of a CTE is the column that it passes on.
        """
        if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
            return None
        block = self.block_of(node)
        while block is not None:
            found = self._within(node, block)
            if found is not None:
                return found
            if self._hides(node, block):
                return None
            block = block.outer
        return None

    def references(self, node: exp.Expr) -> list[Reference] | None:
        """Gives the columns that an expression is made of; None where one is not certain."""
        found = [self.reference(each) for each in node.find_all(exp.Column)]
        return None if None in found else [each for each in found if each is not None]

    def is_local(self, node: exp.Expr, block: Block) -> bool:
        """Whether an expression's columns are all of the block's own sources."""
        found = self.references(node)
        return found is not None and all(
            any(each.source is mine for mine in block.sources.values()) for each in found
        )

    def is_not_null(self, node: exp.Expr, block: Block | None = None) -> bool:
        """Whether an expression is never NULL: by the catalog, or as a condition has thrown it out.

        `block` is the one whose conditions hold where the expression stands.
        """
        node = node.unnest()
        if isinstance(node, exp.Literal | exp.Boolean):
            return True
        if isinstance(node, exp.Count):
            return True
        if isinstance(node, exp.Coalesce):
            return any(self.is_not_null(each, block) for each in (node.this, *node.expressions))
        found = self.reference(node)
        if found is None:
            return False
        if not found.column.nullable and not self._may_be_missing(found, block):
            return True
        return block is not None and any(
            self.throws_out_null(each, found) for each in block.conditions()
        )

    def throws_out_null(self, condition: exp.Expr, wanted: Reference) -> bool:
        """Whether a condition is never true where a column is NULL."""
        if isinstance(condition, exp.Is) and condition.args.get("negate"):
            return isinstance(condition.expression, exp.Null) and self._is(condition.this, wanted)
        if isinstance(condition, exp.Not):
            inner = condition.this.unnest()
            if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
                return self._is(inner.this, wanted)
            # NOT IN over a sub-select is true for NULL where the sub-select gives nothing
            listed = isinstance(inner, exp.In) and not inner.args.get("query")
            if listed or isinstance(inner, (exp.Between, exp.Like)):
                return self._is(inner.this, wanted)
            return False
        strict = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.In, exp.Between)
        if not isinstance(condition, strict):
            return False
        sides = (condition.this, condition.args.get("expression"))
        return any(self._is(each, wanted) for each in sides)

    def _is(self, node: exp.Expr | None, wanted: Reference) -> bool:
        found = self.reference(node)
        same = found is not None and found.source is wanted.source
        return same and found is not None and found.column.name == wanted.column.name

    def _may_be_missing(self, found: Reference, block: Block | None) -> bool:
        """Whether an outer join can have put NULL in place of the whole row."""
        if found.source.optional:
            return True
        node: exp.Expr | None = found.node
        here = self.block_of(node) if node is not None else None
        # a column that a subquery passes on is missing where the subquery's row is
        return here is not None and any(
            source.block is not None and source.optional for source in here.sources.values()
        )

    def key_of(
        self, block: Block, given: Iterable[tuple[str, str]] = ()
    ) -> frozenset[tuple[str, str]] | None:
        """Gives columns, by alias and name, whose values no two rows of a block's FROM share.

        Of several keys of a table it is one that is among the given columns, where one is.

        Sources that are joined on a unique key of theirs add nothing. None where a source has no
        key, is no table, or may be missing as a whole.
        """
        joins = [each.join for each in block.sources.values() if each.join is not None]
        if any(join.side in ("RIGHT", "FULL") or join.kind == "ANTI" for join in joins):
            return None
        needed = set(block.sources)
        for alias in reversed(block.sources):
            if needed - {alias} and self.determined(block, needed - {alias}) == set(block.sources):
                needed.discard(alias)
        found: set[tuple[str, str]] = set()
        for alias in needed:
            source = block.sources[alias]
            mine = {name for owner, name in given if owner == alias}
            columns = key_among(self.query.schema, source.table, mine) if source.table else None
            if columns is None or source.optional:
                return None
            found |= {(alias, name) for name in columns}
        return frozenset(found)

    def determined(self, block: Block, by: set[str]) -> set[str]:
        """Gives the sources that have at most one row for each row of those named, and these.

        All columns of one of its unique keys are held equal to what these sources, an outer
        block or constants give.
        """
        found, grown = set(by), True
        while grown:
            more = {
                alias
                for alias, source in block.sources.items()
                if alias not in found and self._is_determined(block, source, found)
            }
            found |= more
            grown = bool(more)
        return found

    def _is_determined(self, block: Block, source: Source, by: set[str]) -> bool:
        if source.join is None:
            return False
        if source.table is None:
            return is_one_group(self, source, lambda node: self._is_given(node, block, by))
        on = source.join.args.get("on")
        conditions = list(tree.conjuncts(on)) if on is not None else []
        if not source.join.side:
            conditions += block.where()
        bound = {
            mine.column.name
            for each in conditions
            if isinstance(each, exp.EQ)
            for one, other in ((each.this, each.expression), (each.expression, each.this))
            if (mine := self.reference(one)) is not None and mine.source is source
            if self._is_given(other, block, by) and self._alike(mine, other)
        }
        return any(set(names) <= bound for names in unique_sets(self.query.schema, source.table))

    def _alike(self, mine: Reference, other: exp.Expr) -> bool:
        """Whether an equality with another column finds no two values that are told apart."""
        theirs = self.reference(other)
        if theirs is not None:
            return compares_alike(mine.column, theirs.column)
        if other.find(exp.Column) is None:
            return other.find(exp.Collate) is None
        inside = [each.column for each in self.references(other) or []]
        return computes_whole(other) and are_whole(mine.column, *inside)

    def _is_given(self, node: exp.Expr, block: Block, by: set[str]) -> bool:
        found = self.references(node)
        if found is None or node.find(exp.Query) is not None:
            return False
        own = {id(source): alias for alias, source in block.sources.items()}
        return all(own.get(id(each.source), "") in by | {""} for each in found)

    # reading

    def _read(self, root: exp.Expr) -> None:
        try:
            scopes = list(traverse_scope(root))
        except (SqlglotError, RecursionError):
            return
        by_scope: dict[int, Block] = {}
        for scope in scopes:
            if isinstance(scope.expression, exp.Select):
                block = Block(scope.expression, scope)
                by_scope[id(scope)] = self._by_node[id(scope.expression)] = block
                self.blocks.append(block)
        for block in self.blocks:
            above = block.node.parent.find_ancestor(exp.Select) if block.node.parent else None
            correlated = block.scope.is_subquery or _is_lateral(block.node)
            block.outer = self._by_node.get(id(above)) if correlated else None
            self._fill(block, by_scope)

    def _fill(self, block: Block, by_scope: dict[int, Block]) -> None:
        first = block.node.args.get("from_") or block.node.args.get("from")
        clauses: list[tuple[exp.Expr, exp.Join | None]] = []
        if first is not None:
            clauses.append((first.this, None))
        clauses += [(join.this, join) for join in block.node.args.get("joins") or ()]
        for node, join in clauses:
            alias = node.alias_or_name
            found = block.scope.sources.get(alias)
            table = self._table(node) if isinstance(found, exp.Table) else None
            inner = by_scope.get(id(found)) if isinstance(found, Scope) else None
            before, itself = _OPTIONAL.get((join.side if join else "") or "", (False, False))
            for each in block.sources.values():
                each.optional |= before
            block.sources[alias] = Source(alias, table, inner, node, join, itself)

    def _table(self, node: exp.Expr) -> Table | None:
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            return None
        name, schema = self._spelled(node.this), self._spelled(node.args.get("db"))
        if schema == "public":
            schema = ""
        key = f"{schema}.{name}" if schema else name
        found = self.query.schema.table(key)
        if found is None and self.query.target.dialect == "sqlite":
            same = (each for each in self.query.schema.tables if each.key.lower() == key.lower())
            found = next(same, None)
        return found

    def _spelled(self, node: exp.Expr | None) -> str:
        """Gives a name as the catalog has it: unquoted ones are folded."""
        if not isinstance(node, exp.Identifier):
            return ""
        folds = self.query.target.dialect == "postgresql" and not node.quoted
        return node.name.lower() if folds else node.name

    def _within(self, node: exp.Column, block: Block) -> Reference | None:
        alias = node.table
        sources = [block.sources[alias]] if alias in block.sources else []
        if not alias:
            sources = list(block.sources.values())
        found = [each for source in sources for each in [self._of_source(node, source)] if each]
        return found[0] if len(found) == 1 else None

    def _of_source(self, node: exp.Column, source: Source) -> Reference | None:
        name = self._spelled(node.this)
        if source.table is not None:
            column = _column(source.table, name, self.query.target.dialect)
            return Reference(node, source.table, column, source) if column else None
        if source.block is None or source.block.grouped or _is_set(source.block.node):
            return None
        for each in source.block.node.expressions:
            if each.alias_or_name == name:
                inner = self.reference(each.unalias())
                if inner is None:
                    return None
                return Reference(node, inner.table, inner.column, _passed(source, inner))
        return None

    def _hides(self, node: exp.Column, block: Block) -> bool:
        """Whether the name is one of the block's own, though not which column it is."""
        if node.table:
            return node.table in block.sources
        return any(source.table is None for source in block.sources.values())


def _passed(source: Source, inner: Reference) -> Source:
    return inner.source if not source.optional else source


def _is_set(node: exp.Select) -> bool:
    return isinstance(node.parent, exp.SetOperation)


def _is_lateral(node: exp.Select) -> bool:
    return node.find_ancestor(exp.Lateral) is not None


def _column(table: Table, name: str, dialect: str) -> Column | None:
    if dialect != "postgresql":
        same = (each for each in table.columns if each.name.lower() == name.lower())
        return next(same, None)
    return table.column(name)


@functools.lru_cache(maxsize=4)
def _shared(of: Itself) -> Reading | None:
    """Gives what all rules read of a query: a long statement is not read once for each of them."""
    root = tree.tree(of.query)
    return Reading(of.query, root) if root is not None else None


def leading(table: Table, names: Iterable[str]) -> Iterator[tuple[str | None, ...]]:
    """Gives the columns of each key, UNIQUE and whole valid index that leads with one of these."""
    wanted = set(names)
    lists: list[Sequence[str | None]] = []
    if table.primary_key:
        lists.append(table.primary_key.columns)
    lists += [unique.columns for unique in table.uniques]
    lists += [each.columns for each in table.indexes if each.valid and each.predicate is None]
    yield from (tuple(each) for each in lists if each and each[0] in wanted)

"""The first rows of an order: what a block with a LIMIT asks of the one table that orders it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from dbwright.core.candidate import IndexKey
from dbwright.core.identifiers import spelled
from dbwright.core.query import Query
from dbwright.core.schema import Index, Table
from dbwright.recipes.queries import remedies, tree
from dbwright.recipes.queries.comparisons import comparisons, unaliased
from dbwright.recipes.queries.reading import Block, Reading, Reference


@dataclass(frozen=True, slots=True)
class FirstRows:
    """A table whose first rows are wanted: the keys of the order, and what its rows have alike.

    `equal` are the columns that are held equal, `fixed` the conditions that are the same in each
    execution, as the WHERE of an index has them, `asked` those of equality among them.
    """

    table: Table
    order: tuple[IndexKey, ...]
    columns: tuple[str, ...]
    equal: tuple[str, ...]
    fixed: tuple[str, ...]
    asked: tuple[str, ...]

    def is_served(self) -> bool:
        """Whether an index already has the wanted rows side by side in the order."""
        return any(self._serves(index) for index in self.table.indexes if index.valid)

    def _serves(self, index: Index) -> bool:
        names = index.columns
        if index.predicate is not None:
            return names[: len(self.columns)] == self.columns
        if not self.equal and self.fixed:
            return False
        behind = names[len(self.equal) :][: len(self.columns)]
        return set(names[: len(self.equal)]) == set(self.equal) and behind == self.columns


def of(query: Query, reading: Reading, block: Block) -> FirstRows | None:
    """Gives what a block with a LIMIT asks for; None where several tables or none order it."""
    order = block.node.args.get("order")
    keys = list(order.expressions) if order is not None else []
    found = [reading.reference(each.this) for each in keys]
    first = found[0] if found else None
    if first is None or not block.limited:
        return None
    if any(each is None or each.source is not first.source for each in found):
        return None
    homes = [each for each in reading.blocks if first.source in each.sources.values()]
    if any(home.limited and home is not block for home in homes):
        return None
    names = tuple(each.column.name for each in found if each is not None)
    blocks = [*homes, *(() if block in homes else (block,))]
    equal: list[str] = []
    asked: list[str] = []
    nulls: list[str] = []
    for comparison in (each for one in blocks for each in comparisons(one)):
        about = reading.reference(comparison.side)
        if about is None or about.source is not first.source or not comparison.is_equality:
            continue
        equal.append(about.column.name)
        if isinstance(comparison.bounds[0][1], (exp.Literal, exp.Boolean)):
            asked.append(_condition(query, comparison.node, about.column.name))
    for condition in (each for one in blocks for each in one.conditions()):
        about = reading.reference(condition.this) if isinstance(condition, exp.Is) else None
        about = about or _always(reading, condition)
        if about is not None and about.source is first.source:
            nulls.append(_condition(query, condition, about.column.name))
    ordered = tuple(
        remedies.column(name, descending=bool(key.args.get("desc")))
        for key, name in zip(keys, names, strict=True)
    )
    return FirstRows(
        first.table,
        ordered,
        names,
        tuple(dict.fromkeys(equal)),
        (*asked, *nulls),
        tuple(asked),
    )


def _always(reading: Reading, condition: exp.Expr) -> Reference | None:
    """Gives the column of a condition that leaves values out: `NOT done`, `state <> 'x'`."""
    if not isinstance(condition, (exp.Column, exp.Not, exp.NEQ)):
        return None
    columns = {each.sql() for each in condition.find_all(exp.Column)}
    varies = condition.find(exp.Query, exp.Func, exp.Placeholder, exp.Parameter) is not None
    found = next(iter(condition.find_all(exp.Column)), None)
    return reading.reference(found) if len(columns) == 1 and not varies else None


def _condition(query: Query, node: exp.Expr, name: str) -> str:
    """A condition on a column as the WHERE of an index has it."""
    copy = unaliased(node)
    for column in copy.find_all(exp.Column):
        column.set("this", exp.to_identifier(name, quoted=spelled(name).startswith('"')))
    return tree.text(query, copy)

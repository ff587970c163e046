"""The way out for a column that a condition wraps: the same condition on the column itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from dbwright.core.finding import Remedy, Risk
from dbwright.core.query import Query
from dbwright.recipes.queries import remedies, tree
from dbwright.recipes.queries.comparisons import Comparison, both, has_index, unaliased
from dbwright.recipes.queries.generated import generated
from dbwright.recipes.queries.immutable import depends_on_session
from dbwright.recipes.queries.reading import Reading, Reference


@dataclass(frozen=True, slots=True)
class Change:
    """Conditions on one wrapped column with what takes their place, and why it is the same.

    `parts` are the conditions on the bare column, `changes` says what rows are others.
    """

    found: Reference
    side: exp.Expr
    pairs: tuple[tuple[exp.Expr, exp.Expr | None], ...]
    parts: tuple[exp.Expr, ...]
    conditions: tuple[str, ...] = ()
    changes: str = ""


def change(
    comparison: Comparison, found: Reference, parts: Sequence[exp.Expr], *conditions: str
) -> Change:
    """Gives the change of one comparison."""
    pairs = ((comparison.node, both(*parts)),)
    return Change(found, comparison.side, pairs, tuple(parts), conditions)


def by_column(changes: Iterable[Change]) -> Iterator[Change]:
    """Gives the changes of one column as one, since each bound alone still reads half."""
    found: dict[tuple[int, str], list[Change]] = {}
    for each in changes:
        found.setdefault((id(each.found.source), each.found.key), []).append(each)
    for several in found.values():
        first = several[0]
        proved = all(each.conditions for each in several)
        conditions = [each for one in several for each in one.conditions] if proved else []
        yield Change(
            first.found,
            first.side,
            tuple(pair for each in several for pair in each.pairs),
            tuple(part for each in several for part in each.parts),
            tuple(dict.fromkeys(conditions)),
            next((each.changes for each in several if each.changes), ""),
        )


def rewritten(query: Query, made_of: Change, *, title: str, sqlalchemy: str = "") -> Remedy:
    """Gives the statement with conditions in another form."""
    found, changes = made_of.found, made_of.changes
    written = ", ".join(tree.text(query, part) for part in made_of.parts)
    return remedies.rewrite(
        query,
        _without_true(tree.replaced(made_of.pairs[0][0].root(), *made_of.pairs)),
        title,
        sqlalchemy=sqlalchemy or f".where({written})",
        conditions=made_of.conditions,
        same=not changes,
        table=found.table.key,
        **({"tradeoff": changes, "risk": _risk(changes)} if changes else {}),  # type: ignore[arg-type]
    )


def compared(
    query: Query, made_of: Change, *, title: str = "compare the column itself", sqlalchemy: str = ""
) -> Remedy:
    """Gives the statement with conditions in another form, and an index where there is none."""
    found = made_of.found
    made = rewritten(query, made_of, title=title, sqlalchemy=sqlalchemy)
    if has_index(found.table, found.column.name):
        return made
    index = remedies.index(query, found.table, [remedies.column(found.column.name)])
    return remedies.without(
        made,
        title=f"{title}, with an index of it",
        code=f"{made.code}\n# and an index:\n{index.code}",
        tradeoff=f"{made.tradeoff}; {index.tradeoff}",
        steps=index.steps,
        candidate=index.candidate,
    )


def _without_true(root: exp.Expr) -> exp.Expr:
    """Takes conditions that were put in the place of others, and say nothing, out of a tree."""
    for node in list(root.find_all(exp.And)):
        if isinstance(node.right, exp.Boolean) and node.right.this is True:
            node.replace(node.left)
    return root


def _risk(changes: str) -> Risk:
    return Risk(changes, "compare both answers on a copy of the data first")


def indexed(query: Query, reading: Reading, found: Reference, side: exp.Expr) -> Iterator[Remedy]:
    """Gives an index of an expression, where its value does not depend on the session."""
    if depends_on_session(query, reading, side):
        return
    if query.target.dialect in remedies.MYSQL:
        yield from generated(query, found, side)
        return
    yield remedies.index(
        query,
        found.table,
        [remedies.key(query, tree.text(query, unaliased(side, query)))],
        tradeoff="no change of the query; one more index to keep, for this expression alone",
    )

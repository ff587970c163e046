"""A statement as its planner sees it, for rules that know a cause by its plainest form."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from dbwright.core.query import Query
from dbwright.recipes.queries import tree
from dbwright.recipes.queries.flattened import flattened
from dbwright.recipes.queries.plain_conditions import plain
from dbwright.recipes.queries.plain_shapes import shaped
from dbwright.recipes.queries.reading import Reading

_DIALECTS = ("postgresql", "sqlite")
_STEPS = 20
_LONGEST = 20_000
"""A longer statement is read as it stands: what makes it long is a list, which hides nothing."""


def seen_through(query: Query) -> Query | None:
    """Gives a query with its statement in a plainer form; None where it is that already.

    Views, CTEs and derived tables are part of the FROM that reads them where they may be, and
    conditions stand as a column beside a value. `written` keeps the statement as it was given:
    whatever is said of the other form is to be tried on that one.
    """
    if query.target.dialect not in _DIALECTS or query.written or len(query.sql) > _LONGEST:
        return None
    root = tree.loose(query.sql, query.target.dialect)
    if not isinstance(root, exp.Query):
        return None
    before = tree.text(query, root)
    made = _plain_form(query, root)
    after = tree.text(query, made)
    if after == before and tree.parse(query.sql, query.target.dialect) is not None:
        return None
    return replace(query, sql=after, written=query.sql)


def _plain_form(query: Query, root: exp.Expr) -> exp.Expr:
    for _ in range(_STEPS):
        before = root
        root = _conditions(flattened(query, root))
        other = shaped(Reading(query, root))
        root = other if other is not None else root
        if root == before:
            break
    return root


def _conditions(root: exp.Expr) -> exp.Expr:
    """Gives a copy of a statement whose filters are plain."""
    copy = root.copy()
    for clause in list(copy.find_all(exp.Where, exp.Having)):
        clause.set("this", plain(clause.this))
    for join in copy.find_all(exp.Join):
        if join.args.get("on") is not None:
            join.set("on", plain(join.args["on"]))
    return copy

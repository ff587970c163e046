"""Queries as trees: parsed, tied to the schema, rewritten, printed as SQL and as SQLAlchemy."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dbwright.core.finding import Edit, Undo
from dbwright.core.plan import Plan
from dbwright.core.schema import Column, Table

GLOT = {"postgresql": "postgres", "sqlite": "sqlite", "mysql": "mysql", "mariadb": "mysql"}
QUERY_FILE = "query.sql"


@dataclass(frozen=True, slots=True)
class Reference:
    """A column of a query with the table it belongs to."""

    node: exp.Column
    table: Table
    column: Column


def tree(plan: Plan) -> exp.Expr | None:
    """Gives a fresh copy of the query's tree; None for text that does not parse."""
    parsed = parse(plan.sql, plan.target.dialect)
    return parsed.copy() if parsed is not None else None


def text(plan: Plan, node: exp.Expr) -> str:
    """Gives the SQL of a tree in the target's dialect."""
    return node.sql(dialect=GLOT[plan.target.dialect])


def reference(plan: Plan, node: exp.Expr) -> Reference | None:
    """Gives the table column that a column node means, or None where that is not certain."""
    if not isinstance(node, exp.Column):
        return None
    found = [
        Reference(node, table, column)
        for alias, table in sources(plan, node)
        if node.table in ("", alias)
        for column in [table.column(node.name)]
        if column is not None
    ]
    return found[0] if len(found) == 1 else None


def sources(plan: Plan, node: exp.Expr) -> Iterator[tuple[str, Table]]:
    """Gives alias and table of each base table in the FROM of the node's SELECT."""
    select = node if isinstance(node, exp.Select) else node.find_ancestor(exp.Select)
    if select is None:
        return
    clauses = [select.args.get("from_") or select.args.get("from"), *select.args.get("joins", [])]
    for clause in clauses:
        source = clause.this if clause is not None else None
        if isinstance(source, exp.Table):
            key = f"{source.db}.{source.name}" if source.db else source.name
            table = plan.schema.table(key.removeprefix("public."))
            if table is not None:
                yield source.alias_or_name, table


def conditions(node: exp.Expr) -> Iterator[exp.Expr]:
    """Gives the parts of a WHERE that must all hold."""
    for where in node.find_all(exp.Where):
        yield from _conjuncts(where.this)


def rewritten(plan: Plan, node: exp.Expr) -> tuple[Edit, ...]:
    """Gives the edit that replaces the query by another form."""
    return (Edit(QUERY_FILE, plan.sql, text(plan, node)),)


def undo(plan: Plan, words: str, edits: tuple[Edit, ...]) -> Undo:
    """Gives the way back: the query as it was."""
    return Undo(words, tuple(Edit(edit.path, edit.after, edit.before) for edit in edits))


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    node = node.unnest()
    if isinstance(node, exp.And):
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node


@functools.lru_cache(maxsize=256)
def parse(sql: str, dialect: str) -> exp.Expr | None:
    """Gives the tree of a text, not to be changed; None for text that does not parse."""
    try:
        return sqlglot.parse_one(sql, dialect=GLOT[dialect])
    except SqlglotError:
        return None

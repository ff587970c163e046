"""A statement as a tree that may be changed and printed again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import SqlglotError
from sqlglot.generators.postgres import PostgresGenerator

from dbwright.core.identifiers import spelled
from dbwright.core.query import Query
from dbwright.dialects.postgresql import grammar

GLOT = {"postgresql": "postgres_kept", "sqlite": "sqlite", "mysql": "mysql", "mariadb": "mysql"}
Twin = Callable[[exp.Expr], exp.Expr]


class Postgres_kept(Postgres):
    """PostgreSQL's grammar without what is added for statements that come from elsewhere.

    sqlglot prints `round(x, 2)` with a cast to numeric, which another database may need.
    """

    class Generator(PostgresGenerator):
        """Prints round() as it was read."""

        TRANSFORMS = {
            **PostgresGenerator.TRANSFORMS,
            exp.Round: lambda self, node: self.func("ROUND", node.this, node.args.get("decimals")),
        }


CONSTANTS = (exp.Literal, exp.Placeholder, exp.Parameter, exp.Boolean, exp.Null)


def tree(query: Query) -> exp.Expr | None:
    """Gives a fresh copy of the statement's tree; None for text that is not read faithfully."""
    parsed = parse(query.sql, query.target.dialect)
    return parsed.copy() if parsed is not None else None


def text(query: Query, node: exp.Expr) -> str:
    """Gives the SQL of a tree in the target's dialect, on one line."""
    return node.sql(dialect=GLOT[query.target.dialect])


def pretty(query: Query, node: exp.Expr) -> str:
    """Gives the SQL of a tree in the target's dialect, a clause a line."""
    return node.sql(dialect=GLOT[query.target.dialect], pretty=True)


@functools.lru_cache(maxsize=256)
def parse(sql: str, dialect: str) -> exp.Expr | None:
    """Gives the tree of a text, not to be changed; None for text that is not read faithfully.

    For PostgreSQL the tree is printed again, and its own parser must find the same statement in
    both: a tree that lost something would lose it from each rewrite.
    """
    try:
        found = sqlglot.parse_one(sql, dialect=GLOT[dialect])
        again = found.sql(dialect=GLOT[dialect])
    except (SqlglotError, RecursionError):
        return None
    if dialect == "postgresql" and not _same(sql, again):
        return None
    return found


@functools.lru_cache(maxsize=64)
def loose(sql: str, dialect: str) -> exp.Expr | None:
    """Gives the tree of a text, not to be changed, that may have lost something of it.

    What is made of it is not the statement before a run has shown the same rows.
    """
    try:
        return sqlglot.parse_one(sql, dialect=GLOT[dialect])
    except (SqlglotError, RecursionError):
        return None


def _same(one: str, other: str) -> bool:
    try:
        return _plain(one) == _plain(other)
    except grammar.Failure:
        return False


def _plain(sql: str) -> str:
    """Gives a statement without what sqlglot spells otherwise: now(), NOT, units of time."""
    return grammar.negated_alike(sql).lower().replace("current_timestamp", "now()")


def identifier(name: str) -> exp.Identifier:
    """Gives a name of the catalog as a part of a tree, in quotes where it needs them."""
    return exp.to_identifier(name, quoted=spelled(name) != name)


def column(name: str, alias: str) -> exp.Column:
    """Gives a column of a source."""
    return exp.Column(this=identifier(name), table=identifier(alias))


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """Gives the parts of a condition that must all hold."""
    yield from _parts(node, exp.And)


def disjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """Gives the parts of a condition of which one must hold."""
    yield from _parts(node, exp.Or)


def _parts(node: exp.Expr, kind: type[exp.Connector]) -> Iterator[exp.Expr]:
    """Gives what connectors of a kind hold together, from left to right: there may be thousands."""
    waiting = [node]
    while waiting:
        found = waiting.pop().unnest()
        if isinstance(found, kind):
            waiting += (found.right, found.left)
        else:
            yield found


def is_constant(node: exp.Expr | None) -> bool:
    """Whether an expression has one value for the whole statement, as far as its text tells."""
    if node is None:
        return False
    return not any(
        isinstance(each, (exp.Column, exp.Query, exp.Star, exp.AggFunc, exp.Window))
        for each in node.walk()
    )


def twinned(root: exp.Expr) -> tuple[exp.Expr, Twin]:
    """Gives a copy of a tree that may be changed, and what gives the twin of each of its nodes."""
    copy = root.copy()
    twins = {id(mine): theirs for mine, theirs in zip(root.walk(), copy.walk(), strict=True)}
    return copy, lambda node: twins[id(node)]


def without(clause: exp.Expr | None, gone: Sequence[exp.Expr]) -> exp.Expr | None:
    """Gives a copy of a condition without some of its parts; None where nothing is left."""
    if clause is None:
        return None
    kept = [each for each in conjuncts(clause) if not any(each is one for one in gone)]
    return exp.and_(*(each.copy() for each in kept)) if kept else None


def replaced(root: exp.Expr, *pairs: tuple[exp.Expr, exp.Expr | None]) -> exp.Expr:
    """Gives a copy of a tree with nodes replaced, taken out where the new one is None.

    The given tree stays as it is, so that what was read of it stays true.
    """
    copy = root.copy()
    twins = {id(mine): theirs for mine, theirs in zip(root.walk(), copy.walk(), strict=True)}
    for old, new in pairs:
        twin = twins[id(old)]
        if new is None:
            twin.pop()
        elif twin is copy:
            copy = new.copy()
        else:
            twin.replace(new.copy())
    return copy

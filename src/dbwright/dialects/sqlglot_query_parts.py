"""A SELECT taken apart for databases whose grammar sqlglot reads: constants, functions, keys."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.query_parts import Constant, QueryParts, SortKey
from dbwright.dialects.sqlglot_queries import tables, tree_of

_ABOUT_ROWS = (exp.Column, exp.Star, exp.Query, exp.Window, exp.AggFunc, exp.Placeholder)
_COMPARING = (exp.Binary, exp.In, exp.Between, exp.Func, exp.Like)
_CONSTANT = (exp.Literal, exp.Neg, exp.Binary, exp.Cast, exp.Func, exp.Boolean)


def parts(sql: str, dialect: str) -> QueryParts:
    """Give the parts of one SELECT; `refused` says why another text is none."""
    return _of(tree_of(sql, dialect), dialect)


def of_view(definition: str, dialect: str) -> QueryParts:
    """Give the parts of a view's query, from its CREATE VIEW as the catalog has it."""
    tree = tree_of(definition, dialect)
    return _of(tree.expression if isinstance(tree, exp.Create) else tree, dialect)


def _of(tree: exp.Expr | None, dialect: str) -> QueryParts:
    if tree is None:
        return QueryParts(refused="it is not one statement that can be read")
    if not isinstance(tree, exp.Query) or not isinstance(tree, exp.Expression):
        return QueryParts(refused="it is no SELECT")
    if tree.find(exp.Placeholder, exp.Parameter):
        return QueryParts(refused="its parameters have no values")
    return QueryParts(
        tuple(tables(tree)),
        tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column))),
        tuple(dict.fromkeys(_functions(tree, dialect))),
        tuple(dict.fromkeys(_constants(tree, dialect))),
        tuple(dict.fromkeys(_conditions(tree, dialect))),
        tree.args.get("order") is not None,
        tuple(_keys(tree, dialect)),
        _window(tree),
    )


def _window(tree: exp.Query) -> int | None:
    """Give where a LIMIT begins."""
    if tree.args.get("limit") is None:
        return None
    offset = tree.args.get("offset")
    if offset is None:
        return 0
    start = offset.expression
    return int(start.this) if isinstance(start, exp.Literal) and not start.is_string else None


def _functions(tree: exp.Expr, dialect: str) -> Iterator[str]:
    for call in tree.find_all(exp.Func):
        yield call.sql(dialect).partition("(")[0].lower()


def _constants(tree: exp.Expr, dialect: str) -> Iterator[Constant]:
    for group, node in enumerate(tree.find_all(*_COMPARING)):
        if isinstance(node, exp.Connector):
            continue
        columns = tuple(dict.fromkeys(column.name for column in node.find_all(exp.Column)))
        if columns:
            for text in _within(node, dialect):
                yield Constant(text, columns, group)
    for text in _within(tree, dialect):
        yield Constant(text, (), -1)


def _conditions(tree: exp.Expr, dialect: str) -> Iterator[tuple[str, str]]:
    for node in tree.find_all(exp.Predicate):
        columns = {column.name for column in node.find_all(exp.Column)}
        if len(columns) == 1 and node.find(exp.Query) is None:
            bare = node.copy()
            for column in bare.find_all(exp.Column):
                column.set("table", None)
            yield columns.pop(), bare.sql(dialect)


def _within(tree: exp.Expr, dialect: str) -> Iterator[str]:
    for node in tree.find_all(*_CONSTANT):
        if node is not tree and node.find(*_ABOUT_ROWS) is None:
            yield node.sql(dialect)


def _keys(tree: exp.Query, dialect: str) -> Iterator[SortKey]:
    order = tree.args.get("order")
    outputs = [(item.alias_or_name, item.unalias()) for item in tree.selects]
    folds = isinstance(tree, exp.SetOperation) or tree.args.get("distinct") is not None
    for item in order.expressions if order is not None else ():
        yield _key(item, outputs, folds, dialect)


def _key(item: exp.Expr, outputs: list[tuple[str, exp.Expr]], folds: bool, dialect: str) -> SortKey:
    node = item.this if isinstance(item, exp.Ordered) else item
    direction = "desc" if item.args.get("desc") else "asc"
    # MySQL has no words for it; what stands there is what sqlglot knows of its order
    if dialect != "mysql" and item.args.get("nulls_first") is not None:
        direction += " nulls first" if item.args.get("nulls_first") else " nulls last"
    if isinstance(node, exp.Literal) and not node.is_string:
        return SortKey(direction, position=int(node.this))
    plain = isinstance(node, exp.Column) and not node.table
    if plain and (folds or node.name in [name for name, _ in outputs]):
        return SortKey(direction, name=node.name)
    same = [place for place, (_, of) in enumerate(outputs, start=1) if of == node]
    stars = any(of.is_star for _, of in outputs)
    if same and not stars:
        return SortKey(direction, position=same[0])
    return SortKey(direction, added=None if folds else node.sql(dialect))


def ranked(
    sql: str,
    keys: tuple[SortKey, ...],
    columns: tuple[str, ...],
    dialect: str,
    *,
    whole: bool = False,
) -> str | None:
    """Give a query of the same rows, each with its rank by the sort keys as the last column.

    `columns` are the names of the result. With `whole` the LIMIT is left out. None where the keys
    cannot be had.
    """
    tree = tree_of(sql, dialect)
    if not isinstance(tree, exp.Query):
        return None
    if whole:
        tree.set("limit", None)
        tree.set("offset", None)
    found, place = [], len(columns)
    for key in keys:
        if key.name is not None and columns.count(key.name) == 1:
            column = columns.index(key.name) + 1
        elif key.position is not None:
            column = key.position
        elif key.added is not None and isinstance(tree, exp.Select):
            place += 1
            column = place
            tree = tree.select(key.added, dialect=dialect)
        else:
            return None
        found.append(f"c{column} {key.direction}")
    every = [f"c{number}" for number in range(1, place + 1)]
    own = ", ".join(every[: len(columns)])
    rank = f"dense_rank() over ({'order by ' if found else ''}{', '.join(found)})"
    return f"with dbw ({', '.join(every)}) as ({tree.sql(dialect)}) select {own}, {rank} from dbw"

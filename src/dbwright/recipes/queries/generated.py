"""An expression of a column as a generated column with an index, which MySQL and MariaDB take.

MariaDB has no index of an expression; a virtual column takes no room but in its index.
https://mariadb.com/kb/en/generated-columns/
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.candidate import IndexKey
from dbwright.core.finding import Remedy, Risk, Step
from dbwright.core.query import Query
from dbwright.dialects.mysql import types
from dbwright.dialects.mysql.indexes import creation
from dbwright.dialects.mysql.quoting import quoted, spelled
from dbwright.recipes.queries import remedies, tree
from dbwright.recipes.queries.comparisons import unaliased
from dbwright.recipes.queries.reading import Reference

_TEXTS = (exp.Lower, exp.Upper, exp.Reverse, exp.Trim)
_KINDS: dict[type[exp.Expr], str] = {
    exp.TsOrDsToDate: "date",
    exp.Date: "date",
    exp.Year: "smallint",
    exp.Month: "tinyint",
}


def generated(
    query: Query, found: Reference, side: exp.Expr, instead: tuple[exp.Expr, exp.Expr] | None = None
) -> Iterator[Remedy]:
    """Gives the generated column with its index, and the query that asks it.

    `instead` is a condition with what takes its place, the expression of it being `side`; else
    the expression alone is replaced. None for an expression whose type is not certain.
    """
    kind = _type(found, side)
    if kind is None:
        return
    name, table = _name(found, side), found.table
    own = exp.column(tree.identifier(name), table=found.node.args.get("table"))
    old, new = instead or (side, side)
    other = tree.replaced(old.root(), (old, _with(new, side, own)))
    text = tree.text(query, unaliased(side, query))
    column = (
        f"alter table {quoted(table.name)} add column {spelled(name)} {kind}"
        f" generated always as ({text}) virtual"
    )
    index = creation(f"ix_{table.name}_{name}"[:64], table.name, [IndexKey(name)])
    made = remedies.rewrite(
        query,
        other,
        f"a generated column {name} with an index, and the query asks that",
        sqlalchemy=f'{name} = mapped_column(…, Computed("{text}", persisted=False), index=True)',
        conditions=(f"{name} is {text} by its definition",),
        table=table.key,
    )
    yield remedies.without(
        made,
        code=f"{column};\n{index};\n-- and the query:\n{made.code}",
        tradeoff="a column more, kept by the server; every write keeps one more index",
        risk=Risk(
            "an INSERT that names no columns meets one more; each write keeps one more index",
            "name the columns in each INSERT, and deploy the column before the query",
        ),
        undo=f"alter table {quoted(table.name)} drop column {spelled(name)}, and the former query",
        steps=(Step(column), Step(index)),
    )


def _with(new: exp.Expr, side: exp.Expr, own: exp.Expr) -> exp.Expr:
    if new is side:
        return own
    return new.transform(lambda node: own.copy() if node == side else node)


def _name(found: Reference, side: exp.Expr) -> str:
    word = {"TsOrDsToDate": "date"}.get(type(side).__name__, type(side).__name__.lower())
    name = f"{found.column.name}_{word}"
    taken = {column.name.lower() for column in found.table.columns}
    return name if name.lower() not in taken else f"{name}_generated"


def _type(found: Reference, side: exp.Expr) -> str | None:
    column = found.column
    if isinstance(side, _TEXTS) and side.this == found.node:
        if types.family(column.type) not in ("varchar", "char") or len(_arguments(side)) > 1:
            return None
        return column.type + (f" collate {column.collation}" if column.collation else "")
    if types.family(column.type) not in ("timestamp", "date"):
        return None  # of a TIMESTAMP the day is that of the session's zone
    if isinstance(side, exp.Cast):
        return "date" if side.to.is_type("date") else None
    return _KINDS.get(type(side))


def _arguments(side: exp.Expr) -> list[object]:
    return [value for value in side.args.values() if value]

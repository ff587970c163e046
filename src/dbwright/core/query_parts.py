"""What a query is made of, as far as it matters for the rows on which two queries may differ."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Constant:
    """An expression without columns, and the columns that it stands beside.

    `group` is shared by the constants of one comparison: `x / 100 > 4` has two.
    """

    sql: str
    columns: tuple[str, ...] = ()
    group: int = 0


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of an ORDER BY: a column of the result by position or name, or else an expression.

    `added` is the expression as it can be put among the columns of the result; None where it
    cannot, since the query folds rows by them.
    """

    direction: str
    position: int | None = None
    name: str | None = None
    added: str | None = None


@dataclass(frozen=True, slots=True)
class QueryParts:
    """One SELECT taken apart.

    `functions` are the names of what it calls, `columns` the names of columns in it.
    `window` is the row at which a LIMIT begins, None where there is none or it is not a number.
    `conditions` are comparisons of one column, each with the column's name and without its
    table's. `ordered` says that the order of the rows is asked for. `refused` says why it is no
    statement to test.
    """

    relations: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    constants: tuple[Constant, ...] = ()
    conditions: tuple[tuple[str, str], ...] = ()
    ordered: bool = False
    keys: tuple[SortKey, ...] = field(default=())
    window: int | None = None
    refused: str | None = None

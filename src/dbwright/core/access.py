"""Access: what a statement asks of one table, as its plan shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ConditionKind = Literal[
    "equal", "in", "range", "null", "not null", "true", "false", "prefix", "like", "operator"
]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a table: an expression of its columns against a value from elsewhere.

    `expression` is SQL without the alias, a plain column's name as it stands in SQL. `value` is
    the constant in SQL, None where it comes from another table or a parameter. `operator` is the
    one that stands there; `outer` names the alias that the other side comes from.
    """

    expression: str
    kind: ConditionKind
    operator: str = "="
    value: str | None = None
    outer: str | None = None
    parameter: int | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key by which rows are wanted in order."""

    expression: str
    descending: bool = False
    nulls_first: bool = False
    is_column: bool = True


@dataclass(frozen=True, slots=True)
class Access:
    """How a statement reads one table.

    `order` holds the keys by which its rows are sorted or grouped as a whole, where they are this
    table's alone; `limited` says that only the first are wanted. `needed` are the columns that are
    read, None where that is unknown. `conditions` all hold together.
    """

    schema: str
    table: str
    alias: str
    conditions: tuple[Condition, ...] = ()
    order: tuple[OrderKey, ...] = ()
    grouped: bool = False
    limited: bool = False
    needed: frozenset[str] | None = None
    rows: float = 0.0

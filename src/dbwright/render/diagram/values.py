"""The value that every drawing is made of: boxes for tables, lines for columns, edges for keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dbwright.core.schema import TableKind

Mark = Literal["PK", "FK", "UK"]


@dataclass(frozen=True, slots=True)
class Line:
    """A column: its marks, the tables that it refers to, and what else a reader should know."""

    name: str
    type: str
    nullable: bool = True
    marks: tuple[Mark, ...] = ()
    refers: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A table or view. `model` names the mapped classes; an association joins two tables."""

    key: str
    schema: str | None = None
    kind: TableKind = "table"
    lines: tuple[Line, ...] = ()
    model: str = ""
    association: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A foreign key. `optional`: a child may have no parent; `single`: a parent has one at most.

    `identifies` says that the child's primary key holds the columns.
    """

    child: str
    parent: str
    columns: tuple[str, ...]
    referred: tuple[str, ...]
    optional: bool = False
    single: bool = False
    identifies: bool = False
    on_delete: str | None = None

    @property
    def words(self) -> str:
        """The key as a sentence: `orders.customer_id → customers.id, ON DELETE CASCADE`."""
        ends = f"{_end(self.child, self.columns)} → {_end(self.parent, self.referred)}"
        return f"{ends}, ON DELETE {self.on_delete}" if self.on_delete else ends


@dataclass(frozen=True, slots=True)
class Diagram:
    """All that is drawn. `left_out` counts the tables of the schema that are not."""

    boxes: tuple[Box, ...] = ()
    edges: tuple[Edge, ...] = ()
    left_out: int = 0


def _end(table: str, columns: tuple[str, ...]) -> str:
    inside = ", ".join(columns)
    return f"{table}.{inside}" if len(columns) == 1 else f"{table} ({inside})"

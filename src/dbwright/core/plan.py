"""Plan, workload and recording: statements and how a database runs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dbwright.core.place import Place
from dbwright.core.schema import Schema
from dbwright.core.target import Target


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a plan in the server's own words (`Seq Scan`); `rows` estimated per loop."""

    name: str
    relation: str | None = None
    index: str | None = None
    filter: str | None = None
    index_condition: str | None = None
    rows: float = 0.0
    actual_rows: float | None = None
    loops: float | None = None
    cost: float = 0.0
    removed: float | None = None
    children: tuple[Node, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def walk(self) -> Iterator[Node]:
        """Gives the node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement with its plan and the schema it runs on.

    `root` is None where no database could be asked. `rows` are the rows per table.
    """

    sql: str
    schema: Schema
    target: Target
    root: Node | None = None
    place: Place | None = None
    rows: dict[str, int] = field(default_factory=dict)
    origin: str = "sql"


@dataclass(frozen=True, slots=True)
class WorkloadStatement:
    """A normalised statement with its calls and total milliseconds."""

    sql: str
    calls: float = 1
    milliseconds: float | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """Statements that a program sends; `left_out` has a sentence for what is not among them."""

    statements: tuple[WorkloadStatement, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A statement of a running program, with its parameters and call site."""

    sql: str
    parameters: tuple[Any, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """The statements of one run of a program, in order."""

    statements: tuple[Recorded, ...] = ()

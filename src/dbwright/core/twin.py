"""Twin: a database without its rows, as its planner sees it, in one file."""

from __future__ import annotations

from dataclasses import dataclass, field

from dbwright.core.existing import ExistingIndex
from dbwright.core.explained import Explained
from dbwright.core.plan import Workload
from dbwright.core.statistics import Statistics

FORMAT = 1
"""The version of the file's format."""


@dataclass(frozen=True, slots=True)
class TwinSource:
    """Where a twin comes from: the server in words, its major version, what sorts its texts.

    `planned_as` is the role whose plans are made where row security holds for it, and `member_of`
    are the roles of policies that it is in.
    """

    server: str
    major: int
    database: str
    role: str
    exported_at: str
    encoding: str = "UTF8"
    provider: str = "c"
    collate: str = "C"
    ctype: str = "C"
    locale: str | None = None
    planned_as: str | None = None
    member_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """An object of the schema and the statement that makes it."""

    kind: str
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Twin:
    """A database's schema, statistics, sizes, planner settings and statements; not one row.

    `left_out` has a sentence for each thing that could not be read or is not carried over.
    `redacted` says that the values in the statistics were left out.
    """

    source: TwinSource
    objects: tuple[Made, ...] = ()
    indexes: tuple[ExistingIndex, ...] = ()
    statistics: Statistics = field(default_factory=Statistics)
    settings: dict[str, str] = field(default_factory=dict)
    workload: Workload = field(default_factory=Workload)
    left_out: tuple[str, ...] = ()
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class TwinPlan:
    """The plan of one statement, in the server's own words (`plan`) and read; or why none is."""

    sql: str
    plan: str | None = None
    cost: float | None = None
    error: str | None = None
    explained: Explained | None = None


@dataclass(frozen=True, slots=True)
class TwinPlans:
    """Plans made on a twin, and how near its server is to the source.

    `exact` says that the plans are the source's; `missed` has a sentence for each thing that the
    twin lacks.
    """

    source: TwinSource
    server: str
    exact: bool
    plans: tuple[TwinPlan, ...] = ()
    missed: tuple[str, ...] = ()

"""Described: the tables of a project's models, or of a database, as they were read."""

from __future__ import annotations

from dataclasses import dataclass, field

from dbwright.core.finding import Unverified
from dbwright.core.mapping import Mapping
from dbwright.core.schema import Schema


@dataclass(frozen=True, slots=True)
class Described:
    """A schema and what is known beside it.

    `mapping` is there where the models were read, `rows` maps a table's key to its rows where a
    number is known, `server` says what was asked. `unverified` are the parts that were not read.
    """

    schema: Schema
    mapping: Mapping | None = None
    rows: dict[str, int] = field(default_factory=dict)
    server: str = ""
    unverified: tuple[Unverified, ...] = ()

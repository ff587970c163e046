"""Live: what was read of a database in use, once and read-only."""

from __future__ import annotations

from dataclasses import dataclass, field

from dbwright.core.schema import Schema
from dbwright.core.target import Target


@dataclass(frozen=True, slots=True)
class Live:
    """A live database: its catalog, what its version table holds, and how large its tables are.

    `versions` is empty where there is no version table. `rows` maps a table's key to the number
    that the server estimates; tables of which it knows nothing are not in it. `hidden` are the
    objects that the role may not read, `refused` its version table if it is one of them.
    `unguarded` maps tables whose policies do not hold for the role to why: `app owns the table`.
    """

    schema: Schema
    versions: tuple[str, ...] = ()
    rows: dict[str, int] = field(default_factory=dict)
    server: str = ""
    target: Target | None = None
    hidden: tuple[str, ...] = ()
    refused: str = ""
    unguarded: dict[str, str] = field(default_factory=dict)

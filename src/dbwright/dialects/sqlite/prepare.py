"""What a scratch database needs before tables are created in it."""

from __future__ import annotations

from typing import Any

from dbwright.core.schema import Schema


def prepare(database: Any, schema: Schema) -> None:
    """Makes nothing: SQLite has neither schemas nor extensions to install."""

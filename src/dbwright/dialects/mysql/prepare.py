"""What a scratch database needs before tables are created in it."""

from __future__ import annotations

from typing import Any

from dbwright.core.schema import Schema


def prepare(database: Any, schema: Schema) -> None:
    """Makes nothing: a schema of MySQL is another database, which is none of ours to make."""

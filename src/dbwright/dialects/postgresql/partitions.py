"""What the catalog tells of partitions: by what a table is cut, and what spares a scan."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dbwright.core.schema import Check, Schema, Table


def key_columns(parent: Table) -> tuple[str, ...]:
    """Give the columns by which a table is cut, those in expressions too."""
    _, _, key = (parent.partition or "").partition("PARTITION BY")
    words = set(re.findall(r"\w+", key))
    return tuple(column.name for column in parent.columns if column.name in words)


def has_proof(parent: Table, checks: Iterable[Check]) -> bool:
    """Whether a validated check of the partition is about the columns that the table is cut by.

    Whether it says enough is for the server to tell; a run shows the scan where it does not.
    """
    key = set(key_columns(parent))
    return any(check.validated and key & _named(check, parent) for check in checks)


def parts_of(parent: Table, schema: Schema) -> tuple[Table, ...]:
    """Give the partitions of a table."""
    return tuple(found for found in schema.tables if found.info.get("partition_of") == parent.key)


def default_of(parent: Table, schema: Schema) -> Table | None:
    """Give the default partition of a table."""
    words = re.compile(r"""^PARTITION OF ("[^"]*"|[^"\s])+ DEFAULT\b""")
    found = (part for part in parts_of(parent, schema) if words.match(part.partition or ""))
    return next(found, None)


def _named(check: Check, parent: Table) -> set[str]:
    if check.columns:
        return set(check.columns)
    words = set(re.findall(r"\w+", check.expression))
    return {column.name for column in parent.columns if column.name in words}

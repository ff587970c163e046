"""Other spellings that a brief may use where they are unambiguous."""

from __future__ import annotations

KINDS: dict[str, tuple[str, bool]] = {
    "one-to-many": ("many-to-one", True),
    "1:n": ("many-to-one", True),
    "n:1": ("many-to-one", False),
    "1:1": ("one-to-one", False),
    "n:m": ("many-to-many", False),
    "m:n": ("many-to-many", False),
}
"""Kinds of relationships: what is meant, and whether source and target change places."""

TYPES = {
    "str": "string",
    "varchar": "string",
    "char": "string",
    "int": "integer",
    "bigint": "integer",
    "number": "decimal",
    "numeric": "decimal",
    "double": "float",
    "real": "float",
    "bool": "boolean",
    "timestamp": "datetime",
    "timestamptz": "datetime",
    "instant": "datetime",
    "interval": "duration",
    "guid": "uuid",
    "jsonb": "json",
    "object": "json",
    "blob": "bytes",
    "binary": "bytes",
    "inet": "ip",
    "percentage": "percent",
    "enum": "string",
    "array": "tags",
}
"""Types by other names."""

"""Kinds of column types, told from their spelling in any of the databases."""

from __future__ import annotations

_TEXT = ("character varying", "varchar", "text", "char", "nvarchar", "longtext", "mediumtext")
_INTEGERS = {
    "smallint": 2,
    "integer": 4,
    "int": 4,
    "mediumint": 4,
    "bigint": 8,
    "serial": 4,
    "bigserial": 8,
}


def bare(type_text: str) -> str:
    """Gives the type without its sizes: `numeric(12,2)` is `numeric`."""
    head, _, tail = type_text.partition("(")
    return f"{head}{tail.partition(')')[2]}".strip().lower()


def is_text(type_text: str) -> bool:
    """Whether the type is a text that compares by its characters."""
    return bare(type_text).startswith(_TEXT) and not type_text.endswith("[]")


def is_boolean(type_text: str) -> bool:
    """Whether the type is a yes or no."""
    return bare(type_text) in {"boolean", "bool"} or type_text.lower() == "tinyint(1)"


def is_float(type_text: str) -> bool:
    """Whether the type is a binary float."""
    return bare(type_text) in {"real", "double precision", "float", "double", "float4", "float8"}


def integer_bytes(type_text: str) -> int | None:
    """Gives the width of an integer type, None for any other."""
    return _INTEGERS.get(bare(type_text).removesuffix(" unsigned"))


def is_number(type_text: str) -> bool:
    """Whether the type is any number."""
    exact = bare(type_text) in {"numeric", "decimal"}
    return exact or is_float(type_text) or integer_bytes(type_text) is not None


def is_naive_timestamp(type_text: str) -> bool:
    """Whether the type is PostgreSQL's timestamp without a time zone."""
    return bare(type_text) in {"timestamp without time zone", "timestamp"}


def is_aware_timestamp(type_text: str) -> bool:
    """Whether the type is PostgreSQL's timestamp with a time zone."""
    return bare(type_text) in {"timestamp with time zone", "timestamptz"}


def is_moment(type_text: str) -> bool:
    """Whether the type holds a point in time, in any of the databases."""
    return bare(type_text).startswith(("timestamp", "datetime"))


def family(type_text: str) -> str:
    """Gives what two columns must share to be compared: their kind, without sizes."""
    if is_text(type_text):
        return "text"
    if integer_bytes(type_text) is not None:
        return "integer"
    return bare(type_text)

"""SQLAlchemy's names for MariaDB's types, which are MySQL's but for the words' prefix."""

from __future__ import annotations

from collections.abc import Callable

from dbwright.core.schema import Index
from dbwright.dialects.mysql import declared as mysql
from dbwright.dialects.mysql.declared import (
    BODIES_UNCHECKED,
    DIALECT,
    NOTE,
    REPRINTS,
    SQLALCHEMY_NAMES,
    counting,
    declared,
    default,
    domains,
    excludes,
    generated,
    index_key,
    is_made_by_key,
    names_classes,
    names_key_so,
    readable,
    sequence_of,
    sequences,
    table_options,
    undeclarable,
)

PREFIX = "mariadb"

__all__ = [
    "BODIES_UNCHECKED",
    "DIALECT",
    "NOTE",
    "PREFIX",
    "REPRINTS",
    "SQLALCHEMY_NAMES",
    "counting",
    "declared",
    "default",
    "domains",
    "excludes",
    "generated",
    "index_key",
    "index_options",
    "is_made_by_key",
    "names_classes",
    "names_key_so",
    "readable",
    "sequence_of",
    "sequences",
    "table_options",
    "undeclarable",
]


def index_options(index: Index, literal: Callable[[str], str]) -> list[str]:
    """Gives the kind of an index, and how many characters of a column it holds."""
    words = mysql.index_options(index, literal)
    return [word.replace(mysql.PREFIX, PREFIX, 1) for word in words]

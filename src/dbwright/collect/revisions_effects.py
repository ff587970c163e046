"""Effects: which calls may change the database though the file does not show how."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from dbwright.collect.revisions_values import (
    CONNECTION,
    CONTEXT,
    SESSION,
    Batch,
    Made,
    Member,
    Symbol,
)

_OPERATIONS = Symbol("alembic.op")
_LOOKS = frozenset(
    ["inspect", "from_engine", "MetaData", "Table", "Inspector", "reflect", "Session", "table"]
)
_LOOKING_WORDS = ("has_", "is_", "get_", "exist", "inspect", "find_", "fetch_", "_has_", "_get_")
_TALKS = frozenset(
    [
        "info",
        "debug",
        "warning",
        "warn",
        "error",
        "exception",
        "log",
        "critical",
        "echo",
        "secho",
        "print",
        "getLogger",
        "basicConfig",
        "fileConfig",
        "simplefilter",
        "filterwarnings",
    ]
)
_OWN = frozenset({"sqlalchemy", "alembic", "builtins", "sqlmodel", "typing_extensions"})


def reaches_database(arguments: Iterable[Any], keywords: Mapping[str, Any]) -> bool:
    """Whether a call is handed the connection, a session, `op` or a batch."""
    handles = (CONNECTION, SESSION, CONTEXT, _OPERATIONS)
    for value in (*arguments, *keywords.values()):
        if isinstance(value, Batch) or (isinstance(value, Symbol) and value in handles):
            return True
    return False


def only_looks(function: Symbol | Member) -> bool:
    """Whether a function that is handed the connection reads it only, by its name."""
    name = function.last if isinstance(function, Symbol) else function.name
    return name in _LOOKS or any(word in name for word in _LOOKING_WORDS)


def may_change_database(function: Symbol | Member) -> bool:
    """Whether a call whose value nobody takes may do its work in the database.

    Functions of the standard library, of SQLAlchemy and those that log do not.
    """
    owner: Any = function
    while isinstance(owner, Member):
        if owner.name in _TALKS:
            return False
        owner = owner.of.what if isinstance(owner.of, Made) else owner.of
    symbol = symbol_of(function)
    if symbol is None or symbol.last in _TALKS:
        return False
    root = symbol.name.partition(".")[0]
    return root not in _OWN and root not in sys.stdlib_module_names


def symbol_of(function: Symbol | Member) -> Symbol | None:
    """Gives the name at the beginning of a chain of calls, None where it begins otherwise."""
    owner: Any = function
    while isinstance(owner, Member):
        owner = owner.of.what if isinstance(owner.of, Made) else owner.of
    return owner if isinstance(owner, Symbol) else None

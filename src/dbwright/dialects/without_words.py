"""What the models of a database need no words for where it knows none of these things.

MySQL's and SQLite's `declared` take it as their own; PostgreSQL has an answer to each.
"""

from __future__ import annotations

from collections.abc import Callable, Set

from dbwright.core.inventory import Inventory
from dbwright.core.schema import Column, Table

REPRINTS = False
"""Whether the server prints a definition anew, whoever spaced it how."""
BODIES_UNCHECKED = ""
"""What has functions be made before the tables that they name."""


def sequence_of(sql: str) -> str | None:
    """Gives the sequence whose next value a default is: none that the module declares."""
    return None


def excludes(
    table: Table,
    inventory: Inventory,
    use: Callable[[str, str], str],
    escaped: Callable[[str], str],
    kept: Set[tuple[str, str]],
) -> list[tuple[str, list[str]]]:
    """Gives EXCLUDE constraints: there are none."""
    return []


def sequences(inventory: Inventory) -> list[str]:
    """Gives the sequences that the module declares: none, MariaDB's stay statements."""
    return []


def counting(inventory: Inventory, key: str, use: Callable[[str], str]) -> list[str]:
    """Gives the words of a sequence that the module declares."""
    return []


def domains(inventory: Inventory) -> list[tuple[str, Column]]:
    """Gives domains: there are none."""
    return []


def undeclarable(inventory: Inventory) -> set[tuple[str, str]]:
    """Gives the keys of what SQLAlchemy has no words for: none that could stand alone."""
    return set()


def readable(condition: str) -> str:
    """Gives a condition as it was written: as it is printed."""
    return condition

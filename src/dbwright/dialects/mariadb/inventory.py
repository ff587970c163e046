"""All of a MariaDB database in its own words, read as MySQL's is."""

from __future__ import annotations

from typing import Any

from dbwright.core.inventory import Inventory
from dbwright.dialects.mysql import inventory
from dbwright.dialects.mysql.inventory import prepare

__all__ = ["prepare", "read"]


def read(connection: Any) -> Inventory:
    """Gives what the connection's database holds; nothing is written or committed."""
    return inventory.read(connection, "mariadb")

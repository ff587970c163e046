"""The schema as MariaDB's information_schema has it, read as MySQL's is."""

from __future__ import annotations

from typing import Any

from dbwright.core.schema import Schema
from dbwright.dialects.mysql import catalog
from dbwright.dialects.mysql.catalog import passed_policies, schema_names, version_tables

__all__ = ["passed_policies", "read_schema", "schema_names", "version_tables"]


def read_schema(connection: Any) -> Schema:
    """Give the schema of the connection's database; nothing is written or committed."""
    return catalog.read_schema(connection, "mariadb")

"""The SQL of an account of MariaDB that only reads, as of MySQL."""

from __future__ import annotations

from dbwright.dialects.mysql.grant_role import DEFAULT_SCHEMAS, statements, surroundings

__all__ = ["DEFAULT_SCHEMAS", "statements", "surroundings"]

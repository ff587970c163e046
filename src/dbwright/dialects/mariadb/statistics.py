"""How many rows each table has, as in MySQL."""

from __future__ import annotations

from dbwright.dialects.mysql.statistics import gather, rows, settle

__all__ = ["gather", "rows", "settle"]

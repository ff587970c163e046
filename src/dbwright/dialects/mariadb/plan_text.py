"""EXPLAIN of MariaDB as people copy it: the table, which is MySQL's, with what ANALYZE adds."""

from __future__ import annotations

from dbwright.dialects.mysql.plan_text import looks_like, read

__all__ = ["looks_like", "read"]

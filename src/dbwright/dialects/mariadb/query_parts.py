"""A SELECT of MariaDB taken apart, by MySQL's grammar."""

from __future__ import annotations

from dbwright.dialects.mysql.query_parts import of_view, parts, ranked

__all__ = ["of_view", "parts", "ranked"]

"""Names as they are written in SQL, as in MySQL."""

from __future__ import annotations

from dbwright.dialects.mysql.quoting import literal, quoted, quoted_key, spelled

__all__ = ["literal", "quoted", "quoted_key", "spelled"]

"""The guard of reads on MariaDB, which is MySQL's."""

from __future__ import annotations

from dbwright.dialects.mysql.reading import allowed

__all__ = ["allowed"]

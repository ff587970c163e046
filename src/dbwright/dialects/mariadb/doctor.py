"""What is wrong with a connection to MariaDB, as to MySQL."""

from __future__ import annotations

from dbwright.dialects.mysql.doctor import examined

__all__ = ["examined"]

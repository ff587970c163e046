"""What statements that write would do to MariaDB, as to MySQL."""

from __future__ import annotations

from dbwright.dialects.mysql.writing import execute, leave_transaction, planned

__all__ = ["execute", "leave_transaction", "planned"]

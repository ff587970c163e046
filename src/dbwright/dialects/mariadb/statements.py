"""SQL text of MariaDB as operations: MySQL's grammar, as far as migrations use it."""

from __future__ import annotations

from dbwright.dialects.mysql.statements import demands, parse, split

__all__ = ["demands", "parse", "split"]

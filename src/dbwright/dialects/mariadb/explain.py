"""Plans of MariaDB, which are asked for as MySQL's are."""

from __future__ import annotations

from dbwright.dialects.mysql.explain import (
    as_application,
    asked,
    plan,
    reads_whole_table,
    scans_disfavored,
)

__all__ = ["as_application", "asked", "plan", "reads_whole_table", "scans_disfavored"]

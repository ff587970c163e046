"""Types of MariaDB: MySQL's, which knows the two apart by the target."""

from __future__ import annotations

from dbwright.dialects.mysql.types import canonical, family, fits, labels, limits, rewrites

__all__ = ["canonical", "family", "fits", "labels", "limits", "rewrites"]

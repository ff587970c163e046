"""Types of MariaDB: MySQL's, which knows the two apart by the target."""

from __future__ import annotations

from dbwright.dialects.mysql.types import (
    base_of,
    canonical,
    family,
    fits,
    labels,
    limits,
    rewrites,
)

__all__ = ["base_of", "canonical", "family", "fits", "labels", "limits", "rewrites"]

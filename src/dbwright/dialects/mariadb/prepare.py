"""What a scratch database needs before tables are created in it, as in MySQL."""

from __future__ import annotations

from dbwright.dialects.mysql.prepare import prepare

__all__ = ["prepare"]

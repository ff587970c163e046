"""Connections to a server of MariaDB, as to one of MySQL."""

from __future__ import annotations

from dbwright.dialects.mysql.server import Connection, Version, connect, version

__all__ = ["Connection", "Version", "connect", "version"]

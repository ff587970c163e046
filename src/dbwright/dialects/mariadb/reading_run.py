"""An allowed statement run on MariaDB, as on MySQL."""

from __future__ import annotations

from dbwright.dialects.mysql.reading_run import bound, finish, prepare, run, secrets

__all__ = ["bound", "finish", "prepare", "run", "secrets"]

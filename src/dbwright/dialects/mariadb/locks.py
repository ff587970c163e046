"""What DDL of MariaDB keeps others from doing: MySQL's tables, by the target."""

from __future__ import annotations

from dbwright.dialects.mysql.locks import blocks_reads, blocks_writes, effect

__all__ = ["blocks_reads", "blocks_writes", "effect"]

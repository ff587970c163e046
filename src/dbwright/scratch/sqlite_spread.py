"""Statistics of an index of a whole table, from a part of its rows."""

from __future__ import annotations

import sqlite3

from dbwright.core.candidate import Candidate
from dbwright.dialects.sqlite.quoting import quoted


class Spread:
    """How the keys of a candidate are spread over all rows, of which `share` is here."""

    def __init__(self, connection: sqlite3.Connection, candidate: Candidate, share: float) -> None:
        self.connection, self.candidate, self.share = connection, candidate, share

    def numbers(self) -> str:
        """Gives what sqlite_stat1 would have: all rows, then the rows of each run of keys.

        The number of different keys is Haas and Stokes' estimate (Duj1), as PostgreSQL takes it.
        https://www.sqlite.org/fileformat2.html#the_sqlite_stat1_table
        """
        found = []
        total = 1
        for width in range(1, len(self.candidate.keys) + 1):
            rows, different, single = self._counted(width)
            total = max(1, round(rows / self.share))
            below = rows - single + single * self.share
            all_different = max(1.0, min(total, rows * different / below if below else 1.0))
            found.append(max(1, round(total / all_different)))
        return " ".join(str(each) for each in (total, *found))

    def _counted(self, width: int) -> tuple[int, int, int]:
        keys = ", ".join(
            key.expression if key.is_column else f"({key.expression})"
            for key in self.candidate.keys[:width]
        )
        where = f" where {self.candidate.where}" if self.candidate.where else ""
        row = self.connection.execute(
            "select total(n), count(*), total(n = 1) from (select count(*) as n from "
            f"{quoted(self.candidate.table)}{where} group by {keys})"
        ).fetchone()
        return int(row[0]), int(row[1]), int(row[2])

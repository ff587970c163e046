"""Diagnosis: what is wrong with a connection to a database, and the way out of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dbwright.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong with a connection: what was seen, and what to do."""

    name: str
    severity: Literal["error", "warning", "info"]
    message: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found of a connection.

    `facts` say what answers there, `complaints` what is wrong, the worst first. `almighty` says
    that the role may do anything, `refused` why an agent may not use it; it is empty where it may.
    """

    database: str
    role: str
    facts: tuple[str, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    almighty: bool = False
    refused: str = ""

    @property
    def exit_status(self) -> int:
        """Gives 2 where an agent is refused, 1 where something is wrong, 0 else."""
        if self.refused:
            return 2
        return int(any(each.severity != "info" for each in self.complaints))

    def raise_if_refused(self) -> None:
        """Raises UsageError where an agent may not use the connection."""
        if self.refused:
            raise UsageError(self.refused, way_out=SUPERUSER_WAY_OUT)


SUPERUSER_WAY_OUT = (
    "Make a role that only reads:  dbwright grant-role --db URL\n"
    "Or accept it, by hand: allow-superuser = true in [tool.dbwright]."
)
_ORDER = ("error", "warning", "info")


def sorted_by_weight(complaints: list[Complaint]) -> tuple[Complaint, ...]:
    """Gives the complaints, the worst first."""
    return tuple(sorted(complaints, key=lambda each: _ORDER.index(each.severity)))


_ENDS = {
    ("PostgreSQL", 13): "2025-11-13", ("PostgreSQL", 14): "2026-11-12",
    ("PostgreSQL", 15): "2027-11-11", ("PostgreSQL", 16): "2028-11-09",
    ("PostgreSQL", 17): "2029-11-08", ("PostgreSQL", 18): "2030-11-14",
    ("MySQL", 8, 0): "2026-04-30", ("MySQL", 8, 4): "2032-04-30",
    ("MariaDB", 10, 6): "2026-07-06", ("MariaDB", 10, 11): "2028-02-16",
    ("MariaDB", 11, 4): "2029-05-29", ("MariaDB", 11, 8): "2028-06-04",
}  # fmt: skip
"""When the makers' support ends.

https://www.postgresql.org/support/versioning/ https://mariadb.org/about/#maintenance-policy
"""


def age(family: str, numbers: tuple[int, ...], today: str) -> Complaint | None:
    """Gives the complaint about a version that gets no security fixes; `today` as 2026-11-29.

    >>> age("PostgreSQL", (18,), "2026-11-29"), age("PostgreSQL", (13,), "2026-11-29").name
    (None, 'old-version')
    """
    ends = _ENDS.get((family, *numbers))
    if ends is None or today < ends:
        return None
    words = ".".join(map(str, numbers))
    return Complaint(
        "old-version",
        "warning",
        f"{family} {words} gets no security fixes since {ends}",
        "Upgrade to a version that its makers support.",
    )

"""What an upgrade that was cut off has left of a revision, and whether it can be gone on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from dbwright.core.errors import UpgradeError
from dbwright.deploy.invalid import is_built
from dbwright.deploy.journal import Entry, Journal


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The statements of a revision that stand, by their numbers."""

    stands: dict[int, Entry] = field(default_factory=dict)


def mark_of(connection: Connection) -> str:
    """Gives SQLite's count of changes to the schema; other databases have none."""
    if connection.dialect.name != "sqlite":
        return ""
    return str(connection.exec_driver_sql("pragma schema_version").scalar())


def unfinished(
    journal: Journal, connection: Connection, pending: Sequence[str], it_ran: bool | None
) -> dict[str, Unfinished]:
    """Gives what is left of the pending revisions; notes on others are taken out.

    Raises UpgradeError where a statement was cut off and nobody has said whether it took effect.
    Of one that builds an index concurrently, and on SQLite, the database is asked that itself.
    """
    found: dict[str, dict[int, Entry]] = {}
    for entry in journal.entries():
        if entry.revision not in pending:
            journal.drop(entry.revision)
            continue
        if entry.state == "running":
            found_out = _took_effect(entry, connection)
            took_effect = it_ran if found_out is None else found_out
            if took_effect is None:
                raise _cut_off(entry)
            if not took_effect:
                journal.drop(entry.revision, entry.number)
                continue
        found.setdefault(entry.revision, {})[entry.number] = entry
    return {revision: Unfinished(stands) for revision, stands in found.items()}


def _took_effect(entry: Entry, connection: Connection) -> bool | None:
    """Whether a statement that was cut off stands; None where the database does not say."""
    if entry.mark:
        return entry.mark != mark_of(connection)
    if connection.dialect.name == "postgresql":
        return is_built(connection, entry.sql)
    return None


def _cut_off(entry: Entry) -> UpgradeError:
    return UpgradeError(
        f"an upgrade was cut off in {entry.revision} while its statement {entry.number} ran, "
        f"outside of a transaction: {' '.join(entry.sql.split())}",
        way_out="Look whether it took effect, then say so:  --it-ran  or  --it-did-not-run. "
        "The statements before it stand and are passed over.",
    )

"""The number of rows that a request names, told to the workplace."""

from __future__ import annotations

from dataclasses import replace

from dbwright.collect.revisions import read_history
from dbwright.collect.size_words import spelled
from dbwright.core.migration import Migration
from dbwright.jobs.workplace import Workplace


def told(place: Workplace, rows: int, file: str, table: str = "") -> None:
    """Takes the tables that a revision touches as so large; those that --sizes names stay.

    Tables with rows are deployed, whatever git says: so are the revisions before this one.
    """
    if not rows:
        return
    history = read_history(place.project, exclude=place.settings.exclude)
    for migration in history.migrations:
        if migration.path.endswith(file):
            deployed(place, *migration.down_revisions[:1])
    touched = [t for m in history.migrations if m.path.endswith(file) for t in _tables(m)]
    named = [t for t in touched if table and t.rpartition(".")[2] in (table, f"{table}s")]
    names = dict.fromkeys(named or touched)
    place.rows = {**dict.fromkeys(names, rows), **place.rows}
    if names:
        listed = ", ".join(names)
        place.notes.append(f"Taken as {spelled(rows)} rows, as the request says: {listed}.")


def deployed(place: Workplace, revision: str | None = None) -> None:
    """Takes a revision and those before it as deployed, where no setting says what is."""
    if revision is not None and place.settings.applied is None:
        place.settings = replace(place.settings, applied=revision)


def _tables(migration: Migration) -> list[str]:
    operations = [o for s in migration.upgrade for o in s.operations]
    found = [getattr(operation, "table", None) for operation in operations]
    return [name for name in found if isinstance(name, str) and name]

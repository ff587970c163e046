"""What a live database says of the models' columns; it is only read (--db)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dbwright import dialects
from dbwright.core.errors import UsageError
from dbwright.core.mapping import Mapping, Seen
from dbwright.jobs.workplace import Workplace
from dbwright.recipes import model_data

if TYPE_CHECKING:
    from dbwright.collect.database import UserDatabase


def told(place: Workplace, mapping: Mapping) -> Mapping:
    """Gives the mapping with what the database of --db answered about its columns.

    Raises UsageError for a URL of another kind of database, CollectError where nothing answers.
    A question that the role may not ask, or that takes too long, is noted.
    """
    if place.options.db is None:
        return mapping
    from dbwright.collect import database

    with database.opened(place.options.db) as found:
        if found.dialect != mapping.schema.dialect:
            raise UsageError(
                f"--db names {found.words}, and the models are for {mapping.schema.dialect}",
                way_out="Name the database that the models are for, or say --target.",
            )
        place.progress(f"asking {found.shown}")
        return replace(mapping, seen=_seen(place, mapping, found))


def _seen(place: Workplace, mapping: Mapping, found: UserDatabase) -> dict[str, Seen]:
    from dbwright.collect.live import asked

    quoting = dialects.get(found.dialect).quoting
    seen: dict[str, Seen] = {}
    live = found.schema()
    for question in model_data.questions(mapping, quoting.quoted, quoting.quoted_key):
        table = live.table(question.table)
        # SQLite takes an unknown name in double quotes for a text, and answers about that
        if table is None or table.column(question.column) is None:
            place.miss(question.key, f"{found.shown} has no such column")
            continue
        try:
            rows = asked(found.connection, question.sql)
        except Exception as error:  # each driver has its own tree
            if found.is_lost:
                raise found.failed("cannot read", error) from error
            why = (str(error).strip() or type(error).__name__).splitlines()[0]
            place.miss(question.key, f"the database did not answer: {why}")
            continue
        known = seen.get(question.key, Seen())
        seen[question.key] = model_data.answered(known, question, rows)
    return seen

"""Databases in use: read and never written, drawn, turned into models, tuned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dbwright.api.defaults import default_options, silent

if TYPE_CHECKING:
    from dbwright.core.advice import Tuned
    from dbwright.core.design import Layout
    from dbwright.core.options import Options, Progress
    from dbwright.core.reversed import Reversed
    from dbwright.core.twin import Twin, TwinPlans


def diagram(
    path: str | Path = ".",
    format: str = "mermaid",
    *,
    tables: Sequence[str] = (),
    around: str | None = None,
    depth: int = 1,
    db: str | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> str:
    """Gives the entity-relationship diagram of the models of the project in a folder, as text.

    `format` is "mermaid" or "svg"; `tables` draws only these, `around` one table and what is
    within `depth` foreign keys of it. `db` is the URL of a database that is drawn in place of the
    models; it is only read. Raises UsageError for a format or table that there is not,
    ProjectError where no models are found, CollectError where they, or the database, cannot be
    read.
    """
    if db is not None:
        from dbwright.jobs.diagram import run_database

        return run_database(db, format, tables, around, depth)
    from dataclasses import replace

    from dbwright.jobs.workplace import workplace

    chosen = replace(options or default_options(), jobs=("models",), sandbox=False)
    with workplace(Path(path), chosen, progress or silent) as place:
        place.ask_models()
        from dbwright.jobs.diagram import run

        return run(place, format, tables, around, depth)


def reverse(
    url: str,
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    schemas: Sequence[str] = (),
    tables: Sequence[str] = (),
    layout: Layout = "module",
) -> Reversed:
    """Gives the models of an existing database, and what the database that they make lacks.

    The database at the URL is only read. `layout` is "module", "package" (a file for each group
    of tables) or "by size". Raises UsageError for a URL, schema or table that
    cannot be meant, CollectError where the database cannot be read.
    """
    from dbwright.jobs.reverse import run

    chosen = options or default_options()
    return run(url, chosen, progress or silent, schemas=schemas, tables=tables, layout=layout)


def export_twin(url: str, *, redact: bool = False, role: str | None = None) -> Twin:
    """Reads a PostgreSQL database's schema, statistics and sizes, and not one row.

    `redact` leaves the values in the statistics out; `twin_text` gives what its file holds. `role`
    is whose plans it makes, where tables have row security: else the one with the most calls.
    Raises UsageError for another database, CollectError where it cannot be read.
    """
    from dbwright.jobs.twin import export

    return export(url, redact, role)


def twin_text(twin: Twin) -> str:
    """Gives what a twin's file holds."""
    from dbwright.collect.twin import text

    return text(twin)


def explain_twin(
    file: str | Path,
    sql: str,
    options: Options | None = None,
    progress: Progress | None = None,
) -> TwinPlans:
    """Gives the plans that a twin's source would make for the statements of a text or file.

    Raises CollectError for a damaged file and where there is no statement, ServerError where no
    server can be had.
    """
    from dbwright.jobs.twin import explain

    return explain(Path(file), sql, options or default_options(), progress or silent)


def tune(
    twin: str | Path | None = None,
    url: str | None = None,
    workload: str | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    budget: float = 0.2,
    most: int = 30,
) -> Tuned:
    """Gives the indexes that a workload is worth, found on a twin: its file's, or a database's.

    `workload` is text or a file of SQL; without it the statements that the server has counted.
    `budget` is a share of the tables' bytes. Raises UsageError where neither or both of `twin`
    and `url` are given, CollectError where there is no statement.
    """
    from dbwright.jobs.tune import Wanted, run

    file = Path(twin) if twin is not None else None
    wanted = Wanted(file, url, workload, budget, most)
    return run(wanted, options or default_options(), progress or silent)

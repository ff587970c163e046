"""Databases in use: read and never written, drawn, turned into models, tuned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dbwright.api.defaults import default_options, silent

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

    from dbwright.backfill import Backfill, Estimate
    from dbwright.collect.recording import Recorder
    from dbwright.core.advice import Tuned
    from dbwright.core.described import Described
    from dbwright.core.design import Layout
    from dbwright.core.options import Options, Progress
    from dbwright.core.report import Report
    from dbwright.core.reversed import Reversed
    from dbwright.core.twin import Twin, TwinPlans
    from dbwright.jobs.watch import Watch


def describe(
    path: str | Path = ".",
    db: str | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Described:
    """Gives the tables of the models of the project in a folder, or those of a database.

    `db` is the URL of a database that is read in place of the models; it is only read. Raises
    ProjectError where no models are found, CollectError where they, or the database, cannot be
    read.
    """
    if db is not None:
        from dbwright.jobs.describe import run_database

        return run_database(db)
    from dataclasses import replace

    from dbwright.jobs.workplace import workplace

    chosen = replace(options or default_options(), jobs=("models",), sandbox=False)
    with workplace(Path(path), chosen, progress or silent) as place:
        place.ask_models()
        from dbwright.jobs.describe import run

        return run(place)


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
    path: str | Path | None = None,
    into: str = "",
    sides: bool = False,
) -> Reversed:
    """Gives the models of an existing database, and what the database that they make lacks.

    The database at the URL is only read. `layout` is "module", "package" (a file for each group
    of tables) or "by size". With the `path` of a project the tables that its models lack are
    written as those are, `into` a file of it; `sides` has its classes get the other sides of new
    relationships. Raises UsageError for a URL, schema, table or project that
    cannot be meant, CollectError where the database or the models cannot be read.
    """
    from dbwright.jobs.reverse import run

    chosen = options or default_options()
    if path is not None:
        from dbwright.jobs import reverse_into

        wanted = reverse_into.Wanted(url, Path(path), into, sides, tuple(schemas), tuple(tables))
        return reverse_into.run(wanted, chosen, progress or silent)
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


def estimate_on_twin(
    file: str | Path,
    backfill: Backfill,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Estimate:
    """Gives what a backfill of a twin's source is expected to write; no row is there to be timed.

    Raises CollectError for a damaged file, UsageError where the table has no key to walk it by,
    ServerError where no server can be had.
    """
    from dbwright.jobs.twin import estimate

    return estimate(Path(file), backfill, options or default_options(), progress or silent)


def tune(
    twin: str | Path | None = None,
    url: str | None = None,
    workload: str | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    budget: float = 0.2,
    most: int = 30,
    copy: int = 64,
    max_write_cost: float | None = None,
    prove: bool = False,
    prove_on: str | None = None,
    agree: Callable[[str, Sequence[str]], bool] | None = None,
) -> Tuned:
    """Gives the indexes that a workload is worth, found on a twin: its file's, or a database's.

    `workload` is text or a file of SQL, recorded statements, or a server's logs: a file, a folder
    or a pattern; without it the statements that the server has counted.
    `budget` is a share of the tables' bytes, `most` a number of indexes, `max_write_cost` the part
    of what the workload's writes cost that the indexes may add: without it 1.5, where writes matter
    beside the rest. A SQLite file is tuned on a copy of at most `copy`
    megabytes, on which the statements run. `prove` runs the advice on made-up rows. `prove_on`
    is the URL of a clone where it is built, run and rolled back, once `agree` has said yes to the
    URL and the statements that change it; without `agree` the answer is no. What is refuted there
    is left out of the advice. Raises UsageError where neither or both of `twin` and `url` are
    given, or the clone is not to be written to, CollectError where there is no statement or the
    clone cannot be reached.
    """
    from dbwright.jobs.tune import Wanted, run
    from dbwright.jobs.tune_proof import on_clone, on_made_up_rows

    file = Path(twin) if twin is not None else None
    wanted = Wanted(file, url, workload, budget, most, copy, max_write_cost)
    chosen, told = options or default_options(), progress or silent
    if prove_on is None:
        return run(wanted, chosen, told, on_made_up_rows(chosen, told) if prove else None)
    with on_clone(prove_on, url, agree or _no, told) as proved:
        return run(wanted, chosen, told, proved)


def _no(place: str, steps: Sequence[str]) -> bool:
    return False


def record(
    path: str | Path,
    engine: Engine | AsyncEngine | None = None,
    *,
    values: bool = True,
    append: bool = False,
) -> Recorder:
    """Gives a context manager that records a program's statements for `tune` and `review`.

    They are those of one engine, or of all, as JSON lines with their times and the line of the
    program that sends them, an executemany as one line with its calls. `values=False` leaves
    parameters and constants out, and all that has no plan. An existing file begins anew unless
    `append`, as several processes want it. No statement is changed, and nothing is raised while
    they run. Raises UsageError for what is no engine; the beginning raises CollectError where the
    file cannot be written.

        with dbwright.record("run.jsonl", engine):
            ...
    """
    from dbwright.collect.recording import Recorder

    return Recorder(Path(path), engine, values=values, append=append)


def watch(engine: Engine | AsyncEngine | None = None, *, reads: bool = False) -> Watch:
    """Gives a context manager that watches what this process sends through SQLAlchemy.

    It watches one engine, or all, those that are there already too; nothing of the program is
    changed and nothing raised. `report()` of what it gives has the findings so far, `recording` the
    statements by line and cause. With `reads`, which is for tests, the getter of mapped attributes
    is wrapped within, to find what is loaded ahead and never read.

    It is a decorator as well, of functions and coroutine functions, and takes `async with`.

        with dbwright.watch() as seen:
            show_page()
        assert not seen.report().recommendations
    """
    from dbwright.jobs.watch import Watch

    return Watch(engine, reads)


def watch_command(
    command: Sequence[str],
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    prove: bool = False,
    reads: bool = False,
    record: str | Path | None = None,
) -> tuple[Report, int]:
    """Runs a program and watches what it sends; gives the report and the program's exit status.

    All processes that it starts are watched. Nothing of the program is changed. With `prove` it is
    run again for each loader option that would help, with the option given to the query: its output
    must be the same; do not ask for this where a second run does harm. With `reads` it is found too
    what is loaded ahead and never read: reading attributes takes longer then. `record` is a file
    for its statements with their values, which `tune` and `review_query` read. Raises UsageError
    where the command cannot be started, CollectError where nothing of SQLAlchemy was seen.
    """
    from dbwright.jobs.watch import run

    given, told = options or default_options(), progress or silent
    file = Path(record) if record is not None else None
    return run(command, Path(path), given, told, prove=prove, reads=reads, record=file)

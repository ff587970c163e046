"""A user's database, or a twin of one, as a ground for queries: it is only read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

from dbwright import dialects
from dbwright.collect import twin as files
from dbwright.collect.database import UserDatabase, opened
from dbwright.core.candidate import Candidate
from dbwright.core.errors import DbwrightError
from dbwright.core.options import Options, Progress
from dbwright.core.target import Target
from dbwright.core.twin import Twin
from dbwright.dialects.postgresql import catalog, session_settings
from dbwright.dialects.postgresql.access import accesses, partition_roots
from dbwright.jobs.query_grounds import Opened, of_rows
from dbwright.jobs.query_scratch import empty_of, scratch_of
from dbwright.jobs.twin import server_choice
from dbwright.recipes.queries.remedies import MYSQL
from dbwright.recipes.tune.candidates import Surroundings, all_of, candidates
from dbwright.scratch.sqlite_copy import MEGABYTES, Damaged, copied
from dbwright.scratch.workbench import workbench
from dbwright.verify.queries import postgresql as on_postgresql
from dbwright.verify.queries import sqlite as on_sqlite
from dbwright.verify.queries.ground import Ground
from dbwright.verify.queries.layered import Layered
from dbwright.verify.queries.offered import surroundings
from dbwright.verify.queries.twin import OnTwin

Miss = Callable[[str, str, str], None]
More = Callable[[Opened], tuple[Sequence[str], Sequence[Candidate]]]
"""Gives the statements that are tried, and the indexes that rules think of for them by themselves,
which the twin is to have too."""


@contextlib.contextmanager
def on_database(
    url: str,
    statements: Sequence[str],
    options: Options,
    progress: Progress,
    miss: Miss,
    more: More,
    others: Sequence[Ground] = (),
) -> Iterator[Opened]:
    """Gives the database that a URL names, with a twin of it for indexes that are not there.

    `others` are grounds that may be changed, a clone: they come first. Raises UsageError for a
    URL that cannot be meant, CollectError where nothing answers there.
    """
    progress("reading the catalog")
    with opened(url) as database:
        if database.dialect in MYSQL:
            from dbwright.jobs import query_mysql

            with contextlib.ExitStack() as stack:
                yield query_mysql.of_database(database, statements, options, stack, progress, miss)
            return
        if database.dialect != "postgresql":
            with contextlib.ExitStack() as stack:
                yield _of_file(database, options, stack, miss)
            return
        twin = files.export_twin(url)
        found = _live(database, twin, options, others)
        with contextlib.ExitStack() as stack:
            if options.sandbox:
                found.scratch = scratch_of(twin, stack, options, progress)
                _add_twin(stack, found, twin, options, progress, miss, more)
            yield found


def _live(database: UserDatabase, twin: Twin, options: Options, others: Sequence[Ground]) -> Opened:
    connection, words = database.connection, database.words
    grounds: list[Ground] = [on_postgresql.Estimates(connection, words)]
    if options.run:
        rows = on_postgresql.Rows(connection, words, writable=False)
        grounds.insert(0, rows)
    major = database.target.version[0] if database.target.version else None
    schema = database.schema()
    return Opened(
        Layered([*others, *grounds]), schema, database.target, words, major, "live",
        twin.statistics, settings=database.ask(session_settings.read),
    )  # fmt: skip


def _of_file(
    database: UserDatabase, options: Options, stack: contextlib.ExitStack, miss: Miss
) -> Opened:
    """Gives a copy of a SQLite file as a ground, or the file where nothing is to be tried."""
    rows = database.ask(dialects.get(database.dialect).statistics.rows)
    major = database.target.version[0] if database.target.version else None
    words, target = database.words, database.target
    if options.sandbox:
        try:
            copy = stack.enter_context(copied(database.connection, MEGABYTES))
        except Damaged as error:
            raise database.failed("cannot copy", error) from error
        for told in copy.told:
            miss(
                "a part of the file", told, "The rest of it was copied, and the query tried there."
            )
        found = of_rows(copy.connection, target, f"a copy of the file, {words}", major, "live")
        found.rows = rows
        found.scratch = empty_of(database.connection, stack)
        return found
    ground = on_sqlite.Rows(database.connection, words, writable=False, runs=False)
    return Opened(ground, database.schema(), target, words, major, "live", rows=rows)


@contextlib.contextmanager
def on_twin(
    file: Path,
    options: Options,
    progress: Progress,
    more: More,
) -> Iterator[Opened]:
    """Gives a twin's file as a ground; CollectError for one that cannot be read."""
    twin = files.read_twin(file)
    read: list[Opened] = []

    def propose(connection: psycopg.Connection[Any]) -> dict[str, list[Candidate]]:
        read.append(_described(connection, twin))
        return _proposed(connection, read[0], more)

    with contextlib.ExitStack() as stack:
        ground = _on_bench(stack, twin, options, progress, propose)
        (found,) = read
        found.ground, found.words, found.major = ground, ground.words, ground.bench.major
        found.offer = ground.offered
        found.scratch = scratch_of(twin, stack, options, progress)
        yield found


def _on_bench(
    stack: contextlib.ExitStack,
    twin: Twin,
    options: Options,
    progress: Progress,
    propose: Callable[[psycopg.Connection[Any]], dict[str, list[Candidate]]],
) -> OnTwin:
    """Loads the twin with the candidates of the statements."""
    by_statement: dict[str, list[Candidate]] = {}

    def proposed(connection: psycopg.Connection[Any]) -> list[Candidate]:
        by_statement.update(propose(connection))
        return list(dict.fromkeys(each for one in by_statement.values() for each in one))

    bench = stack.enter_context(workbench(twin, server_choice(options), proposed, progress))
    connection = stack.enter_context(bench.connect())
    admin = stack.enter_context(bench.admin())
    return OnTwin(bench, connection, admin, by_statement)


def _proposed(
    connection: psycopg.Connection[Any], found: Opened, more: More
) -> dict[str, list[Candidate]]:
    """Gives the candidates of each statement; those that rules think of stand under none."""
    around, roots = surroundings(connection), partition_roots(connection)
    statements, thought_of = more(found)
    by_statement = {"": list(thought_of)}
    for sql in statements:
        with contextlib.suppress(psycopg.Error):
            by_statement[sql] = _possible(connection, sql, roots, around)
    return by_statement


def _possible(
    connection: psycopg.Connection[Any], sql: str, roots: Any, around: Surroundings
) -> list[Candidate]:
    return list(all_of(candidates(accesses(connection, sql, roots), around)))


def _described(connection: psycopg.Connection[Any], twin: Twin) -> Opened:
    schema = catalog.read_schema(connection)
    words = f"a twin of {twin.source.server}"
    target = Target("postgresql", (twin.source.major,))
    estimates = on_postgresql.Estimates(connection, words)
    return Opened(estimates, schema, target, words, twin.source.major, "twin", twin.statistics)


def _add_twin(
    stack: contextlib.ExitStack,
    found: Opened,
    twin: Twin,
    options: Options,
    progress: Progress,
    miss: Miss,
    more: More,
) -> None:
    """Adds a twin to a live database, where an index may serve a statement.

    Without a server of one's own its indexes stay untried.
    """
    try:
        proposed = _proposed(found.connection, found, more)
        if any(proposed.values()):
            ground = _on_bench(stack, twin, options, progress, lambda connection: proposed)
            assert isinstance(found.ground, Layered)
            found.ground = Layered([*found.ground.grounds, ground])
            found.offer = ground.offered
    except DbwrightError as error:
        miss("what an index would give", error.message, error.way_out or "")
    finally:
        found.connection.rollback()

"""The twin: made of a database in use, and asked for plans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from dbwright.backfill import Backfill, Estimate
from dbwright.backfill import estimate as estimates
from dbwright.collect import twin as files
from dbwright.collect.statements import read_statements
from dbwright.core.errors import UsageError
from dbwright.core.options import Options, Progress
from dbwright.core.twin import Twin, TwinPlan, TwinPlans
from dbwright.dialects.postgresql import explain as plans
from dbwright.dialects.postgresql.statements import fault, is_planned
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.twin import open_twin


def export(url: str, redact: bool, role: str | None = None) -> Twin:
    """Reads a database's twin; it is only read."""
    twin = files.export_twin(url, role)
    return files.redacted(twin) if redact else twin


def explain(file: Path, sql: str, options: Options, progress: Progress) -> TwinPlans:
    """Gives a plan for each statement; one that the server refuses does not stop the others."""
    twin = files.read_twin(file)
    statements = read_statements(sql, "postgresql", Path())
    with open_twin(twin, server_choice(options), progress) as found, found.connect() as connection:
        made = tuple(_plan(connection, each.sql) for each in statements)
        missed = (*twin.left_out, *found.missed)
        return TwinPlans(twin.source, found.words, found.exact, made, missed)


def estimate(file: Path, wanted: Backfill, options: Options, progress: Progress) -> Estimate:
    """Gives what a backfill is expected to write, by a twin's sizes and statistics."""
    twin = files.read_twin(file)
    with open_twin(twin, server_choice(options), progress) as found:
        engine = create_engine("postgresql+psycopg://", poolclass=NullPool, creator=found.connect)
        return estimates(engine, wanted, sample=False)


def server_choice(options: Options) -> ServerChoice:
    """Gives the choice of server that options stand for; a named server cannot be a twin's."""
    if options.sandbox_url:
        raise UsageError(
            "a twin needs files of its own, which a server that is named cannot give it",
            way_out="Leave --sandbox-url away; --pg-bin FOLDER names other server programs.",
        )
    return ServerChoice(pg_bin=Path(options.pg_bin) if options.pg_bin else None)


def _plan(connection: psycopg.Connection[Any], sql: str) -> TwinPlan:
    if not is_planned(sql) and fault(sql) is None:
        return TwinPlan(sql, error="it reads and writes no rows")
    try:
        found = plans.explained(connection, sql)
        return TwinPlan(sql, plans.text(connection, sql), found.root.cost, explained=found)
    except psycopg.Error as error:
        return TwinPlan(sql, error=str(error).strip().splitlines()[0])

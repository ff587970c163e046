"""The proof of a design: its code is imported, its tables made, its rules met by rows."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dbwright.core.design import Proved
from dbwright.core.errors import FixError
from dbwright.core.finding import Unverified
from dbwright.core.options import Options, Progress
from dbwright.core.target import Target
from dbwright.jobs.models import model_prover, read_mapping, server_words
from dbwright.recipes.design.parts import Plan
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.worker import Worker

TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What the runs of a design showed."""

    proved: tuple[Proved, ...]
    unverified: tuple[Unverified, ...]


def proved(plan: Plan, files: dict[str, str], options: Options, progress: Progress) -> Proof:
    """Runs the files of a design on its database and on SQLite; FixError where it does not hold."""
    found: list[Proved] = []
    missing: list[Unverified] = []
    for database in dict.fromkeys((plan.database, "sqlite")):
        progress(f"proving on {database}")
        _on(database, plan, files, options, found, missing)
    return Proof(tuple(found), tuple(missing))


def _on(
    database: str,
    plan: Plan,
    files: dict[str, str],
    options: Options,
    found: list[Proved],
    missing: list[Unverified],
) -> None:
    choice = ServerChoice(
        sandbox_url=options.sandbox_url, pg_bin=Path(options.pg_bin) if options.pg_bin else None
    )
    ((name, text),) = files.items()
    source = {"code": text, "filename": name}
    with (
        tempfile.TemporaryDirectory(prefix="dbwright-") as folder,
        open_sandbox(database, choice) as sandbox,
        Worker(Path(sys.executable), Path(folder), dialect=database, timeout=TIMEOUT) as worker,
    ):
        mapping, _ = read_mapping(worker, source, Path(folder))
        if mapping.problems:
            first = mapping.problems[0]
            raise FixError(f"the designed models do not configure: {first.message}")
        target = Target(database)
        with model_prover(mapping, worker, source, target, sandbox) as prover:
            if prover.database is None:
                raise FixError(f"the designed tables were refused: {prover.why_no_database}")
            words, _ = server_words(prover.database)
            found.append(Proved("tables created", len(mapping.schema.tables), words))

"""Asks dbwright: as its user does, from the database's URL and a file of statements."""

from __future__ import annotations

import contextlib
import datetime
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from server import Server
from workload import Workload, literal

from dbwright.collect.twin import export_twin, text
from dbwright.core.advice import Tuned
from dbwright.core.errors import DbwrightError
from dbwright.core.options import Options
from dbwright.jobs.tune import Prove, Wanted, run
from dbwright.jobs.tune_proof import on_clone

WRITES = 5
"""Parameter sets of a write that it sees."""
COUNTED = datetime.timedelta(days=90)
"""For how long the server is taken to have counted what uses its indexes; really it is minutes."""


def advice(
    server: Server, workload: Workload, database: str, budget: float, *, proved: bool = False
) -> dict[str, Any]:
    """Gives the indexes in their order of making, with the seconds from the URL on and EXPLAINs.

    `proved` has them built and run on a copy first; making the copy does not count.
    """
    with contextlib.ExitStack() as stack:
        prove = stack.enter_context(_proof(server, workload, database)) if proved else None
        began = time.monotonic()
        try:
            found = _tuned(server, workload, database, budget, prove=prove)
        except DbwrightError as problem:
            return {"indexes": [], "problem": str(problem), "seconds": 0.0, "calls": 0}
        seconds = round(time.monotonic() - began, 1)
    indexes = [each.sql.replace(" CONCURRENTLY", "") for each in found.indexes]
    answer = {"indexes": indexes, "problem": "", "seconds": seconds, "calls": found.asked}
    if found.proof is not None:
        out = [each for each in found.proof.indexes if each.verdict == "refuted"]
        answer["refuted"] = [f"{each.name}: {each.why}" for each in out]
        answer["noted"] = [*found.proof.left_out, *found.proof.noted]
    return answer


@contextlib.contextmanager
def _proof(server: Server, workload: Workload, database: str) -> Iterator[Prove]:
    """Gives the proof on a copy of the database, which is given away for it."""
    source = _url(server, database)
    with server.copy(database, f"{workload.name}_clone") as copy:
        clone = _url(server, copy)
        with on_clone(clone, source, lambda *_: True, lambda *_: None) as prove:
            yield prove


def _url(server: Server, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={server.socket}"


def drops(server: Server, workload: Workload, database: str) -> str:
    """Gives DROP INDEX statements for a database with indexes that have gathered."""
    found = _tuned(server, workload, database, 0.0, counted=COUNTED)
    return "".join(f"{each.sql};\n" for each in found.drops)


def _tuned(
    server: Server,
    workload: Workload,
    database: str,
    budget: float,
    counted: datetime.timedelta | None = None,
    prove: Prove | None = None,
) -> Tuned:
    twin = export_twin(_url(server, database))
    if counted is not None:
        since = str(datetime.datetime.now(datetime.UTC) - counted)
        twin = replace(twin, statistics=replace(twin.statistics, counted_since=since))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.twin"
        file.write_text(text(twin), encoding="utf-8")
        asked = Path(folder) / "statements.jsonl"
        asked.write_text(statements(server, workload, database), encoding="utf-8")
        wanted = Wanted(file, None, str(asked), budget / 100, 30)
        return run(wanted, Options(), lambda *_: None, prove)


def statements(server: Server, workload: Workload, database: str) -> str:
    seen: dict[str, int] = {}
    lines = []
    with server.connect(database) as connection:
        for bound in workload.bind(connection, writes=False):
            lines.append({"sql": literal(bound, connection), "calls": bound.calls})
        for bound in workload.bind(connection, writes=True):
            name = bound.statement.name
            seen[name] = seen.get(name, 0) + 1
            if seen[name] <= WRITES:
                calls = bound.statement.calls / WRITES
                lines.append({"sql": literal(bound, connection), "calls": calls})
    return "".join(f"{json.dumps(line)}\n" for line in lines)

"""Asks dbwright: as its user does, from the database's URL and a file of statements."""

from __future__ import annotations

import datetime
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from server import Server
from workload import Workload, literal

from dbwright.collect.twin import export_twin, text
from dbwright.core.advice import Tuned
from dbwright.core.errors import DbwrightError
from dbwright.core.options import Options
from dbwright.jobs.tune import Wanted, run

WRITES = 5
"""Parameter sets of a write that it sees."""
COUNTED = datetime.timedelta(days=90)
"""For how long the server is taken to have counted what uses its indexes; really it is minutes."""


def advice(server: Server, workload: Workload, database: str, budget: float) -> dict[str, Any]:
    """Gives the indexes in their order of making, with the seconds from the URL on and EXPLAINs."""
    began = time.monotonic()
    try:
        found = _tuned(server, workload, database, budget)
    except DbwrightError as problem:
        return {"indexes": [], "problem": str(problem), "seconds": 0.0, "calls": 0}
    indexes = [each.sql.replace(" CONCURRENTLY", "") for each in found.indexes]
    seconds = round(time.monotonic() - began, 1)
    return {"indexes": indexes, "problem": "", "seconds": seconds, "calls": found.asked}


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
) -> Tuned:
    twin = export_twin(f"postgresql://postgres@/{database}?host={server.socket}")
    if counted is not None:
        since = str(datetime.datetime.now(datetime.UTC) - counted)
        twin = replace(twin, statistics=replace(twin.statistics, counted_since=since))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.twin"
        file.write_text(text(twin), encoding="utf-8")
        asked = Path(folder) / "statements.jsonl"
        asked.write_text(statements(server, workload, database), encoding="utf-8")
        wanted = Wanted(file, None, str(asked), budget / 100, 30)
        return run(wanted, Options(), lambda *_: None)


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

"""Asks each advisor for its indexes: statements, seconds and what-if calls.

    python peers.py FOLDER WORKLOAD [--peer NAME]... [--budget PERCENT]

Each gets a copy of the loaded database with HypoPG, all reads with all parameter sets as text, and
what it can take of calls, times and budget. What-if calls are the EXPLAINs that the server counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from execute import programs, run
from server import Server, loaded, started, table_bytes
from workload import Workload, literal, load

# HypoPG's sizes are about twice the real ones: advisors that hold a budget by them get twice as
# much, and what they choose is cut by real bytes.
GENEROUS = 2.0


@dataclass(slots=True)
class Advice:
    """What an advisor said."""

    peer: str
    indexes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    calls: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """What an advisor is asked: the statements, the megabytes, and how long it may take."""

    server: Server
    database: str
    folder: Path
    queries: list[dict[str, Any]]
    megabytes: int
    limit: float

    def process(self, command: list[str | Path], given: str = "", **environment: str) -> str:
        """What an advisor's own process prints."""
        done = subprocess.run(
            command,
            input=given,
            env={**self.server.environment(self.database), **environment},
            capture_output=True,
            text=True,
            timeout=self.limit,
            check=False,
        )
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip() or "it failed").splitlines()
            raise RuntimeError(lines[-1])
        return done.stdout


def hpi(algorithm: str, parameters: dict[str, float]) -> Callable[[Task], list[str]]:
    """One of the algorithms of index_selection_evaluation."""

    def ask(task: Task) -> list[str]:
        budget = {"budget_MB": task.megabytes * GENEROUS, "max_index_width": 3}
        given = {
            "algorithm": algorithm,
            "parameters": {**budget, **parameters},
            "queries": task.queries,
        }
        home = task.folder / "hpi"
        script = Path(__file__).parent / "ask" / "hpi.py"
        command: list[str | Path] = [home / "bin" / "python", script]
        said = task.process(command, json.dumps(given), PYTHONPATH=str(home / "source"))
        return list(json.loads(said))

    return ask


def mcp(task: Task) -> list[str]:
    """Postgres MCP Pro's tuning advisor."""
    script = Path(__file__).parent / "ask" / "postgres_mcp_pro.py"
    given = {"budget_mb": task.megabytes, "queries": task.queries}
    said = task.process([task.folder / "mcp" / "bin" / "python", script], json.dumps(given))
    return list(json.loads(said))


def dexter(task: Task) -> list[str]:
    """dexter over the statements as a file; a statement asked with other values counts once."""
    home = task.folder / "dexter"
    text = ";\n".join(query["sql"] for query in task.queries) + ";\n"
    command: list[str | Path] = [home / "gems" / "bin" / "dexter"]
    environment = {"GEM_PATH": str(home / "gems")}
    if not (home / "gems" / "bin" / "dexter").exists():
        starter = Path(__file__).parent / "ask" / "dexter.rb"
        command = ["ruby", "-I", home / "source" / "lib", starter]
        environment = {}
    file = task.folder / f"{task.database}.sql"
    file.write_text(text, encoding="utf-8")
    said = task.process([*command, task.database, "--input-format", "sql", file], **environment)
    found = []
    for line in said.splitlines():
        if "Index found: " in line:
            table, columns = line.split("Index found: ")[1].strip().rstrip(")").split(" (", 1)
            found.append(f"create index on {table} ({columns})")
    return found


def index_advisor(task: Task) -> list[str]:
    """index_advisor judges one statement: its indexes in order of the cost that they save."""
    source = sorted((task.folder / "index_advisor" / "source").glob("index_advisor--?.?.?.sql"))[-1]
    saved: dict[str, float] = {}
    with task.server.connect(task.database) as connection:
        run(connection, source.read_text(encoding="utf-8"))
        for query in task.queries:
            row = connection.execute(
                "select total_cost_before::text::float, total_cost_after::text::float,"
                " index_statements from index_advisor(%s)",
                [query["sql"]],
            ).fetchone()
            if row is None or row[0] is None:
                continue
            for statement in row[2]:
                gain = (row[0] - row[1]) * query["calls"]
                saved[statement] = saved.get(statement, 0.0) + gain
    return sorted(saved, key=lambda statement: -saved[statement])


PEERS: dict[str, tuple[str, Callable[[Task], list[str]]]] = {
    "Postgres MCP Pro": ("mcp", mcp),
    "Extend": ("hpi", hpi("extend", {})),
    "DB2Advis": ("hpi", hpi("db2advis", {})),
    "AutoAdmin": ("hpi", hpi("autoadmin", {"max_indexes": 15, "max_index_width": 2})),
    "dexter": ("dexter", dexter),
    "index_advisor": ("index_advisor", index_advisor),
}
WITH_BUDGET = {"Postgres MCP Pro", "Extend", "DB2Advis"}


def statements(server: Server, workload: Workload, database: str) -> list[dict[str, Any]]:
    """The reads as text with their calls and their milliseconds without indexes."""
    found = []
    with server.connect(database) as connection:
        for bound in workload.bind(connection, writes=False):
            sql = literal(bound, connection)
            connection.execute(bound.statement.sql, bound.parameters).fetchall()
            began = time.perf_counter()
            connection.execute(bound.statement.sql, bound.parameters).fetchall()
            ms = 1000 * (time.perf_counter() - began)
            label = f"{bound.statement.name}/{bound.label}"
            found.append({"name": label, "sql": sql, "calls": bound.calls, "ms": round(ms, 3)})
    return found


def ask(name: str, task: Task, template: str) -> Advice:
    """One advisor's answer, on a copy of its own."""
    tool, question = PEERS[name]
    if not (task.folder / tool / "installed").exists():
        return Advice(name, problem=f"not set up: python prepare.py {task.folder} {tool}")
    advice = Advice(name)
    with task.server.copy(template, task.database):
        with task.server.connect(task.database) as connection:
            run(connection, "create extension hypopg")
            run(connection, "create extension pg_stat_statements")
            run(connection, "analyze")  # some ask when it was last done
            run(connection, "select pg_stat_statements_reset()")
        began = time.monotonic()
        try:
            advice.indexes = question(task)
        except subprocess.TimeoutExpired:
            advice.problem = f"no answer within {task.limit:.0f} s"
        except (RuntimeError, ValueError, psycopg.Error) as problem:
            advice.problem = str(problem).splitlines()[0]
        advice.seconds = round(time.monotonic() - began, 1)
        with task.server.connect(task.database) as connection:
            query = (
                "select coalesce(sum(calls), 0) from pg_stat_statements where query ~* '^explain'"
            )
            advice.calls = int((connection.execute(query).fetchone() or (0,))[0])
    return advice


def main() -> None:
    """Asks the advisors of the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("workload")
    parser.add_argument("--peer", action="append", choices=list(PEERS))
    parser.add_argument("--budget", type=float, default=20)
    parser.add_argument("--limit", type=float, default=900, help="seconds for one advisor")
    given = parser.parse_args()
    workload = load(given.workload)
    with started(given.folder, programs(given.folder)) as server:
        database = loaded(server, workload, given.folder)
        with server.connect(database) as connection:
            megabytes = round(table_bytes(connection) * given.budget / 100 / 1e6)
        queries = statements(server, workload, database)
        task = Task(server, f"{workload.name}_peer", given.folder, queries, megabytes, given.limit)
        for name in given.peer or PEERS:
            json.dump(asdict(ask(name, task, database)), sys.stdout, indent=1)
            print(flush=True)


if __name__ == "__main__":
    main()

"""What is foretold of indexes, beside the same indexes once they are built: sizes and plans.

    python foretold.py FOLDER [--workload NAME]... [--budget PERCENT] [--details]

Every candidate that served some statement is built by itself and its pages are compared; then what
dbwright advises is built as a whole, and each execution's plan and cost there with the twin's.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ours
import psycopg
from execute import programs
from server import Server, loaded, started
from workload import Workload, load

from dbwright.collect.twin import export_twin
from dbwright.collect.workload import read_workload
from dbwright.core.candidate import Candidate
from dbwright.core.statistics import PAGE
from dbwright.dialects.postgresql import explain
from dbwright.jobs.tune_prices import Prices
from dbwright.jobs.tune_statements import Asked
from dbwright.recipes.tune.question import Question
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.workbench import workbench
from dbwright.verify.what_if import WhatIf

CLOSE = 0.01
"""The part by which two costs may differ and count as the same."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan without its figures, and its cost."""

    shape: str
    cost: float


@dataclass(slots=True)
class Foretold:
    """The pages of each candidate, the indexes chosen, and the plan of each execution with them."""

    pages: dict[Candidate, int]
    chosen: dict[str, Candidate]
    plans: dict[str, Plan]


def foretell(server: Server, workload: Workload, database: str, budget: float) -> Foretold:
    """Asks the twin."""
    twin = export_twin(f"postgresql://postgres@/{database}?host={server.socket}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "statements.jsonl"
        file.write_text(ours.statements(server, workload, database), encoding="utf-8")
        asked = Asked(twin, read_workload(str(file), "postgresql", Path()))
    with (
        workbench(twin, ServerChoice(), asked.propose) as bench,
        bench.connect() as connection,
        bench.admin() as admin,
    ):
        prices = Prices(bench, WhatIf(bench, connection, admin), asked.leave_out)
        prices.ask(asked.statements, asked.by_access)
        sizes = {name: float(bench.sizes[name].pages * PAGE) for name in prices.good}
        bytes_ = sum(each.bytes for each in twin.statistics.relations if each.kind in "rm")
        _, chosen = prices.choose(Question((), sizes, {}, budget / 100 * bytes_))
        bench.stand(admin, chosen)
        plans = {
            instance.sql: plan(connection, instance.sql)
            for each in prices.statements
            for instance in each.instances
        }
        pages = {bench.candidate(name): bench.sizes[name].pages for name in prices.good}
        return Foretold(pages, {name: bench.candidate(name) for name in chosen}, plans)


def plan(connection: psycopg.Connection[Any], sql: str) -> Plan:
    """Gives a statement's plan."""
    found = explain.text(connection, sql)
    cost = re.search(r"cost=[\d.]+\.\.([\d.]+)", found)
    return Plan(re.sub(r"  \(cost=.*\)", "", found), float(cost[1]) if cost else 0.0)


def built(connection: psycopg.Connection[Any], each: Candidate) -> int:
    """Gives the pages that an index has."""
    connection.execute(each.named("foretold").sql.encode())
    row = connection.execute("select pg_relation_size('foretold')").fetchone()
    connection.execute("drop index foretold")
    return int(row[0]) // PAGE if row else 0


def compare(server: Server, workload: Workload, database: str, given: Any) -> Iterator[str]:
    """Yields the lines of a workload."""
    found = foretell(server, workload, database, given.budget)
    with server.copy(database, f"{workload.name}_built") as name, server.connect(name) as real:
        pages = {each: (said, built(real, each)) for each, said in found.pages.items()}
        for each in sorted(found.chosen.values(), key=lambda one: int(one.name[4:])):
            real.execute(each.sql.encode())
        for table in {
            each.table for each in found.chosen.values() if "expression" in kinds_of(each)
        }:
            real.execute(f"analyze {table}".encode())
        plans = {sql: (said, plan(real, sql)) for sql, said in found.plans.items()}
    yield from sizes_told(workload.name, pages, given.details)
    yield from plans_told(workload.name, plans, given.details)


def sizes_told(name: str, pages: dict[Candidate, tuple[int, int]], details: bool) -> Iterator[str]:
    """Yields how far the sizes are from those built."""
    kinds: dict[str, list[tuple[int, int]]] = {}
    for each, pair in pages.items():
        for kind in kinds_of(each):
            kinds.setdefault(kind, []).append(pair)
    for kind, pairs in kinds.items():
        total = sum(said for said, _ in pairs) / sum(real for _, real in pairs)
        near = sum(abs(said - real) <= max(2, 0.3 * real) for said, real in pairs)
        yield f"{name} {kind:12} {total:5.2f} of the bytes; {near} of {len(pairs)} within 30 %"
    if details:
        for each, (said, real) in pages.items():
            if abs(said - real) > max(2, 0.3 * real):
                yield f"  {said / real:5.2f} {said:6} {real:6} {each.definition}"


def kinds_of(each: Candidate) -> Iterator[str]:
    """Yields the kinds that a candidate counts for."""
    yield "all"
    if each.method != "btree":
        yield each.method
    elif not all(key.is_column for key in each.keys):
        yield "expression"
    if each.where:
        yield "partial"
    if each.include:
        yield "include"


def plans_told(name: str, plans: dict[str, tuple[Plan, Plan]], details: bool) -> Iterator[str]:
    """Yields how many plans are the same with the indexes built."""
    same = [said.shape == real.shape for said, real in plans.values()]
    ratios = [said.cost / max(real.cost, 0.01) for said, real in plans.values()]
    close = sum(abs(ratio - 1) <= CLOSE for ratio in ratios)
    yield (
        f"{name} plans: {sum(same)} of {len(same)} of one shape, {close} of one cost; "
        f"median {statistics.median(ratios):.3f} of the cost built"
    )
    if details:
        for (sql, (said, real)), alike in zip(plans.items(), same, strict=True):
            if not alike:
                yield f"  {said.cost:.2f} {real.cost:.2f} {' '.join(sql.split())[:100]}"
                yield from (
                    f"    {line}" for line in (said.shape + "\n--\n" + real.shape).split("\n")
                )


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--workload", action="append", choices=["tenants", "tpch"])
    parser.add_argument("--budget", type=float, default=20)
    parser.add_argument("--details", action="store_true")
    given = parser.parse_args()
    with started(given.folder, programs(given.folder)) as server:
        for name in given.workload or ["tenants", "tpch"]:
            workload = load(name)
            for line in compare(server, workload, loaded(server, workload, given.folder), given):
                print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())

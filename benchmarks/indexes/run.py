"""Asks the advisors, builds what they chose, runs the workloads and prints the tables.

    python run.py FOLDER [--workload NAME]... [--advisor NAME]... [--budget PERCENT]...
                  [--indexes NAME=FILE]... [--drops NAME=FILE]... [--rounds N] [--save FILE]

FOLDER is what prepare.py filled. `expert` is the hand-made set; `none` is no index, which shows how
much two equal databases differ. `--indexes` adds a line for a file of CREATE INDEX statements, in
order of preference, from any other source; `--drops` one for DROP INDEX statements on the seeded
schema. With `--save` answers and measurements are kept: a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ours
import peers
import redundant
import score
from execute import Base, programs, seeded
from server import Server, loaded, started
from workload import HERE, Workload, index_list, load

WORKLOADS = ("tpch", "tenants")
BUDGETS = (10.0, 20.0, 50.0)
OURS, PROVED = "dbwright", "dbwright, proved"
Kept = dict[str, Any]


class Run:
    """One workload on a server: what was asked and measured is kept."""

    def __init__(self, server: Server, workload: Workload, given: argparse.Namespace) -> None:
        self.server, self.workload, self.given = server, workload, given
        self.database = loaded(server, workload, given.folder)
        self.base: Base | None = None
        self.queries: list[dict[str, Any]] = []

    def started_base(self) -> Base:
        """The side without indexes, warmed when the first set is measured."""
        if self.base is None:
            self.base = Base(self.server, self.workload, self.database)
        return self.base

    def advice(self, name: str, budget: float) -> Kept:
        """An advisor's indexes; the hand-made set and files are read."""
        if name == "none":
            return {"indexes": [], "problem": ""}
        if name == "expert":
            return {"indexes": index_list(self.workload.folder / "expert.sql"), "problem": ""}
        if name in self.given.files:
            return {"indexes": index_list(self.given.files[name]), "problem": ""}
        if name in (OURS, PROVED):
            given = self.server, self.workload, self.database, budget
            return ours.advice(*given, proved=name == PROVED)
        if not self.queries:
            self.queries = peers.statements(self.server, self.workload, self.database)
        megabytes = round(self.started_base().bytes * budget / 100 / 1e6)
        copy, folder = f"{self.workload.name}_peer", self.given.folder
        task = peers.Task(self.server, copy, folder, self.queries, megabytes, self.given.limit)
        return asdict(peers.ask(name, task, self.database))

    def measured(self, indexes: list[str], budget: float) -> Kept:
        """What these indexes cost and give within the budget."""
        result = self.started_base().measure(indexes, budget, self.given.rounds)
        return asdict(result)


def line(run: Run, name: str, budget: float, kept: Kept, given: argparse.Namespace) -> list[str]:
    """One line of a table; what it needs is asked and measured unless it is kept."""
    own = f"{run.workload.name}/{name}"
    asked = f"{own}/{budget:g}" if name in {OURS, PROVED, *peers.WITH_BUDGET} else own
    if asked not in kept or name in given.files:
        tell(f"{own} at {budget:g} %: asking")
        kept[asked] = run.advice(name, budget)
        keep(given.save, kept)
    advice = kept[asked]
    if advice["problem"]:
        tell(f"{own}: {advice['problem']}")
        return []
    place = f"{own}/{budget:g}/measured"
    if place not in kept or kept[place]["asked"] != advice["indexes"]:
        tell(f"{own} at {budget:g} %: measuring {len(advice['indexes'])} indexes")
        measured = run.measured(advice["indexes"], budget)
        kept[place] = {"asked": advice["indexes"], **measured}
        keep(given.save, kept)
    return score.cells(name, kept[place], advice if "seconds" in advice else None)


def tell(text: str) -> None:
    """Says on standard error how far the run is."""
    print(text, file=sys.stderr, flush=True)


def keep(file: Path | None, kept: Kept) -> None:
    """Writes what was found whole or not at all."""
    if file:
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(kept, indent=1))
        fresh.replace(file)


def tables(run: Run, kept: Kept, given: argparse.Namespace) -> Iterator[str]:
    """A table for each budget."""
    for budget in given.budget or BUDGETS:
        found = [line(run, name, budget, kept, given) for name in given.advisors]
        rows = [row for row in found if row]
        size = f"{budget:g} % of the tables' bytes"
        yield f"{run.workload.name}, {size}\n\n{score.table(rows)}\n"
        if given.details:
            for name in given.advisors:
                place = kept.get(f"{run.workload.name}/{name}/{budget:g}/measured")
                if place:
                    yield f"{name}\n{score.details(place)}\n"


def drops(run: Run, kept: Kept, given: argparse.Namespace) -> Iterator[str]:
    """What dropping seeded indexes gives: the verdicts themselves, and the files of DROP INDEX."""
    if not (run.workload.folder / "seeded.toml").exists():
        return
    answers = redundant.answers(run.workload.name)
    database = seeded(run.server, run.workload, run.database)
    text = ours.drops(run.server, run.workload, database)
    asked = {"verdicts": redundant.best(answers), OURS: redundant.dropped_by(text)}
    yield redundant.line(OURS, redundant.judge(answers, asked[OURS]))
    for name, file in given.drop_files.items():
        asked[name] = redundant.dropped_by(file.read_text(encoding="utf-8"))
        yield redundant.line(name, redundant.judge(answers, asked[name]))
    base, rows = None, []
    for name, dropped in asked.items():
        place, wanted = f"{run.workload.name}/{name}/drops", sorted(dropped & set(answers))
        if place not in kept or kept[place]["asked"] != wanted:
            tell(f"{place}: measuring {len(wanted)} drops")
            if base is None:
                base = Base(run.server, run.workload, database)
            result = base.measure([], rounds=given.rounds, drops=wanted)
            kept[place] = {"asked": wanted, **asdict(result)}
            keep(given.save, kept)
        rows.append(score.cells(name, kept[place], None))
    head = f"{run.workload.name}, seeded indexes dropped, against all of them"
    yield f"{head}\n\n{score.table(rows)}\n"


def named_files(values: list[str]) -> dict[str, Path]:
    """NAME=FILE options as a mapping."""
    pairs = dict(value.partition("=")[::2] for value in values)
    for name, file in pairs.items():
        if not Path(file).is_file():
            raise SystemExit(f"{name}: there is no file {file!r}; write NAME=FILE")
    return {name: Path(file) for name, file in pairs.items()}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    known = sorted(path.name for path in (HERE / "workloads").iterdir() if path.is_dir())
    parser.add_argument("--workload", action="append", choices=known)
    advisors = ["none", "expert", OURS, PROVED, *peers.PEERS]
    parser.add_argument("--advisor", action="append", help="; ".join(advisors))
    parser.add_argument("--budget", action="append", type=float, help="per cent of the tables")
    parser.add_argument("--indexes", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--drops", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=900, help="seconds for one advisor")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--details", action="store_true", help="every statement too")
    given = parser.parse_args()
    given.files, given.drop_files = named_files(given.indexes), named_files(given.drops)
    unknown = set(given.advisor or []) - set(advisors)
    if unknown:
        raise SystemExit(f"no such advisor: {'; '.join(unknown)}; there are {'; '.join(advisors)}")
    given.advisors = [*(given.advisor or advisors), *given.files]
    return given


def main() -> None:
    """Runs and prints."""
    given = arguments()
    kept: Kept = {}
    if given.save and given.save.exists():
        kept = json.loads(given.save.read_text())
    with started(given.folder, programs(given.folder)) as server:
        for name in given.workload or WORKLOADS:
            workload = load(name)
            run = Run(server, workload, given)
            for text in (*tables(run, kept, given), *drops(run, kept, given)):
                print(text, flush=True)


if __name__ == "__main__":
    main()

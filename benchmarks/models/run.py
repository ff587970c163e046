"""Takes databases back to models, and the models back to a database, beside sqlacodegen.

    python run.py FOLDER [NAME ...] [--layout package] [--save FILE]

FOLDER is what prepare.py made. Each schema is built in a scratch database; dbwright and
sqlacodegen write its models; the models of each are imported, configured and built in an empty
database by the same program, whose catalog is read and compared by the same comparison. The
torture schemas are run on PostgreSQL, SQLite and, where DBWRIGHT_MARIADB_URL names one, MariaDB.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from prepare import projects

import dbwright
from dbwright import dialects
from dbwright.core.inventory import Inventory, compared
from dbwright.jobs.reverse import Layout
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.testing import MARIADB_URL
from dbwright.verify.models_build import build

HERE = Path(__file__).parent
TORTURE = ("postgresql", "sqlite", "mariadb")
PEER_PYTHON = "sqlacodegen/venv/bin/python"
START = "import sys\nfrom sqlalchemy import create_engine\nURL = sys.argv[1]\n"
ROW = "{:<28}{:<12}{:>7}{:>8}{:>7}{:>10}{:>7}{:>6}{:>9}  {}"


@dataclass
class Result:
    """What one generator made of one schema."""

    schema: str
    tool: str
    tables: int = 0
    imports: bool = False
    builds: bool = False
    differences: int | None = None
    relationships: int = 0
    told_on_delete: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    why: str = ""

    def row(self) -> str:
        """The result as a line of the table."""
        lost = ", ".join(f"{kind} {number}" for kind, number in self.lost.items())
        shown = "-" if self.differences is None else str(self.differences)
        return ROW.format(
            self.schema, self.tool, self.tables, "yes" if self.imports else "NO",
            "yes" if self.builds else "NO", "yes" if self.differences == 0 else "no", shown,
            self.relationships, self.told_on_delete, self.why[:90] or lost,
        )  # fmt: skip


@contextmanager
def torture(dialect: str, sandbox: Any) -> Iterator[Any]:
    """A scratch database with the torture schema of a dialect."""
    text = (HERE / "torture" / f"{dialect}.sql").read_text(encoding="utf-8")
    with sandbox.clone(None) as database:
        with database.superuser() as connection:
            for statement in dialects.get(dialect).statements.split(text):
                connection.execute(statement)
        yield database


@contextmanager
def schema_of(project: dict[str, Any], folder: Path, sandbox: Any) -> Iterator[Any]:
    """A scratch database with a project's schema, made in its own environment."""
    with sandbox.clone(None) as database:
        with database.superuser() as connection:
            for name in project.get("extension", ()):
                connection.execute(f'create extension "{name}"'.encode())
        code = f"{START}{project['make']}"
        url = database.url(driver=project["driver"])
        home = tempfile.mkdtemp(prefix="dbwright-field-")
        subprocess.run(
            [str(folder / project["name"] / "venv" / "bin" / "python"), "-c", code, url],
            check=True,
            capture_output=True,
            cwd=home,
            env={"PATH": os.environ["PATH"], "HOME": home, **project.get("environment", {})},
        )
        yield database


def inventory(database: Any, dialect: str) -> Inventory:
    """What a scratch database holds."""
    connection = database.connect()
    try:
        found: Inventory = dialects.get(dialect).inventory.read(connection)
        return found
    finally:
        connection.close()


def ours(name: str, database: Any, dialect: str, url: str | None, layout: Layout) -> Result:
    """What dbwright makes of it."""
    made = dbwright.reverse(database.url(), dbwright.Options(sandbox_url=url), layout=layout)
    result = Result(name, "dbwright", relationships=made.relationships)
    result.told_on_delete = made.cascades
    judged(result, made.files, database, dialect, url)
    silent = (result.differences or 0) - len(made.remaining)
    if silent:
        result.why = f"{silent} differences in silence"
    return result


def theirs(name: str, database: Any, dialect: str, folder: Path, url: str | None) -> Result:
    """What sqlacodegen makes of it, all schemas named as its manual says."""
    result = Result(name, "sqlacodegen")
    command = [str(folder / "sqlacodegen" / "venv" / "bin" / "sqlacodegen"), database.url()]
    spaces = {table.schema for table in inventory(database, dialect).schema.tables} - {None}
    if spaces:
        command += ["--schemas", ",".join(["public", *sorted(filter(None, spaces))])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        result.why = f"generator: {(done.stderr.strip().splitlines() or ['?'])[-1]}"
        return result
    code = done.stdout
    if "Base = declarative_base" not in code and "class Base" not in code:
        code += "\n\nclass Base:\n    metadata = metadata\n"
    result.relationships = len(re.findall(r"= relationship\(", code))
    told = re.findall(r"relationship\([^\n]*(?:cascade|passive_deletes)", code)
    result.told_on_delete = len(told)
    # in its own environment, and its warnings are not held against it
    judged(
        result,
        {"models.py": code},
        database,
        dialect,
        url,
        python=str(folder / PEER_PYTHON),
        warnings="allowed",
    )
    return result


def judged(
    result: Result,
    files: Mapping[str, str],
    database: Any,
    dialect: str,
    url: str | None,
    **words: str,
) -> None:
    """Builds models in an empty database, and says what it lacks."""
    source = inventory(database, dialect)
    result.tables = sum(table.kind != "partition" for table in source.schema.tables)
    with open_sandbox(dialect, ServerChoice(sandbox_url=url)) as sandbox, sandbox.clone(None) as to:
        dialects.get(dialect).inventory.prepare(to, source)
        built = build(files, to.url(), **words)
        result.imports = built.step not in ("import", "start", "the run")
        result.builds = built.step is None
        result.why = built.words if built.error else ""
        if result.builds:
            found = compared(source, inventory(to, dialect))
            result.differences = len(found)
            result.lost = dict(Counter(each.object for each in found).most_common())


def run(folder: Path, names: list[str], layout: Layout) -> Iterator[Result]:
    """Gives the results of each schema: the torture schemas first."""
    urls = {"mariadb": os.environ.get(MARIADB_URL)}
    for dialect in TORTURE:
        if names and f"torture-{dialect}" not in names:
            continue
        if dialect in urls and not urls[dialect]:
            print(f"torture-{dialect}: skipped, {MARIADB_URL} names no server", file=sys.stderr)
            continue
        url = urls.get(dialect)
        choice = ServerChoice(sandbox_url=url)
        with open_sandbox(dialect, choice) as sandbox, torture(dialect, sandbox) as database:
            yield ours(f"torture-{dialect}", database, dialect, url, layout)
            yield theirs(f"torture-{dialect}", database, dialect, folder, url)
    chosen = [name for name in names if not name.startswith("torture-")]
    for project in projects(chosen) if chosen or not names else []:
        with open_sandbox("postgresql", ServerChoice()) as sandbox:
            try:
                with schema_of(project, folder, sandbox) as database:
                    yield ours(project["name"], database, "postgresql", None, layout)
                    yield theirs(project["name"], database, "postgresql", folder, None)
            except subprocess.CalledProcessError as error:
                last = (error.stderr.decode().strip().splitlines() or ["?"])[-1]
                print(f"{project['name']}: its schema was not made: {last}", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--layout", choices=("module", "package"), default="module")
    parser.add_argument("--save", type=Path)
    given = parser.parse_args()
    print(ROW.format("schema", "tool", "tables", "imports", "builds", "identical", "differ",
                     "rels", "on delete", "lost or changed"))  # fmt: skip
    results = []
    for result in run(given.folder, given.names, given.layout):
        results.append(result)
        print(result.row(), flush=True)
    if given.save:
        given.save.write_text(json.dumps([asdict(each) for each in results], indent=1) + "\n")

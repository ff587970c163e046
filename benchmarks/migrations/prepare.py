"""Sets up the tools to compare with, each in an environment of its own.

    python prepare.py FOLDER [TOOL ...]

Tools of PyPI get a virtual environment in FOLDER/<tool>, pgfence is installed by npm when node is
there. What cannot be installed is told and left out; `run.py` then shows it as not there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

PINS = {
    "squawk": ["squawk-cli==2.70.0"],
    "alembic-guard": ["alembic-guard==0.1.1"],
    "zdm": ["zdm==0.9.1"],
    "pytest-mrt": ["pytest-mrt==1.9.1", "psycopg[binary]>=3.2", "pymysql>=1.1"],
    "pytest-alembic": ["pytest-alembic==0.13.1", "psycopg[binary]>=3.2", "pymysql>=1.1"],
}
PGFENCE = "@flvmnt/pgfence@0.1.5"


def install(tool: str, folder: Path) -> str:
    """Installs one tool; gives what spoke against it, or nothing."""
    home = folder / tool
    if (home / "installed").exists():
        return ""
    shutil.rmtree(home, ignore_errors=True)
    if tool == "pgfence":
        if not shutil.which("npm"):
            return "npm is not on PATH"
        home.mkdir(parents=True)
        command = ["npm", "install", "--silent", "--no-fund", "--no-audit", PGFENCE]
    else:
        venv.create(home, with_pip=True)
        command = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", *PINS[tool]]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["the installation failed"])[-1]
    (home / "installed").touch()
    return ""


def main(arguments: list[str]) -> None:
    """Installs the tools named on the command line, or all."""
    if not arguments:
        raise SystemExit(__doc__)
    folder = Path(arguments[0]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    for tool in arguments[1:] or [*PINS, "pgfence"]:
        if tool not in PINS and tool != "pgfence":
            raise SystemExit(f"no such tool: {tool}; there are {', '.join(PINS)}, pgfence")
        print(f"{tool}: {install(tool, folder) or 'ready'}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Sets up the tools to compare with, each in an environment of its own.

    python prepare.py FOLDER [TOOL ...]

Each gets a virtual environment in FOLDER/<tool> with what the programs need. What cannot be
installed is told and left out; `run.py` then shows it as not there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

LATEST = "sqlalchemy[asyncio]==2.1.9"
PINS = {
    "dbwright": ["-e", str(Path(__file__).parents[2]), LATEST],
    "queryspy": ["queryspy==0.6.0", LATEST],
    "pytest-queryguard": ["pytest-queryguard==0.4.1", LATEST],
    "pytest-querycount": ["pytest-querycount==0.4.0", LATEST],
    # 2.1 has renamed the class that it patches.
    "nplusone": ["nplusone==1.0.0", "sqlalchemy[asyncio]==2.0.49"],
}
PROGRAMS = [
    "psycopg[binary]>=3.2",
    "asyncpg>=0.29",
    "aiosqlite>=0.20",
    "pymysql>=1.1",
    "jinja2>=3.1",
    "pydantic>=2",
]


def install(tool: str, folder: Path) -> str:
    """Installs one tool; gives what spoke against it, or nothing."""
    home = folder / tool
    if (home / "installed").exists():
        return ""
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    command = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    command += [*PINS[tool], *PROGRAMS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
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
    for tool in arguments[1:] or PINS:
        if tool not in PINS:
            raise SystemExit(f"no such tool: {tool}; there are {', '.join(PINS)}")
        print(f"{tool}: {install(tool, folder) or 'ready'}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])

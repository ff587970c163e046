"""Sets up the tools to compare with, each in an environment of its own.

    python prepare.py FOLDER [TOOL ...]

Each gets a virtual environment in FOLDER/<tool>. What cannot be installed is told and left out;
`run.py` then shows it as not there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

PINS = {
    "autodba-mcp": ["autodba-mcp==0.1.0"],
    "dataxplan": ["dataxplan==0.1.3"],
    "pgplan": ["pgplan==1.2.0"],
    "querysense": ["querysense==0.3.0"],
    "sqlglot": ["sqlglot==30.30.0"],
}


def install(tool: str, folder: Path) -> str:
    """Installs one tool; gives what spoke against it, or nothing."""
    home = folder / tool
    if (home / "installed").exists():
        return ""
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    command = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", *PINS[tool]]
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

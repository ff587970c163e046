"""Makes an environment for each project whose schema is reversed, and one for the peer.

    python prepare.py FOLDER [PROJECT ...]

In FOLDER/<project>/venv is then the project as pip installs it, and in FOLDER/sqlacodegen/venv
the generator that runs beside ours. What is there is kept.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEER = {
    "name": "sqlacodegen",
    "package": "sqlacodegen==4.0.4",
    "extra": ["sqlalchemy<2.1", "psycopg[binary]>=3.2", "pymysql"],
}


def projects(names: list[str]) -> list[dict[str, Any]]:
    """The projects of the list, all of them when no name is given."""
    listed: list[dict[str, Any]] = tomllib.loads((HERE / "projects.toml").read_text())["project"]
    unknown = set(names) - {each["name"] for each in listed}
    if unknown:
        raise SystemExit(f"no such project in projects.toml: {', '.join(sorted(unknown))}")
    return [each for each in listed if not names or each["name"] in names]


def install(project: dict[str, Any], folder: Path) -> None:
    """Makes the environment of a project, once."""
    venv = folder / project["name"] / "venv"
    if (venv / "bin" / "python").exists():
        return
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, project["package"], *project["extra"]], check=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    for wanted in [PEER, *projects(sys.argv[2:])]:
        print(f"{wanted['name']}: {wanted['package']}", flush=True)
        install(wanted, Path(sys.argv[1]))

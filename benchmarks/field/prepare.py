"""Recreates the field set: each project in its own environment, with a checkout to review.

    python prepare.py FOLDER [PROJECT ...]

In FOLDER/<project> there are then `venv` (the project installed by pip) and `project`, a git
repository on branch main that looks as a developer's checkout: the package's source, a root
alembic.ini, a pyproject.toml and `.venv`, a link to the environment.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
IDENTITY = ("-c", "user.name=field", "-c", "user.email=field@example.invalid")


def projects(names: list[str]) -> list[dict[str, Any]]:
    """The projects of the list, all of them when no name is given."""
    listed: list[dict[str, Any]] = tomllib.loads((HERE / "projects.toml").read_text())["project"]
    unknown = set(names) - {p["name"] for p in listed}
    if unknown:
        raise SystemExit(f"no such project in projects.toml: {', '.join(sorted(unknown))}")
    return [p for p in listed if not names or p["name"] in names]


def interpreter(version: str) -> str:
    """A Python of the wanted version: the one on PATH, else this one when it is the same."""
    found = shutil.which(f"python{version}")
    if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
        return found
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    raise SystemExit(f"python{version} is not on PATH; install it or run this with it")


def install(project: dict[str, Any], home: Path) -> None:
    """Makes the environment and installs the pinned packages, once."""
    venv, done = home / "venv", home / "installed.txt"
    wanted = "\n".join([project["package"], *project["extra"]])
    if done.exists() and done.read_text() == wanted:
        return
    subprocess.run([interpreter(project["python"]), "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *wanted.splitlines()], check=True)
    done.write_text(wanted)


def site_packages(venv: Path) -> Path:
    """The folder that pip installed into."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    python = str(venv / "bin" / "python")
    out = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return Path(out.stdout.strip())


def checkout(project: dict[str, Any], home: Path) -> Path:
    """Copies the installed source into a fresh checkout and commits it on main."""
    root, source = home / "project", site_packages(home / "venv")
    shutil.rmtree(root, ignore_errors=True)
    skip = {str(source / path) for path in project["skip"]}

    def ignore(folder: str, names: list[str]) -> set[str]:
        return {n for n in names if n == "__pycache__" or str(Path(folder, n)) in skip}

    for folder in project["copy"]:
        shutil.copytree(source / folder, root / folder, ignore=ignore)
    (root / "alembic.ini").write_text(project["ini"].lstrip())
    for name, origin in project.get("copies", {}).items():
        shutil.copy(HERE / origin, root / name)
    (root / "pyproject.toml").write_text(pyproject(project))
    (root / ".gitignore").write_text("__pycache__/\n.venv\n")
    (root / ".venv").symlink_to(Path("..") / "venv")
    commit(root, f"{project['package']} as published")
    return root


def pyproject(project: dict[str, Any]) -> str:
    """The checkout's pyproject.toml: a name, a version and dbwright's settings."""
    name, version = project["package"].split("==")
    lines = [
        "[project]",
        f'name = "{name.split("[")[0]}"',
        f'version = "{version}"',
        "",
        "[tool.dbwright]",
        f'database = "{project["database"]}"',
    ]
    return "\n".join([*lines, *project.get("settings", [])]) + "\n"


def commit(root: Path, message: str) -> None:
    """Commits everything in the checkout, making the repository first when there is none."""
    git = ["git", "-C", str(root), *IDENTITY]
    if not (root / ".git").exists():
        subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    subprocess.run([*git, "add", "--all", "--force", "--", ".", ":!.venv"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--no-verify", "-m", message], check=True)


def main(arguments: list[str]) -> None:
    """Prepares the projects named on the command line, or all."""
    if not arguments or arguments[0].startswith("-"):
        raise SystemExit(__doc__)
    folder = Path(arguments[0]).absolute()
    for project in projects(arguments[1:]):
        home = folder / project["name"]
        home.mkdir(parents=True, exist_ok=True)
        print(f"{project['name']}: installing {project['package']}", file=sys.stderr)
        install(project, home)
        print(checkout(project, home))


if __name__ == "__main__":
    main(sys.argv[1:])

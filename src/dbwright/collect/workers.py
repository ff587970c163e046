"""How many processes of a program hold a pool each, as its files or its environment say."""

from __future__ import annotations

import ast
import itertools
import os
from pathlib import Path

_SERVERS = ("gunicorn", "uvicorn", "hypercorn", "granian")
_FILES = ("Procfile", "Dockerfile", "compose.yaml", "docker-compose.yml")
_GUNICORN = ("gunicorn.conf.py", "gunicorn_conf.py", "gunicorn_config.py")
_LARGEST = 200_000


def workers_of(tree: ast.Module, file: str, root: Path) -> tuple[int | None, str]:
    """Gives the number of workers and what says it; None where nothing does."""
    number = _assigned(tree)
    if number is not None:
        return number, f"workers of {file}"
    asked = os.environ.get("WEB_CONCURRENCY", "")
    if asked.isdigit():
        return int(asked), "WEB_CONCURRENCY"
    for name in _GUNICORN:
        text = _read(root / name)
        if text:
            try:
                number = _assigned(ast.parse(text))
            except SyntaxError:
                number = None
            if number is not None:
                return number, f"workers of {name}"
    for name in _FILES:
        number = _commanded(_read(root / name))
        if number is not None:
            return number, f"the command in {name}"
    return None, ""


def _assigned(tree: ast.Module) -> int | None:
    for each in tree.body:
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant):
            names = {getattr(target, "id", "") for target in each.targets}
            if "workers" in names and isinstance(each.value.value, int):
                return each.value.value
    return None


def _commanded(text: str) -> int | None:
    for line in text.splitlines():
        if not any(server in line for server in _SERVERS):
            continue
        words = "".join(" " if each in "\"'[],=" else each for each in line).split()
        for option, value in itertools.pairwise(words):
            if option in ("-w", "--workers") and value.isdigit():
                return int(value)
    return None


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            return ""
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""

"""The revisions as Alembic loads them, and what keeps some of them from being loaded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from . import failures, frames, overlay
from .config import read_config, read_scripts
from .state import current


def history(config: str | None, section: str | None) -> dict[str, Any]:
    """Gives every revision that can be loaded; each that cannot is a problem with its place."""
    scripts = read_scripts(read_config(config, section, "history"))
    problems: list[dict[str, Any]] = []
    loaded = _load(scripts, problems)
    revisions = [_facts(script) for script in loaded]
    children = {parent for item in revisions for parent in item["down_revisions"]}
    return {
        "revisions": revisions,
        "heads": [item["revision"] for item in revisions if item["revision"] not in children],
        "bases": [item["revision"] for item in revisions if not item["down_revisions"]],
        "problems": problems,
        "version_locations": [frames.relative(folder) for folder in _folders(scripts)],
    }


def without(scripts: Any, leave_out: Sequence[str]) -> None:
    """Makes Alembic see the graph without some files; paths are relative to the root.

    They break the graph or cannot be loaded, and Alembic would run nothing beside them. What the
    command's edits change, add or take away is seen as they leave it.
    """
    from alembic.script.base import Script

    def load() -> Iterator[Any]:
        for path in dict.fromkeys([*_paths(scripts), *_added(scripts)]):
            if frames.relative(path) in leave_out or current.edited.get(path, "") is None:
                continue
            script = _from_file(Script, scripts, path)
            if script is not None:
                yield script

    scripts.revision_map = type(scripts.revision_map)(load)


def _folders(scripts: Any) -> list[str]:
    found = getattr(scripts, "_version_locations", None)
    return [os.path.abspath(str(folder)) for folder in found or ()]


def _load(scripts: Any, problems: list[dict[str, Any]]) -> list[Any]:
    """Loads file by file, so that one broken file does not hide the others."""
    from alembic.script.base import Script

    found: list[Any] = []
    for path in _paths(scripts):
        try:
            script = _from_file(Script, scripts, path)
        except Exception as error:
            problems.append(_problem(error, path))
            continue
        if script is not None:
            found.append(script)
    return found


def _paths(scripts: Any) -> list[str]:
    """Gives the files of the version folders, one that is reached in two ways once."""
    recursive = bool(getattr(scripts, "recursive_version_locations", False))
    every = [path for folder in _folders(scripts) for path in _files(folder, recursive)]
    return list({os.path.realpath(path): path for path in reversed(every)}.values())[::-1]


def _files(folder: str, recursive: bool) -> list[str]:
    found = []
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if recursive and f != "__pycache__")
        found += [os.path.join(base, name) for name in sorted(names) if name.endswith(".py")]
    return found


def _added(scripts: Any) -> list[str]:
    """Gives the files of the command's edits that stand in the version folders."""
    folders = {os.path.realpath(folder) for folder in _folders(scripts)}
    recursive = bool(getattr(scripts, "recursive_version_locations", False))
    return [path for path in current.edited if _is_inside(path, folders, recursive)]


def _is_inside(path: str, folders: set[str], recursive: bool) -> bool:
    folder = os.path.realpath(os.path.dirname(path))
    below = tuple(known + os.sep for known in folders) if recursive else ()
    return folder in folders or folder.startswith(below)


def _from_file(script_class: Any, scripts: Any, path: str) -> Any:
    text = current.edited.get(path)
    if text is not None:
        module: Any = overlay.module(path, text)
        return script_class(module, module.revision, path)
    if hasattr(script_class, "_from_path"):
        from pathlib import Path

        return script_class._from_path(scripts, Path(path))
    return script_class._from_filename(scripts, os.path.dirname(path), os.path.basename(path))


def _problem(error: BaseException, path: str) -> dict[str, Any]:
    found = failures.described(error)
    return {
        "file": found["file"] or frames.relative(path),
        "line": found["line"],
        "message": found["message"],
    }


def _facts(script: Any) -> dict[str, Any]:
    return {
        "revision": script.revision,
        "path": frames.relative(str(script.path)),
        "down_revisions": _several(script.down_revision),
        "depends_on": _several(script.dependencies),
        "branch_labels": sorted(getattr(script, "_orig_branch_labels", ()) or ()),
        "message": (script.doc or "").strip(),
    }


def _several(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(item) for item in value]

"""Agent files: written whole, taken away so that the folder is as it was."""

from __future__ import annotations

import hashlib
import importlib.resources
from pathlib import Path

from dbwright.core.errors import UsageError
from dbwright.frontends.writing import write_whole

PLACES = {"claude": Path(".claude/agents/db-specialist.md")}
MARK = "<!-- written by dbwright install; "


def install(client: str, base: Path, *, dry_run: bool = False) -> list[str]:
    """Writes the client's agent file below `base`; gives lines for the user.

    A file of that name that dbwright did not write raises UsageError and stays as it is.
    """
    target = base / PLACES[client]
    made = _missing_folders(target.parent, base)
    if target.exists():
        made = _ours(target)
    text = _text(client, made)
    if dry_run:
        return [f"would write {target}:", "", text]
    _write(target, text, base, made)
    return [
        f"Wrote {target}.",
        f"Take it away with: dbwright install --client {client} --uninstall",
    ]


def uninstall(client: str, base: Path, *, dry_run: bool = False) -> list[str]:
    """Removes the client's agent file and the folders made for it; gives lines for the user.

    A file that was edited after it was written raises UsageError and stays as it is.
    """
    target = base / PLACES[client]
    if not target.exists():
        return [f"{target} is not there; nothing to do."]
    made = _ours(target)
    if dry_run:
        return [f"would remove {target}"]
    target.unlink()
    _remove_empty(base, made)
    return [f"Removed {target}."]


def _text(client: str, made: list[str]) -> str:
    page = importlib.resources.files(__package__).joinpath(f"{client}.md")
    body = page.read_text(encoding="utf-8").rstrip()
    return f"{body}\n\n{MARK}text {_digest(body)}; folders made: {' '.join(made) or 'none'} -->\n"


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _ours(target: Path) -> list[str]:
    """Gives the folders that were made for the file; one that is not as written is refused."""
    body, mark, end = target.read_text(encoding="utf-8", errors="replace").rpartition(MARK)
    if not mark:
        raise UsageError(
            f"{target} exists and is not dbwright's; it was left as it is",
            way_out="Rename it, or delete it when nothing of yours is in it.",
        )
    digest, _, folders = end.removeprefix("text ").partition("; folders made:")
    if digest != _digest(body.rstrip()) or not folders.endswith("-->\n"):
        raise UsageError(
            f"{target} was edited after dbwright wrote it; it was left as it is",
            way_out="Rename it, or delete it when nothing of yours is in it.",
        )
    allowed = {str(parent) for place in PLACES.values() for parent in place.parents}
    return [word for word in folders.split() if word in allowed and word != "."]


def _missing_folders(folder: Path, base: Path) -> list[str]:
    missing: list[str] = []
    while folder != base and not folder.exists():
        missing.insert(0, folder.relative_to(base).as_posix())
        folder = folder.parent
    return missing


def _write(target: Path, text: str, base: Path, made: list[str]) -> None:
    way_out = "Give dbwright the right to write there, or use --dry-run and copy the text."
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, text, way_out)
    except OSError as error:
        _remove_empty(base, made)
        raise UsageError(f"cannot write {target}: {error.strerror}", way_out=way_out) from error
    except UsageError:
        _remove_empty(base, made)
        raise


def _remove_empty(base: Path, made: list[str]) -> None:
    for name in reversed(made):
        folder = base / name
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

"""Agent files: written whole, taken away so that the folder is as it was."""

from __future__ import annotations

import importlib.resources
import tempfile
from pathlib import Path

from dbwright.core.errors import UsageError

PLACES = {"claude": Path(".claude/agents/db-specialist.md")}
MARK = "<!-- written by dbwright install; folders made:"


def install(client: str, base: Path, *, dry_run: bool = False) -> list[str]:
    """Writes the client's agent file below `base`; gives lines for the user.

    A file of that name that dbwright did not write raises UsageError and stays as it is.
    """
    target = base / PLACES[client]
    if target.exists():
        if MARK not in target.read_text(encoding="utf-8", errors="replace"):
            raise UsageError(
                f"{target} exists and is not dbwright's; it was left as it is",
                way_out="Rename it first, then install again.",
            )
        made = _made(target)
    else:
        made = _missing_folders(target.parent, base)
    text = _text(client, made)
    if dry_run:
        return [f"would write {target}:", "", text]
    _write(target, text)
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
    made = _made(target)
    if target.read_text(encoding="utf-8", errors="replace") != _text(client, made):
        raise UsageError(
            f"{target} is not what dbwright wrote; it was left as it is",
            way_out="Delete it yourself when nothing of yours is in it.",
        )
    if dry_run:
        return [f"would remove {target}"]
    target.unlink()
    for name in reversed(made):
        folder = base / name
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return [f"Removed {target}."]


def _text(client: str, made: list[str]) -> str:
    page = importlib.resources.files(__package__).joinpath(f"{client}.md")
    return f"{page.read_text(encoding='utf-8').rstrip()}\n\n{MARK} {' '.join(made) or 'none'} -->\n"


def _made(target: Path) -> list[str]:
    text = target.read_text(encoding="utf-8", errors="replace")
    words = text.rpartition(MARK)[2].partition("-->")[0].split()
    allowed = {str(parent) for place in PLACES.values() for parent in place.parents}
    return [word for word in words if word in allowed and word != "."]


def _missing_folders(folder: Path, base: Path) -> list[str]:
    missing: list[str] = []
    while folder != base and not folder.exists():
        missing.insert(0, folder.relative_to(base).as_posix())
        folder = folder.parent
    return missing


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=target.parent, delete=False, encoding="utf-8"
        ) as file:
            file.write(text)
        Path(file.name).replace(target)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}") from error

"""Models of a database: the summary and the proof for people, and all of it as JSON."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dbwright.core.codec import to_json
from dbwright.core.finding import Edit
from dbwright.core.reversed import Reversed
from dbwright.render.parts import printable

_SHOWN = 20


def as_json(found: Reversed, written: Mapping[str, Path] | None = None) -> dict[str, Any]:
    """Gives the answer as plain data; `written` says where each file stands, None where nowhere.

    - `files`: each with its `name` in the package (or `models.py`), `path` (null where it was not
      written) and `text`
    - `counts`: what was read, by kind; `classes`, `relationships`, and those of them that do on
      delete what the database does (`acting_on_delete`)
    - `proof`: `proved` (whether the models were run), `on` (the server), `objects_compared`,
      `identical`, and where nothing was proved `why_not`
    - `differences`: what of the database the models do not make, a sentence each
    - `reported`: `kept_as_sql` by kind, and the lists `unverified` (the scratch server cannot
      hold it), `left_out` (not readable, or leading out of the part), `no_part_of_models`, and
      `views_as_tables` (no unique index tells their rows apart)
    - `project`: null, or of models that went into one its `edits`, the tables that were `mapped`
      already, how often those differ (`drift`), the sides `offered`, and `notes`
    """
    paths = written or {}
    return {
        "version": 1,
        "read_from": found.read_from,
        "files": [
            {"name": name, "path": str(paths[name]) if name in paths else None, "text": text}
            for name, text in found.files.items()
        ],
        "counts": {
            "read": dict(found.counts),
            "classes": found.classes,
            "relationships": found.relationships,
            "acting_on_delete": found.cascades,
        },
        "proof": {
            "proved": not found.unproved,
            "why_not": found.unproved or None,
            "on": found.scope or None,
            "objects_compared": found.compared,
            "identical": found.is_identical,
        },
        "differences": list(found.remaining),
        "reported": {
            "kept_as_sql": dict(found.kept),
            "unverified": list(found.unverified),
            "left_out": list(found.left_out),
            "no_part_of_models": list(found.unread),
            "views_as_tables": list(found.keyless),
        },
        "project": to_json(found.project) if found.project else None,
    }


def as_text(found: Reversed, output: str | None) -> str:
    """Gives the summary and the proof in 80 columns; `output` is where the models were written."""
    lines = []
    for line in _told(found, output):
        indent = " " * (len(line) - len(line.lstrip()))
        lines.append(textwrap.fill(line, 80, subsequent_indent=indent) + "\n")
    return "".join(lines)


def _told(found: Reversed, output: str | None) -> Iterator[str]:
    yield f"Read {_listed(found.counts)} from {found.read_from}."
    where = f" to {output}" if output else ""
    where += f" in {_number(len(found.files), 'module')}" if found.is_package else ""
    yield (
        f"Wrote {_number(found.classes, 'class')}{where}, "
        f"{_number(found.relationships, 'relationship')}; "
        f"{found.cascades} do on delete what the database does."
    )
    if found.kept:
        yield "Kept as SQL that create_all() runs, because mappers have no word for it:"
        yield f"  {_listed(found.kept)}"
    yield from _proof(found)
    yield from _project(found)
    title = "Read as tables, for no unique index tells the rows of these views apart"
    yield from _listing(title, found.keyless)
    yield from _listing("Not verified, the scratch server cannot hold it", found.unverified)
    yield from _listing("Left out", found.left_out)
    yield from _listing("There, and no part of models", found.unread)


def _proof(found: Reversed) -> Iterator[str]:
    if found.unproved:
        yield f"Not proved: {found.unproved}"
        return
    if found.project is not None:
        yield (f"Proved on {found.scope}: the project's models import with the new ones, configure "
               "without a further warning, and create_all() runs.")  # fmt: skip
        if not found.remaining:
            yield f"The new tables are the same: {found.compared} objects compared, no difference."
        else:
            count = _number(len(found.remaining), "difference")
            yield from _listing(f"{count} in {found.compared} objects of them", found.remaining)
        return
    kind = "package" if found.is_package else "module"
    yield (
        f"Proved on {found.scope}: the {kind} imports, its mappers configure without a "
        "warning, and create_all() runs in an empty database, twice."
    )
    if not found.remaining:
        yield f"Its catalog is the same: {found.compared} objects compared, no difference."
    else:
        count = _number(len(found.remaining), "difference")
        yield from _listing(f"Its catalog has {count} in {found.compared} objects", found.remaining)


def edits_text(edits: Iterable[Edit]) -> str:
    """Gives new files as they are, and what changes in those that are there."""
    parts = []
    for edit in edits:
        after = edit.after or ""
        if edit.before is None:
            parts.append(f"# {edit.path}\n{after}")
            continue
        lines = difflib.unified_diff(
            edit.before.splitlines(), after.splitlines(), edit.path, edit.path, lineterm="", n=2
        )
        parts.append("".join(f"{line}\n" for line in lines))
    return printable("\n".join(parts))


def _project(found: Reversed) -> Iterator[str]:
    project = found.project
    if project is None:
        return
    if project.mapped:
        shown = ", ".join(project.mapped[:_SHOWN])
        more = len(project.mapped) - _SHOWN
        shown += f" and {more} more" if more > 0 else ""
        yield f"The project maps already, so they are not written twice: {shown}."
    if project.drift:
        yield (f"There models and database differ in {_number(project.drift, 'object')}, which is "
               "drift: dbwright check --db URL tells of each.")  # fmt: skip
    yield from _listing("Not edited; --sides writes what the classes there could have",
                        project.offered)  # fmt: skip
    yield from project.notes


def _listing(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    if not lines:
        return
    yield f"{title}:"
    for line in lines[:_SHOWN]:
        yield f"  {' '.join(line.split())}"
    if len(lines) > _SHOWN:
        yield f"  and {len(lines) - _SHOWN} more"


def _listed(counts: Any) -> str:
    return ", ".join(_number(number, kind) for kind, number in counts.items())


_MANY = {
    "class": "classes",
    "index": "indexes",
    "policy": "policies",
    "partitioned": "partitioned tables",
    "statistics": "statistics",
    "row security": "row securities",
    "forced row security": "forced row securities",
    "column options": "column options",
    "storage parameters": "storage parameters",
    "foreign": "foreign tables",
}
_ONE = {"partitioned": "partitioned table", "foreign": "foreign table"}


def _number(number: int, noun: str) -> str:
    return f"{number} {_ONE.get(noun, noun) if number == 1 else _MANY.get(noun, noun + 's')}"

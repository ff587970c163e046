"""A design for people, in 80 columns, and for programs, as JSON."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from dbwright.core.codec import to_json
from dbwright.core.design import Decision, Designed, Proved
from dbwright.core.finding import Edit
from dbwright.render.parts import printable

WIDTH = 80
FEW = 3


def as_json(found: Designed) -> dict[str, Any]:
    """Gives the design as plain data, as render/answer_schema.py says."""
    return {
        "version": 1,
        "kind": "design",
        "brief": to_json(found.brief),
        "reading": to_json(found.reading) if found.reading else None,
        "files": {edit.path: edit.after for edit in found.edits},
        "decisions": to_json(found.decisions),
        "proof": to_json(found.proved),
        "unverified": to_json(found.unverified),
        "notes": list(found.notes),
        "diagram": found.diagram,
    }


def as_text(found: Designed, *, code: bool = True) -> str:
    """Gives the answer: how it was read, the code, what was decided and proved."""
    parts = [*_read(found), *summary(found), ""]
    if code:
        first, *others = found.edits
        parts += _code(first)
        shown = [edit for edit in others if _is_shown(edit) or edit in _modules(found)]
        for edit in shown:
            parts += _code(edit)
        new = [edit.path for edit in others if edit not in shown]
        parts += [*(f"Also: {path}" for path in new), *([""] if new else [])]
    parts += ["Decided"]
    for decision in found.decisions:
        parts += _decision(decision)
    parts += ["", *proof(found.proved)]
    if found.unverified:
        parts += ["", f"Not proved ({len(found.unverified)})"]
        for item in found.unverified[: 2 * FEW]:
            parts += _wrapped(f"{item.what}: {item.why}", "  ", "    ")
        left = len(found.unverified) - 2 * FEW
        parts += [f"  and {left} more (--format json has all)"] if left > 0 else []
    if found.notes:
        parts += ["", "To know"]
        for note in found.notes:
            parts += _wrapped(note, "  ", "    ")
    return printable("\n".join(parts)) + "\n"


def _is_shown(edit: Edit) -> bool:
    """Whether a further file is shown whole: what is changed, and the page with the diagram."""
    return edit.before is not None or edit.path.endswith(".md")


def _code(edit: Edit) -> list[str]:
    """A new file as it is, what changes in one that is there."""
    after = (edit.after or "").rstrip()
    if edit.before is None:
        return [edit.path, "", after, ""]
    old, new = edit.before.splitlines(), after.splitlines()
    found = difflib.unified_diff(old, new, edit.path, edit.path, lineterm="", n=2)
    return [*found, ""]


def _read(found: Designed) -> Iterator[str]:
    reading = found.reading
    if reading is None:
        counts = (
            f"{len(found.brief.entities)} entities, {len(found.brief.relationships)} relationships"
        )
        yield f"Read as: {counts}, {len(found.brief.accesses)} ways to look rows up."
        yield ""
        return
    yield "Read as"
    for clause in reading.understood:
        yield from _wrapped(f"“{clause.text}”: {'; '.join(clause.meaning)}", "  ", "    ")
    if reading.unused:
        yield ""
        yield "Not used"
        for item in reading.unused:
            yield from _wrapped(f"line {item.line}: “{item.text}”: {item.why}", "  ", "    ")
    if reading.guessed:
        yield ""
        yield "Taken as text, for nothing says what they are"
        yield from _wrapped(", ".join(reading.guessed), "  ", "  ")
    if reading.unlinked:
        yield ""
        yield "Nothing says what these have to do with the others"
        yield from _wrapped(", ".join(reading.unlinked), "  ", "  ")
    yield ""


def summary(found: Designed) -> list[str]:
    """The answer in a sentence: what was designed, and where it was proved."""
    tables = next((item.count for item in found.proved if item.what.startswith("tables ")), 0)
    scopes = " and ".join(dict.fromkeys(item.scope for item in found.proved))
    first, modules = found.edits[0].path, _modules(found)
    where = f"{first.removesuffix('__init__.py')} ({len(modules)} modules)" if modules else first
    what = f"{tables} {'table' if tables == 1 else 'tables'} in {where}"
    what += ", with the first revision" if any(_is_revision(e) for e in found.edits) else ""
    proof = f"proved on {scopes}" if scopes else "not proved, see below"
    missing = len(found.unverified)
    left = f"; {missing} not proved, see below" if scopes and missing else ""
    return _wrapped(f"Designed: {what}: {proof}{left}.", "", "  ")


def _modules(found: Designed) -> list[Edit]:
    """The files of a new package of models, none where they stand in one file."""
    first = found.edits[0]
    folder = first.path.removesuffix("__init__.py")
    if folder == first.path or first.before is not None:
        return []
    return [edit for edit in found.edits if edit.path.startswith(folder)]


def _is_revision(edit: Edit) -> bool:
    return edit.before is None and "/versions/" in edit.path


def _decision(decision: Decision) -> Iterator[str]:
    subjects = ", ".join(decision.subjects[:FEW])
    left = len(decision.subjects) - FEW
    subjects += f" and {left} more" if left > 0 else ""
    yield from _wrapped(f"{subjects}: {decision.what}", "  ", "    ")
    yield from _wrapped(f"{decision.why[:1].upper()}{decision.why[1:]}.", "    ", "    ")
    if decision.instead:
        yield from _wrapped(f"Or: {decision.instead}", "    ", "    ")


def proof(proved: Iterable[Proved]) -> Iterator[str]:
    """Yields what was proved, a sentence for each server."""
    scopes: dict[str, list[str]] = {}
    for item in proved:
        scopes.setdefault(item.scope, []).append(f"{item.count} {_of(item.count, item.what)}")
    for scope, texts in scopes.items():
        yield from _wrapped(f"Proved on {scope}: {', '.join(texts)}.", "", "  ")


def _of(count: int, what: str) -> str:
    """The words for a count, which begin with a plural: `tables created`, `bad rows refused`."""
    if count != 1:
        return what
    words = what.split(" ")
    # behind its first two words stands no noun that is counted: "revision up, its catalog"
    at = next((at for at, word in enumerate(words[:2]) if word.endswith("s")), 0)
    return " ".join([*words[:at], words[at].removesuffix("s"), *words[at + 1 :]])


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest)

"""A change of models as text: how it was read, what was decided, the diff, the proofs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from dbwright.core.codec import to_json
from dbwright.core.model_change import ModelsChanged

WIDTH = 80


def as_json(found: ModelsChanged) -> dict[str, Any]:
    """Gives the change as plain data, as render/answer_schema.py says."""
    request = found.request
    return {
        "version": 1,
        "kind": "change",
        "reading": {
            "understood": to_json(request.understood),
            "unused": to_json(request.unused),
        },
        "files": {edit.path: edit.after for edit in found.edits},
        "revisions": [item.path for item in found.authored.revisions] if found.authored else [],
        "decisions": to_json(found.decisions),
        "proof": to_json(found.proofs),
        "statements": list(found.statements),
        "why_no_revision": found.why_no_revision,
        "notes": list(found.notes),
    }


def reading(found: ModelsChanged) -> Iterator[str]:
    """Yields how each clause was understood, and what was not used."""
    request = found.request
    for item in request.understood:
        yield from _wrapped("; ".join(item.meaning), "Read as: ")
    told = {item.text for item in request.problems}
    for left in (item for item in request.unused if item.text not in told):
        yield from _wrapped(f"“{_short(left.text)}”: {left.why}.", "Not used: ")


def summary(found: ModelsChanged) -> Sequence[str]:
    """Gives the answer in a sentence: what changes, and that it was run."""
    models = [edit.path for edit in found.edits if edit.before is not None]
    models = models or [edit.path for edit in found.edits]
    count = len(found.authored.revisions) if found.authored else 0
    new = f", and {count} new {'revision' if count == 1 else 'revisions'}" if count else ""
    servers = dict.fromkeys(proof.scope for proof in found.proofs if proof.level == "verified")
    proved = f"; run on {' and '.join(servers)}" if servers else "; not run on a database"
    return _wrapped(f"{', '.join(models)}{new}{proved}.", "Changes: ", indent=2)


def problems(found: ModelsChanged) -> Iterator[str]:
    """Yields what keeps the request from being done, each with its clause."""
    for item in found.request.problems:
        where = f"“{_short(item.text)}” (line {item.line})" if item.line > 1 else ""
        where = where or (f"“{_short(item.text)}”" if item.text else "")
        why, *commands = item.why.splitlines()
        yield from _wrapped(f"{where}: {why}" if where else why, "")
        yield from (f"  {command}" for command in commands)


def chosen(found: ModelsChanged) -> Iterator[str]:
    """Yields what was decided, and why."""
    for item in found.decisions:
        yield ""
        yield from _wrapped(f"{item.about}: {item.chosen}.", "")
        yield from _wrapped(f"{_sentence(item.reason)}.", "  ")


def others(found: ModelsChanged) -> Iterator[str]:
    """Yields the other ways, each with the option that takes it."""
    ways = list(dict.fromkeys(way for item in found.decisions for way in item.others))
    if ways:
        yield ""
        yield "Other ways"
    for way in ways:
        yield from _wrapped(f"{way.what}: {way.price}.", f"  --choose {way.name}  ", indent=6)


def proofs(found: ModelsChanged) -> Iterator[str]:
    """Yields what was seen, each with where it was seen."""
    for proof in found.proofs:
        yield from _wrapped(f"{proof.scope}: {proof.witness}.", "Proved on ", indent=2)


def after(found: ModelsChanged) -> Iterator[str]:
    """Yields the DDL where no revision was written, and what else there is to say."""
    if found.why_no_revision and not (found.authored and found.authored.revisions):
        yield from _wrapped(f"No revision: {found.why_no_revision.rstrip('.')}.", "")
    if found.statements:
        yield "The tables become so:"
        yield from (f"  {line}" for sql in found.statements for line in sql.splitlines())
    for note in found.notes:
        yield from _wrapped(note, "")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def _wrapped(text: str, start: str, indent: int = 4) -> Sequence[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=" " * min(indent, max(len(start), 2)),
        break_on_hyphens=False,
        break_long_words=False,
    )

"""Each kind of answer as sections: what to do first, why, other ways, risk, undo, tests, backup."""

from __future__ import annotations

import ast
import difflib
import textwrap
from collections.abc import Sequence

from dbwright.core.answered import Answered
from dbwright.core.authoring import Authored, Written
from dbwright.core.design import Designed
from dbwright.core.explanation import Explanation
from dbwright.core.finding import Edit
from dbwright.core.model_change import ModelsChanged
from dbwright.render import answered, design, models_changed
from dbwright.render.told import Part, Told, part

MANY_CODE = 12


def told(found: object, words: str, request: str = "") -> Told:
    """Gives an answer that is no report as sections; `words` is how the request was read."""
    if isinstance(found, Explanation):
        return _explanation(found)
    if isinstance(found, Authored):
        return _phases(found, words, request)
    if isinstance(found, Answered):
        return _answered(found)
    if isinstance(found, ModelsChanged):
        return _changed(found, request)
    assert isinstance(found, Designed)
    return _designed(found, request)


def _explanation(found: Explanation) -> Told:
    from dbwright.render.explained import as_json

    parts: list[Part] = []
    for number, do in enumerate(found.do):
        label = "Do" if not number else ("Then" if number == 1 else "")
        brief = 1 if number < 3 else 0
        parts += part(label, [do.title], brief=brief)
        code = textwrap.dedent(do.code).strip("\n").splitlines()
        room = MANY_CODE if not number else 4
        parts += part("", code, "code", brief=room if number < 3 else 0, language=do.language)
    why = [f"{r.text}{f' ({r.place})' if r.place else ''}" for r in found.reasons]
    parts += part("Why", why, "list", brief=2)
    parts += part("Or", [f"{a.title}: {a.tradeoff}" for a in found.alternatives], "list", brief=1)
    parts += part("Risk", [found.risk])
    parts += part("Undo", [found.undo])
    parts += part("Test", [found.tests])
    parts += part("Backup", [found.backup])
    parts += part("Known", [found.known], brief=1)
    parts += part("Not run", [f"{u.what}: {u.why}" for u in found.unverified], "list", brief=1)
    place = str(found.place) if found.place else ""
    return Told("explanation", found.reading, found.answer, tuple(parts), place, found.more,
                as_json(found))  # fmt: skip


def _phases(found: Authored, words: str, request: str) -> Told:
    assert found.change is not None
    change = found.change
    steps: list[str] = []
    for number, written in enumerate(found.revisions):
        if number == change.contract:
            steps.append(f"-- deploy the new code here: {change.models}")
        steps.append(f"{written.revision}  {written.title}")
    if change.contract >= len(found.revisions):
        steps.append(f"In the models: {change.models}")
    parts = [*part("Do", steps, "list", brief=len(steps))]
    for written in found.revisions:
        parts += part(written.revision, _body(written), "code", brief=0, language="python")
    parts += _proof(found)
    parts += part("Or", [f"{a.title}: {a.tradeoff}" for a in change.alternatives], "list", brief=1)
    parts += _notes(found.revisions)
    parts += part("Undo", ["alembic downgrade, one revision after the other: each was run down"])
    count = len(found.revisions)
    noun = "revision" if count == 1 else "revisions"
    title = f"{change.title[:1].upper()}{change.title[1:]}"
    answer = f"{title}, in {count} {noun}, each a deploy of its own."
    data = {
        "version": 1,
        "kind": "phases",
        "reading": words,
        "answer": answer,
        "files": {edit.path: edit.after for edit in found.edits},
        "revisions": [
            {"revision": w.revision, "title": w.title, "notes": w.notes, "path": w.path}
            for w in found.revisions
        ],
        "contract": change.contract,
        "models": change.models,
        "alternatives": [{"title": a.title, "tradeoff": a.tradeoff} for a in change.alternatives],
        "proof": {
            "level": found.proof.level, "scope": found.proof.scope, "witness": found.proof.witness,
        } if found.proof else None,
        "notes": list(found.notes),
    }  # fmt: skip
    return Told("phases", words, answer, tuple(parts), data=data)


def _body(written: Written) -> list[str]:
    return ["def upgrade():", *textwrap.indent(written.upgrade, "    ").splitlines()]


def _proof(found: Authored) -> list[Part]:
    if found.proof is None:
        return []
    return [*part("Proved", [f"on {found.proof.scope}: {found.proof.witness}"], brief=1)]


def _notes(revisions: Sequence[Written]) -> list[Part]:
    """What the revisions say of risk, downtime, order, backup and test, each once."""
    found: dict[str, list[str]] = {}
    for written in revisions:
        for line in _paragraphs(written.notes):
            label, colon, text = line.partition(": ")
            if colon and label in ("Risk", "Downtime", "Deploy", "Backup", "Test"):
                found.setdefault(label, []).append(text)
    return [
        each
        for label, texts in found.items()
        for each in part(label, list(dict.fromkeys(texts)), "list", brief=int(label == "Deploy"))
    ]


def _paragraphs(notes: str) -> list[str]:
    lines: list[str] = []
    for line in notes.splitlines():
        head = line.partition(":")[0]
        if line[:1].isspace() or not (head.istitle() and " " not in head and ":" in line):
            if lines:
                lines[-1] = f"{lines[-1]} {line.strip()}"
            continue
        lines.append(line.strip())
    return lines


def _answered(found: Answered) -> Told:
    facts = [
        f"{f.text}{f' ({f.known})' if f.known else ''}{f'  {f.place}' if f.place else ''}"
        for f in found.facts
    ]
    parts = [
        *part("Facts", facts, "list", brief=20),
        *part("Note", list(found.notes), "list", brief=3),
        *part("Seen", [found.evidence], brief=1),
    ]
    reading = f"{found.reading[:1].lower()}{found.reading[1:]}"
    return Told(
        "answer", reading, found.answer, tuple(parts), "", found.more, answered.as_json(found)
    )


def _changed(found: ModelsChanged, request: str) -> Told:
    read = [meaning for item in found.request.understood for meaning in item.meaning]
    models = [edit for edit in found.edits if "def upgrade" not in (edit.after or "")]
    revisions = found.authored.revisions if found.authored else ()
    parts: list[Part] = []
    parts += part("Do", _changes(models), "diff", brief=8, language="diff")
    few = len(revisions) == 1
    if not few:
        titles = [f"{w.revision}  {w.title.partition(': ')[2] or w.title}" for w in revisions]
        parts += part("Then", titles, "list", brief=len(titles))
    for written in revisions:
        name = written.path or written.revision
        parts += part("Then" if few else "In", [name], brief=int(few))
        parts += part("", _body(written), "code", brief=6 * few, language="python")
    parts += part("Tables", list(found.statements), "code", brief=8, language="sql")
    why = [f"{d.about}: {d.chosen}. {d.reason[:1].upper()}{d.reason[1:]}" for d in found.decisions]
    parts += part("Why", why, "list", brief=1)
    ways = dict.fromkeys(way for d in found.decisions for way in d.others)
    others = [f"--choose {w.name}: {w.what}; {w.price}" for w in ways]
    parts += part("Or", others, "list", brief=2)
    proofs = [f"on {p.scope}: {p.witness}" for p in found.proofs]
    parts += part("Proved", proofs, "list", brief=3)
    parts += _notes(revisions)
    if revisions:
        parts += part("Undo", ["alembic downgrade -1, then `dbwright undo` for the files"])
    parts += part("Note", list(found.notes), "list", brief=2)
    if found.why_no_revision and not revisions:
        parts += part("Note", [f"no revision: {found.why_no_revision.rstrip('.')}"], brief=1)
    answer = " ".join(" ".join(models_changed.summary(found)).split())
    return Told("change", "; ".join(read) or request, answer, tuple(parts), "", (),
                models_changed.as_json(found))  # fmt: skip


def _changes(edits: Sequence[Edit]) -> list[str]:
    lines: list[str] = []
    for edit in edits:
        old, new = (edit.before or "").splitlines(), (edit.after or "").splitlines()
        diff = difflib.unified_diff(old, new, lineterm="", n=0)
        changed = [line for line in diff if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        code = [line for line in changed if not line[1:].startswith(("import ", "from "))]
        lines += [edit.path, *(line for line in code if line[1:].strip())]
    return lines


def _designed(found: Designed, request: str) -> Told:
    first = found.edits[0]
    reading = found.reading
    clauses = [f"“{c.text}”: {'; '.join(c.meaning)}" for c in reading.understood] if reading else []
    names = ", ".join(entity.name for entity in found.brief.entities)
    parts: list[Part] = []
    parts += part("Do", [f"{first.path}:"], brief=1)
    parts += part("", _classes(first.after or ""), "code", brief=MANY_CODE, language="python")
    for edit in found.edits:
        parts += part(edit.path, (edit.after or "").splitlines(), "code", language="python")
    decided = [
        f"{', '.join(d.subjects[:3])}: {d.what}. {d.why[:1].upper()}{d.why[1:]}"
        for d in found.decisions
    ]
    parts += part("Why", decided, "list", brief=2)
    parts += part(
        "Or",
        [f"{', '.join(d.subjects[:3])}: {d.instead}" for d in found.decisions if d.instead],
        "list",
        brief=1,
    )
    scopes = dict.fromkeys(p.scope for p in found.proved)
    proved = [
        " ".join(" ".join(design.proof(p for p in found.proved if p.scope == scope)).split())
        for scope in scopes
    ]
    parts += part("Proved", [text.removeprefix("Proved ") for text in proved], brief=2)
    parts += part("Not run", [f"{u.what}: {u.why}" for u in found.unverified], "list", brief=1)
    parts += part("Read", clauses, "list")
    left = [f"“{u.text}”: {u.why}" for u in reading.unused] if reading else []
    parts += part("Not used", left, "list", brief=2)
    parts += part("Note", list(found.notes), "list")
    parts += part("Risk", ["none: new tables, nothing that is there changes"])
    parts += part(
        "Undo", ["`dbwright undo` takes the files back; alembic downgrade base the tables"]
    )
    parts += part("Test", [e.path for e in found.edits if "test" in e.path], "list")
    parts += part("Backup", ["none needed: no row changes"])
    answer = " ".join(" ".join(design.summary(found)).split())
    return Told(
        "design", f"new models: {names}", answer, tuple(parts), "", (), design.as_json(found)
    )


def _classes(source: str) -> list[str]:
    """The first mapped classes of a module, without what stands above them."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source.splitlines()
    mapped = [
        node for node in tree.body
        if isinstance(node, ast.ClassDef) and "__tablename__" in (ast.get_source_segment(source,
            node) or "")
    ]  # fmt: skip
    if not mapped:
        return source.splitlines()
    return source.splitlines()[mapped[0].lineno - 1 :]

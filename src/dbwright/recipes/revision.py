"""Revisions: a change cut into phases, each a file of its own that says what it does.

Every phase is one transaction and can be run again after a failure; a VALIDATE, a concurrent
build or a backfill never shares a revision with anything else. The files are plain Alembic.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Undo
from dbwright.core.migration import Migration
from dbwright.core.operation import Operation, Statement
from dbwright.recipes import code, revision_source
from dbwright.recipes.revision_source import Where

SLUG = 40
"""As long as Alembic's own `truncate_slug_length`."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What a new revision tells its reader, each a sentence."""

    does: str
    risk: str
    downtime: str = "none."
    order: str = "runs by itself after the revision before it; no code has to change."
    backup: str = "none needed: no row changes."
    test: str = "alembic upgrade head, downgrade -1, upgrade head on a copy with rows."


@dataclass(frozen=True, slots=True)
class Phase:
    """A revision to be: its title, the bodies of its functions, and its notes."""

    title: str
    upgrade: str
    downgrade: str
    notes: Notes


def attempt(migration: Migration, make: Callable[[str], tuple[Edit, ...]]) -> tuple[Edit, ...]:
    """Gives the edits made of the file's text; none where it cannot or must not be edited."""
    if migration.source is None or not migration.changeable:
        return ()
    try:
        return make(migration.source.text)
    except FixError:
        return ()


def edited(migration: Migration, text: str) -> tuple[Edit, ...]:
    """Gives the edit of the revision's own file; nothing changed raises FixError."""
    assert migration.source is not None
    if text == migration.source.text:
        raise FixError("nothing to change in the file")
    if "sa" in revision_source.free_names(text):
        raise FixError("the file does not import sqlalchemy as sa")
    return (Edit(migration.path, migration.source.text, text),)


def behind(migration: Migration, phase: Phase) -> Edit:
    """Gives the new file of a revision that follows this one, which stays as it is."""
    identity = new_id(migration.revision, phase.title)
    path = _path(migration, identity, phase.title)
    return Edit(path, None, _file(migration, phase, identity, migration.revision))


def chain(migration: Migration, text: str, phases: Sequence[Phase]) -> tuple[Edit, ...]:
    """Gives the edits that make `text` and the phases follow each other.

    Where no revision stands on this one, its file holds `text` and new files follow it. Else
    the last phase takes over its file and its id, and what comes earlier goes into new files in
    front of it: so the graph stays linear and no other file has to change.
    """
    if not phases:
        return edited(migration, text)
    if migration.followers == ():
        return _behind(migration, text, phases)
    return _in_front(migration, text, phases)


def own_revision(
    migration: Migration, where: Where, phase: Phase, inverse: Where | None
) -> tuple[Edit, ...]:
    """Gives the edits that run one statement in another form and in a revision of its own.

    Where the revision does nothing else, its file is edited in place. `inverse` is the statement
    of the downgrade that goes with it.
    """
    assert migration.source is not None
    text = migration.source.text
    if revision_source.is_only(text, where):
        changes = [(where, phase.upgrade)]
        changes += [(inverse, phase.downgrade)] if inverse else []
        return edited(migration, revision_source.exchange_all(text, changes))
    removals = [(item, "") for item in (where, inverse) if item]
    return chain(migration, revision_source.exchange_all(text, removals), (phase,))


def place_of(
    migration: Migration, statement: Statement, *names: tuple[str, str], kept: bool = False
) -> Where:
    """Where a statement of the upgrade stands: its line, else the one call with such a name.

    `names` are (method, first argument) pairs that tell a call inside a batch. A statement sent
    from another file, a loop or a helper raises FixError; so does one that does several things,
    unless it is `kept` as it is.
    """
    text = migration.source.text if migration.source else ""
    place = statement.place
    # A run may name the file from a folder above the project's.
    own = place is not None and f"/{place.file}".endswith(f"/{migration.path}")
    if place is not None and own and place.line is not None:
        where = Where(line=place.line)
        alone = [item for item in migration.upgrade if item.place == place] == [statement]
        single = kept or len(statement.operations) == 1
        if alone and single and revision_source.holds(text, where):
            return where
    found = _call(text, "upgrade", names)
    if found is None:
        raise FixError("the statement does not stand by itself in the file")
    return found


def inverse_of(
    migration: Migration, matches: Callable[[Operation], bool], *names: tuple[str, str]
) -> Where | None:
    """Where the downgrade does what matches, None where it does not do it at all.

    It raises FixError where it may do so and the statement cannot be told.
    """
    text = migration.source.text if migration.source else ""
    found = _call(text, "downgrade", names)
    if found or revision_source.is_empty(text, "downgrade"):
        return found
    lines = [
        statement.place.line
        for statement, operation in migration.downgrade_operations()
        if matches(operation) and statement.place
    ]
    if lines or not migration.downgrade:
        where = Where("downgrade", lines[0] if lines else None)
        if not revision_source.holds(text, where):
            raise FixError("the downgrade cannot be told apart")
        return where
    return None


def _call(text: str, function: str, names: Sequence[tuple[str, str]]) -> Where | None:
    for method, argument in names:
        where = Where(function, call=method, argument=argument)
        if revision_source.holds(text, where):
            return where
    return None


def undo(fix: Fix, otherwise: str) -> Undo:
    """Gives the way back: the original files, or words where the fix is code to paste."""
    if not fix.edits:
        return Undo(otherwise)
    back = tuple(Edit(edit.path, edit.after, edit.before) for edit in reversed(fix.edits))
    return Undo(f"Before it is deployed: put the files back as they were. After: {otherwise}", back)


def lock_timeout(migration: Migration) -> str | None:
    """Gives the line that bounds the wait for locks, unless the file has one."""
    text = migration.source.text if migration.source else ""
    return None if "lock_timeout" in text else code.LOCK_TIMEOUT


def outline(*parts: tuple[str, str]) -> str:
    """Gives code for the reader: each part under a comment that says which revision it is."""
    return "\n\n".join(f"# {title}\n{body}" for title, body in parts)


def new_id(*parts: str) -> str:
    """Gives a revision id that depends on nothing but its parts."""
    return hashlib.sha1(":".join(parts).encode(), usedforsecurity=False).hexdigest()[:12]


def render(phase: Phase, revision: str, parent: str | None, imports: Sequence[str] = ()) -> str:
    """Gives the file of a phase."""
    uses_sa = re.search(r"\bsa\.", phase.upgrade + phase.downgrade)
    head = "import sqlalchemy as sa\n" if uses_sa else ""
    extra = "".join(f"{line}\n" for line in imports)
    return (
        f'"""{phase.title}.\n\n{notes_text(phase.notes)}\n\n'
        f'Revision ID: {revision}\nRevises: {parent or ""}\n"""\n\n'
        f"{head}from alembic import op\n{extra}\n"
        f'revision = "{revision}"\ndown_revision = {code.literal(parent) if parent else None}\n'
        "branch_labels = None\ndepends_on = None\n\n\n"
        f"def upgrade() -> None:\n{textwrap.indent(phase.upgrade, '    ')}\n\n\n"
        f"def downgrade() -> None:\n{textwrap.indent(phase.downgrade or 'pass', '    ')}\n"
    )


def notes_text(notes: Notes) -> str:
    """Gives the notes as the docstring of a revision has them."""
    parts = {
        "Does": notes.does,
        "Risk": notes.risk,
        "Downtime": notes.downtime,
        "Deploy": notes.order,
        "Backup": notes.backup,
        "Test": notes.test,
    }
    return "\n".join(
        textwrap.fill(f"{label}: {text}", 88, subsequent_indent="    ", break_on_hyphens=False)
        for label, text in parts.items()
    )


def _behind(migration: Migration, text: str, phases: Sequence[Phase]) -> tuple[Edit, ...]:
    edits = list(edited(migration, text))
    parent = migration.revision
    for phase in phases:
        revision = new_id(parent, phase.title)
        path = _path(migration, revision, phase.title)
        edits.append(Edit(path, None, _file(migration, phase, revision, parent)))
        parent = revision
    return tuple(edits)


def _in_front(migration: Migration, text: str, phases: Sequence[Phase]) -> tuple[Edit, ...]:
    assert migration.source is not None
    parent = new_id(migration.revision, "first part")
    path = _path(migration, parent, migration.message or "first part")
    edits = [Edit(path, None, revision_source.set_names(text, revision=parent))]
    for phase in phases[:-1]:
        revision = new_id(parent, phase.title)
        path = _path(migration, revision, phase.title)
        edits.append(Edit(path, None, _file(migration, phase, revision, parent)))
        parent = revision
    last = _file(migration, phases[-1], migration.revision, parent)
    return (*edits, Edit(migration.path, migration.source.text, last))


def _file(migration: Migration, phase: Phase, revision: str, parent: str) -> str:
    assert migration.source is not None
    bodies = f"{phase.upgrade}\n{phase.downgrade}"
    foreign = sorted(revision_source.free_names(bodies) - {"op", "sa"})
    imports = revision_source.imports_of(migration.source.text, foreign)
    return render(phase, revision, parent, imports)


def _path(migration: Migration, revision: str, title: str) -> str:
    return f"{PurePosixPath(migration.path).parent}/{file_name(revision, title)}"


def file_name(revision: str, title: str) -> str:
    """Gives the name of a revision's file, as Alembic makes it of the id and the title."""
    slug = re.sub(r"\W+", "_", title.lower()).strip("_")
    if len(slug) > SLUG:
        slug = slug[:SLUG].rpartition("_")[0]
    return f"{revision}_{slug}.py"

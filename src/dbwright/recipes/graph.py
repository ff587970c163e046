"""The graph of revisions mended: heads merged, ids told apart, parents found again."""

from __future__ import annotations

from pathlib import PurePosixPath

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import History, Migration
from dbwright.recipes import code, revision, revision_source


def migration_of(history: History, name: str) -> Migration | None:
    """The revision of that id, or None."""
    return next((item for item in history.migrations if item.revision == name), None)


def merge(history: History) -> Fix:
    """The cure of several heads: a revision that joins them and changes nothing."""
    heads = tuple(sorted(history.heads))
    new = revision.new_id("merge", *heads)
    parents = ", ".join(map(code.literal, heads))
    text = (
        f'"""Merge the heads {" and ".join(heads)}.\n\n'
        "Does: joins the branches; no table changes.\n"
        "Risk: both branches may change the same table; read them side by side.\n"
        "Downtime: none.\nDeploy: with either branch.\nBackup: none needed: no row changes.\n"
        "Test: alembic upgrade head on an empty database and on one that stands on each head.\n\n"
        f'Revision ID: {new}\nRevises: {", ".join(heads)}\n"""\n\n'
        f'revision = "{new}"\ndown_revision = ({parents})\n'
        "branch_labels = None\ndepends_on = None\n\n\n"
        "def upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n"
    )
    place = next((history.places[head] for head in heads if head in history.places), None)
    edits: tuple[Edit, ...] = ()
    if place is not None:
        folder = PurePosixPath(place.file).parent
        edits = (Edit(str(folder / f"{new}_merge_heads.py"), None, text),)
    return Fix(
        "Join the heads by a merge revision", f"alembic merge {' '.join(heads)}", "safe", edits
    )


def own_id(history: History, name: str, path: str) -> Fix:
    """The cure of an id that two files claim: the later file gets one of its own."""
    new = revision.new_id(name, path)
    wanted = [item for item in history.migrations if item.path == path and item.source]
    edits: tuple[Edit, ...] = ()
    if wanted:
        edits = revision.attempt(wanted[0], lambda text: _renumbered(wanted[0], text, new))
    return Fix(f"Give {path} an id of its own", f'revision = "{new}"', "unsafe", edits)


def reparent(history: History, name: str, parent: str | None) -> Fix:
    """The cure of a parent that no file has: the revision stands on one that exists."""
    migration = migration_of(history, name)
    value = code.literal(parent) if parent else "None"
    edits: tuple[Edit, ...] = ()
    if migration is not None:
        edits = revision.attempt(migration, lambda text: _moved(migration, text, parent))
    return Fix("Let the revision stand on one that exists", f"down_revision = {value}", edits=edits)


def _renumbered(migration: Migration, text: str, new: str) -> tuple[Edit, ...]:
    return revision.edited(migration, revision_source.set_names(text, revision=new))


def _moved(migration: Migration, text: str, parent: str | None) -> tuple[Edit, ...]:
    if parent == migration.revision:
        raise FixError("a revision cannot stand on itself")
    return revision.edited(migration, revision_source.set_names(text, down_revision=parent))

"""The graph of revisions mended: heads merged, ids told apart, parents found again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import History, MergeTarget, Migration
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


def first_of_own(history: History, target: MergeTarget) -> Migration | None:
    """The revision that stands on what the merge target has too, where it is one alone."""
    own = [migration_of(history, name) for name in target.own]
    found = [item for item in own if item and not set(item.down_revisions) & set(target.own)]
    return found[0] if len(found) == 1 else None


def parent_of(history: History, name: str | None) -> str:
    """The revision that this one stands on, `base` where it is the first."""
    found = migration_of(history, name or "")
    return found.down_revisions[0] if found and found.down_revisions else "base"


def rebase(history: History, target: MergeTarget) -> Fix:
    """The cure of heads to come: the work's own first revision follows the branch's head.

    That one is not here yet, so that the file can be edited only behind the merge.
    """
    first = first_of_own(history, target)
    head = target.heads[0]
    path = first.path if first else "its own first revision"
    text = (
        f"git merge {target.name}   # brings {', '.join(target.arriving)}\n"
        f'# then in {path}:\ndown_revision = "{head}"'
    )
    return Fix(f"Let the work follow {head}, the head of {target.name}", text)


def own_id_before_merge(history: History, name: str, path: str) -> Fix:
    """The cure of an id that the merge target has too; what stands on it is moved by hand."""
    fix = own_id(history, name, path)
    stands = [item.path for item in history.migrations if name in item.down_revisions]
    if not stands:
        return fix
    return replace(fix, edits=(), code=f"{fix.code}\n# and down_revision in {stands[0]}")


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

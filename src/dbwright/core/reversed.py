"""Reversed: the models of a database with the proof of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dbwright.core.finding import Edit


def as_one_text(files: Mapping[str, str]) -> str:
    """Gives the code of one file, or of several each under its path."""
    if len(files) == 1:
        return next(iter(files.values()))
    return "\n".join(f"# {path}\n{text}" for path, text in files.items())


@dataclass(frozen=True, slots=True)
class IntoProject:
    """What is told of models that go into a project.

    `edits` are its files as they become, `mapped` the tables that it has classes for, of which
    `drift` counts the differences to the database; `offered` are the other sides of relationships
    that its classes could have.
    """

    edits: tuple[Edit, ...] = ()
    mapped: tuple[str, ...] = ()
    drift: int = 0
    offered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reversed:
    """Models of a database, and how near the database that they make comes to it.

    `remaining` are the differences that are left, a sentence each; `unproved` says why nothing
    was compared, "" where it was; `unverified` are objects that the scratch server cannot hold.
    `left_out` is what the role may not see, `unread` what has no place in models, `keyless` the
    views that are tables of the code, `counts` the objects by kind, `scope` the server of the
    proof. `files` are the texts by path: `models.py`, or those of a package, or those of the
    `project` that they go into.
    """

    files: Mapping[str, str]
    read_from: str
    counts: Mapping[str, int]
    classes: int = 0
    relationships: int = 0
    cascades: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)
    scope: str = ""
    compared: int = 0
    remaining: tuple[str, ...] = ()
    unproved: str = ""
    unverified: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    keyless: tuple[str, ...] = ()
    project: IntoProject | None = None

    @property
    def is_package(self) -> bool:
        """Whether the models are several files of one folder."""
        return "__init__.py" in self.files

    @property
    def code(self) -> str:
        """All the code; of several files each stands under its path."""
        return as_one_text(self.files)

    @property
    def is_identical(self) -> bool:
        """Whether the models were run and made the same catalog again."""
        return not self.unproved and not self.remaining

    @property
    def exit_status(self) -> int:
        """0 where all that remains is told, 3 where nothing could be compared."""
        return 3 if self.unproved else 0

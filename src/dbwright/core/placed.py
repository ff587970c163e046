"""Index advice carried out in a project: the edited models, the revisions, what had to stay."""

from __future__ import annotations

from dataclasses import dataclass

from dbwright.core.authoring import Authored
from dbwright.core.claim import Proof
from dbwright.core.finding import Edit


@dataclass(frozen=True, slots=True)
class WantedIndex:
    """An index that a table of the models is to get.

    `advised` is its name in the advice, `name` the one that it gets here; `sql` makes it.
    """

    table: str
    advised: str
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class PlacedIndex:
    """An index that the models get, or lose: where it stands in the source, and as what code.

    `revision` is the file of the revision that builds or drops it, "" where none was written.
    """

    table: str
    advised: str
    name: str
    file: str
    where: str
    code: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class UnplacedIndex:
    """An index that the models could not get or lose, why, and what to paste instead."""

    table: str
    advised: str
    why: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of the advice in a project; nothing is written yet.

    `edits` hold the models and the new revisions. `why_no_revision` is said where the models
    change and no revision could be written.
    """

    indexes: tuple[PlacedIndex, ...] = ()
    drops: tuple[PlacedIndex, ...] = ()
    unplaced: tuple[UnplacedIndex, ...] = ()
    edits: tuple[Edit, ...] = ()
    proofs: tuple[Proof, ...] = ()
    authored: Authored | None = None
    why_no_revision: str = ""
    notes: tuple[str, ...] = ()

    def of(self, advised: str) -> PlacedIndex | UnplacedIndex | None:
        """Gives what became of an index of the advice."""
        every: list[PlacedIndex | UnplacedIndex] = [*self.indexes, *self.drops, *self.unplaced]
        return next((each for each in every if each.advised == advised), None)

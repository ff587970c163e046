"""What autogenerate works with, and the trial of what it wrote: a round trip with rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dbwright.core.authoring import Meant
from dbwright.core.errors import SandboxError, UserCodeError
from dbwright.core.mapping import Mapping
from dbwright.core.migration import History
from dbwright.core.operation import RenameColumn, RenameEnumValue
from dbwright.core.schema import Schema
from dbwright.core.trace import RowLoss
from dbwright.jobs.migrations import Chain, Replayed
from dbwright.jobs.workplace import Workplace
from dbwright.recipes.autogenerate_change import Change
from dbwright.recipes.autogenerate_columns import STOP
from dbwright.recipes.autogenerate_context import Builds
from dbwright.verify.data import Renames
from dbwright.verify.round_trip import RoundTrip, round_trip


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: the message, the options in pairs, and ids where the caller has them.

    `revision` is the id that the first new revision is to have. `retried` has builds of indexes
    that can be run again after one that failed, and that no timeout ends.
    """

    message: str = ""
    given: tuple[tuple[str, str], ...] = ()
    revision: str | None = None
    retried: bool = False


@dataclass(slots=True)
class State:
    """What was read and run: the chain, the migrated schema with the renames done, the models."""

    chain: Chain
    history: History
    replayed: Replayed
    mapping: Mapping
    models: Schema
    migrated: Schema
    schemas: frozenset[str]
    first: tuple[Change, ...]
    builds: Builds | None = None


@dataclass(slots=True)
class Trial:
    """A trial of new revisions; `head` is the last of them."""

    place: Workplace
    arguments: dict[str, Any]
    state: State
    meant: Meant
    head: str

    def __call__(self) -> tuple[str | None, RoundTrip]:
        """Gives why the revisions do not hold, None where they do, and what was run.

        Values at the edge of their types overflow in a cast or in SQL that the user gave: where
        they stop the first run, more ordinary ones are taken.
        """
        found = self._run()
        if found.up is not None or (found.down is not None and STOP not in found.down.message):
            found = self._run(modest=True)
        if found.down is not None and found.up is None and STOP in found.down.message:
            bare = self._run(rows=0)
            return self._against(found) or self._against(bare), found
        return self._against(found), found

    def _run(self, *, modest: bool = False, rows: int | None = None) -> RoundTrip:
        place, state = self.place, self.state
        assert place.worker is not None
        key = state.replayed.head_key
        template = place.sandbox.has(key) if key else None
        if key and template is None:
            raise SandboxError(
                "the migrated scratch database was not kept", way_out="Run the command again."
            )
        back = next(iter(state.history.heads), "base")
        with place.sandbox.clone(template) as database:
            if hasattr(database, "enforces"):  # a copy of a table must keep those that refer to it
                database = replace(database, enforces=True)
            return round_trip(
                place.worker,
                self.arguments,
                database,
                state.models,
                upto=self.head,
                back=back,
                nullable=self.meant.fills,
                never=self.meant.drops,
                renames=self._renames(),
                modest=modest,
                **({} if rows is None else {"rows_each": rows}),
            )

    def _renames(self) -> Renames:
        found = Renames(dict(self.meant.table_renames))
        for name, new in self.meant.renames.items():
            table, _, old = name.rpartition(".")
            found.take([RenameColumn(table, old, new), RenameEnumValue(table, old, new)])
        return found

    def _against(self, found: RoundTrip) -> str | None:
        """What the runs say against the revisions."""
        if found.up is not None:
            return f"the upgrade fails: {_words(found.up)}"
        for loss in found.gone:
            if not self._is_said(loss):
                return f"the upgrade loses {_lost(loss)}"
        if found.down is not None:
            return None if STOP in found.down.message else f"down: {_words(found.down)}"
        if found.left:
            return f"the downgrade leaves {found.left[0]}"
        for loss in found.missing:
            if not self._is_said(loss):
                return f"the downgrade does not bring back {_lost(loss)}"
        return f"the second upgrade fails: {_words(found.again)}" if found.again else None

    def _is_said(self, loss: RowLoss) -> bool:
        """Whether the user said that these values go, or changed their type."""
        meant = self.meant
        name = f"{loss.table}.{loss.column}"
        if loss.column is None:
            return loss.table in meant.drops
        if name in meant.drops or loss.table in meant.drops:
            return True
        before = self.state.replayed.head
        old = before.table(loss.table) if before else None
        column = old.column(loss.column) if old else None
        table = self.state.models.table(meant.table_renames.get(loss.table, loss.table))
        new = table.column(meant.renames.get(name, loss.column)) if table else None
        if column is None or new is None:
            return False
        replaced = {subject.rpartition(".")[0] for subject in meant.replaces}
        retyped = column.type != new.type or column.computed != new.computed
        return retyped or column.type.removesuffix("[]") in replaced


def _words(error: UserCodeError) -> str:
    return error.message.partition("\n(Background")[0]


def _lost(loss: RowLoss) -> str:
    what = f"{loss.lost} of {loss.of} "
    where = f"values of {loss.table}.{loss.column}" if loss.column else f"rows of {loss.table}"
    return what + where + (f" ({loss.example})" if loss.example else "")

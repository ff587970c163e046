"""Two tables that hold the same values side by side while old and new code run (PostgreSQL).

A parent has columns that a child of one row for each parent has too. Triggers on both carry every
write over; each writes only what differs, so that they do not call each other without end. A
parent whose columns are all NULL has no child.
"""

from __future__ import annotations

from dataclasses import dataclass

from dbwright.recipes import backfill, change, code
from dbwright.recipes.revision import Phase


@dataclass(frozen=True, slots=True)
class Pair:
    """The parent's key column, the child's column that points at it, and what both hold.

    `required` says that the child has columns that cannot be NULL: it goes when they would be.
    """

    parent: str
    key: str
    child: str
    reference: str
    columns: tuple[str, ...]
    required: bool = False

    @property
    def _parent_trigger(self) -> str:
        return code.name_for(self.parent, self.child, "sync")

    @property
    def _child_trigger(self) -> str:
        return code.name_for(self.child, self.parent, "sync")

    def kept_same(self) -> tuple[str, ...]:
        """Gives the functions and triggers of both tables."""
        parent, child = self._parent_trigger, self._child_trigger
        written = f"AFTER INSERT OR UPDATE OF {code.listed(self.columns)}"
        return (
            change.function(parent, self._to_child()),
            change.attached(parent, self.parent, written),
            change.function(child, self._to_parent()),
            change.attached(child, self.child, "AFTER INSERT OR UPDATE OR DELETE"),
        )

    def let_go(self) -> tuple[str, ...]:
        """Gives the statements that take both triggers away."""
        return (
            *change.detached(self._parent_trigger, self.parent),
            *change.detached(self._child_trigger, self.child),
        )

    def _to_child(self) -> str:
        return (
            f"IF NOT ({change.row(self.columns, 'NEW.')} IS NULL) THEN\n"
            f"    INSERT INTO {code.quoted(self.child)} AS own ({self._listed})\n"
            f"    VALUES ({self._values('NEW.')})\n"
            f"    ON CONFLICT ({code.quoted(self.reference)})\n"
            f"    DO UPDATE SET {self._set('EXCLUDED.')}\n"
            f"    WHERE {change.row(self.columns, 'own.')}\n"
            f"        IS DISTINCT FROM {change.row(self.columns, 'EXCLUDED.')};\n"
            "ELSIF TG_OP = 'UPDATE' THEN\n"
            f"    {self._emptied}\n"
            f"    WHERE {code.quoted(self.reference)} = NEW.{code.quoted(self.key)}\n"
            f"        AND NOT ({change.row(self.columns)} IS NULL);\n"
            "END IF;"
        )

    def _to_parent(self) -> str:
        return (
            "IF TG_OP = 'DELETE' THEN\n"
            f"    UPDATE {code.quoted(self.parent)} SET {self._cleared}\n"
            f"    WHERE {code.quoted(self.key)} = OLD.{code.quoted(self.reference)}\n"
            f"        AND NOT ({change.row(self.columns)} IS NULL);\n"
            "ELSE\n"
            f"    UPDATE {code.quoted(self.parent)} SET {self._set('NEW.')}\n"
            f"    WHERE {code.quoted(self.key)} = NEW.{code.quoted(self.reference)}\n"
            f"        AND {change.row(self.columns)}\n"
            f"        IS DISTINCT FROM {change.row(self.columns, 'NEW.')};\n"
            "END IF;"
        )

    def fill_child(self) -> Phase:
        """The revision that carries the parent's values over, in batches."""
        statement = (
            f"INSERT INTO {code.quoted(self.child)} ({self._listed})\n"
            f"SELECT {code.quoted(self.key)}, {code.listed(self.columns)}\n"
            f"FROM {code.quoted(self.parent)}\n"
            f"WHERE {code.quoted(self.key)} BETWEEN {backfill.FIRST} AND {backfill.LAST}\n"
            f"    AND NOT ({change.row(self.columns)} IS NULL)\n"
            f"ON CONFLICT ({code.quoted(self.reference)}) DO NOTHING"
        )
        return self._fill(self.parent, self.key, self.child, statement)

    def fill_parent(self) -> Phase:
        """The revision that carries the child's values over, in batches."""
        span = f"BETWEEN {backfill.FIRST} AND {backfill.LAST}"
        statement = f"{self.from_child()}\n    AND own.{code.quoted(self.reference)} {span}"
        return self._fill(self.child, self.reference, self.parent, statement)

    def _fill(self, table: str, key: str, other: str, statement: str) -> Phase:
        return Phase(
            f"Carry the rows of {table} over to {other}",
            backfill.batches(table, key, statement),
            backfill.NOTHING_TO_UNDO,
            change.FILL_NOTES,
        )

    def from_child(self) -> str:
        """Gives the UPDATE that brings the parent's columns up to the child's."""
        return (
            f"UPDATE {code.quoted(self.parent)} AS other SET {self._set('own.')}\n"
            f"FROM {code.quoted(self.child)} AS own\n"
            f"WHERE own.{code.quoted(self.reference)} = other.{code.quoted(self.key)}\n"
            f"    AND {change.row(self.columns, 'other.')}\n"
            f"    IS DISTINCT FROM {change.row(self.columns, 'own.')}"
        )

    def cleared_without_child(self) -> str:
        """Gives the UPDATE that empties the parent's columns where no child is left."""
        return (
            f"UPDATE {code.quoted(self.parent)} AS other SET {self._cleared}\n"
            f"WHERE NOT ({change.row(self.columns, 'other.')} IS NULL) AND NOT EXISTS (\n"
            f"    SELECT FROM {code.quoted(self.child)} AS own\n"
            f"    WHERE own.{code.quoted(self.reference)} = other.{code.quoted(self.key)}\n)"
        )

    def to_child(self) -> tuple[str, ...]:
        """Gives the statements that bring the child up to the parent's columns."""
        child, reference = code.quoted(self.child), code.quoted(self.reference)
        return (
            f"INSERT INTO {child} AS own ({self._listed})\n"
            f"SELECT {code.quoted(self.key)}, {code.listed(self.columns)}\n"
            f"FROM {code.quoted(self.parent)} WHERE NOT ({change.row(self.columns)} IS NULL)\n"
            f"ON CONFLICT ({reference}) DO UPDATE SET {self._set('EXCLUDED.')}\n"
            f"WHERE {change.row(self.columns, 'own.')}\n"
            f"    IS DISTINCT FROM {change.row(self.columns, 'EXCLUDED.')}",
            f"{self._emptied}\n"
            f"WHERE NOT ({change.row(self.columns)} IS NULL) AND {reference} IN (\n"
            f"    SELECT {code.quoted(self.key)} FROM {code.quoted(self.parent)}\n"
            f"    WHERE {change.row(self.columns)} IS NULL\n)",
        )

    @property
    def _listed(self) -> str:
        return code.listed((self.reference, *self.columns))

    @property
    def _cleared(self) -> str:
        return ", ".join(f"{code.quoted(name)} = NULL" for name in self.columns)

    @property
    def _emptied(self) -> str:
        child = code.quoted(self.child)
        return f"DELETE FROM {child}" if self.required else f"UPDATE {child} SET {self._cleared}"

    def _values(self, prefix: str) -> str:
        names = (self.key, *self.columns)
        return ", ".join(f"{prefix}{code.quoted(name)}" for name in names)

    def _set(self, prefix: str) -> str:
        return ", ".join(f"{code.quoted(n)} = {prefix}{code.quoted(n)}" for n in self.columns)

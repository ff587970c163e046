"""Report: all that one run of a job says."""

from __future__ import annotations

from dataclasses import dataclass, field

from dbwright.core.explained import Explained
from dbwright.core.finding import Recommendation, Severity, Unverified, Waived
from dbwright.core.place import Place
from dbwright.core.schema import Schema

REPORT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Summary:
    """What was read and proved, in counts; `read` and `notes` are sentences for the reader.

    `older_remarks` counts the findings in revisions that can no longer be changed.
    """

    project: str = ""
    dialect: str = ""
    server: str | None = None
    models: int = 0
    tables: int = 0
    revisions: int = 0
    revisions_run: int = 0
    revisions_new: int = 0
    older_remarks: int = 0
    scope: str = ""
    milliseconds: float = 0.0
    notes: tuple[str, ...] = ()


_BEGIN = 40
"""Characters of a statement that stand for it."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A statement that was looked at, with its plan; None where no database made one.

    `after` is the plan with the first advice followed, where it could be made.
    """

    sql: str
    place: Place | None = None
    explained: Explained | None = None
    after: Explained | None = None

    @property
    def named(self) -> str:
        """The statement's place, else how it begins."""
        if self.place is not None and self.place.line:
            return f"{self.place.file}:{self.place.line}"
        text = " ".join(self.sql.split())
        return text if len(text) <= _BEGIN else f"{text[:_BEGIN]}…"

    @property
    def weight(self) -> tuple[float, float]:
        """What it takes: the milliseconds of its run, 0 where it was not run, and its cost."""
        if self.explained is None:
            return 0.0, 0.0
        return self.explained.execution_time or 0.0, self.explained.root.cost


@dataclass(frozen=True, slots=True)
class Report:
    """The answer of a job. `errors` are sentences about input that could not be read at all.

    `schema` is what the findings are about and `looked` the statements with their plans, for a
    renderer that draws them; they are no part of what the report says.
    """

    recommendations: tuple[Recommendation, ...] = ()
    waived: tuple[Waived, ...] = ()
    unverified: tuple[Unverified, ...] = ()
    errors: tuple[str, ...] = ()
    summary: Summary = field(default_factory=Summary)
    schema: Schema | None = field(default=None, compare=False, repr=False)
    looked: tuple[Looked, ...] = field(default=(), compare=False, repr=False)

    def count(self, severity: Severity) -> int:
        """How many recommendations have that severity."""
        return sum(1 for item in self.recommendations if item.severity == severity)

    def heaviest(self, most: int) -> tuple[Looked, ...]:
        """Gives the statements that take most, by their plans' times, else by their costs."""
        found = [each for each in self.looked if each.explained is not None]
        return tuple(sorted(found, key=lambda each: each.weight, reverse=True)[:most])

    @property
    def exit_status(self) -> int:
        """0 clean, 1 findings (error or warning), 2 nothing could be read, 3 not all verified."""
        if self.errors:
            return 2
        if self.count("error") or self.count("warning"):
            return 1
        return 3 if self.unverified else 0

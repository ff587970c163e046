"""Authoring: what a user meant by a changed model, what must be asked, and the revisions written.

A change that could lose rows by a guess becomes a question; its answers are options that the
caller gives the next time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dbwright.core.claim import Proof
from dbwright.core.errors import UsageError
from dbwright.core.finding import Alternative, Edit

WORDS = {
    "rename": "--rename orders.buyer_id:customer_id",
    "rename-table": "--rename-table users:people",
    "drop": "--drop users.legacy",
    "keep": "--keep users.legacy",
    "fill": "--fill \"users.email:name || '@example.org'\"",
    "fill-back": "--fill-back \"users.name:first || ' ' || last\"",
    "no-nulls": "--no-nulls users.email",
    "replace": "--replace order_status.void:paid",
}
"""Each way to say what is meant, with an example."""
PAIRS = ("rename", "rename-table", "fill", "fill-back", "replace")


@dataclass(frozen=True, slots=True)
class Meant:
    """What the user said about a change: names as `users.email`, `order_status.void`, `users`.

    `fills` gives SQL for the rows of a column that becomes NOT NULL, `fills_back` for those of a
    dropped column when the downgrade adds it again; `replaces` what rows with a removed label of
    an enum get.
    """

    renames: dict[str, str] = field(default_factory=dict)
    table_renames: dict[str, str] = field(default_factory=dict)
    fills: dict[str, str] = field(default_factory=dict)
    fills_back: dict[str, str] = field(default_factory=dict)
    replaces: dict[str, str] = field(default_factory=dict)
    drops: frozenset[str] = frozenset()
    keeps: frozenset[str] = frozenset()
    without_nulls: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, given: tuple[tuple[str, str], ...]) -> Meant:
        """Gives what pairs of an option's name and its text mean; UsageError for one that cannot.

        >>> Meant.parse((("rename", "users.name:fullname"), ("drop", "users.old"))).renames
        {'users.name': 'fullname'}
        """
        pairs: dict[str, dict[str, str]] = {name: {} for name in PAIRS}
        names: dict[str, set[str]] = {name: set() for name in WORDS if name not in PAIRS}
        for option, text in given:
            if option in names:
                names[option].add(text.strip())
                continue
            subject, colon, value = text.partition(":")
            if option not in pairs or not colon or not subject.strip() or not value.strip():
                raise UsageError(
                    f"--{option} {text!r} cannot be meant",
                    way_out=f"It is written so: {WORDS.get(option, ', '.join(WORDS.values()))}",
                )
            pairs[option][subject.strip()] = value.strip()
        return cls(
            pairs["rename"],
            pairs["rename-table"],
            pairs["fill"],
            pairs["fill-back"],
            pairs["replace"],
            frozenset(names["drop"]),
            frozenset(names["keep"]),
            frozenset(names["no-nulls"]),
        )

    def given(self) -> tuple[tuple[str, str], ...]:
        """Gives each option that was said with the name it is about."""
        found = [("rename", name) for name in self.renames]
        found += [("rename-table", name) for name in self.table_renames]
        found += [("fill", name) for name in self.fills]
        found += [("fill-back", name) for name in self.fills_back]
        found += [("replace", name) for name in self.replaces]
        found += [("drop", name) for name in sorted(self.drops)]
        found += [("keep", name) for name in sorted(self.keeps)]
        return (*found, *(("no-nulls", name) for name in sorted(self.without_nulls)))


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: a question to be answered with yes, and the option that says the same.

    A `needs` is what has still to be put in the place of `SQL` or `VALUE` in the text.
    """

    text: str
    option: str
    value: str
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be said before anything is written."""

    subject: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """One new revision as it was run: its id and parent, and the bodies of its functions."""

    revision: str
    parent: str | None
    title: str
    upgrade: str
    downgrade: str
    imports: tuple[str, ...] = ()
    notes: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change of a live table does, for its reader.

    `contract` is the number of the first revision that old code does not survive, `models` what
    becomes of the classes.
    """

    title: str
    contract: int
    models: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Authored:
    """What came of it: either questions, or the revisions with the proof of their runs.

    Neither is there when the models are what the revisions make. `left_alone` are objects of the
    migrated database that no model declares and that stay.
    """

    revisions: tuple[Written, ...] = ()
    edits: tuple[Edit, ...] = ()
    questions: tuple[Question, ...] = ()
    proof: Proof | None = None
    notes: tuple[str, ...] = ()
    left_alone: tuple[str, ...] = ()
    change: Changed | None = None

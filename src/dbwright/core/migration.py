"""Migration: one revision as source, as statements, and with the schema on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, overload

from dbwright.core.finding import Location, Severity
from dbwright.core.operation import (
    CreateTable,
    Data,
    DropTable,
    Operation,
    Other,
    RenameTable,
    Statement,
)
from dbwright.core.place import Place
from dbwright.core.schema import Schema, Table
from dbwright.core.source import Problem, Source
from dbwright.core.target import Target

SMALL = 10_000
"""A table of fewer rows is read or rewritten in a moment; locks on it are worth an info."""

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Environment:
    """What env.py and the role settle for every revision.

    `replaced` is true when env.py could not be used and ours stands in. Timeouts are the text
    that the server reported (`5s`), None when nobody sets one.
    """

    transaction_per_migration: bool = False
    transactional_ddl: bool = True
    lock_timeout: str | None = None
    statement_timeout: str | None = None
    render_as_batch: bool = False
    compare_type: bool = True
    replaced: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """One revision. `before` and `after` are None where the schema is not known.

    `upgrade` and `downgrade` are the statements that ran, or those read from the source.
    `shared` are the statements of the pending revisions below it that run in the transaction
    that it begins in, when all of them are deployed at once.
    `changeable` is whether the user can still edit the file. `followers` are the revisions that
    stand directly on this one; None where that is not known. `earlier` are the statements of the
    revisions below it that are as new as this one, `new_tables` what they make and leave empty:
    no deployed code knows those. `written` are the columns, as `orders.note`, that an UPDATE of
    any revision below it has written.
    """

    revision: str
    path: str
    down_revisions: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    branch_labels: tuple[str, ...] = ()
    message: str = ""
    source: Source | None = None
    upgrade: tuple[Statement, ...] = ()
    downgrade: tuple[Statement, ...] = ()
    before: Schema | None = None
    after: Schema | None = None
    environment: Environment = Environment()
    target: Target = field(default_factory=lambda: Target("postgresql"))
    changeable: bool = True
    evidence: Literal["executed", "source"] = "source"
    shared: tuple[Statement, ...] = ()
    models: Schema | None = field(default=None, compare=False)
    rows: dict[str, int] = field(default_factory=dict, compare=False)
    followers: tuple[str, ...] | None = None
    earlier: tuple[Statement, ...] = field(default=(), compare=False)
    new_tables: tuple[str, ...] = field(default=(), compare=False)
    written: tuple[str, ...] = field(default=(), compare=False)

    def operations(self) -> Iterator[tuple[Statement, Operation]]:
        """Gives each operation of the upgrade with its statement, in order."""
        for statement in self.upgrade:
            for operation in statement.operations:
                yield statement, operation

    def downgrade_operations(self) -> Iterator[tuple[Statement, Operation]]:
        """Gives each operation of the downgrade with its statement, in order."""
        for statement in self.downgrade:
            for operation in statement.operations:
                yield statement, operation

    def before_in_transaction(self, statement: Statement) -> list[tuple[Statement, Operation]]:
        """What runs before one of the upgrade's statements in its transaction.

        Of this revision, and of the pending ones below it where a deploy of all runs as one.
        """
        found = [(sent, operation) for sent in self.shared for operation in sent.operations]
        for sent in self.upgrade:
            if sent is statement:
                break
            if sent.autocommit or sent.transaction != statement.transaction:
                found = []
            else:
                found += [(sent, operation) for operation in sent.operations]
        return [] if statement.autocommit else found

    def existing(self, key: str) -> Table | None:
        """The table as it stands before the revision; None for a new or an unknown one.

        Rules about locks ask this: work on a table that the revision itself creates is harmless.
        """
        return self.before.table(key) if self.before else None

    @overload
    def each(self, kind: type[A], /) -> Iterator[tuple[int, Statement, A]]: ...
    @overload
    def each(self, kind: type[A], other: type[B], /) -> Iterator[tuple[int, Statement, A | B]]: ...
    @overload
    def each(
        self, kind: type[A], other: type[B], third: type[C], /
    ) -> Iterator[tuple[int, Statement, A | B | C]]: ...
    def each(self, *kinds: type[Any]) -> Iterator[tuple[int, Statement, Any]]:
        """Gives the upgrade's operations of these kinds, with their number and statement."""
        for number, (statement, operation) in enumerate(self.operations()):
            if isinstance(operation, kinds):
                yield number, statement, operation

    @overload
    def nth(self, number: int, kind: type[A], /) -> tuple[Statement, A]: ...
    @overload
    def nth(self, number: int, kind: type[A], other: type[B], /) -> tuple[Statement, A | B]: ...
    @overload
    def nth(
        self, number: int, kind: type[A], other: type[B], third: type[C], /
    ) -> tuple[Statement, A | B | C]: ...
    def nth(self, number: int, *kinds: type[Any]) -> tuple[Statement, Any]:
        """The upgrade's operation of that number, which is of one of these kinds."""
        statement, operation = list(self.operations())[number]
        if not isinstance(operation, kinds):
            raise TypeError(f"operation {number} of {self.revision} is {type(operation).__name__}")
        return statement, operation

    def stood_before(self, key: str, number: int | None = None) -> bool:
        """Whether a table that the upgrade works on is older than the revision.

        One that an earlier revision makes, which is as new, and leaves empty is not. With the
        number of an operation: whether it is at that point; a new table may have taken
        the name of one that was put aside. Where the schema is not known, a table that the
        revision does not create is older.
        """
        first_name = key
        created: set[str] = set()
        taken: set[str] = set()
        for at, (_, operation) in enumerate(self.operations()):
            if isinstance(operation, RenameTable) and operation.to == first_name:
                first_name = operation.table
            elif isinstance(operation, CreateTable):
                created.add(operation.table.key)
                taken |= {operation.table.key} if number is not None and at < number else set()
            elif isinstance(operation, Other) and operation.tag == "CREATE TABLE AS":
                created.add(operation.table or "")
        if key in taken or first_name in self.new_tables:
            return False
        if self.before is None:
            return first_name not in created
        table = self.before.table(first_name)
        return table is not None and table.kind != "view"

    def weigh(self, key: str, severity: Severity) -> Severity:
        """The severity of work that grows with the table: info when the table is known small."""
        return "info" if self.rows.get(key, SMALL) < SMALL else severity

    def size_of(self, key: str) -> tuple[str, ...]:
        """A sentence about the table's rows, where they are known; evidence of a finding."""
        rows = self.rows.get(key)
        return () if rows is None else (f"{key} holds {rows:,} rows",)

    def locate(self, statement: Statement | None, object: str | None) -> Location:
        """The location of a statement, or of the revision, and the object it is about."""
        place = (statement.place if statement else None) or self.place
        return Location(place.file, place.line, self.revision, object)

    @property
    def place(self) -> Place:
        """The file of the revision."""
        return Place(self.path)


def made_empty(statements: Iterable[Statement]) -> frozenset[str]:
    """Gives the tables that statements make, under names that were free, and write no rows to."""
    made: set[str] = set()
    taken: set[str] = set()
    unknown = Other("not evaluated", unknown=True)
    for statement in statements:
        for operation in statement.operations if statement.known else (unknown,):
            match operation:
                case CreateTable(table, if_not_exists=False, temporary=False):
                    made |= {table.key} - taken
                case RenameTable(table, to) if table in made:
                    made = made - {table} | {to}
                case RenameTable(table) | DropTable(table):
                    taken.add(table)
                    made.discard(table)
                case Data("insert" | "update", table):
                    made.discard(table)
                case Other(unknown=True):  # it may write to any of them
                    made.clear()
                case _:
                    pass
    return frozenset(made)


@dataclass(frozen=True, slots=True)
class MergeTarget:
    """The branch that the work will be merged into, and the graph as it will be then.

    `heads` are those at its tip, `arriving` the revisions that the work does not have yet, `own`
    those that only the work has; `merged_heads` and `duplicates` are of the graph behind the merge;
    `labels` are the branch labels of what is new on either side.
    """

    name: str
    heads: tuple[str, ...] = ()
    arriving: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    merged_heads: tuple[str, ...] = ()
    duplicates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """All revisions of a project as a graph.

    `duplicates` are revision ids that several files claim; `missing` maps a revision to parents
    that no file has; `cycles` are the ids on a cycle; `target` is the branch that the work will be
    merged into. `branches` are the labels that make several heads deliberate. `problems` are
    the files of the chain that could not be read.
    """

    migrations: tuple[Migration, ...] = ()
    heads: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    duplicates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cycles: tuple[str, ...] = ()
    target: MergeTarget | None = None
    branches: tuple[str, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

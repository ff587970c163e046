"""Recording: what a running program sent to its database, from which lines and for what."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from dbwright.core.stack_lines import IN_LOOP as IN_LOOP
from dbwright.core.stack_lines import LINE as LINE
from dbwright.core.stack_lines import Called as Called
from dbwright.core.stack_lines import Line as Line
from dbwright.core.stack_lines import asked_by_tests, fails_alone, is_walk, loop_of, turns_of


@dataclass(frozen=True, slots=True)
class Shape:
    """A statement without its values; of what its tree says only what was there to read.

    `classes` are the mapped classes that it selects, `gives` those that its rows are read as
    (`from_statement()`: nothing can be added to its text), `whole` says that they are selected as
    objects and `aliased` that one is under another name; `aggregates` are the functions that all
    its columns are. `compared` are the columns that are compared with its `binds` parameters:
    class, table, name, operator, and `values` the names of these; with `expanding` one is a list.
    `page` is its limit when it was first sent, `fixed` are its conditions without parameters,
    `by_key` says that the others are of a primary key, `locks` FOR UPDATE, `writes` the class that
    it writes, `written` what it sets and `upsert` that rows may be there already; `joined` are the
    paths that it loads ahead by joins, `siblings` those of collections that multiply each other.
    """

    number: int
    sql: str
    dialect: str
    verb: str
    classes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    whole: bool = False
    aliased: bool = False
    aggregates: tuple[str, ...] = ()
    limit: bool = False
    offset: bool = False
    fetch: bool = False
    operators: tuple[str, ...] = ()
    joins: tuple[tuple[str, str], ...] = ()
    filtered: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    unread: bool = False
    compared: tuple[tuple[str, str, str, str], ...] = ()
    values: tuple[str, ...] = ()
    binds: int = 0
    expanding: bool = False
    page: int | None = None
    locks: bool = False
    fixed: tuple[str, ...] = ()
    by_key: bool = False
    writes: str = ""
    written: tuple[str, ...] = ()
    upsert: bool = False
    joined: tuple[tuple[tuple[str, str], ...], ...] = ()
    siblings: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True)
class Group:
    """Executions of one shape, for one cause, from one line, within one scope.

    `how`: direct, lazy, column, expired, refresh, get, eager, of statements; flush, autoflush,
    commit, read-commit (nothing was written), which have no shape (0). `owner` and `names` are the
    class and the attributes that are loaded, `path` the way there. `count` is how many; the others
    were seen on those `looked` at: different `parameters` and `parents` (objects that it was for),
    `batch` the most of these that came from one query, `sources` the shapes of these queries,
    `flushes` and `transactions`; `keys` is the most values of an execution, `sets` the most rows;
    `varying` are the names of the values that were not always the same.
    `rows` is the most that one gave, `needed` how many these are without the product of collections
    that were joined. `sessions` flushed, `flushed` so many objects of each class in the flushes
    that were looked at.
    `blocking` is how many of them an event loop had to wait for, `called` the calls of functions
    that it was seen in, where they could be told apart. An attribute that was read where
    nothing could await its load is a group as well: unawaited, unawaited-expired (after a commit),
    unawaited-column (made by the database).
    """

    shape: int
    how: str
    owner: str
    names: tuple[str, ...]
    path: tuple[tuple[str, str], ...]
    count: int
    looked: int
    milliseconds: float
    parameters: int
    parents: int
    batch: int
    sources: tuple[int, ...]
    flushes: int
    transactions: int
    keys: int
    sets: int
    through: int
    stacks: tuple[tuple[Line, ...], ...]
    rows: int = 0
    needed: int = 0
    sessions: int = 0
    flushed: dict[str, int] = field(default_factory=dict)
    blocking: int = 0
    varying: tuple[str, ...] = ()
    called: tuple[Called, ...] = ()

    @property
    def place(self) -> Line | None:
        """The line that it comes from."""
        return self.stacks[0][0] if self.stacks and self.stacks[0] else None

    @cached_property
    def loop(self) -> Line | None:
        """The innermost line on its stacks that stands within a loop, or calls itself again."""
        return loop_of(self.stacks, self.count, self.looked, self.called)

    @cached_property
    def turns(self) -> int:
        """How often its loop turned in one call of its function, of what was looked at."""
        if self.loop is None:
            return 0
        return turns_of(self.stacks, self.loop, self.looked, self.called)

    @cached_property
    def fails_alone(self) -> bool:
        """Whether each turn of its loop may fail without the others."""
        return self.loop is not None and fails_alone(self.stacks, self.loop)

    @cached_property
    def is_walk(self) -> bool:
        """Whether the function of its loop calls itself, down a tree for example."""
        return self.loop is not None and is_walk(self.stacks, self.loop)

    @cached_property
    def by_tests(self) -> bool:
        """Whether it is the tests that call the program once for each execution."""
        return asked_by_tests(self.stacks, self.looked, self.called)


@dataclass(frozen=True)
class Scope:
    """What is judged by itself: a request, a test, or a whole program (without a name).

    Of scopes of one name, `times` of them, each group is that of the one with most executions.
    """

    name: str
    times: int
    statements: int
    left_out: int
    groups: tuple[Group, ...]

    @cached_property
    def of_shapes(self) -> dict[int, list[Group]]:
        """The groups by the numbers of their shapes."""
        found: dict[int, list[Group]] = {}
        for group in self.groups:
            found.setdefault(group.shape, []).append(group)
        return found


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship between mapped classes, as configured.

    `foreign` are table and column of its foreign keys, `on_delete` what these say ON DELETE.
    """

    target: str
    many: bool
    direction: str
    lazy: str
    secondary: bool
    itself: bool
    passive_deletes: bool
    cascades_delete: bool
    viewonly: bool
    foreign: tuple[tuple[str, str], ...] = ()
    on_delete: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A mapped column; `group` is the name of those that are loaded together when deferred.

    `server` says that the database fills it, at an INSERT or an UPDATE.
    """

    deferred: bool
    group: str | None
    table: str
    foreign: bool
    server: bool = False


@dataclass(frozen=True, slots=True)
class MappedClass:
    """A mapped class; `keys` are the attributes of its primary key.

    `listened` says that the program listens to the delete of its objects.
    """

    name: str
    inherits: str | None
    single: bool
    table: str
    keys: tuple[str, ...]
    columns: dict[str, Column]
    relationships: dict[str, Relationship]
    listened: bool = False


@dataclass(frozen=True, slots=True)
class Error:
    """An error that tells how a program holds its database.

    `first` are the lines of the error that came first in the same transaction, `handler` is the
    line that caught that one, and `begun` the one that began several tasks; None where no source
    says it.
    """

    kind: str
    message: str
    stack: tuple[Line, ...]
    count: int
    first: tuple[Line, ...] = ()
    handler: Line | None = None
    begun: Line | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    """Engines that a line makes, `times` of them; `stack` is where, as far as it is known.

    `query` and `arguments` are what its URL and its connections are given: the values of those that
    matter to a rule, "" for others. Of what only a run knows: `alike` are those with equal
    arguments that came one after the other, `connects` connections, `dropped` how often one from
    the pool was gone. Of what only a source knows: `password` is the line that a literal password
    stands on, `request` why its function is run again and again. Unknown is None.
    """

    stack: tuple[Line, ...]
    driver: str = ""
    host: str | None = None
    port: int | None = None
    database: str | None = None
    query: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    pool: str = ""
    size: int | None = None
    overflow: int | None = None
    pre_ping: bool | None = None
    recycle: int | None = None
    times: int = 0
    alike: int = 0
    connects: int = 0
    dropped: int = 0
    dropped_at: tuple[Line, ...] = ()
    password: Line | None = None
    request: str = ""
    workers: int | None = None
    workers_from: str = ""

    @property
    def place(self) -> Line | None:
        """The line that makes it."""
        return self.stack[0] if self.stack else None

    @property
    def backend(self) -> str:
        """The database's name without the driver's."""
        return self.driver.partition("+")[0]


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait between two statements of one transaction, or between the last one and its end.

    `stack` is the statement before, `until` what came after, `at` the line between them that took
    so long, where the source shows it. `ended` is statement, commit or rollback.
    """

    stack: tuple[Line, ...]
    until: tuple[Line, ...]
    seconds: float
    count: int
    wrote: bool
    ended: str
    at: Line | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """A Session or Connection that two threads or tasks use at the same time.

    `at` is the line that makes it, or begins the tasks, where the source shows it; `kind` is
    thread or task. `count` is 0 for what only the source says.
    """

    kind: str
    stack: tuple[Line, ...]
    other: tuple[Line, ...]
    count: int
    at: Line | None = None


@dataclass(frozen=True, slots=True)
class Blocking:
    """A statement that blocks, in a coroutine, as the source has it."""

    at: Line


UseKind = Literal["counted", "asked", "other"]


@dataclass(frozen=True, slots=True)
class Use:
    """A place in the code that reads a mapped collection, from `line` to `last`.

    `kind` says whether it is only counted, only asked whether it is empty, or something else;
    `function` is the line at which the function around it begins.
    """

    name: str
    file: str
    line: int
    last: int
    function: int
    kind: UseKind


@dataclass(frozen=True)
class Recording:
    """One run of a program, of all its processes; without `sqlalchemy` what its sources say.

    `reads` are the relationships that were read, by the shape of the query that gave the object;
    None where nobody looked.
    """

    sqlalchemy: str
    shapes: tuple[Shape, ...] = ()
    scopes: tuple[Scope, ...] = ()
    classes: dict[str, MappedClass] = field(default_factory=dict)
    errors: tuple[Error, ...] = ()
    engines: tuple[Engine, ...] = ()
    pauses: tuple[Pause, ...] = ()
    shared: tuple[Shared, ...] = ()
    blocked: tuple[Blocking, ...] = ()
    missed: int = 0
    why: str = ""
    left_out: int = 0
    injected: int = 0
    uses: tuple[Use, ...] = ()
    reads: tuple[tuple[str, str, int], ...] | None = None

    @cached_property
    def by_number(self) -> dict[int, Shape]:
        """The shapes by their numbers."""
        return {each.number: each for each in self.shapes}

    def shape(self, group: Group) -> Shape | None:
        """Gives a group's statement; None for what is none."""
        return self.by_number.get(group.shape)

    @property
    def rows(self) -> int:
        """How many rows all scopes were given, as far as they were counted."""
        return sum(
            group.rows * group.count * scope.times
            for scope in self.scopes
            for group in scope.groups
        )

    @property
    def statements(self) -> int:
        """How many statements all scopes sent."""
        return sum(scope.statements * scope.times for scope in self.scopes)


def ended(status: int) -> str:
    """Gives how a program ended; a negative status is a signal's."""
    if status >= 0:
        return f"with status {status}"
    with contextlib.suppress(ValueError):
        return f"by the signal {signal.Signals(-status).name}"
    return f"by the signal {-status}"

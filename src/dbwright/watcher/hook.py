"""The hook: one listener on SQLAlchemy's Engine, and those of flush, commit and errors.

Whatever goes wrong in here is counted and never raised: the program is another's.
"""

from __future__ import annotations

import contextvars
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from types import FrameType
from typing import Any

from . import engines, errors, holds
from .engines import Engines
from .errors import Errors
from .forks import RUNNING
from .groups import Ended, Group, Scope, Tally
from .holds import PAUSE, Holds, current_task, on_a_loop
from .loads import AUTOFLUSH, FLUSH, Load, marks, numbers, read, unawaited
from .reads import Reads
from .rows import Products, count, flushed
from .shapes import Shapes
from .stacks import Stack, Stacks

_WAITING = 10_000
_QUERIES = 1_024
_SOURCES = 8
_TALLIES = 10_000


class Watcher:
    """Watches the statements of a process from `start` to `stop`; see `facts`.

    `missed` counts what could not be taken down, `why` says it of the first. `current` is the scope
    of what runs, `rest` that of what has none (scopes.py). Files are told relative to `root`.
    """

    def __init__(self, engine: Any = None, reads: bool = False, root: str | None = None) -> None:
        self.engine, self.root = engine, root
        self.reads = Reads(self._shape_of) if reads else None
        self.often: Callable[[], None] | None = None
        self.injected = 0
        self.whole = Scope("")
        self.rest: Scope | None = self.whole
        self.current: contextvars.ContextVar[Scope | None] = contextvars.ContextVar(
            "dbwright_scope", default=None
        )
        self._listened: list[tuple[Any, str, Callable[..., None]]] = []
        self._following: list[Callable[[], None]] = []
        self.forget()

    def forget(self) -> None:
        """Begins with nothing seen; what has no scope is counted as before, or not."""
        left_out = self.rest is None
        self.whole = Scope("")
        self.rest = None if left_out else self.whole
        self.ended = Ended()
        self.shapes = Shapes()
        self.errors = Errors()
        self.engines = Engines()
        self.holds = Holds()
        self.classes: dict[str, type] = {}
        self.missed = 0
        self.why = ""
        self._lock = threading.RLock()
        self._began: dict[Any, tuple[float, int, Group]] = {}
        self._flush = 0
        self._turns: dict[int, int] = {}
        self._products: dict[int, Products] = {}
        self._numbers: list[int] = []
        self._queries: list[Tally] = []

    def start(self) -> None:
        """Begins; engines that are there already are watched as well."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine
        from sqlalchemy.orm import Session

        RUNNING.add(self)
        self.stacks, self._number = Stacks(marks(), self.root), numbers()
        target = getattr(self.engine, "sync_engine", self.engine) or Engine
        self._listened = [
            (target, "before_cursor_execute", self._before),
            (target, "after_cursor_execute", self._after),
            (target, "commit", self._commit),
            (target, "rollback", self._rollback),
            (target, "handle_error", self._error),
            (target, "begin", self._begin),
            (target, "do_connect", self._connect),
            (Session, "before_flush", self._before_flush),
        ]
        for target, name, listener in self._listened:
            event.listen(target, name, listener)
        self._following = [
            engines.follow(self._made, self.miss),
            errors.follow(self._raised, self.miss),
        ]
        if self.reads is not None:
            self.reads.start()

    def begin_at(self, frame: FrameType) -> None:
        """Takes down no lines of what called the code of a frame, which began to watch."""
        self.stacks.begin_at(frame)

    def stop(self) -> None:
        """Ends; what was seen stays."""
        from sqlalchemy import event

        if self.reads is not None:
            self.reads.stop()
        RUNNING.discard(self)
        listened, self._listened = self._listened, []
        for target, name, listener in listened:
            event.remove(target, name, listener)
        following, self._following = self._following, []
        for end in following:
            end()

    def held(self) -> threading.RLock:
        """Gives the lock under which nothing is added, for what reads it."""
        return self._lock

    def miss(self, error: BaseException) -> None:
        """Takes down that something could not be taken down."""
        self.missed += 1
        self.why = self.why or f"{type(error).__name__}: {error}"

    def _before(
        self,
        connection: Any,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        executemany: bool,
    ) -> None:
        try:
            scope = self.current.get()
            if scope is None or scope.ended:  # as in _scope: a call less for each statement
                scope = self.rest
                if scope is None:
                    return
            compiled = context.compiled
            tally = scope.tallies.get(statement if compiled is None else compiled)
            if tally is None:
                tally = self._tally(scope, connection, statement, context)
                if tally is None:
                    scope.left_out += 1
                    return
            tally.count += 1
            held = self.holds.open.get(id(connection))
            if held is not None:
                who = current_task() if held.is_async else threading.get_ident()
                if held.who != who or (held.last and time.monotonic() - held.last > PAUSE):
                    self._held(held, who)
                held.tally, held.flying = tally, who
                held.wrote = held.wrote or tally.writes
                held.statements += 1
            if tally.orm:
                self._numbers.append(self._number())
                self._queries.append(tally)
                if len(self._queries) > 2 * _QUERIES:
                    self._shorten()
            if tally.count >= tally.due:
                self._look(scope, tally, connection, parameters, context)
        except Exception as error:
            self.miss(error)

    def _after(
        self,
        connection: Any,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        executemany: bool,
    ) -> None:
        held = self.holds.open.get(id(connection))
        if held is not None:
            held.last, held.flying = time.monotonic(), 0
        found = self._began.pop(context, None)
        if found is not None:
            began, weight, group = found
            group.milliseconds += (time.perf_counter() - began) * 1000 * weight
            try:
                count(context, group, self._products.get(group.shape))
            except Exception as error:
                self.miss(error)

    def _before_flush(self, session: Any, context: Any, instances: Any) -> None:
        self._flush += 1
        self._moment("flush", self._flush, session)

    def _begin(self, connection: Any) -> None:
        try:
            self.holds.begin(connection)
        except Exception as error:
            self.miss(error)

    def _commit(self, connection: Any) -> None:
        self._moment(self.holds.commit(connection), self._turn(connection))
        self._ended(connection, "commit")

    def _rollback(self, connection: Any) -> None:
        self._ended(connection, "rollback")

    def _ended(self, connection: Any, how: str) -> None:
        try:
            self._turns[id(connection)] = self._turns.get(id(connection), 0) + 1
            if len(self._turns) > _WAITING:
                self._turns.clear()
            self.holds.end(connection, how, self.stacks, sys._getframe(2))
        except Exception as error:
            self.miss(error)

    def _held(self, held: holds.Open, who: int) -> None:
        """Takes down a pause, or that another thread or task goes on with a transaction."""
        with self._lock:
            frame = sys._getframe(2)
            if held.last and time.monotonic() - held.last > PAUSE:
                self.holds.pause(held, "statement", self.stacks, frame)
            if held.who != who:
                self.holds.other(held, who, self.stacks, frame)

    def _connect(self, dialect: Any, record: Any, arguments: Any, named: Any) -> None:
        try:
            self.engines.connect(dialect, named)
        except Exception as error:
            self.miss(error)

    def _made(self, engine: Any, frame: FrameType) -> None:
        """Takes down an engine that was made."""
        lines = tuple(self.stacks.now(frame).lines)
        # where one engine is watched it is there already
        if lines and self.engine is None and self._scope() is not None:
            with self._lock:
                self.engines.add(engine, lines)

    def _turn(self, connection: Any) -> int:
        """Gives what names a transaction: its connection, and how many ended there before."""
        return hash((id(connection), self._turns.get(id(connection), 0)))

    def _moment(self, kind: str, number: int, session: Any = None) -> None:
        """Counts what is no statement, and looks where it comes from."""
        try:
            scope = self._scope()
            if scope is None:
                return
            tally = scope.tallies.get(kind)
            if tally is None:
                tally = scope.tallies[kind] = Tally(0, False, 1)
            tally.count += 1
            if tally.count >= tally.due:
                with self._lock:
                    stack = self.stacks.now(sys._getframe(2))
                    autoflush = kind == "flush" and stack.through & AUTOFLUSH
                    load = Load("autoflush" if autoflush else kind)
                    key = (0, load.how, stack.lines[0] if stack.lines else None)
                    group, weight = scope.group(key, 0, load), tally.weight()
                    if group is not None:
                        tally.looked = group
                        group.add(weight, load, stack)
                        group.within(*((number, 0) if session is not None else (0, number)))
                        if session is not None:
                            group.flushing(session.hash_key, flushed(session, self.classes))
        except Exception as error:
            self.miss(error)

    def _error(self, context: Any) -> None:
        """Takes down what a driver raised, and what it was in the transaction of."""
        try:
            lines = tuple(self.stacks.now(sys._getframe(1)).lines)
            held = self.holds.open.get(id(context.connection))
            first = held.failed if held is not None else ()
            self.errors.add(context.original_exception, lines, first)
            if held is None:
                return
            held.failed, held.flying = held.failed or lines, 0
            waiting = getattr(context, "is_pre_ping", False)
            if context.is_disconnect and held.statements == 1 and not waiting:
                self.engines.drop(context.dialect, lines)
        except Exception as error:
            self.miss(error)

    def _raised(self, raised: BaseException, frame: FrameType) -> None:
        """Takes down an error of SQLAlchemy's own when it is made, be it caught later or not."""
        stack = self.stacks.now(frame)
        self.errors.own(raised, tuple(stack.lines))
        if type(raised).__name__ == "MissingGreenlet":
            self._unawaited(unawaited(frame), stack)

    def _unawaited(self, load: Load | None, stack: Stack) -> None:
        """Takes down an attribute that is loaded where nothing can await it."""
        scope = self._scope()
        if load is None or scope is None or not stack.lines:
            return
        with self._lock:
            group = scope.group((0, load.how, load.owner, load.names, stack.lines[0]), 0, load)
            if group is None:
                return
            if load.class_ is not None:
                self.classes[load.owner] = load.class_
            group.add(1, load, stack)
            if load.run is not None:
                self._link(load.run, group)

    def _scope(self) -> Scope | None:
        scope = self.current.get()
        return self.rest if scope is None or scope.ended else scope

    def _tally(self, scope: Scope, connection: Any, statement: str, context: Any) -> Tally | None:
        """Begins to count a statement; the same text compiled anew is the same statement."""
        with self._lock:
            known = len(self.shapes.by_text)
            shape = self.shapes.of(statement, context, connection.dialect)
            if shape is None:
                return None
            if shape.products is not None:
                self._products[shape.number] = shape.products
            key = ("shape", shape.number)
            tally = scope.tallies.get(key)
            if tally is None:
                propagated = getattr(context.invoked_statement, "_propagate_attrs", None) or {}
                orm = propagated.get("compile_state_plugin") == "orm"
                due = 1 if len(self.shapes.by_text) > known else 2
                tally = scope.tallies[key] = Tally(shape.number, orm, due)
                tally.writes = shape.writes
                tally.streams = bool(
                    context.execution_options.get("stream_results")
                    or context.execution_options.get("yield_per")
                )
            if len(scope.tallies) < _TALLIES:
                scope.tallies[context.compiled or statement] = tally
            return tally

    def _shorten(self) -> None:
        """Forgets the older half of the queries whose objects are led back to them."""
        with self._lock:
            del self._numbers[:-_QUERIES], self._queries[:-_QUERIES]

    def _look(
        self, scope: Scope, tally: Tally, connection: Any, parameters: Any, context: Any
    ) -> None:
        with self._lock:
            stack = self.stacks.now(sys._getframe(2))
            load = read(context, stack.through)
            line = stack.lines[0] if stack.lines else None
            key = (tally.shape, load.how, load.names, line)
            group = scope.group(key, tally.shape, load)
            weight = tally.weight()
            if group is None:
                return
            tally.looked = group
            if load.class_ is not None:
                self.classes[load.owner] = load.class_
            group.add(weight, load, stack)
            group.given(
                parameters or context.statement,
                len(getattr(context, "compiled_parameters", None) or (1,)),
            )
            flushing = stack.through & (FLUSH | AUTOFLUSH)
            group.within(self._flush if flushing else 0, self._turn(connection))
            if not connection.dialect.is_async and on_a_loop():
                group.blocking += weight
            held = self.holds.open.get(id(connection))
            if held is not None:
                self.holds.look(held, stack.lines)
            if load.run is not None:
                self._link(load.run, group)
            elif load.how == "eager":
                self._link_eager(tally, group)
            if len(self._began) > _WAITING:  # those of statements that failed
                self._began.clear()
            if self.often is not None:
                self.often()
            self._began[context] = (time.perf_counter(), weight, group)

    def _link_eager(self, tally: Tally, group: Group) -> None:
        """Takes down the query that a loader's own SELECT belongs to: the last that is none."""
        tally.eager = True
        for each in reversed(self._queries[-_SOURCES:]):
            if not each.eager:
                group.sources[each.shape] = group.sources.get(each.shape, 0) + 1
                return

    def _link(self, run: int, group: Group) -> None:
        """Takes down which query the object came from that a statement is for."""
        source = self._shape_of(run)
        if source and (source in group.sources or len(group.sources) < _SOURCES):
            group.sources[source] = group.sources.get(source, 0) + 1

    def _shape_of(self, run: int | None) -> int:
        """Gives the shape of the query with a number, 0 for none."""
        place = bisect_left(self._numbers, run) - 1 if run is not None else -1
        return self._queries[place].shape if place >= 0 else 0

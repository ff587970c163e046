"""The hook: one listener on SQLAlchemy's Engine, and those of flush, commit and errors.

Whatever goes wrong in here is counted and never raised: the program is another's.
"""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable
from threading import get_ident
from time import monotonic
from types import FrameType
from typing import Any

from . import engines, errors, flags, holds, sent
from .engines import Engines
from .errors import Errors
from .forks import RUNNING
from .groups import MOMENTS, Ended, Group, Scope, Tally
from .holds import PAUSE, After, Holds, current_task, on_a_loop
from .loads import AUTOFLUSH, FLUSH, Load, marks, numbers, read, unawaited
from .origins import Origins
from .reads import Reads
from .rows import Products, count, flushed
from .shapes import Shapes
from .stacks import Stack, Stacks
from .turns import Turns, follow

_WAITING = 10_000
_TALLIES = 10_000


class Watcher:
    """Watches the statements of a process from `start` to `stop`; see `facts`.

    `missed` counts what could not be taken down, `why` says it of the first. `current` is the scope
    of what runs, `rest` that of what has none (scopes.py). Files are told relative to `root`.
    """

    def __init__(self, engine: Any = None, reads: bool = False, root: str | None = None) -> None:
        self.engine, self.root = engine, root
        self.reads = Reads(lambda run: self.origins.shape(run)) if reads else None
        self.often: Callable[[], None] | None = None
        self.injected = 0
        self.by_event = False
        self._number: Callable[[], int] = int
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
        self._timed: dict[Any, After] = {}
        self._flush = 0
        self._turns: dict[int, int] = {}
        self._products: dict[int, Products] = {}
        self.origins = Origins(self._number)

    def start(self) -> None:
        """Begins; engines that are there already are watched as well."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine
        from sqlalchemy.engine.default import DefaultExecutionContext
        from sqlalchemy.orm import Session

        self.stacks = Stacks(marks(), self.root)
        self.origins.number = self._number = numbers()
        engine = getattr(self.engine, "sync_engine", self.engine)
        target = engine or Engine
        self._listened = [
            (target, "do_execute", self._statement),
            (target, "do_executemany", self._statement),
            (target, "do_execute_no_params", self._bare),
            (target, "handle_error", self._error),
            (target, "do_connect", self._connect),
            (Session, "before_flush", self._before_flush),
        ]
        heard = Turns(self._begin, self._commit, self._rollback, getattr(engine, "dialect", None))
        followed = follow(heard)
        if followed is None:
            names = ("begin", "commit", "rollback")
            self._listened += [(target, name, getattr(heard, name)) for name in names]
        self.by_event = any(not each.by_event for each in list(RUNNING))
        if self.by_event:
            self._listened.append((target, "after_cursor_execute", self._after))
        RUNNING.add(self)
        sent_to = None if self.by_event else sent.follow(self)
        self._followed = DefaultExecutionContext.post_exec if sent_to is not None else None
        self._following = [
            *(each for each in (followed, sent_to) if each is not None),
            flags.kept(target),
            engines.follow(self._made, self.miss),
            errors.follow(self._raised, self.miss),
        ]
        for where, name, listener in self._listened:
            event.listen(where, name, listener)
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

    def _bare(self, cursor: Any, statement: str, context: Any) -> None:
        self._statement(cursor, statement, (), context)

    def _statement(self, cursor: Any, statement: str, parameters: Any, context: Any) -> None:
        """Takes down a statement that is about to be sent: every microsecond here is felt."""
        try:
            scope = self.current.get()
            if scope is None or scope.ended:  # as in _scope: a call less for each statement
                scope = self.rest
                if scope is None:
                    return
            tally = scope.tallies.get(context.compiled or context.statement)
            if tally is None:
                tally = self._tally(scope, context)
                if tally is None:
                    return
            tally.count += 1
            held = self.holds.open.get(id(context.root_connection))
            if held is not None:
                who, last = current_task() if held.is_async else get_ident(), held.last
                if held.who != who or (last > 0.0 and monotonic() - last > PAUSE):
                    self._held(held, who)
                held.tally, held.last = tally, -last
                if tally.writes:
                    held.wrote = True
                if held.timed is not None:  # the last part of an INSERT in several
                    held.timed.end()
                if not held.plain and not self.by_event:
                    context.post_exec = After(held, type(context).post_exec.__get__(context))
            if tally.orm:
                self.origins.add(tally)
            if tally.count >= tally.due:
                self._look(scope, tally, parameters, context, held)
        except Exception as error:
            self.miss(error)

    def _after(self, connection: Any, *given: Any) -> None:
        """Takes down that a statement was sent, where another watcher is behind statements."""
        held = self.holds.open.get(id(connection))
        if held is not None:
            held.after()
        timed = self._timed.pop(given[3], None)
        if timed is not None:
            timed.end()

    def _before_flush(self, session: Any, context: Any, instances: Any) -> None:
        self._flush += 1
        self._moment("flush", self._flush, session)

    def _begin(self, connection: Any) -> None:
        try:
            made = connection.dialect.execution_ctx_cls.post_exec
            self.holds.begin(connection, made is self._followed)
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
            if held.last > 0.0 and monotonic() - held.last > PAUSE:
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
                tally = scope.tallies[kind] = Tally(0, False, 1, MOMENTS)
            tally.count += 1
            if tally.count >= tally.due:
                with self._lock:
                    stack = self.stacks.now(sys._getframe(2), called=True)
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
            earlier = held.failed if held is not None else ()
            self.errors.add(context.original_exception, lines, earlier)
            if held is None:
                return
            first, waiting = not held.last, getattr(context, "is_pre_ping", False)
            held.failed, held.timed = held.failed or lines, None
            held.after()
            if context.is_disconnect and first and not waiting:
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
                self.origins.link(load.run, group)

    def _scope(self) -> Scope | None:
        scope = self.current.get()
        return self.rest if scope is None or scope.ended else scope

    def _tally(self, scope: Scope, context: Any) -> Tally | None:
        """Begins to count a statement; the same text compiled anew is the same statement."""
        connection = context.root_connection
        if not getattr(connection, "_allow_autobegin", True):
            return (
                None  # what a dialect asks when it connects for the first time is not the program's
            )
        with self._lock:
            known = len(self.shapes.by_text)
            shape = self.shapes.of(context.statement, context, connection.dialect)
            if shape is None:
                scope.left_out += 1
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
                scope.tallies[context.compiled or context.statement] = tally
            return tally

    def _look(
        self, scope: Scope, tally: Tally, parameters: Any, context: Any, held: holds.Open | None
    ) -> None:
        connection = context.root_connection
        with self._lock:
            stack = self.stacks.now(sys._getframe(2), called=True)
            load = read(context, stack.through)
            line = stack.lines[0] if stack.lines else None
            key = (tally.shape, load.how, load.base, load.names, line)
            group = scope.group(key, tally.shape, load)
            weight = tally.weight()
            if group is None:
                return
            tally.looked = group
            if load.class_ is not None:
                self.classes[load.owner] = load.class_
            group.add(weight, load, stack)
            named: Any = getattr(context, "compiled_parameters", None) or ({},)
            group.given(parameters or context.statement, len(named), named[0])
            flushing = stack.through & (FLUSH | AUTOFLUSH)
            group.within(self._flush if flushing else 0, self._turn(connection))
            if not connection.dialect.is_async and on_a_loop():
                group.blocking += weight
            if held is not None:
                self.holds.look(held, stack.lines)
            if load.run is not None:
                self.origins.link(load.run, group)
            elif load.how == "eager":
                self.origins.link_eager(tally, group)
            if self.often is not None:
                self.often()
            count(context, group, self._products.get(group.shape))
            self._time(context, held, group, weight)

    def _time(self, context: Any, held: holds.Open | None, group: Group, weight: int) -> None:
        """Has a statement timed."""
        earlier = vars(context).get("post_exec")
        if isinstance(earlier, After):
            earlier.end()
        if self.by_event:
            timed = After(held, None, group, weight)
            if len(self._timed) > _WAITING:  # those of statements that failed
                self._timed.clear()
            self._timed[context] = timed
        else:
            made = type(context).post_exec
            own = None if made is self._followed else made.__get__(context)
            timed = context.post_exec = After(held, own, group, weight)
        if held is not None:
            held.timed = timed

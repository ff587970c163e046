"""Whether advised indexes are worth it where rows are: built, raced, judged, and rolled back.

All of it is one transaction that is never committed: whatever ends it, Ctrl-C, a kill or a lost
connection, the server takes back every index that was made and every one that was dropped.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from dbwright.core.advice import DropAdvice, IndexAdvice
from dbwright.core.index_proof import ExecutionProof, IndexProof, Rows, Timing, TuneProof
from dbwright.dialects.postgresql import side_effects, statements
from dbwright.verify.index_builds import Element, Key, build, droppable, prepare
from dbwright.verify.index_race import Race, Side, Word, outcome, roots
from dbwright.verify.index_verdicts import Effect, Judge

SECONDS = 30.0
"""How long one run of a statement may take."""
_LOCK = "10s"
_ENOUGH = 900.0
"""After so many seconds of running no further execution is begun."""
_PASSES = 3
_NEWER = 140000
Noted = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution of a statement of the workload: `weight` is how often it is called."""

    statement: int
    sql: str
    kind: str
    share: float
    weight: float


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be proved; `foretold` has the rows of tables at the source."""

    indexes: Sequence[IndexAdvice]
    drops: Sequence[DropAdvice]
    executions: Sequence[Execution]
    foretold: Mapping[str, float]
    rows: Rows
    place: str
    server: str
    seconds: float = SECONDS


@dataclass(slots=True)
class _Run:
    """An execution that can be run, with what was measured of it.

    `tables` are those that it writes.
    """

    execution: Execution
    tables: frozenset[str]
    proof: ExecutionProof | None = None
    effects: list[Effect] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        """Whether it writes rows."""
        return bool(self.tables)

    def touched(self, refuted: Side) -> list[Effect]:
        """Gives what indexes that are refuted did to it."""
        return [each for each in self.effects if each.element.sql in refuted]

    def without(self, refuted: Side) -> bool:
        """Has it be as it is without what is refuted; False where that was not measured."""
        touched = self.touched(refuted)
        if len(touched) == 1 and self.proof is not None:
            (gone,) = touched
            self.proof = replace(
                self.proof, after=gone.without, shape_after=gone.shape, outcome=gone.beside
            )
        return len(touched) < 2


def prove(connection: psycopg.Connection[Any], task: Task, progress: Noted) -> TuneProof:
    """Gives what became of each index and execution; the connection is in autocommit.

    Nothing remains. Raises psycopg.OperationalError where the connection is lost.
    """
    began = time.monotonic()
    before = side_effects.sequences(connection)
    with connection.transaction(force_rollback=True):
        _settings(connection, task.seconds)
        found = _Proof(connection, task, progress).found()
    noted = list(found.noted)
    _clean(connection, found.executions)
    if side_effects.sequences(connection) != before:
        noted.append("sequences moved on, which no rollback undoes; the rows are as they were")
    seconds = round(time.monotonic() - began, 1)
    return TuneProof(
        found.place,
        found.server,
        found.rows,
        found.indexes,
        found.executions,
        found.left_out,
        tuple(noted),
        seconds,
    )


def _clean(connection: psycopg.Connection[Any], executions: Sequence[ExecutionProof]) -> None:
    """Takes rows that were rolled back out of the tables' files, where the role may."""
    written = {name for each in executions for name in side_effects.written(each.sql)}
    for name in sorted(written):
        with contextlib.suppress(psycopg.Error):
            connection.execute(f"vacuum {name}".encode())


def _settings(connection: psycopg.Connection[Any], seconds: float) -> None:
    connection.execute(f"set local lock_timeout = '{_LOCK}'".encode())
    connection.execute(b"set local idle_in_transaction_session_timeout = 0")
    connection.execute(b"set local statement_timeout = 0")
    if connection.info.server_version >= _NEWER:
        # a build whose client was killed ends at once, where the server's system can tell
        with contextlib.suppress(psycopg.Error), connection.transaction():
            connection.execute(b"set local client_connection_check_interval = '2s'")


class _Proof:
    def __init__(self, connection: psycopg.Connection[Any], task: Task, progress: Noted) -> None:
        self.connection, self.task, self.progress = connection, task, progress
        self.race = Race(connection, task.seconds)
        self.left_out: list[str] = []
        self.noted: list[str] = []
        self.elements: list[Element] = []
        self.errors: dict[Key, str] = {}
        self.names: dict[str, str] = {}
        self.started, self.deadline = 0, 0.0

    def found(self) -> TuneProof:
        """Gives the proof, its sentences about the whole apart."""
        self._make()
        self.deadline = time.monotonic() + _ENOUGH
        limit = int(self.task.seconds * 1000)
        self.connection.execute(f"set local statement_timeout = {limit}".encode())
        runs = [run for each in self.task.executions if (run := self._runnable(each))]
        runs.sort(key=lambda run: -run.execution.weight)
        judge = Judge(self.elements, self.task.rows)
        reads = waiting = [run for run in runs if not run.writes]
        for _ in range(_PASSES):
            self._measure(waiting, judge, len(runs))
            refuted = judge.refuse(_effects(reads))
            waiting = [run for run in reads if run.touched(refuted)]
            if not waiting:
                break
        # at the end: what is written and rolled back stays in the tables' files until a VACUUM
        self._measure([run for run in runs if run.writes], judge, len(runs))
        if any(run.proof is not None for run in runs):
            refuted = judge.refuse(_effects(runs), whole=True)
            self._measure([run for run in runs if not run.without(refuted)], judge, len(runs))
        proofs = [self._named(run.proof) for run in runs if run.proof is not None]
        proofs.sort(key=lambda proof: proof.statement)
        indexes = (*judge.proofs(), *self._unbuilt())
        task = self.task
        return TuneProof(
            task.place,
            task.server,
            task.rows,
            indexes,
            tuple(proofs),
            tuple(self.left_out),
            tuple(self.noted),
        )

    def _named(self, proof: ExecutionProof) -> ExecutionProof:
        """Gives it with the advised names of the indexes that its plans use."""
        advised = {each.sql: each.name for each in self.elements}
        known = {name: advised[root] for name, root in self.names.items()}
        before, after = (
            replace(shape, indexes=tuple(known.get(name, name) for name in shape.indexes))
            for shape in (proof.shape_before, proof.shape_after)
        )
        return replace(proof, shape_before=before, shape_after=after)

    def _make(self) -> None:
        tables = [each.table for each in self.task.indexes]
        fresh = prepare(self.connection, [*tables, *(each.table for each in self.task.drops)])
        if fresh:
            self.noted.append(f"analyzed first, as nothing was known: {', '.join(fresh)}")
        self.progress(f"building {len(self.task.indexes)} indexes")
        built, errors = build(self.connection, self.task.indexes, self.task.foretold)
        indexes = self.task.indexes
        replaced = {(each.table, old): each.name for each in indexes for old in each.replaces}
        gone, missing = droppable(self.connection, self.task.drops, replaced, errors)
        self.elements = [*built, *gone]
        self.errors = errors | missing
        for each in built:
            if each.waits:
                self.noted.append(
                    f"{each.name} cannot be used at once: its table's rows have just changed, or "
                    "an old transaction is open there"
                )
        self.names = roots(self.connection, [each.sql for each in self.elements])

    def _runnable(self, each: Execution) -> _Run | None:
        """Gives the execution's run, None where it is left out; that is told."""
        try:
            why = _unfit(each.sql) or side_effects.lasting(self.connection, each.sql)
            if why is None:
                return _Run(each, side_effects.written(each.sql))
        except psycopg.Error as error:
            if self.connection.closed:
                raise
            why = str(error).strip().splitlines()[0]
        self._leave_out(each, why)
        return None

    def _leave_out(self, each: Execution, why: str) -> None:
        sentence = f"`{' '.join(each.sql.split())[:60]}`: {why}"
        if sentence not in self.left_out:
            self.left_out.append(sentence)

    def _measure(self, runs: Sequence[_Run], judge: Judge, all_: int) -> None:
        for run in runs:
            self.started += 1
            if time.monotonic() > self.deadline:
                self._leave_out(run.execution, "there was no time left to run it")
                continue
            self.progress(f"running the workload: {min(self.started, all_)} of {all_}")
            try:
                with self.connection.transaction(force_rollback=True):
                    self._measure_one(run, judge)
            except psycopg.Error as error:
                if self.connection.closed:
                    raise
                run.proof, run.effects = None, []
                self._leave_out(run.execution, str(error).strip().splitlines()[0])

    def _measure_one(self, run: _Run, judge: Judge) -> None:
        sql, base, full = run.execution.sql, judge.without, judge.with_
        before, after = self.race.compare(sql, base, full)
        shapes = self.race.shape(sql, base), self.race.shape(sql, full)
        each = run.execution
        run.proof = ExecutionProof(
            each.statement,
            each.sql,
            each.kind,
            each.share,
            run.writes,
            before,
            after,
            *shapes,
            self._word(run, (base, full), (before, after)),
        )
        used = self._own(shapes[0].indexes), self._own(shapes[1].indexes)
        run.effects = list(self._effects(run, judge, used, (before, after)))
        if run.proof.outcome == "slower" and not run.writes:
            run.effects = self._together(run, before, after)

    def _together(self, run: _Run, before: Timing, after: Timing) -> list[Effect]:
        """Gives the effects on a read that became slower: where no step did it alone, of all."""
        if not run.effects:
            self.noted.append(
                f"`{' '.join(run.execution.sql.split())[:60]}` is slower, and no index of the "
                "advice is in its plan"
            )
        if any(each.word == "slower" for each in run.effects):
            return run.effects
        return [replace(each, without=before, with_=after) for each in run.effects]

    def _own(self, names: Sequence[str]) -> Side:
        return frozenset(self.names[name] for name in names if name in self.names)

    def _effects(
        self,
        run: _Run,
        judge: Judge,
        used: tuple[Side, Side],
        both: tuple[Timing, Timing],
    ) -> Iterator[Effect]:
        """Gives what each index that may have a part in it does to the execution by itself."""
        assert run.proof is not None
        sql, word = run.execution.sql, run.proof.outcome
        for element in self._involved(run, judge, used, word):
            other = judge.other(element)
            plain = self._own(self.race.used(sql, other))
            if not plain and not used[0] and used[1] <= {element.sql} and not run.writes:
                (without, with_), shape = both, run.proof.shape_before
            else:
                without, with_ = self.race.compare(sql, other, judge.with_)
                shape = self.race.shape(sql, other)
            slowed = word == "slower"
            beside = self._word(run, (judge.without, other), (both[0], without))
            yield Effect(element, run.execution, run.writes, without, with_, shape, beside, slowed)

    def _word(self, run: _Run, sides: tuple[Side, Side], times: tuple[Timing, Timing]) -> Word:
        """Gives how it ran; of a write the plan does not show which indexes it keeps."""
        return outcome(*times) if run.writes else self.race.word(run.execution.sql, sides, times)

    def _involved(
        self, run: _Run, judge: Judge, used: tuple[Side, Side], word: str
    ) -> Iterator[Element]:
        for element in judge.standing():
            makes = element.action == "make"
            helps = makes and element.sql in used[1]
            harms = element.sql in used[0] or (makes and _keeps(run, element))
            if helps or (word == "slower" and harms):
                yield element

    def _unbuilt(self) -> Iterator[IndexProof]:
        for each in self.task.indexes:
            if error := self.errors.get((each.table, each.name)):
                why = f"it could not be built here: {error}"
                yield IndexProof(each.name, "make", "unproven", why, each.bytes, table=each.table)
        for drop in self.task.drops:
            if error := self.errors.get((drop.table, drop.name)):
                why = f"it could not be dropped here: {error}"
                yield IndexProof(drop.name, "drop", "unproven", why, drop.bytes, table=drop.table)


def _effects(runs: Sequence[_Run]) -> list[Effect]:
    return [effect for run in runs for effect in run.effects]


def _keeps(run: _Run, element: Element) -> bool:
    """Whether an execution writes the table of an index."""
    return element.table.partition(".")[2] in run.tables


def _unfit(sql: str) -> str | None:
    if not statements.is_planned(sql):
        return "it reads and writes no rows"
    if statements.has_parameters(sql):
        return "no value is known for its parameters"
    return None

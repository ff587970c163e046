"""Watching a program: it is run as it is, and what it sent is read when it has ended."""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

from dbwright.collect import recording_process
from dbwright.collect.watched import read_watched, recording
from dbwright.core.claim import Trial
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.finding import Unverified
from dbwright.core.options import Options, Progress
from dbwright.core.recording import Recording, ended
from dbwright.core.report import Report, Summary
from dbwright.core.rule import Rule
from dbwright.core.target import Target
from dbwright.jobs.check import chosen_rules
from dbwright.jobs.flow import review
from dbwright.rules.registry import rules_for
from dbwright.verify.queries.watched import Again, Run, WatchedProver
from dbwright.watcher.facts import facts
from dbwright.watcher.hook import Watcher

STARTUP = Path(__file__).parents[1] / "watcher" / "startup"
FOLDER, INJECT, ALSO = "DBWRIGHT_WATCH", "DBWRIGHT_WATCH_INJECT", "DBWRIGHT_WATCH_ALSO"
READS = "DBWRIGHT_WATCH_READS"
Function = TypeVar("Function", bound=Callable[..., Any])


def run(
    command: Sequence[str],
    path: Path,
    options: Options,
    progress: Progress,
    *,
    prove: bool,
    reads: bool = False,
    record: Path | None = None,
) -> tuple[Report, int]:
    """Gives the report on a program's run, and the program's exit status.

    `record` is a file for its statements, as `queries tune` and `queries review` read them.
    """
    started = time.monotonic()
    rules = [
        rule
        for rule in chosen_rules(rules_for("queries"), options.select, options.ignore)
        if rule.fact is Recording
    ]
    if record is not None:
        _emptied(record)
    first = watched(command, path, quiet=prove, reads=reads, record=record)
    if prove:
        sys.stdout.buffer.write(first.output)
        sys.stdout.flush()
    if first.recording is None:
        raise CollectError(
            f"nothing of SQLAlchemy was seen in the program, which ended {ended(first.status)}",
            way_out="Give the command that imports it; it must heed PYTHONPATH (no python -I).",
        )
    report = reviewed(first, rules, _again(command, path, progress) if prove else None)
    if record is not None:
        report = replace(report, unverified=(*report.unverified, *_unrecorded(record)))
    took = (time.monotonic() - started) * 1000
    return replace(report, summary=replace(report.summary, milliseconds=took)), first.status


def _emptied(record: Path) -> None:
    try:
        record.write_bytes(b"")
        record.chmod(0o600)  # what has values in it is for its owner
    except OSError as error:
        raise UsageError(
            f"cannot write the recording: {error.strerror}",
            file=str(record),
            way_out="Name a file in a folder that can be written.",
        ) from error


def _unrecorded(record: Path) -> Iterator[Unverified]:
    if not record.stat().st_size:
        yield Unverified(
            "the statements for queries tune",
            "none was recorded",
            "Install dbwright where the program's own interpreter finds it.",
        )


def _again(command: Sequence[str], path: Path, progress: Progress) -> Again:
    def again(tried: Sequence[Trial]) -> Run:
        progress("running the program again")
        return watched(command, path, tried=tried, quiet=True)

    return again


def reviewed(first: Run, rules: Sequence[Rule], again: Again | None) -> Report:
    """Gives the report on a run; `again` runs the program once more to prove what is advised."""
    recording = first.recording
    assert recording is not None
    why = "the program was not run again; --prove does that"
    prover = WatchedProver(first, again, why)
    dialect = next((shape.dialect for shape in recording.shapes), "postgresql")
    found = review(rules, [recording], Target(dialect), prover)
    return Report(
        tuple(found.recommendations),
        unverified=tuple(found.unverified),
        summary=Summary(dialect=dialect, notes=tuple(_notes(recording))),
    )


class Watch:
    """Watches this process between `with` and its end; see `dbwright.watch`.

    Entered again while it is open, by itself or by another thread or task, it goes on until the
    last one has left.
    """

    def __init__(self, engine: Any = None, reads: bool = False) -> None:
        self._watcher = Watcher(engine, reads)
        self._root = Path.cwd()
        self._lock = threading.Lock()
        self._depth = 0

    def __enter__(self) -> Watch:
        """Begins."""
        with self._lock:
            if not self._depth:
                self._watcher.start()
                self._watcher.begin_at(sys._getframe(1))
            self._depth += 1
        return self

    def __exit__(self, *_: object) -> None:
        """Ends; what was seen stays."""
        with self._lock:
            self._depth -= 1
            if not self._depth:
                self._watcher.stop()

    async def __aenter__(self) -> Watch:
        """Begins, as `with` does."""
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        """Ends, as `with` does."""
        self.__exit__()

    def __call__(self, function: Function) -> Function:
        """Gives a function, or a coroutine function, that is watched each time that it runs."""
        if inspect.iscoroutinefunction(function):

            async def awaited(*arguments: Any, **named: Any) -> Any:
                with self:
                    return await function(*arguments, **named)

            return cast(Function, functools.wraps(function)(awaited))

        def called(*arguments: Any, **named: Any) -> Any:
            with self:
                return function(*arguments, **named)

        return cast(Function, functools.wraps(function)(called))

    @property
    def recording(self) -> Recording:
        """What was seen so far."""
        return recording(facts(self._watcher), self._root)

    def report(self) -> Report:
        """Gives the findings on what was seen so far."""
        rules = [rule for rule in rules_for("queries") if rule.fact is Recording]
        return reviewed(Run(0, b"", self.recording), rules, None)


def _notes(recording: Recording) -> Iterator[str]:
    shapes = len(recording.shapes)
    yield f"{recording.statements:,} statements of {shapes:,} kinds were watched."
    if recording.missed:
        yield f"{recording.missed:,} could not be taken down, the first because: {recording.why}"
    if recording.left_out:
        yield f"{recording.left_out:,} were of too many kinds to be kept apart."


def watched(
    command: Sequence[str],
    path: Path,
    *,
    tried: Sequence[Trial] = (),
    quiet: bool = False,
    timeout: float | None = None,
    reads: bool = False,
    record: Path | None = None,
) -> Run:
    """Runs a command in a folder, with all processes that it starts, and gives what was seen.

    `tried` are loader options for queries at given lines (watcher/inject.py), `record` a file that
    its statements are added to; with `reads` it is taken down which relationships are read. With
    `quiet` its
    output is kept instead of shown. A command that cannot be started raises UsageError, one that
    takes longer than `timeout` seconds CollectError.
    """
    with tempfile.TemporaryDirectory(prefix="dbwright-watch-") as folder:
        environment = _environment(folder, tried, record)
        if reads:
            environment[READS] = "1"
        output = subprocess.PIPE if quiet else None
        try:
            done = _ended(list(command), path, environment, output, timeout)
        except (FileNotFoundError, PermissionError) as error:
            raise UsageError(
                f"{command[0]} cannot be run: {error.strerror}",
                way_out="Give a command as you would type it: … watch -- python app.py",
            ) from error
        except subprocess.TimeoutExpired as error:
            raise CollectError(f"the program did not end within {timeout:g} s") from error
        return Run(*done, read_watched(Path(folder), path))


def _ended(
    command: list[str], path: Path, environment: dict[str, str], output: Any, timeout: float | None
) -> tuple[int, bytes]:
    """Runs a program to its end; gives its status and what it printed where that is kept.

    Ctrl-C is the program's: the terminal sends it there as well, and what it saw is still told.
    """
    errors = subprocess.STDOUT if output is not None else None
    with (
        subprocess.Popen(
            command, cwd=path, env=environment, stdout=output, stderr=errors
        ) as program,
        _interrupts_left_to(program),
    ):
        try:
            printed, _ = program.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            program.kill()
            program.communicate()
            raise
        return program.returncode, printed or b""


@contextlib.contextmanager
def _interrupts_left_to(program: subprocess.Popen[bytes]) -> Iterator[None]:
    """Waits on while the program is interrupted; SIGTERM is handed on to it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def hand_on(number: int, _: object) -> None:
        program.send_signal(number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, hand_on),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _environment(folder: str, tried: Sequence[Trial], record: Path | None) -> dict[str, str]:
    found = dict(os.environ)
    paths = [str(STARTUP), *filter(None, [found.get("PYTHONPATH")])]
    found["PYTHONPATH"] = os.pathsep.join(paths)
    found[FOLDER] = folder
    for name in (INJECT, ALSO, recording_process.FILE):
        found.pop(name, None)
    if record is not None:
        found[ALSO] = f"{recording_process.__name__}:begin"
        found[recording_process.FILE] = str(record.absolute())
    if tried:
        found[INJECT] = json.dumps([plain(each) for each in tried])
    return found


def plain(trial: Trial) -> dict[str, Any]:
    """Gives a trial as the watcher reads it (watcher/inject.py)."""
    options = [
        [[loader, owner, name, dict(arguments)] for loader, owner, name, arguments in chain]
        for chain in trial.options
    ]
    place = {"file": trial.file, "line": trial.line, "class": trial.class_}
    return {**place, "options": options, "keep": trial.keep}

"""Judges an executor of SQL from outside: what an attack did is seen by a second connection.

An executor is a callable `(url, sql) -> rows` that raises where it refuses. A stand is a database
with things to lose (`stand_postgresql`, `stand_mariadb`, `stand_sqlite`). Every attack is judged
by every witness:

- fingerprint: tables, catalog, sequences, roles, settings, statistics and other sessions are the
  same as before; `asks` is a query of the attack's own that must give the same answer
- file: no file appears, changes or goes in the stand's folder
- answer: neither the marker nor the attack's `shows` is in the rows or in the error's text
- time: the call ends within the patience and leaves nothing running
- lock: no lock but that of a reader is seen while it runs, or after
- bytes: the answer and the client's memory stay small, that of a `process` of the executor's too
- session: the attack's `probe`, sent through the same executor, answers as before
"""

from __future__ import annotations

import re
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

Executor = Callable[[str, str], Any]

WITNESS = {
    "writes": "fingerprint",
    "executes": "file",
    "reads_file": "answer",
    "secret": "answer",
    "runaway": "time",
    "locks": "lock",
    "sequence": "fingerprint",
    "huge": "bytes",
    "session": "session",
}
FOLDER = Path(__file__).parent
ANSWER_BYTES = 2_000_000
MEMORY_BYTES = 150_000_000


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack; `naive` names the naive executors that it was seen to harm.

    `only` names who is harmed where it is not both: a superuser may read a vault, a role may not.
    """

    name: str
    on: str
    sql: str
    harm: str
    witness: str
    setup: str = ""
    asks: str = ""
    shows: str = ""
    probe: str = ""
    servers: tuple[str, ...] = ()
    naive: tuple[str, ...] = ()
    note: str = ""
    only: str = ""


@dataclass(slots=True)
class Verdict:
    """What one attack did through one executor."""

    attack: Attack
    who: str
    harms: set[str] = field(default_factory=set)
    refused: str = ""
    rows: Any = None
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """The attack and who made it."""
        return f"{self.attack.on}:{self.attack.name} as {self.who}"


class Stand(Protocol):
    """A database with things to lose, and the eyes of the judge on it."""

    name: str
    folder: Path
    marker: str

    def url(self, who: str) -> str: ...
    def filled(self, sql: str) -> str: ...
    def fingerprint(self) -> dict[str, str]: ...
    def ask(self, sql: str) -> str: ...
    def locked(self) -> bool: ...
    def busy(self) -> bool: ...
    def kill(self) -> None: ...
    def tidy(self) -> None: ...
    def reset(self, changed: set[str]) -> None: ...


def load(dialect: str, suffix: str = "") -> list[Attack]:
    """Give the attacks on a dialect: those of `attacks/DIALECT*.toml`."""
    found = []
    for file in sorted((FOLDER / "attacks").glob(f"{dialect}{suffix}.toml")):
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["attack"]:
            lists = {key: tuple(entry.pop(key, ())) for key in ("naive", "servers")}
            witness = entry.pop("witness", WITNESS[entry["harm"]])
            found.append(Attack(on=dialect, witness=witness, **lists, **entry))
    assert len({attack.name for attack in found}) == len(found), "names are unique"
    return found


def repeated(sql: str) -> str:
    """Write out `<<repeat 1000 text>>`, so that a file of attacks stays readable."""
    return re.sub(r"<<repeat (\d+) (.*?)>>", lambda m: m[2] * int(m[1]), sql, flags=re.S)


def judged(
    stand: Stand,
    attacks: list[Attack],
    executor: Executor,
    who: str,
    *,
    patience: float = 2.0,
) -> Iterator[Verdict]:
    """Run the attacks one after the other, each against an untouched stand."""
    before: dict[str, str] | None = None
    for attack in attacks:
        if attack.servers and stand.name not in attack.servers:
            continue
        if attack.only and attack.only != who:
            continue
        before = before or stand.fingerprint()
        verdict = judge(stand, attack, executor, who, before, patience=patience)
        if "fingerprint" in verdict.harms:
            before = None
        yield verdict


def judge(
    stand: Stand,
    attack: Attack,
    executor: Executor,
    who: str,
    before: dict[str, str],
    *,
    patience: float,
) -> Verdict:
    """Run one attack and say what it did; the stand is as before afterwards."""
    verdict = Verdict(attack, who)
    url, files = stand.url(who), listed(stand.folder)
    asked = stand.ask(attack.asks) if attack.asks else ""
    probed = _probe(executor, url, attack.probe)
    _run(verdict, stand, executor, url, patience)
    if _probe(executor, url, attack.probe) != probed:
        verdict.harms.add("session")
    with suppress(AttributeError):
        executor.close()  # type: ignore[attr-defined]
    after = stand.fingerprint()
    changed = {key for key in before | after if before.get(key) != after.get(key)}
    if changed or (attack.asks and stand.ask(attack.asks) != asked):
        verdict.harms.add("fingerprint")
    if listed(stand.folder) != files:
        verdict.harms.add("file")
        stand.tidy()
    told = shown(verdict.rows) + verdict.refused
    if stand.marker in told or (attack.shows and stand.filled(attack.shows) in told):
        verdict.harms.add("answer")
    if len(told) > ANSWER_BYTES:
        verdict.harms.add("bytes")
    if changed:
        stand.reset(changed)
    verdict.rows = None if "bytes" in verdict.harms else verdict.rows
    return verdict


def shown(value: Any) -> str:
    """Write an answer out, or say its size only where it is large."""
    size = weight(value)
    return repr(value) if size <= ANSWER_BYTES else "x" * (ANSWER_BYTES + 1)


def weight(value: Any) -> int:
    """Give about the bytes of an answer."""
    if isinstance(value, (str, bytes)):
        return len(value)
    if isinstance(value, dict):
        return sum(weight(part) for item in value.items() for part in item)
    if isinstance(value, (list, tuple)):
        return sum(map(weight, value))
    return len(repr(value)) if isinstance(value, (int, float)) else 4


def _probe(executor: Executor, url: str, sql: str) -> str:
    if not sql:
        return ""
    try:
        return repr(executor(url, sql))
    except Exception as error:
        return repr(error)


def _run(verdict: Verdict, stand: Stand, executor: Executor, url: str, patience: float) -> None:
    sql = repeated(stand.filled(verdict.attack.sql))

    def call() -> None:
        try:
            verdict.rows = executor(url, sql)
        except Exception as error:
            verdict.refused = f"{type(error).__name__}: {error}"

    memory = _forget_peak()
    apart = 0
    thread = threading.Thread(target=call, daemon=True)
    began = time.monotonic()
    thread.start()
    pause = 0.003
    while thread.is_alive() and time.monotonic() - began < patience:
        if verdict.attack.witness == "lock" and stand.locked():
            verdict.harms.add("lock")
        apart = max(apart, _peak_apart(executor))
        thread.join(pause)
    if thread.is_alive():
        verdict.harms.add("time")
        _stop(thread, stand, executor)
    verdict.seconds = time.monotonic() - began
    if stand.locked():
        verdict.harms.add("lock")
    if stand.busy():
        verdict.harms.add("time")
        stand.kill()
    if max(_peak() - memory, apart) > MEMORY_BYTES:
        verdict.harms.add("bytes")


def _stop(thread: threading.Thread, stand: Stand, executor: Executor) -> None:
    for _ in range(16):
        stand.kill()
        with suppress(AttributeError):
            executor.stop()  # type: ignore[attr-defined]
        thread.join(0.25)
        if not thread.is_alive():
            return


def listed(folder: Path) -> dict[str, tuple[int, int]]:
    """Give the files of a folder with their sizes and times."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def _forget_peak() -> int:
    """Let the kernel count this process's largest size anew, and give its size now."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak_apart(executor: Executor) -> int:
    """Give the largest size so far of the process that the executor runs, where it has one."""
    process = getattr(executor, "process", None)
    return _peak(process.pid) if process is not None else 0


def _peak(of: int | str = "self") -> int:
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{of}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0

"""Tries the equivalence tester on rewrites that are wrong and on rewrites that are right.

    python benchmarks/queries_equivalence/run.py [--dialect DIALECT] [--full] [NAME …]

The exit status is 1 when a wrong rewrite was taken for equal or a right one was refused.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbwright import dialects
from dbwright.core.same_rows import Different, NotTestable, SameRows, Verdict
from dbwright.core.schema import Schema
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.verify.same_rows import DATABASES, same_rows

HERE = Path(__file__).parent
DIALECTS = ("postgresql", "sqlite")


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and a rewrite of it; `why` says why it is wrong, empty for a right one."""

    name: str
    schema: str
    first: str
    second: str
    why: str = ""
    sqlite: bool = False


@dataclass(slots=True)
class Score:
    """What the runs came to; `seconds` are of the processor, this process's and the server's."""

    refused: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    survived: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    untested: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def add(self, pair: Pair, verdict: Verdict, seconds: float) -> None:
        """Counts one verdict."""
        if isinstance(verdict, NotTestable):
            self.untested.append(f"{pair.name}: {verdict.why}")
        elif isinstance(verdict, Different):
            (self.refused if pair.why else self.false).append(pair.name)
            if pair.why:
                self.rows.append(verdict.example.rows)
        elif isinstance(verdict, SameRows):
            (self.accepted if pair.why else self.survived).append(pair.name)
            self.seconds.append(seconds)
            self.shares.append(verdict.filled / verdict.databases)


def pairs(names: frozenset[str] = frozenset()) -> Iterator[Pair]:
    """Gives all pairs of the set, or those of these names."""
    for path in sorted(HERE.glob("*.toml")):
        for item in tomllib.loads(path.read_text(encoding="utf-8"))["pair"]:
            pair = Pair(**item)
            if not names or pair.name in names:
                yield pair


class Databases:
    """A scratch database for each schema, made once; None where the server cannot make it."""

    def __init__(self, dialect: str, sandbox: Any, stack: ExitStack) -> None:
        self.dialect = dialect
        self.sandbox = sandbox
        self.stack = stack
        self.made: dict[str, tuple[Any, Schema] | str] = {}

    def get(self, name: str) -> tuple[Any, Schema] | str:
        """Gives a connection and the schema, or why there is none."""
        if name not in self.made:
            self.made[name] = self._make(name)
        return self.made[name]

    def _make(self, name: str) -> tuple[Any, Schema] | str:
        dialect = dialects.get(self.dialect)
        database = self.stack.enter_context(self.sandbox.clone(None))
        text = (HERE / "schemas" / f"{name}.sql").read_text(encoding="utf-8")
        if self.dialect == "sqlite":
            text = for_sqlite(text)
        try:
            with closing(database.superuser()) as admin:
                for statement in dialect.statements.split(text):
                    if statement.lower().startswith("create extension"):
                        admin.execute(statement)
            connection = self.stack.enter_context(closing(database.connect()))
            for statement in dialect.statements.split(text):
                if not statement.lower().startswith("create extension"):
                    connection.cursor().execute(statement)
            connection.commit()
        except Exception as error:  # the driver's own tree
            return str(error).splitlines()[0]
        schema = dialect.catalog.read_schema(connection)
        connection.rollback()
        return connection, schema


def for_sqlite(text: str) -> str:
    """Gives the tables in SQLite's words: it adds no foreign key to a table that stands."""
    kept = [s for s in text.split(";") if "alter table" not in s]
    found = ";".join(kept).replace("int4range", "text")
    return found.replace(
        "head_id integer", "head_id integer references employees (id) deferrable initially deferred"
    )


def run(
    dialect: str,
    chosen: list[Pair],
    choice: ServerChoice,
    *,
    full: bool = False,
    count: int = DATABASES,
    seed: int = 0,
) -> Score:
    """Gives the score of these pairs on one database."""
    score = Score()
    with ExitStack() as stack:
        sandbox = stack.enter_context(open_sandbox(dialect, choice))
        databases = Databases(dialect, sandbox, stack)
        for pair in chosen:
            got = databases.get(pair.schema)
            if isinstance(got, str):
                score.add(pair, NotTestable(got), 0.0)
                continue
            started = processor(got[0])
            verdict = same_rows(*got, pair.first, pair.second, databases=count, seed=seed)
            seconds = processor(got[0]) - started
            score.add(pair, verdict, seconds)
            if full:
                print(f"{pair.name} ({seconds:.1f} s): {verdict.words}", flush=True)
    return score


def processor(connection: Any) -> float:
    """Gives the processor's seconds that this process and the server's for it have taken."""
    own = time.process_time()
    if not hasattr(connection, "info"):
        return own
    stat = Path(f"/proc/{connection.info.backend_pid}/stat")
    if not stat.exists():
        return time.monotonic()
    fields = stat.read_text().rpartition(")")[2].split()
    return own + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show(dialect: str, score: Score) -> None:
    """Prints a score."""
    wrong = len(score.refused) + len(score.accepted)
    right = len(score.survived) + len(score.false)
    print(f"{dialect}: {len(score.refused)} of {wrong} wrong rewrites refused")
    print(f"{dialect}: {len(score.survived)} of {right} true rewrites survived")
    if score.rows:
        middle = sorted(score.rows)[len(score.rows) // 2]
        print(f"  counter-examples: {middle} rows (median), {max(score.rows)} at most")
    if score.seconds:
        shares = sorted(score.shares)
        slow = sorted(score.seconds)
        print(
            f"  of {DATABASES} databases with rows: {shares[len(shares) // 2]:.0%} (median), "
            f"{shares[0]:.0%} at least"
        )
        print(
            f"  processor's seconds a true rewrite: {slow[len(slow) // 2]:.2f} (median), "
            f"{slow[-1]:.2f} at most"
        )
    for label, names in (
        ("taken for equal", score.accepted),
        ("refused though true", score.false),
        ("not tested", score.untested),
    ):
        for name in names:
            print(f"  {label}: {name}")


def main() -> int:
    """Runs the set; gives 1 where a verdict is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialect", choices=DIALECTS)
    parser.add_argument("--full", action="store_true", help="print each verdict")
    parser.add_argument("--pg-bin", type=Path)
    parser.add_argument("--databases", type=int, default=DATABASES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    status = 0
    for dialect in DIALECTS:
        if options.dialect not in (None, dialect):
            continue
        chosen = [p for p in pairs(frozenset(options.names)) if dialect != "sqlite" or p.sqlite]
        choice = ServerChoice(pg_bin=options.pg_bin)
        score = run(
            dialect,
            chosen,
            choice,
            full=options.full,
            count=options.databases,
            seed=options.seed,
        )
        show(dialect, score)
        status |= bool(score.accepted or score.false)
    return status


if __name__ == "__main__":
    sys.exit(main())

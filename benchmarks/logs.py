"""How fast a server's log is read, and in how much memory.

    python benchmarks/logs.py [--lines 10000 1000000 10000000] [--distinct 100000]
                              [--format csvlog jsonlog stderr] [--folder DIR]

Writes a log of so many lines with so many statements, a few of which run most of the time, reads it
in a process of its own, and prints one line for each: lines, statements that were kept, seconds,
lines a second, the most memory in MB. The log is removed again.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dbwright.collect.workload import read_workload

WHEN = "2026-01-01 10:00:00.000 UTC"
ENDINGS = {"csvlog": "csv", "jsonlog": "json", "stderr": "log"}
Entry = tuple[int, str, str]


def main() -> int:
    """Writes and reads a log of each length and format."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--distinct", type=int, default=100_000)
    parser.add_argument("--format", nargs="+", choices=ENDINGS, default=["stderr"])
    parser.add_argument("--folder", type=Path, help="Where the log is written for a while.")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        return read(options.read)
    for lines in options.lines:
        for form in options.format:
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                file = Path(folder, f"server.{ENDINGS[form]}")
                write(file, form, lines, options.distinct)
                print(form, end=" ", flush=True)
                subprocess.run([sys.executable, __file__, "--read", str(file)], check=True)
    return 0


def read(file: Path) -> int:
    """Reads one log and prints what it took."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, cpu = time.monotonic(), time.process_time()
    found = read_workload(str(file), "postgresql", Path())
    seconds, cpu = time.monotonic() - started, time.process_time() - cpu
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with file.open("rb") as stream:
        lines = sum(1 for _ in stream)
    calls = sum(each.calls for each in found.statements)
    print(
        f"{lines:,} lines, {file.stat().st_size / 1e6:,.0f} MB: {len(found.statements):,} "
        f"executions kept for {calls:,.0f} calls, {seconds:.1f} s ({cpu:.1f} s of the processor), "
        f"{lines / cpu:,.0f} lines/s, {most / 1024:,.0f} MB ({before / 1024:,.0f} MB at the start)"
    )
    for sentence in found.left_out:
        print(f"    without {sentence}")
    return 0


def write(file: Path, form: str, lines: int, distinct: int) -> None:
    """Writes a log of at least so many lines."""
    with file.open("w", encoding="utf-8") as stream:
        written = 0
        for entry in entries(distinct):
            text = FORMS[form](*entry)
            stream.write(text)
            written += text.count("\n")
            if written >= lines:
                return


def entries(distinct: int) -> Iterator[Entry]:
    """Gives entries without an end: a session, a message and a detail."""
    chance = random.Random(1)
    while True:
        # the n-th statement runs in proportion to 1/n
        number = int(distinct ** chance.random())
        session, milliseconds = chance.randrange(200), chance.expovariate(0.2)
        value, name = chance.randrange(1_000_000), f"name {chance.randrange(1000)}"
        table = f"t{number % 97}"
        head = f"duration: {milliseconds:.3f} ms  "
        if number % 3:
            sql = f"SELECT {table}.id, {table}.c{number} FROM {table} WHERE {table}.a = $1"
            more = f" AND {table}.name = $2 ORDER BY {table}.id LIMIT 20"
            yield (
                session,
                f"{head}execute <unnamed>: {sql}{more}",
                (f"Parameters: $1 = '{value}', $2 = '{name}'"),
            )
        elif number % 2:
            yield (
                session,
                f"{head}statement: UPDATE {table} SET c{number} = '{name}'\n"
                + (f"WHERE {table}.id = {value}"),
                "",
            )
        else:
            sql = f"SELECT count(*) FROM {table} JOIN u ON u.id = {table}.u"
            yield session, f"{head}statement: {sql} WHERE c{number} IN ({value}, 7)", ""


def as_csv(session: int, message: str, detail: str) -> str:
    """Gives an entry as csvlog."""
    quoted = ['"' + text.replace('"', '""') + '"' if text else "" for text in (message, detail)]
    return (
        f'{WHEN},"app","shop",{session},"[local]",65f0.{session:x},1,"SELECT",{WHEN},4/5,0,LOG,'
        f'00000,{",".join(quoted)},,,,,,,,"web","client backend",,0\n'
    )


def as_json(session: int, message: str, detail: str) -> str:
    """Gives an entry as jsonlog."""
    data = {"timestamp": WHEN, "user": "app", "pid": session, "session_id": f"65f0.{session:x}",
            "error_severity": "LOG", "message": message, "detail": detail}  # fmt: skip
    return json.dumps(data, ensure_ascii=False) + "\n"


def as_text(session: int, message: str, detail: str) -> str:
    """Gives an entry as the log of stderr has it."""
    prefix = f"{WHEN} [{session}] app@shop "
    found = f"{prefix}LOG:  " + message.replace("\n", "\n\t") + "\n"
    return found + (f"{prefix}DETAIL:  {detail}\n" if detail else "")


FORMS: dict[str, Callable[[int, str, str], str]] = {
    "csvlog": as_csv,
    "jsonlog": as_json,
    "stderr": as_text,
}

if __name__ == "__main__":
    sys.exit(main())

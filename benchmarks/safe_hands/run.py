"""Makes every attack on every stand as every role, and judges from outside what it did.

    python benchmarks/safe_hands/run.py [--on NAME]... [--who superuser|role]... [--only ATTACK]...
                                        [--through dbwright|SETTING] [--reads] [--labels]
                                        [--details]

NAME is postgresql-15, postgresql-18, mariadb or sqlite; all without it. `--through` names a naive
executor instead of dbwright: read-only, select-only, or ro, rw and shell on SQLite; with
`--labels` the attacks that harm it are noted in the files of attacks. `--reads` reads the corpus of
legitimate reads instead. PostgreSQL 15 is looked for at DBWRIGHT_PG15, MariaDB at DBWRIGHT_MARIADB.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.safe_hands import harness, naive, test_reads
from tests.safe_hands.known import KNOWN
from tests.safe_hands.stand_postgresql import private_server
from tests.safe_hands.test_attacks import guarded, stand_of

PROGRAMS = Path(os.environ.get("DBWRIGHT_PG15", "/usr/lib/postgresql/15/bin"))
MARIADB = os.environ.get("DBWRIGHT_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/")
STANDS = ("postgresql-15", "postgresql-18", "mariadb", "sqlite")
NAIVE = {"postgresql": naive.PostgreSQL, "mariadb": naive.MariaDB, "sqlite": naive.SQLite}


def main() -> int:
    """Prints a line for each attack that harms, and the count; 1 where one is not known."""
    given = arguments()
    stands = given.on or STANDS
    if given.reads:
        return sum(reads(name) for name in stands) and 1
    return sum(sweep(name, who, given) for name in stands for who in _roles(name, given)) and 1


def _roles(name: str, given: argparse.Namespace) -> list[str]:
    roles = given.who or ["superuser", "role"]
    return [who for who in roles if who == "superuser" or name != "sqlite"]


def sweep(name: str, who: str, given: argparse.Namespace) -> int:
    """Gives how many attacks come through that are not known to."""
    dialect, began = name.split("-")[0], time.monotonic()
    attacks = [a for a in harness.load(dialect, "*") if not given.only or a.name in given.only]
    with stand_of(name, attacks, PROGRAMS, MARIADB) as stand:
        own = given.through == "dbwright"
        executor: Any = guarded if own else NAIVE[dialect](given.through)
        patience = 8.0 if own else 1.2
        verdicts = list(
            told(harness.judged(stand, attacks, executor, who, patience=patience), given.details)
        )
    through = {verdict.attack.name for verdict in verdicts if verdict.harms}
    if given.labels:
        made = {verdict.attack.name for verdict in verdicts}
        label(dialect, f"{name.partition('-')[2]} {given.through}".strip(), who, made, through)
    known = set(KNOWN[dialect, who]) if own else set()
    print(
        f"{name} as {who}: {len(verdicts)} attacks, {len(through)} come through, "
        f"{len(through - known)} of them not known, {time.monotonic() - began:.0f} s"
    )
    for gone in sorted((known - through) & {verdict.attack.name for verdict in verdicts}):
        print(f"  mended: {gone}")
    return len(through - known)


def told(verdicts: Iterator[harness.Verdict], every: bool) -> Iterator[harness.Verdict]:
    """Gives the verdicts, those that harm or are slow printed, or `every` one."""
    for verdict in verdicts:
        if every or verdict.harms or verdict.seconds > 1.5:
            what = verdict.refused or repr(verdict.rows)
            print(
                f"  {verdict.name}: {', '.join(sorted(verdict.harms)) or 'no harm'}, "
                f"{verdict.seconds:.2f} s  {' '.join(what.split())[:140]}",
                flush=True,
            )
        yield verdict


def label(dialect: str, setting: str, who: str, made: set[str], through: set[str]) -> None:
    """Notes in the files of attacks which of them harm a naive executor."""
    setting += "" if who == "superuser" else f" as {who}"
    for file in (harness.FOLDER / "attacks").glob(f"{dialect}*.toml"):
        head, *blocks = file.read_text(encoding="utf-8").split("[[attack]]\n")
        blocks = [_labelled(block, setting, made, through) for block in blocks]
        text = "[[attack]]\n".join([head, *blocks]).rstrip() + "\n"
        file.write_text(text, encoding="utf-8")


def _labelled(block: str, setting: str, made: set[str], through: set[str]) -> str:
    (name,) = re.findall(r'^name = "(.*)"', block, re.M)
    if name not in made:
        return block
    (listed,) = re.findall(r"^naive = \[(.*)\]", block, re.M) or ("",)
    kept = [each for each in re.findall(r'"(.*?)"', listed) if each != setting]
    labels = sorted([*kept, setting] if name in through else kept)
    line = f"naive = [{', '.join(f'{chr(34)}{each}{chr(34)}' for each in labels)}]\n"
    rest = re.sub(r"^naive = .*\n", "", block, flags=re.M)
    return f"{rest.rstrip()}\n{line}\n"


def reads(name: str) -> int:
    """Gives how many legitimate reads are refused as whichever role."""
    dialect, began = name.split("-")[0], time.monotonic()
    with ExitStack() as open_:
        if dialect == "postgresql":
            running = private_server(PROGRAMS if name.endswith("15") else None)
            urls = open_.enter_context(test_reads.on_postgresql(open_.enter_context(running)))
        elif dialect == "mariadb":
            urls = (open_.enter_context(test_reads.on_mariadb(MARIADB)),)
        else:
            urls = (open_.enter_context(test_reads.on_sqlite()),)
        refused = [test_reads.refused(dialect, url) for url in urls]
    for found in refused:
        for sql, why in found.items():
            print(f"  {' '.join(sql.split())[:100]}: {why[:200]}")
    asked = len(urls) * len(test_reads.corpus(dialect))
    many = sum(map(len, refused))
    print(f"{name}: {asked} reads, {many} refused, {time.monotonic() - began:.0f} s", flush=True)
    return many


def arguments() -> argparse.Namespace:
    """Gives what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for option in ("on", "who", "only"):
        parser.add_argument(f"--{option}", action="append")
    parser.add_argument("--through", default="dbwright")
    parser.add_argument("--reads", action="store_true")
    parser.add_argument("--labels", action="store_true")
    parser.add_argument("--details", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())

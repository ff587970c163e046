"""Attacks on a guarded read: none comes through, judged from outside by another connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dbwright import api
from dbwright.core.reading import Limits

from . import naive
from .harness import Attack, Stand, judged, load
from .known import KNOWN
from .stand_mariadb import MariaDB
from .stand_postgresql import ROLE, PostgreSQL, private_server
from .stand_sqlite import SQLite

LIMITS = Limits(seconds=0.5, lock_seconds=0.2)


PATIENT = Limits(seconds=2, lock_seconds=0.2)
"""A loaded machine reads the catalog for half a second, and the attack is never sent."""


def guarded(url: str, sql: str, limits: Limits = LIMITS) -> list[Any]:
    """What an agent's read gives: all of it is judged."""
    answer = api.read(sql, url, limits=limits)
    return [answer.columns, *answer.rows, answer.cut, answer.redacted]


def printed(url: str) -> str:
    """The role as `dbwright grant-role --revoke-public` prints it for a database."""
    schemas = ("public",) if url.startswith("postgresql") else ()
    return api.grant_role(ROLE, db=url, schemas=schemas, revoke_public=True).sql


@contextmanager
def stand_of(
    name: str, attacks: list[Attack], postgresql_15: Path, mariadb: str
) -> Iterator[Stand]:
    """A stand by its name; its server is the tests' own where it can be."""
    if name == "sqlite":
        made: Any = SQLite(attacks)
        with closing(made):
            yield made
        return
    if name == "mariadb":
        made = MariaDB(mariadb, attacks, printed)
        with closing(made):
            yield made
        return
    with private_server(postgresql_15 if name == "postgresql-15" else None) as running:
        url = running.url("postgres", user="postgres")
        made = PostgreSQL(url, name, attacks, printed)
        with closing(made):
            yield made


PARTS = {"postgresql-18": 4, "mariadb": 3, "sqlite": 2}
"""Each part has a stand of its own; `benchmarks/safe_hands/run.py` has the other versions, and
every attack as the printed role."""
EACH = 10


@pytest.mark.database
@pytest.mark.parametrize(
    ("name", "part"), [(name, part) for name, many in PARTS.items() for part in range(many)]
)
def test_no_attack_comes_through(name: str, part: int, postgresql_15: Path, mariadb: str) -> None:
    attacks = load(name.split("-")[0], "*")[part :: PARTS[name]]
    with stand_of(name, attacks, postgresql_15, mariadb) as stand:
        refuse_unknown(stand, attacks, "superuser")


@pytest.mark.database
@pytest.mark.parametrize("name", ["postgresql-18", "mariadb"])
def test_no_attack_of_a_sample_comes_through_as_the_printed_role(
    name: str, postgresql_15: Path, mariadb: str
) -> None:
    every = load(name.split("-")[0], "*")
    known = KNOWN[name.split("-")[0], "role"]
    attacks = [
        attack
        for at, attack in enumerate(every)
        if at % EACH == 0 or attack.only == "role" or attack.name in known
    ]
    with stand_of(name, attacks, postgresql_15, mariadb) as stand:
        refuse_unknown(stand, attacks, "role")


def refuse_unknown(stand: Stand, attacks: list[Attack], who: str) -> None:
    """Nothing comes through but what is known to, and all that is known to does."""
    verdicts = list(judged(stand, attacks, guarded, who, patience=8.0))
    known = KNOWN[stand.name.split("-")[0], who]
    through = {
        verdict.attack.name: f"{sorted(verdict.harms)} {verdict.refused[:200]}"
        for verdict in verdicts
        if verdict.harms
    }
    assert {name: what for name, what in through.items() if name not in known} == {}
    quiet = [each.attack for each in verdicts if each.attack.name in known and not each.harms]
    again = judged(stand, quiet, partial(guarded, limits=PATIENT), who, patience=8.0)
    assert [each.name for each in again if not each.harms] == [], "these leave known.py"


SAMPLE = {
    "postgresql-15": (naive.PostgreSQL("read-only"), (
        "stacked-commit", "dblink-from", "copy-program", "read-file-from", "authid", "sleep",
        "advisory-lock", "20-mb-result", "stat-reset", "terminate-backend",
    )),
    "mariadb": (naive.MariaDB("select-only"), (
        "function-in-select", "select-into-outfile", "load-file", "sleep", "get-lock", "nextval",
        "assign-in-select", "mysql-user", "20-mb-result",
    )),
    "sqlite": (naive.SQLite("rw"), (
        "stacked-update", "vacuum-into", "attach-new", "pragma-journal-wal", "endless-recursion",
        "randomblob", "20-mb-result",
    )),
}  # fmt: skip


@pytest.mark.database
@pytest.mark.parametrize("name", list(SAMPLE))
def test_the_judge_sees_what_a_naive_executor_lets_through(
    name: str, postgresql_15: Path, mariadb: str
) -> None:
    executor, names = SAMPLE[name]
    attacks = [attack for attack in load(name.split("-")[0]) if attack.name in names]
    assert len(attacks) == len(names)
    with stand_of(name, attacks, postgresql_15, mariadb) as stand:
        verdicts = list(judged(stand, attacks, executor, "superuser", patience=0.5))
    assert {verdict.attack.name for verdict in verdicts if not verdict.harms} == set()


def test_the_judge_weighs_a_process_that_the_executor_runs() -> None:
    """In time, so that the clock says nothing of it."""
    (attack,) = (each for each in load("sqlite") if each.name == "randomblob")
    with closing(SQLite([attack])) as stand:
        (verdict,) = judged(stand, [attack], naive.SQLite("rw"), "superuser", patience=60.0)
    assert verdict.harms == {"bytes"}


def test_at_least_80_attacks_harm_somebody_and_every_name_is_there() -> None:
    attacks = [attack for name in ("postgresql", "mariadb", "sqlite") for attack in load(name)]
    assert sum(1 for attack in attacks if attack.naive) >= 500
    assert {attack.harm for attack in attacks} == {
        "writes", "executes", "reads_file", "secret", "runaway", "locks", "sequence", "huge",
        "session",
    }  # fmt: skip

"""A workbench answers many questions at a time as it answers each."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from dbwright.core.candidate import Candidate, IndexKey
from dbwright.core.statistics import ColumnStatistics, RelationSize, Statistics
from dbwright.core.twin import Made, Twin, TwinSource
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.workbench import Workbench, workbench
from dbwright.verify.what_if import WhatIf
from dbwright.verify.what_if_rounds import Ask

pytestmark = pytest.mark.database
TABLES = [f"t{number}" for number in range(4)]
NUMBERS = "{" + ",".join(str(each * 50) for each in range(101)) + "}"


def made_up() -> Twin:
    """Tables of two numbers, which have no index."""
    objects = [Made("table", each, f"create table {each} (a int, b int)") for each in TABLES]
    sizes = [RelationSize("public", each, "r", 900, 900, 90_000, 900) for each in TABLES]
    columns = [
        ColumnStatistics("public", each, name, False, 0.0, 4, 5000.0, histogram=NUMBERS)
        for each in TABLES
        for name in "ab"
    ]
    source = TwinSource("PostgreSQL 18.0", 18, "made_up", "me", "2026-01-01T00:00:00+00:00")
    return Twin(source, tuple(objects), (), Statistics(tuple(sizes), tuple(columns)))


def candidates() -> list[Candidate]:
    """Three of each table, and some that the server refuses among them."""
    found = []
    for table in TABLES:
        plain = Candidate("public", table, (IndexKey("a"),))
        found += [plain, replace(plain, keys=(IndexKey("nothing"),))]
        found += [replace(plain, keys=(IndexKey("b"),)), replace(plain, include=("b",))]
    return found


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    with workbench(
        made_up(), ServerChoice(cache_dir=folder / "cache"), lambda _: candidates()
    ) as found:
        yield found
    assert not list(folder.glob("**/twin-own-*"))
    shutil.rmtree(folder, ignore_errors=True)


def test_what_the_server_refuses_costs_no_other_candidate(bench: Workbench) -> None:
    good = [each for each in candidates() if each.keys[0].expression != "nothing"]
    assert list(bench.made) == good
    assert bench.sizes.keys() == bench.parts.keys() == {each.name for each in bench.made.values()}
    described = bench.described(each.name for each in bench.made.values())
    for each, named in bench.made.items():
        found = described[named.name]
        keys, carried = [key.sql for key in found.keys], list(found.include)
        expected = [key.expression for key in each.keys]
        assert (found.table, keys, carried) == (each.table, expected, list(each.include))


def test_together_the_answers_are_those_asked_alone(bench: Workbench) -> None:
    pairs = itertools.pairwise(TABLES)
    joins = [f"select * from {a} join {b} using (a) where {a}.b = 7" for a, b in pairs]
    statements = [(f"select b from {each} where a = 7", {each}) for each in TABLES]
    statements += [(sql, set(sql.split()[3:6:2])) for sql in joins]
    statements += [("selec", {"t1"}), ("select count(*) from t2 where b = 1", {"t2"})]
    # one reads a table more than it is said to
    statements += [("select * from t0, t3 where t0.a = 1 and t3.a = 2", {"t0"})]

    def answers(together: bool) -> list[object]:
        with bench.connect() as connection, bench.admin() as admin:
            what_if = WhatIf(bench, connection, admin)
            asks = []
            for sql, tables in statements:
                own = [n for n in bench.parts if bench.table(n).partition(".")[2] in tables]
                tables = frozenset(f"public.{each}" for each in tables)
                asks.append(Ask(sql, tables, what_if.frontier(frozenset(own))))
            if together:
                found = what_if.answered(asks)
            else:
                found = [answer for each in asks for answer in what_if.answered([each])]
            assert what_if.asked > len(asks)
            return [str(each) if isinstance(each, psycopg.Error) else set(each) for each in found]

    assert answers(together=True) == answers(together=False)

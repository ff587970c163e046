"""Writes: planned by anybody, approved by a human by their hash, run once."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from dbwright import api
from dbwright.collect import write_plans
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.writing import WritePlan, hash_of
from dbwright.frontends.cli import cli
from dbwright.scratch.server import Server

from .conftest import rows_of


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "dbwright" / "plans"


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    """A SQLite file with ten rows."""
    file = tmp_path / "ledger.db"
    connection = sqlite3.connect(file)
    connection.executescript("create table a (id integer primary key, b text)")
    connection.executemany("insert into a values (?, 'old')", [(at,) for at in range(10)])
    connection.commit()
    connection.close()
    return f"sqlite:///{file}"


def yes(plan: WritePlan) -> bool:
    return True


def new_rows(url: str) -> int:
    return int(api.read("select count(*) from a where b = 'new'", url).rows[0][0])


SQL = "update a set b = 'new' where id < 3"


def test_plan_changes_nothing_and_is_for_its_user_alone(ledger: str, state: Path) -> None:
    plan = api.plan_write(SQL, ledger)
    assert (plan.statements[0].kind, plan.statements[0].tables) == ("UPDATE", ("a",))
    assert new_rows(ledger) == 0
    file = state / f"{plan.hash}.json"
    assert (file.stat().st_mode & 0o777, state.stat().st_mode & 0o777) == (0o600, 0o700)


def test_trial_is_rolled_back(ledger: str) -> None:
    plan = api.plan_write(SQL, ledger, trial=True)
    assert plan.tried == "tried and rolled back: 3 rows"
    assert new_rows(ledger) == 0


def test_approved_plan_runs_once(ledger: str) -> None:
    plan = api.plan_write(SQL, ledger)
    seen: list[WritePlan] = []
    done = api.apply_write(plan.hash, ledger, lambda shown: seen.append(shown) or True)
    assert (done.rows, new_rows(ledger), seen) == ((3,), 3, [plan])
    with pytest.raises(UsageError, match="there is no plan"):
        api.apply_write(plan.hash, ledger, yes)


def test_no_is_no(ledger: str) -> None:
    plan = api.plan_write(SQL, ledger)
    with pytest.raises(UsageError, match="not approved"):
        api.apply_write(plan.hash, ledger, lambda shown: False)
    assert new_rows(ledger) == 0


def test_changed_plan_is_refused_however_it_was_changed(ledger: str, state: Path) -> None:
    plan = api.plan_write(SQL, ledger)
    file = state / f"{plan.hash}.json"
    good = file.read_text()
    for changed in (
        good.replace("id < 3", "id < 9"),
        good.replace(plan.hash, "0" * 64),
        good.replace('"statements": [', '"statements": [null, '),
        "[]",
        "{",
    ):
        file.write_text(changed)
        with pytest.raises(UsageError, match=r"was changed|cannot be read"):
            api.apply_write(plan.hash, ledger, yes)
    assert new_rows(ledger) == 0


def test_plan_that_changes_while_it_is_shown_is_refused(ledger: str, state: Path) -> None:
    plan = api.plan_write(SQL, ledger)

    def swap(shown: WritePlan) -> bool:
        file = state / f"{plan.hash}.json"
        file.write_text(file.read_text().replace("id < 3", "id < 9"))
        return True

    with pytest.raises(UsageError, match="was changed"):
        api.apply_write(plan.hash, ledger, swap)
    assert new_rows(ledger) == 0


def test_plan_ends_after_an_hour(ledger: str) -> None:
    plan = api.plan_write(SQL, ledger)
    assert write_plans.kept(plan.hash, ledger, time.time() + 3500) == plan
    for moment in (time.time() + 3700, time.time() - 3700):
        with pytest.raises(UsageError, match="minutes old"):
            write_plans.kept(plan.hash, ledger, moment)


def test_plan_is_for_its_database(ledger: str, tmp_path: Path) -> None:
    plan = api.plan_write(SQL, ledger)
    other = tmp_path / "other.db"
    other.write_bytes(Path(ledger.removeprefix("sqlite:///")).read_bytes())
    with pytest.raises(UsageError, match="is for sqlite"):
        api.apply_write(plan.hash, f"sqlite:///{other}", yes)
    with pytest.raises(UsageError, match="64 signs"):
        api.apply_write("../../x", ledger, yes)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_change_makes_another_hash(database: str, one: str, other: str) -> None:
    same = one == other
    assert (hash_of(database, (one,)) == hash_of(database, (other,))) is same
    assert hash_of(database, (one, other)) != hash_of(database, (one + other,))


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("", "no statement"),
        ("select 1", "needs no plan"),
        ("begin; delete from a", "cannot be planned"),
        ("vacuum; delete from a", "planned alone"),
        ("pragma journal_mode = wal", "cannot be planned"),
        ("attach 'x' as y", "cannot be planned"),
        ("delete from a;" * 51, "at most 50"),
    ],
)
def test_what_is_no_plan_is_refused(ledger: str, sql: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        api.plan_write(sql, ledger)


def test_failure_rolls_all_of_it_back(ledger: str) -> None:
    plan = api.plan_write(f"{SQL}; insert into a values (1, 'twice')", ledger)
    with pytest.raises(CollectError, match="refused statement 2 of 2"):
        api.apply_write(plan.hash, ledger, yes)
    assert new_rows(ledger) == 0


def test_vacuum_runs_by_itself(ledger: str) -> None:
    plan = api.plan_write("vacuum", ledger)
    assert plan.alone
    api.apply_write(plan.hash, ledger, yes)


def test_command_line_shows_the_sql_and_wants_a_human(ledger: str) -> None:
    runner = CliRunner()
    planned = runner.invoke(
        cli, ["queries", "write", "update a set b = 'new'", "--db", ledger, "--format", "json"]
    )
    plan = json.loads(planned.output)
    refused = runner.invoke(cli, ["apply", plan["hash"], "--db", ledger], standalone_mode=False)
    assert isinstance(refused.exception, UsageError)
    assert "update a set b = 'new'" in refused.output
    assert "no WHERE" in refused.output
    assert new_rows(ledger) == 0
    done = runner.invoke(cli, ["apply", plan["hash"], "--db", ledger, "--yes"])
    assert "rows: 10" in done.output


@pytest.mark.database
def test_postgresql_plans_with_the_planner_and_writes_once(shop: str, postgresql: Server) -> None:
    sql = "update orders set status = 'it''s %' where id <= 10; delete from orders where id = 11"
    plan = api.plan_write(sql, shop, trial=True)
    assert [each.kind for each in plan.statements] == ["UPDATE", "DELETE"]
    assert all(each.rows is not None for each in plan.statements)
    assert plan.tried == "tried and rolled back: 10, 1 rows"
    (before,) = rows_of(postgresql, "select count(*) from orders where status <> 'open'")
    assert before == (0,)
    again = shop.replace("postgresql://", "postgres://")
    assert api.apply_write(plan.hash, again, yes).rows == (10, 1)
    (after,) = rows_of(postgresql, "select count(*) from orders where status = 'it''s %'")
    assert after == (10,)
    back = api.plan_write(
        "update orders set status = 'open'; insert into orders (id, status) values (11, 'open')",
        shop,
    )
    assert back.statements[0].everything
    api.apply_write(back.hash, shop, yes)


@pytest.mark.database
def test_a_write_means_what_it_means_to_the_role(shop: str, postgresql: Server) -> None:
    with postgresql.connect() as connection:
        connection.execute("alter database guarded set datestyle = 'ISO, DMY'")
    try:
        made = api.plan_write("create table days as select date '02/01/2024' as day", shop)
        api.apply_write(made.hash, shop, yes)
        assert api.read("select day from days", shop).rows == (("2024-01-02",),)
        api.apply_write(api.plan_write("drop table days", shop).hash, shop, yes)
    finally:
        with postgresql.connect() as connection:
            connection.execute("alter database guarded reset datestyle")


@pytest.mark.database
def test_planning_runs_no_function_of_the_statement(shop: str) -> None:
    plan = api.plan_write("update orders set total = mislabelled() where id = summed(3)", shop)
    assert plan.statements[0].rows is None
    assert "pg_advisory_xact_lock" in plan.statements[0].why


@pytest.mark.database
def test_index_is_built_outside_of_a_transaction(shop: str, postgresql: Server) -> None:
    plan = api.plan_write("create index concurrently ix_total on orders (total)", shop)
    assert (plan.alone, plan.statements[0].kind) == (True, "CREATE INDEX")
    api.apply_write(plan.hash, shop, yes)
    drop = api.plan_write("drop index concurrently ix_total", shop)
    api.apply_write(drop.hash, shop, yes)
    assert rows_of(postgresql, "select 1 from pg_class where relname = 'ix_total'") == []


@pytest.mark.database
def test_mariadb_plans_and_writes(maria: str) -> None:
    plan = api.plan_write('update orders set status = "it\'s" where id <= 10', maria, trial=True)
    assert plan.statements[0].rows is not None
    assert plan.tried == "tried and rolled back: 10 rows"
    assert api.apply_write(plan.hash, maria, yes).rows == (10,)
    back = api.plan_write("update orders set status = 'open'", maria)
    assert back.statements[0].everything
    api.apply_write(back.hash, maria, yes)
    with pytest.raises(UsageError, match="cannot be planned"):
        api.plan_write("load data infile '/etc/passwd' into table orders", maria)

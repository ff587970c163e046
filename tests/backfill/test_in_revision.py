"""Backfills inside of revisions: run by Alembic and by our upgrade, killed, written as a script."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from tests.deploy.conftest import ask, hand, made, postgresql, postgresql_server
from tests.deploy.project import TABLE, order, write

from dbwright import check
from dbwright.backfill import engine_of, list_all
from dbwright.backfill.state import BACKFILLS
from dbwright.collect.live import read_live
from dbwright.core.errors import BackfillError, UsageError
from dbwright.deploy.hand import Hand
from dbwright.deploy.run import upgrade
from dbwright.deploy.target import Target
from dbwright.dialects.drivers import url_of, with_ours
from dbwright.fleet.digest import lines_of

__all__ = ["hand", "made", "postgresql", "postgresql_server"]
SOURCE = Path(__file__).parents[2] / "src"
ENV = """
import os
from alembic import context
from sqlalchemy import create_engine, pool

url = os.environ.get("SHOP", "postgresql://nobody@nowhere.invalid/other")
if context.is_offline_mode():
    context.configure(url=url)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""
ROWS = (
    'op.add_column("orders", sa.Column("n", sa.Integer, nullable=False, server_default="0"));'
    ' op.execute("INSERT INTO orders (id) SELECT generate_series(1, 3000)")'
)


def backfill(given: str, **settings: float) -> str:
    """The body of a revision with a backfill."""
    more = ", ".join(f"{name}={value}" for name, value in settings.items())
    return (
        "from dbwright.backfill import Backfill, Settings, in_revision; "
        f'in_revision(op, Backfill("add", "orders", {given}), Settings({more}))'
    )


def counted(target: Target) -> list[tuple[object, ...]]:
    return ask(target, "select n, count(*) from orders group by n order by n")


def alembic(target: Target, root: Path, revision: str = "head", *, sql: bool = False) -> str:
    """Runs alembic's own upgrade, and gives what it wrote."""
    written = io.StringIO()
    config = Config(str(root / "alembic.ini"), output_buffer=written)
    url = with_ours(url_of(target.url)).render_as_string(hide_password=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP", url)
        command.upgrade(config, revision, sql=sql)
    return written.getvalue()


@pytest.mark.database
def test_our_upgrade_runs_it_and_leaves_no_state(
    postgresql: Target, hand: Hand, tmp_path: Path
) -> None:
    write(tmp_path, TABLE, ROWS, backfill("set='n = n + 1'", first_size=100, max_size=100))
    report = upgrade(order(hand, tmp_path), postgresql, lambda text: None)
    assert (report.state, report.error) == ("done", "")
    assert counted(postgresql) == [(1, 3000)]
    assert ask(postgresql, f"select count(*) from {BACKFILLS}") == [(0,)]
    # its batches are no statements of the revision, which a resume would have to compare
    assert all("dbwright_backfill" in run.sql for run in report.revisions[2].statements if
               not run.sql.startswith("SELECT current_schema"))  # fmt: skip
    with postgresql.engine().connect() as connection:
        assert not [line for line in lines_of(connection) if "dbwright" in line]
    live = read_live(postgresql.url).schema
    assert sorted(table.name for table in live.tables) == ["orders"]


@pytest.mark.database
def test_alembic_runs_it_again_behind_a_row_that_could_not_be_written(
    postgresql: Target, tmp_path: Path
) -> None:
    write(tmp_path, TABLE, ROWS, backfill("set='n = n + 1'", first_size=500), env=ENV)
    alembic(postgresql, tmp_path, "r2")
    ask(postgresql, "alter table orders add check (id <> 1234 or n = 0)")
    with pytest.raises(BackfillError, match="1 row could not be written"):
        alembic(postgresql, tmp_path)
    assert counted(postgresql) == [(0, 1), (1, 2999)]
    assert ask(postgresql, "select version_num from alembic_version") == [("r2",)]


@pytest.mark.database
def test_an_upgrade_after_a_downgrade_writes_the_rows_anew(
    postgresql: Target, tmp_path: Path
) -> None:
    write(tmp_path, TABLE, ROWS, backfill("set='n = 7', where='n <> 7'"), env=ENV)
    alembic(postgresql, tmp_path)
    assert counted(postgresql) == [(7, 3000)]
    ask(postgresql, "update orders set n = 0; update alembic_version set version_num = 'r2'")
    alembic(postgresql, tmp_path)
    assert counted(postgresql) == [(7, 3000)]


@pytest.mark.database
def test_a_killed_upgrade_goes_on_behind_the_last_batch(
    postgresql: Target, hand: Hand, tmp_path: Path
) -> None:
    slow = backfill("set='n = n + 1'", first_size=10, max_size=10, lease_seconds=0.5)
    write(tmp_path, TABLE, ROWS, slow)
    line = [sys.executable, "-m", "dbwright", "migrations", "upgrade", "--yes", "-q"]
    process = subprocess.Popen(
        [*line, "--db", postgresql.url],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    engine = engine_of(with_ours(url_of(postgresql.url)))
    end = time.monotonic() + 120
    while not any(found.batches > 20 for found in list_all(engine)):
        assert process.poll() is None
        assert time.monotonic() < end
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    [(first, some)] = counted(postgresql)[1:]
    assert first == 1
    assert some < 3000  # type: ignore[operator]
    report = upgrade(order(hand, tmp_path), postgresql, lambda text: None)
    assert (report.state, report.error) == ("done", "")
    assert [run.revision for run in report.revisions] == ["r3"]
    assert counted(postgresql) == [(1, 3000)]


@pytest.mark.database
def test_a_script_is_refused_with_the_command(postgresql: Target, tmp_path: Path) -> None:
    write(tmp_path, TABLE, ROWS, backfill("set='n = 7', where='n <> 7'"), env=ENV)
    with pytest.raises(UsageError) as caught:
        alembic(postgresql, tmp_path, sql=True)
    assert "--table orders --set 'n = 7' --where 'n <> 7'" in str(caught.value.way_out)


@pytest.mark.database
def test_a_session_in_another_schema_is_refused(postgresql: Target, tmp_path: Path) -> None:
    moved = ENV.replace(
        "        context.configure(connection=connection)\n",
        '        connection.exec_driver_sql("set search_path = tenant")\n'
        "        connection.commit()\n"
        "        context.configure(connection=connection)\n",
    )
    assert moved != ENV
    ask(postgresql, "create schema tenant")
    write(tmp_path, TABLE, ROWS, backfill("set='n = n + 1'"), env=moved)
    with pytest.raises(UsageError, match="moved its session to the schema tenant"):
        alembic(postgresql, tmp_path)


@pytest.mark.database
@pytest.mark.parametrize("key", ["id", "part, id"])
def test_a_review_finds_nothing_long_in_it(tmp_path: Path, key: str) -> None:
    """Its batches are those of a plain loop there."""
    table = f'op.execute("CREATE TABLE orders (part int, id int, n int, PRIMARY KEY ({key}))")'
    down = '\n\ndef downgrade():\n    op.drop_table("orders")\n'
    write(tmp_path, table + down, backfill("set='n = n + 1', where='n < 5'"), env=ENV)
    report = check(tmp_path)
    about = {item.rule for item in report.recommendations if "r2" in str(item.location)}
    assert about == {"failing-downgrade", "broken-offline-script"}
    plain = 'op.execute("UPDATE orders SET n = n + 1 WHERE n < 5")'
    write(tmp_path, table + down, plain, env=ENV)
    about = {item.rule for item in check(tmp_path).recommendations if "r2" in str(item.location)}
    assert "whole-table-backfill" in about

"""Locks that are not given, statements that stand, processes that die: resumed, or told."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dbwright.core.upgraded import UpgradeReport
from dbwright.deploy.hand import Hand
from dbwright.deploy.journal import Entry, journal_of
from dbwright.deploy.resume import mark_of, unfinished
from dbwright.deploy.run import upgrade
from dbwright.deploy.target import Target

from .conftest import ask
from .project import COLUMN, ENV, INDEX, TABLE, code, order, write

pytestmark = pytest.mark.database
Make = Callable[[str], Target]
SOURCE = Path(__file__).parents[2] / "src"
ALONE = """\
op.execute("INSERT INTO orders (id) VALUES (1)")
with op.get_context().autocommit_block():
    op.execute("INSERT INTO orders (id) VALUES (2)")
    op.execute("SELECT pg_sleep(30)")
op.execute("INSERT INTO orders (id) VALUES (3)")
"""
CONCURRENTLY = """\
op.execute("INSERT INTO orders (id, note) VALUES (1, 'a')")
with op.get_context().autocommit_block():
    op.create_index("ix_note", "orders", ["note"], postgresql_concurrently=True)
"""


def silent(text: str) -> None:
    pass


@contextlib.contextmanager
def holding(target: Target, sql: str) -> Iterator[Callable[[], None]]:
    """A transaction of another session that stays open until it is told to end."""
    engine = target.engine().execution_options(isolation_level="READ COMMITTED")
    with engine.connect() as connection:
        connection.exec_driver_sql(sql)
        yield connection.rollback


def until(condition: Callable[[], object]) -> None:
    """Waits for something to become true."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def started(target: Target, root: Path, *more: str) -> subprocess.Popen[str]:
    """`dbwright migrations upgrade` as a process of its own."""
    arguments = ["migrations", "upgrade", "--db", target.full, "--path", str(root), "--yes", *more]
    return subprocess.Popen(
        [sys.executable, "-m", "dbwright", *arguments],
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_lock_that_is_not_given_is_asked_for_again(
    postgresql: Target, hand: Hand, tmp_path: Path
) -> None:
    write(tmp_path, TABLE)
    upgrade(order(hand, tmp_path), postgresql, silent)
    write(tmp_path, TABLE, COLUMN)
    said: list[str] = []
    with holding(postgresql, "lock table orders in share mode") as release:

        def say(text: str) -> None:
            said.append(text)
            if "again in" in text:
                release()

        report = upgrade(order(hand, tmp_path), postgresql, say)
    assert report.state == "done"
    (run,) = report.revisions
    (attempt,) = run.attempts
    assert "a lock was not given in time" in attempt.error
    assert "lock table orders in share mode" in attempt.blockers[0]
    held = {(lock.relation, lock.mode): lock for lock in run.locks}
    assert held["orders", "AccessExclusiveLock"].seconds > 0


def test_all_heads_of_branches_are_told(made: Make, hand: Hand, tmp_path: Path) -> None:
    """The report names them as the version table has them, where one branch fails too."""
    target, column = made("sqlite"), COLUMN.replace("note", "memo")
    seen = []
    for last in ("op.execute('select * from nowhere')", column):
        write(tmp_path, TABLE, COLUMN, heads=(last,))
        report = upgrade(order(hand, tmp_path, "heads"), target, silent)
        there = ask(target, "select version_num from alembic_version order by 1")
        assert report.after == tuple(version for (version,) in there)
        seen.append((report.state, len(report.after)))
    assert seen == [("failed", 1), ("done", 2)]


def test_a_lock_that_is_never_given_leaves_nothing(
    postgresql: Target, hand: Hand, tmp_path: Path
) -> None:
    write(tmp_path, TABLE)
    upgrade(order(hand, tmp_path), postgresql, silent)
    write(
        tmp_path, TABLE, f'op.create_table("other", sa.Column("id", sa.Integer))\n{COLUMN}', INDEX
    )
    with holding(postgresql, "select * from orders"):
        report = upgrade(order(hand, tmp_path, retries=1), postgresql, silent)
    assert (report.state, report.after) == ("failed", ("r1",))
    assert [run.state for run in report.revisions] == ["failed", "not run"]
    assert [each.state for each in report.revisions[0].statements] == ["undone", "failed"]
    assert len(report.revisions[0].attempts) == 2
    assert "rolled back" in report.way_out
    assert ask(postgresql, "select to_regclass('other')") == [(None,)]


def test_an_invalid_index_is_dropped_and_built_anew(
    postgresql: Target, hand: Hand, tmp_path: Path
) -> None:
    write(tmp_path, TABLE, COLUMN)
    upgrade(order(hand, tmp_path), postgresql, silent)
    ask(postgresql, "insert into orders (id, note) values (7, 'a'), (8, 'a')")
    with contextlib.suppress(Exception):
        ask(postgresql, "create unique index concurrently theirs on orders (note)")
    write(tmp_path, TABLE, COLUMN, CONCURRENTLY)
    with holding(postgresql, "insert into orders (id) values (9)"):
        report = upgrade(order(hand, tmp_path, retries=0), postgresql, silent)
        # and that our own clean-up waits no longer for a lock than the revision would
        waited = upgrade(order(hand, tmp_path, retries=1), postgresql, silent)
    run = report.revisions[0]
    assert (report.state, run.state) == ("failed", "half applied")
    assert [each.state for each in run.statements] == ["kept", "failed"]
    assert "lock timeout" in waited.error
    assert [each.state for each in waited.revisions[0].statements] == ["passed over"]
    assert len(waited.revisions[0].attempts) == 2
    assert "Statement 1 of r3 stands" in report.way_out
    sql = "select indexrelid::regclass::text from pg_index where not indisvalid order by 1"
    assert ask(postgresql, sql) == [("ix_note",), ("theirs",)]

    again = upgrade(order(hand, tmp_path), postgresql, silent)
    run = again.revisions[0]
    assert (again.state, run.dropped) == ("done", ("ix_note",))
    assert [each.state for each in run.statements] == ["passed over", "done"]
    assert ask(postgresql, "select count(*) from orders where id = 1") == [(1,)]
    assert ask(postgresql, sql) == [("theirs",)]  # what the revision does not build is left alone
    assert ask(postgresql, "select to_regclass('dbwright_upgrade')") == [(None,)]


def test_what_stands_of_a_revision_is_passed_over_on_mariadb(
    made: Make, hand: Hand, tmp_path: Path
) -> None:
    target = made("mariadb")
    broken = f'op.execute("INSERT INTO orders (id) VALUES (1)")\n{COLUMN}\nop.execute("nonsense")'
    write(tmp_path, TABLE, broken)
    report = upgrade(order(hand, tmp_path), target, silent)
    run = report.revisions[1]
    assert run.state == "half applied"
    assert [each.state for each in run.statements] == ["kept", "kept", "failed"]
    assert "Statement 1, 2 of r2 stands, 3 does not" in report.way_out

    write(tmp_path, TABLE, broken.replace("nonsense", "INSERT INTO orders (id) VALUES (2)"))
    again = upgrade(order(hand, tmp_path), target, silent)
    assert (again.state, again.after) == ("done", ("r2",))
    assert ask(target, "select id, note from orders order by id") == [(1, None), (2, None)]


def test_a_revision_that_was_changed_is_not_resumed(made: Make, hand: Hand, tmp_path: Path) -> None:
    target = made("sqlite")
    write(tmp_path, TABLE, f'{COLUMN}\nop.execute("nonsense")')
    assert upgrade(order(hand, tmp_path), target, silent).revisions[1].state == "half applied"
    write(tmp_path, TABLE, COLUMN.replace("note", "remark"))
    report = upgrade(order(hand, tmp_path), target, silent)
    assert "r2 cannot be resumed: its statement 1 was" in report.error
    assert report.after == ("r1",)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "sqlite"])
def test_two_upgrades_do_not_meet(made: Make, hand: Hand, tmp_path: Path, kind: str) -> None:
    target, reports = made(kind), []
    write(tmp_path, f"import time; time.sleep(1.5)\n{TABLE}")

    def first() -> None:
        with Hand(code(tmp_path).python, tmp_path) as other:
            reports.append(upgrade(order(other, tmp_path), target, said.append))

    said: list[str] = []
    thread = threading.Thread(target=first)
    thread.start()
    until(lambda: said)
    refused = upgrade(order(hand, tmp_path, wait_seconds=0.0), target, silent)
    waited = upgrade(order(hand, tmp_path), target, silent)
    thread.join()
    assert reports[0].state == "done"
    assert refused.state == "refused"
    assert "another upgrade of" in refused.error
    assert ("session " in refused.error) or ("process " in refused.error)
    assert (waited.state, waited.waited > 0.2) == ("nothing to do", True)


def test_a_killed_upgrade_is_told_and_resumed(
    postgresql: Target, hand: Hand, tmp_path: Path
) -> None:
    write(tmp_path, TABLE, ALONE)
    process = started(postgresql, tmp_path)
    asleep = "select pid from pg_stat_activity where query like 'SELECT pg_sleep(30)%%'"
    until(lambda: ask(postgresql, asleep))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    # its session works on, and keeps others out
    report = upgrade(order(hand, tmp_path, wait_seconds=0.0), postgresql, silent)
    assert "running: SELECT pg_sleep(30)" in report.error
    ask(postgresql, f"select pg_terminate_backend(({asleep}))")

    report = resumed(hand, tmp_path, postgresql)
    assert "cut off in r2 while its statement 3 ran" in report.error
    assert ask(postgresql, "select id from orders order by 1") == [(1,), (2,)]
    report = resumed(hand, tmp_path, postgresql, it_ran=True)
    assert report.state == "done"
    assert [each.state for each in report.revisions[0].statements] == [
        "passed over",
        "passed over",
        "passed over",
        "done",
    ]
    assert ask(postgresql, "select id from orders order by 1") == [(1,), (2,), (3,)]


def resumed(hand: Hand, root: Path, target: Target, **settings: object) -> UpgradeReport:
    return upgrade(order(hand, root, **settings), target, silent)


def test_a_commit_that_fails_keeps_nothing(postgresql: Target, hand: Hand, tmp_path: Path) -> None:
    deferred = """\
op.execute("CREATE TABLE a (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
op.execute("INSERT INTO a VALUES (1), (1)")
with op.get_context().autocommit_block():
    op.execute("INSERT INTO orders (id) VALUES (1)")
"""
    write(tmp_path, TABLE, deferred)
    for _ in range(2):
        report = upgrade(order(hand, tmp_path), postgresql, silent)
        run = report.revisions[-1]
        assert (run.revision, run.state) == ("r2", "failed")
        assert [each.state for each in run.statements] == ["undone", "undone"]
    write(tmp_path, TABLE, deferred.replace("(1), (1)", "(1), (2)"))
    assert upgrade(order(hand, tmp_path), postgresql, silent).state == "done"


def test_what_fails_behind_the_commit_is_no_rollback(
    made: Make, hand: Hand, tmp_path: Path
) -> None:
    write(tmp_path, TABLE, COLUMN, env=ENV + "raise RuntimeError('the hook')\n")
    target = made("sqlite")
    report = upgrade(order(hand, tmp_path), target, silent)
    # env.py is asked where the database stands first
    assert (report.state, report.after, "the hook" in report.error) == ("failed", (), True)
    hook = "import os\nif os.path.exists('hook'):\n    raise RuntimeError('the hook')\n"
    write(tmp_path, f'open("hook", "w").close()\n{TABLE}', COLUMN, env=ENV + hook)
    report = upgrade(order(hand, tmp_path), target, silent)
    assert (report.state, report.after) == ("failed", ("r1",))
    assert "r1 itself is committed" in report.way_out
    assert ask(target, "select version_num from alembic_version") == [("r1",)]


def test_sqlite_says_whether_what_was_cut_off_took_effect(made: Make) -> None:
    target = made("sqlite")
    with target.engine().connect() as connection:
        journal = journal_of(target, connection)
        cut_off = Entry("r1", 1, "CREATE TABLE a (n)", "d", "running", mark=mark_of(connection))
        journal.put(cut_off)
        assert unfinished(journal, connection, ["r1"], None) == {}
        assert journal.entries() == []
        journal.put(cut_off)
        connection.exec_driver_sql("CREATE TABLE a (n)")
        assert unfinished(journal, connection, ["r1"], None)["r1"].stands == {1: cut_off}
        assert unfinished(journal, connection, ["r2"], None) == {}
        assert not list(Path(str(target.parts.database)).parent.glob("*.dbwright-*"))

"""Whatever env.py and revisions do, only the database that was named is reached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dbwright.core.errors import UpgradeError
from dbwright.deploy.hand import Hand
from dbwright.deploy.run import outlook, upgrade
from dbwright.deploy.target import Target

from .conftest import ask
from .project import ASYNC_ENV, COLUMN, ENV, INDEX, TABLE, order, write

pytestmark = pytest.mark.database
Make = Callable[[str], Target]


def silent(text: str) -> None:
    pass


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "sqlite"])
@pytest.mark.parametrize("env", [ENV, ASYNC_ENV], ids=["sync", "async"])
def test_every_engine_of_env_reaches_the_given_database(
    made: Make, hand: Hand, tmp_path: Path, kind: str, env: str
) -> None:
    if (kind, env) == ("mariadb", ASYNC_ENV):
        pytest.importorskip("aiomysql")
    if (kind, env) == ("postgresql", ASYNC_ENV):
        pytest.importorskip("asyncpg")
    target = made(kind)
    write(tmp_path, TABLE, COLUMN, INDEX, env=env)
    report = upgrade(order(hand, tmp_path), target, silent)
    assert (report.state, report.after, report.error) == ("done", ("r3",), "")
    assert ask(target, "select version_num from alembic_version") == [("r3",)]
    assert [run.count for run in report.revisions] == [1, 1, 1]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('import psycopg; psycopg.connect("host=127.0.0.1 dbname=postgres")', "through psycopg"),
        ('sa.create_engine("postgresql://elsewhere/other").connect()', "from a revision"),
    ],
)
def test_a_revision_reaches_no_other_database(
    made: Make, hand: Hand, tmp_path: Path, body: str, told: str
) -> None:
    write(tmp_path, body)
    report = upgrade(order(hand, tmp_path), made("sqlite"), silent)
    assert report.state == "failed"
    assert "dbwright refuses a connection to" in report.error
    assert told in report.error


def test_env_with_two_databases_is_refused(made: Make, hand: Hand, tmp_path: Path) -> None:
    second = ENV + 'create_engine("postgresql://elsewhere/other").connect()\n'
    write(tmp_path, TABLE, env=second)
    report = upgrade(order(hand, tmp_path), made("sqlite"), silent)
    assert "a second database, from env.py" in report.error


def test_what_is_pending_is_told_and_nothing_changes(
    made: Make, hand: Hand, tmp_path: Path
) -> None:
    target = made("sqlite")
    write(tmp_path, TABLE, COLUMN)
    found = outlook(order(hand, tmp_path), target, with_sql=True)
    assert [each.revision for each in found.pending] == ["r1", "r2"]
    assert any("ALTER TABLE orders ADD COLUMN note" in sql for sql in found.sql)
    assert ask(target, "select name from sqlite_master") == []


def test_several_heads_and_a_database_ahead_are_refused(
    made: Make, hand: Hand, tmp_path: Path
) -> None:
    target = made("sqlite")
    write(tmp_path / "two", TABLE, COLUMN, heads=["pass"])
    with Hand(order(hand, tmp_path).code.python, tmp_path / "two") as other:
        with pytest.raises(UpgradeError, match="2 heads"):
            outlook(order(other, tmp_path / "two"), target)
        assert upgrade(order(other, tmp_path / "two", "r2"), target, silent).after == ("r2",)
    write(tmp_path, TABLE)
    report = upgrade(order(hand, tmp_path), target, silent)
    assert report.state == "refused"
    assert "ahead of this code: it stands at r2" in report.error


def test_a_database_that_only_reads_is_refused(
    postgresql: Target, hand: Hand, tmp_path: Path
) -> None:
    write(tmp_path, TABLE)
    name = postgresql.parts.database
    ask(postgresql, f"alter database {name} set default_transaction_read_only = on")
    report = upgrade(order(hand, tmp_path), postgresql, silent)
    assert report.state == "refused"
    assert "takes no writes" in report.error

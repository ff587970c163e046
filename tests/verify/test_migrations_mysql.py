"""Revisions rehearsed on MariaDB: what the server needs, what is lost, what stays half done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from dbwright.core.claim import Claim
from dbwright.core.migration import Migration
from dbwright.core.target import Target
from dbwright.core.trace import Rehearsal
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.mysql import open_mysql
from dbwright.scratch.worker import Worker
from dbwright.verify.claims import prove, unexplained
from dbwright.verify.migrations import rehearse

pytestmark = pytest.mark.database
FIRST = """
op.execute("create table orders (id int auto_increment primary key, code varchar(20),"
    " total int not null default 7)")
"""
Rehearse = Callable[..., Rehearsal]


def migration(dialect: str) -> Migration:
    path = "migrations/versions/second.py"
    return Migration("second", path, ("first",), target=Target(dialect))


@pytest.fixture
def rehearsed(
    tmp_path: Path, env: str, write: Callable[..., None], mariadb: str
) -> Iterator[Rehearse]:
    """Rehearses a second revision on orders in MariaDB."""
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    (tmp_path / "migrations" / "env.py").write_text(env)
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = migrations\nsqlalchemy.url = mariadb+pymysql://x/y\n"
    )
    arguments = {"config": "alembic.ini", "section": None}
    with (
        open_mysql(mariadb, "mariadb") as sandbox,
        Worker(Path(sys.executable), tmp_path, dialect="mariadb", timeout=60) as worker,
    ):

        def go(up: str, down: str = "pass", dialect: str = "mariadb") -> Rehearsal:
            write(worker, "first", None, FIRST, "pass")
            with sandbox.clone(None) as database:
                worker.call("upgrade", DatabaseHost(database), revision="first", **arguments)
                sandbox.save(database, "first")
            write(worker, "second", "first", dedent(up), dedent(down))
            return rehearse(worker, arguments, migration(dialect), sandbox, base="first")

        yield go


def test_a_wider_type_needs_a_copy_and_the_server_says_why(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.execute("alter table orders modify total bigint not null default 7")',
        'op.execute("alter table orders modify total int not null default 7")',
    )
    assert found.up is not None
    (traced,) = found.up.statements
    assert traced.rewritten == ("orders",)
    assert [(each.relation, each.action) for each in traced.blocked] == [("orders", "INSERT")]
    claim = Claim("blocks_writes", "orders")
    proof = prove(claim, migration("mariadb"), found, Target("mariadb", (10, 11)))
    assert proof.level == "verified"
    assert "Cannot change column type" in proof.witness
    assert [item.claims[0].kind for item in unexplained(found, set())] == ["blocks_writes"]


def test_what_is_proved_on_mariadb_is_observed_for_mysql(rehearsed: Rehearse) -> None:
    found = rehearsed('op.execute("alter table orders modify total bigint")', dialect="mysql")
    claim = Claim("blocks_writes", "orders")
    for target in (Target("mysql", (8, 0)), Target("mysql")):
        proof = prove(claim, migration("mysql"), found, target)
        assert (proof.level, "MariaDB 10.11" in proof.scope) == ("observed", True)
    older = prove(claim, migration("mariadb"), found, Target("mariadb", (10, 6)))
    assert older.level == "observed"


def test_what_needs_no_copy_is_seen_to_need_none(rehearsed: Rehearse) -> None:
    found = rehearsed(
        """
        op.add_column("orders", sa.Column("note", sa.String(90)))
        op.create_index("ix_orders_code", "orders", ["code"])
        op.create_table("notes", sa.Column("id", sa.BigInteger, primary_key=True),
            sa.Column("order_id", sa.Integer, sa.ForeignKey("orders.id")))
        """,
        """
        op.drop_table("notes")
        op.drop_index("ix_orders_code", "orders")
        op.drop_column("orders", "note")
        """,
    )
    assert unexplained(found, set()) == []
    assert found.again is not None
    assert not found.again.failed
    claim = Claim("blocks_writes", "orders")
    assert prove(claim, migration("mariadb"), found, Target("mariadb")).level == "refuted"


def test_rows_that_the_revision_changed_are_in_the_copy_that_is_asked(
    rehearsed: Rehearse,
) -> None:
    found = rehearsed(
        """
        op.execute("update orders set code = id")
        op.execute("alter table orders modify code varchar(20) not null")
        """
    )
    assert found.up is not None
    assert found.up.error is None
    (lock,) = found.up.statements[-1].locks
    assert lock.mode == "SHARED_UPGRADABLE"


def test_a_revision_stopped_in_the_middle_dies_of_what_it_left(rehearsed: Rehearse) -> None:
    found = rehearsed(
        """
        op.add_column("orders", sa.Column("note", sa.String(90)))
        op.create_unique_constraint("uq", "orders", ["code"])
        """,
        """
        op.drop_constraint("uq", "orders", type_="unique")
        op.drop_column("orders", "note")
        """,
    )
    proof = prove(Claim("non_transactional"), migration("mariadb"), found, Target("mariadb"))
    assert proof.level == "verified"
    assert "Duplicate column name 'note'" in proof.witness


def test_a_revision_that_can_be_run_again_is_not_called_half_applied(
    rehearsed: Rehearse,
) -> None:
    found = rehearsed(
        """
        op.execute("alter table orders alter column total set default 8")
        op.create_unique_constraint("uq", "orders", ["code"])
        """,
        """
        op.drop_constraint("uq", "orders", type_="unique")
        op.execute("alter table orders alter column total set default 7")
        """,
    )
    proof = prove(Claim("non_transactional"), migration("mariadb"), found, Target("mariadb"))
    assert proof.level == "refuted"


def test_a_lost_connection_stops_the_revision_with_the_server_s_words(
    rehearsed: Rehearse,
) -> None:
    found = rehearsed('op.execute("kill connection_id()")')
    assert found.up is not None
    assert "connection" in (found.up.error or "").lower()


def test_a_revision_sees_the_dialect_of_its_url_and_can_reflect(rehearsed: Rehearse) -> None:
    found = rehearsed(
        """
        bind = op.get_bind()
        assert (bind.dialect.name, bind.dialect.is_mariadb) == ("mariadb", True)
        names = [each["name"] for each in sa.inspect(bind).get_columns("orders")]
        assert names == ["id", "code", "total"]
        assert not sa.inspect(bind).has_table("nowhere")
        op.execute("select 1")
        """
    )
    assert found.up is not None
    assert found.up.error is None


def test_a_null_that_modify_refuses_does_not_hide_the_rest(rehearsed: Rehearse) -> None:
    found = rehearsed(
        """
        op.execute("alter table orders modify code varchar(20) not null")
        op.execute("alter table orders modify total bigint not null default 7")
        """
    )
    assert found.refused_rows is not None
    assert found.up is not None
    assert not found.up.failed
    assert [trace.rewritten for trace in found.up.statements][1] == ("orders",)
    proof = prove(
        Claim("fails_on_data", "orders", column="code"),
        migration("mariadb"),
        found,
        Target("mariadb", (10, 11)),
    )
    assert proof.level == "verified"

"""Upgrades and downgrades run as Alembic runs them, their statements on a scratch database."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("from_nothing")

ASYNC_ENV = """
import asyncio
from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import async_engine_from_config
import models
def migrate(connection):
    context.configure(connection=connection, target_metadata=models.Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
async def main():
    section = context.config.get_section("alembic")
    engine = async_engine_from_config(section, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()
asyncio.run(main())
"""
TYPES = """
import datetime, decimal, uuid
from sqlalchemy.dialects import postgresql as pg
kinds = {
    "n": (sa.Numeric(10, 2), decimal.Decimal("12.50")), "f": (sa.Float(), 1.5),
    "d": (sa.Date(), datetime.date(2024, 2, 29)), "b": (sa.Boolean(), True),
    "t": (sa.DateTime(timezone=True), datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc)),
    "i": (sa.Interval(), datetime.timedelta(days=1, seconds=5)), "y": (sa.LargeBinary(), b"\\x00x"),
    "u": (sa.Uuid(), uuid.UUID(int=5)), "e": (sa.Enum("new", "old", name="age"), "old"),
    "j": (pg.JSONB(), {"a": [1, None]}), "a": (pg.ARRAY(sa.Integer), [1, 2]),
    "h": (pg.INT4RANGE(), pg.Range(1, 5)), "s": (sa.String(9), "50% off:x"),
}
table = op.create_table("kinds", *[sa.Column(k, kind) for k, (kind, _) in kinds.items()])
bind = op.get_bind()
values = {k: value for k, (_, value) in kinds.items()}
op.bulk_insert(table, [values])
bind.execute(sa.insert(table), [values, values])
for row in bind.execute(sa.select(table)):
    assert dict(row._mapping) == values, (dict(row._mapping), values)
"""


def test_each_statement_comes_with_its_revision_line_and_alembic_call(lab, make_revision):
    lab.project(
        make_revision(
            "a1",
            None,
            'op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))\n'
            'op.create_index("ix", "t", ["id"])',
        )
    )
    host = lab.upgrade()
    (_, first), (sql, second) = host.of_revisions()
    assert sql == "CREATE INDEX ix ON t (id)"
    assert (first.operation, second.operation) == ("create_table", "create_index")
    assert (second.revision, second.direction) == ("a1", "upgrade")
    assert str(second.place) == "migrations/versions/r0.py:8"
    assert host.finished == [("a1", "upgrade", None)]


@pytest.mark.parametrize("url", ["postgresql://h/d", "postgresql+psycopg2://h/d", "", "x"])
def test_every_type_makes_the_way_there_and_back(lab, make_revision, url):
    lab.project(make_revision("a1", None, TYPES), url=url)
    lab.upgrade()
    assert lab.query("select count(*) from kinds") == [(3,)]


@pytest.mark.parametrize("url", ["postgresql+asyncpg://h/d", "postgresql+psycopg://h/d"])
def test_an_async_environment_runs_over_the_bridge(lab, make_revision, url):
    lab.project(make_revision("a1", None, TYPES), env=ASYNC_ENV, url=url)
    lab.upgrade()
    assert lab.query("select count(*) from kinds") == [(3,)]


def test_a_downgrade_takes_back_what_the_upgrade_made(lab, make_revision):
    make = 'op.create_table("t", sa.Column("id", sa.Integer))'
    lab.project(make_revision("a1", None, make, 'op.drop_table("t")'))
    host = lab.host()
    worker = lab.worker()
    worker.call("upgrade", host, config="alembic.ini", section=None, revision="head")
    worker.call("downgrade", host, config="alembic.ini", section=None, revision="base")
    assert lab.query("select tablename from pg_tables where tablename = 't'") == []
    assert host.finished[-1] == ("a1", "downgrade", None)


def test_an_autocommit_block_builds_an_index_concurrently(lab, make_revision):
    text = """
    op.create_table("t", sa.Column("id", sa.Integer))
    with op.get_context().autocommit_block():
        op.create_index("ix", "t", ["id"], postgresql_concurrently=True)
    """
    lab.project(make_revision("a1", None, text))
    lab.upgrade()
    assert lab.query("select indisvalid from pg_index where indexrelid = 'ix'::regclass") == [
        (True,)
    ]


def test_a_failed_revision_is_undone_and_named(lab, make_revision):
    text = 'op.create_table("t", sa.Column("id", sa.Integer))\nop.execute("select * from missing")'
    lab.project(make_revision("a1", None, text))
    host = lab.host()
    with pytest.raises(Exception, match='relation "missing" does not exist') as caught:
        lab.worker().call("upgrade", host, config="alembic.ini", section=None, revision="head")
    assert (caught.value.file, caught.value.line) == ("migrations/versions/r0.py", 8)
    assert lab.query("select tablename from pg_tables where tablename = 't'") == []
    assert host.finished[0][2].startswith("ProgrammingError")


def test_a_savepoint_keeps_what_came_before_it(lab, make_revision):
    text = """
    bind = op.get_bind()
    bind.execute(sa.text("create table t (id int primary key)"))
    bind.execute(sa.text("insert into t values (1)"))
    try:
        with bind.begin_nested():
            bind.execute(sa.text("insert into t values (1)"))
    except sa.exc.IntegrityError as error:
        assert error.orig.sqlstate == "23505" and error.orig.diag.constraint_name == "t_pkey"
    bind.execute(sa.text("insert into t values (:n)"), {"n": 2})
    """
    lab.project(make_revision("a1", None, text))
    lab.upgrade()
    assert lab.query("select id from t order by id") == [(1,), (2,)]


SEVERAL = 'op.execute("create table a (id int); create table b (id int)")'


def test_several_statements_in_one_text_run_as_psycopg_runs_them(lab, make_revision):
    lab.project(make_revision("a1", None, SEVERAL), url="postgresql+psycopg2://h/d")
    lab.upgrade()
    assert lab.query("select count(*) from pg_tables where tablename in ('a', 'b')") == [(2,)]


def test_several_statements_in_one_text_are_refused_as_asyncpg_refuses_them(lab, make_revision):
    lab.project(make_revision("a1", None, SEVERAL), env=ASYNC_ENV, url="postgresql+asyncpg://h/d")
    with pytest.raises(Exception, match="cannot insert multiple commands"):
        lab.upgrade()


def test_a_percent_sign_reaches_the_server_once(lab, make_revision):
    text = """
    op.execute("create table t (a text check (a like '%x'))")
    bind = op.get_bind()
    bind.execute(sa.text("insert into t values ('5%x'), (:v)"), {"v": "%x"})
    assert bind.execute(sa.text("select 7 % 4")).scalar() == 3
    assert bind.exec_driver_sql("select a from t where a = %(v)s", {"v": "%x"}).all() == [("%x",)]
    """
    lab.project(make_revision("a1", None, text), url="postgresql+psycopg2://h/d")
    lab.upgrade()
    assert lab.query("select a from t order by a") == [("%x",), ("5%x",)]


def test_a_raw_cursor_works_as_the_drivers(lab, make_revision):
    text = """
    raw = op.get_bind().connection
    with raw.cursor() as cursor:
        cursor.execute("create table t (a int)")
        cursor.executemany("insert into t values (%s)", [(1,), (2,)])
        cursor.execute("select a from t where a > %s order by a", (0,))
        assert cursor.description[0][0] == "a" and cursor.rowcount == 2
        assert [cursor.fetchone(), *cursor.fetchall()] == [(1,), (2,)]
    """
    lab.project(make_revision("a1", None, text), url="postgresql+psycopg2://h/d")
    lab.upgrade()
    assert lab.query("select count(*) from t") == [(2,)]


def test_what_only_the_driver_can_do_is_named(lab, make_revision):
    text = 'op.get_bind().connection.cursor().copy_expert("copy t from stdin", None)'
    lab.project(make_revision("a1", None, text), url="postgresql+psycopg2://h/d")
    with pytest.raises(Exception, match=r"cursor\.copy_expert is psycopg2's own") as caught:
        lab.upgrade()
    assert caught.value.line == 7


def test_timeouts_of_connect_options_are_reported_as_the_server_has_them(lab, make_revision):
    lab.project(
        make_revision("a1", None, "pass"),
        url="postgresql://h/d?options=-c%%20lock_timeout%%3D5000",
    )
    host = lab.host()
    result = lab.worker().call("upgrade", host, config="alembic.ini", section=None, revision="head")
    assert result["environment"]["lock_timeout"] == "5s"
    assert result["environment"]["statement_timeout"] is None


def test_an_environment_of_ours_runs_what_env_py_cannot(lab, make_revision):
    make = make_revision("a1", None, 'op.create_table("t", sa.Column("id", sa.Integer))')
    lab.project(make, env="raise RuntimeError('no')")
    host = lab.host()
    arguments = {"config": "alembic.ini", "section": None, "revision": "head", "own_env": True}
    result = lab.worker().call("upgrade", host, **arguments)
    assert lab.query("select count(*) from t") == [(0,)]
    assert result["environment"]["replaced"]


def test_stamp_writes_the_version_and_runs_nothing(lab, make_revision):
    lab.project(make_revision("a1", None, 'op.execute("create table t (id int)")'))
    host = lab.host()
    lab.worker().call("stamp", host, config="alembic.ini", section=None, revision="head")
    assert lab.query("select version_num from alembic_version") == [("a1",)]
    assert host.finished == []


def test_sqlite_runs_batch_revisions_and_listeners(lab, make_revision):
    env = """
from alembic import context
from sqlalchemy import create_engine, event
import sqlite3
engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
@event.listens_for(engine, "connect")
def listen(connection, record):
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA foreign_keys=ON")
        connection.create_function("twice", 1, lambda value: value * 2)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
"""
    text = """
    op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.Text))
    op.execute("insert into t (a) select twice(21)")
    with op.batch_alter_table("t") as batch:
        batch.alter_column("a", type_=sa.String(9), nullable=False)
    assert op.get_bind().execute(sa.text("pragma foreign_keys")).scalar() == 1
    """
    lab.project(make_revision("a1", None, text), env=env, url="sqlite:///app.db")
    host = lab.upgrade("sqlite")
    assert lab.query("select a from t") == [("42",)]
    assert {call.operation for _, call in host.of_revisions()} >= {"batch_alter_table"}
    assert not (lab.root / "app.db").exists()


def test_sqlite_may_not_attach_another_file(lab, make_revision, tmp_path):
    lab.project(
        make_revision("a1", None, f"op.execute(\"attach '{tmp_path}/other.db' as o\")"),
        url="sqlite:///app.db",
    )
    with pytest.raises(Exception, match="not authorized"):
        lab.upgrade("sqlite")
    assert not (tmp_path / "other.db").exists()


def test_history_names_what_cannot_be_loaded(lab, make_revision):
    lab.project(
        make_revision("a1", None, "pass"), "def upgrade(:\n", make_revision("b", "a1", "pass")
    )
    found = lab.worker().call("history", config="alembic.ini", section=None)
    assert [item["revision"] for item in found["revisions"]] == ["a1", "b"]
    assert (found["heads"], found["bases"]) == (["b"], ["a1"])
    (problem,) = found["problems"]
    assert (problem["file"], problem["line"]) == ("migrations/versions/r1.py", 1)


def test_a_foreign_url_of_env_py_is_replaced_by_the_projects_dialect(lab, make_revision):
    make = make_revision("a1", None, 'op.create_table("t", sa.Column("id", sa.Integer))')
    lab.project(make, url="sqlite:///dev.db")
    lab.upgrade()
    assert lab.query("select count(*) from t") == [(0,)]
    assert not (lab.root / "dev.db").exists()


def test_a_transaction_for_each_revision_keeps_those_before_a_failure(lab, make_revision):
    lab.project(
        make_revision("a1", None, 'op.create_table("t", sa.Column("id", sa.Integer))'),
        make_revision("a2", "a1", 'op.execute("select * from missing")'),
    )
    path = lab.root / "migrations/env.py"
    text = path.read_text()
    path.write_text(text.replace("(connection=", "(transaction_per_migration=True, connection="))
    with pytest.raises(Exception, match="missing"):
        lab.upgrade()
    assert lab.query("select version_num from alembic_version") == [("a1",)]

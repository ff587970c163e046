"""`--db`: the live database beside its revisions and the models, only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice

from .projects import CREATE, ENV, INI, Project, revision

pytestmark = pytest.mark.database
AUTHORS = """
    create table authors (id bigserial primary key, name text not null,
                          price double precision not null);
    create table alembic_version (version_num varchar(32) primary key);
    insert into alembic_version values ('{at}')
"""


@pytest.fixture
def live() -> Iterator[object]:
    """A PostgreSQL database that is in use."""
    with open_sandbox("postgresql", ServerChoice()) as sandbox, sandbox.clone(None) as database:
        yield database


def run(live: object, sql: str) -> str:
    """Runs SQL on the live database by hand, and gives its URL."""
    with live.connect() as connection:  # type: ignore[attr-defined]
        for statement in sql.split(";"):
            connection.execute(statement)
    return str(live.url())  # type: ignore[attr-defined]


def test_what_was_done_by_hand_is_told_from_all_three_sides(project: Project, live: object):
    url = run(live, AUTHORS.format(at="b2") + "; alter table authors alter name drop not null")
    answer = project.standard().check("--db", url)
    assert answer.found("missing-in-live-database")["location"]["object"] == (
        "authors.ix_authors_name"
    )
    changed = answer.found("changed-outside-of-revisions")
    assert "NULL in the live database; the revisions made it NOT NULL" in changed["message"]
    assert changed["proof"]["level"] == "verified"
    assert changed["fix"]["steps"][0]["sql"].endswith("SET NOT NULL")
    assert answer.summary["scope"] == "Reported: 0 revisions that the live database has not run."


def test_pending_revision_that_meets_a_hotfix_fails_before_the_deploy(
    project: Project, live: object
):
    url = run(live, AUTHORS.format(at="a1") + "; create index ix_authors_name on authors (name)")
    answer = project.standard().check("--db", url)
    found = answer.found("pending-revision-fails")
    assert found["severity"] == "error"
    assert found["location"]["revision"] == "b2"
    assert "already exists" in found["message"]
    # the revision to come makes it: told once
    assert "made-outside-of-revisions" not in answer.rules
    assert answer.summary["revisions_new"] == 1


def test_live_database_as_its_revisions_made_it_is_silent(project: Project, live: object):
    url = run(live, AUTHORS.format(at="a1"))
    answer = project.standard().check("--db", url)
    assert not {rule for rule in answer.rules if "live" in rule or "outside" in rule}
    assert "pending-revision-fails" not in answer.rules
    assert not answer.report["unverified"]


def test_revision_of_another_branch_and_no_version_table_are_told(project: Project, live: object):
    url = run(live, AUTHORS.format(at="ffff"))
    project.standard().check("--db", url).missed("stands at ffff", "Check out the code")
    run(live, "drop table alembic_version")
    project.check("--db", url).missed("no version table", "alembic stamp")


def test_live_database_that_cannot_be_made_again_is_told(project: Project, live: object):
    url = run(live, AUTHORS.format(at="a1"))
    with live.connect() as connection:  # type: ignore[attr-defined]
        body = "$$begin return new; end$$"
        connection.execute(f"create function f() returns trigger language plpgsql as {body}")
        connection.execute("create trigger t before insert on authors execute function f()")
    answer = project.standard().check("--db", url)
    assert answer.missed("pending revisions", "could not be made", "f()")
    assert "made-outside-of-revisions" in answer.rules


def test_pending_revisions_that_never_begin_are_told(project: Project, live: object):
    refuses = ENV.replace(
        "    context.configure",
        """    from sqlalchemy import inspect
    if inspect(connection).has_table("by_hand"):
        raise RuntimeError("env.py wants no table by_hand")
    context.configure""",
    )
    url = run(live, AUTHORS.format(at="a1") + "; create table by_hand (id bigint primary key)")
    answer = project.standard(env=refuses).check("--db", url)
    assert "pending-revision-fails" not in answer.rules
    assert answer.missed("pending revisions", "no revision was begun", "no table by_hand")


def test_version_table_that_the_role_may_not_read_is_told(project: Project, live: object):
    """The rest is reviewed; a role without USAGE on its schema is no database without versions."""
    with live.superuser() as connection:  # type: ignore[attr-defined]
        connection.execute("create schema ops")
        connection.execute("create table ops.alembic_version (version_num text)")
        connection.execute("create table alembic_version_notes (note text)")
        connection.commit()
    url = run(live, "select 1")
    answer = project.standard().check("--db", url)
    assert answer.missed("may not read ops.alembic_version", "GRANT SELECT", "USAGE ON SCHEMA ops")
    assert {"float-money", "blocking-index-build"} <= answer.rules
    with live.superuser() as connection:  # type: ignore[attr-defined]
        connection.execute("grant usage on schema ops to public")
        connection.execute("grant select on ops.alembic_version to public")
        connection.execute("insert into ops.alembic_version values ('b2')")
        connection.commit()
    assert project.check("--db", url).summary["revisions_new"] == 0


def test_role_of_few_rights_gets_what_it_can(project: Project, live: object):
    """No right on a schema, on a column and on statistics, and read-only by its settings."""
    run(live, AUTHORS.format(at="b2") + "; create index ix_authors_name on authors (name)")
    run(live, "create schema hidden; create table hidden.a (id int primary key, b int default 1)")
    few = """
        create role dbw_few login; grant select on alembic_version to dbw_few;
        grant select (id, name) on authors to dbw_few;
        revoke all on pg_statistic, pg_stats from public;
        alter role dbw_few set default_transaction_read_only = on
    """
    with live.superuser() as connection:  # type: ignore[attr-defined]
        for sql in few.split(";"):
            connection.execute(sql)
        connection.commit()
        url = str(live.url()).replace("dbwright_owner", "dbw_few")  # type: ignore[attr-defined]
        try:
            answer = project.standard().check("--db", url)
            reverse = project.run("models", "reverse", "--db", url)
            left = connection.execute("select 1 from pg_stat_activity where usename = 'dbw_few'")
            assert left.fetchall() == []
        finally:
            connection.rollback()
            for sql in ("drop owned by dbw_few", "drop role dbw_few"):
                connection.execute(sql)
            connection.commit()
    assert answer.missed("authors.price", "permission denied")
    assert answer.found("made-outside-of-revisions")["location"]["object"] == "hidden.a"
    assert reverse.status == 0
    assert "no difference" in reverse.stderr


def test_sqlite_file_is_compared_and_left_byte_identical(project: Project, tmp_path: Path):
    import sqlite3

    file = tmp_path / "live.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(
            """
            create table authors (id integer primary key, name text not null, price float not null);
            create unique index one_name on authors (name);
            create table alembic_version (version_num varchar(32) not null primary key);
            insert into alembic_version values ('a1');
            """
        )
    before = file.read_bytes()
    create = """
        op.create_table("authors", sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("price", sa.Float(), nullable=False))
    """
    ini = INI.replace("postgresql+psycopg://app:secret@db.example.invalid/app", "sqlite:///app.db")
    models = MODELS_SQLITE
    project.standard(ini=ini, models=models)
    project.revisions(a1=revision("a1", None, create, 'op.drop_table("authors")'), b2=None)
    answer = project.check("--db", f"sqlite:///{file}")
    found = answer.found("made-outside-of-revisions")
    assert found["location"]["object"] == "authors.one_name"
    assert "no model declares it" in found["message"]
    assert file.read_bytes() == before


def test_database_of_another_kind_or_one_that_is_down_is_an_error(project: Project, tmp_path: Path):
    (tmp_path / "x.db").write_bytes(b"")
    project.standard()
    project.check("--db", f"sqlite:///{tmp_path}/x.db").error("sqlite", "postgresql", "--target")
    answer = project.check("--db", "postgresql://me:hunter2@127.0.0.1:1/shop")
    assert "hunter2" not in answer.error("cannot connect")


MODELS_SQLITE = """
from sqlalchemy import Float, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    price: Mapped[float] = mapped_column(Float)
"""


def test_table_that_only_differs_is_never_made_anew(project: Project, live: object):
    url = run(
        live,
        AUTHORS.format(at="b2")
        + "; create index ix_authors_name on authors (name)"
        + "; alter table authors enable row level security",
    )
    answer = project.standard().check("--db", url, "--no-trials")
    found = answer.found("changed-outside-of-revisions")
    assert found["fix"]["code"] == "ALTER TABLE authors DISABLE ROW LEVEL SECURITY;"
    assert "ENABLE ROW LEVEL SECURITY" in str(found["undo"])
    assert "DROP TABLE" not in answer.stdout


def test_view_changed_by_hand_comes_back_with_its_readers(project: Project, live: object):
    """The view's columns follow from its definition, and are not told beside it."""
    made = (
        "create view cheap as select id, name from authors where price < 9",
        "create view names as select name from cheap",
        "create view gone as select 1 as one",
    )
    up = f"{CREATE}\n" + "\n".join(f"op.execute({sql!r})" for sql in made)
    down = 'op.execute("drop view names, cheap, gone")\nop.drop_table("authors")'
    project.standard()
    project.revisions(a1=revision("a1", None, up, down), b2=None)
    url = run(live, f"{AUTHORS.format(at='a1')};{made[1].replace('cheap', 'authors')}")
    run(live, "create view cheap as select name, price from authors where price < 99")
    run(live, "drop view names; create view names as select name from cheap")
    run(live, "create view by_hand as select * from names")
    answer = project.check("--db", url)
    told = {item["location"]["object"]: item["rule"] for item in answer.report["recommendations"]}
    told.pop("authors.price")
    assert told == {
        "cheap": "changed-outside-of-revisions",
        "gone": "missing-in-live-database",
        "by_hand": "made-outside-of-revisions",
    }
    changed = answer.found("changed-outside-of-revisions")
    assert changed["fix"]["code"].startswith("BEGIN;")
    with live.connect() as connection:  # type: ignore[attr-defined]
        connection.execute(changed["fix"]["code"])
    run(live, answer.found("missing-in-live-database")["fix"]["code"])
    again = [rule for rule in project.check("--db", url).rules if "live" in rule or "side" in rule]
    assert again == ["made-outside-of-revisions"]


TENANTS = """
create table tenants (id serial primary key);
create table letters (id serial primary key, tenant_id integer not null references tenants);
create index ix_letters_tenant_id on letters (tenant_id);
alter table letters enable row level security;
create policy own on letters using (tenant_id = current_setting('app.tenant', true)::integer)
"""
OF_TENANTS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Tenant(Base):
    __tablename__ = "tenants"
    id: Mapped[int] = mapped_column(primary_key=True)


class Letter(Base):
    __tablename__ = "letters"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
"""


def rows_of_a_tenant(url: str) -> int:
    """Gives the letters that a session of the first of two tenants sees."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        connection.execute("set app.tenant = '1'")
        found = connection.execute("select count(*) from letters").fetchone()
    return int(found[0]) if found else -1


def test_role_that_passes_by_the_policies_is_told_as_its_rows_show(project: Project, live: object):
    tables = TENANTS + ";" + TENANTS.partition(";")[2].replace("letters", "notes")
    up = "\n".join(f"op.execute({' '.join(sql.split())!r})" for sql in tables.split(";"))
    up = up.replace("::integer", "\\\\:\\\\:integer")
    down = 'op.execute("drop table letters, notes, tenants")'
    project.standard(models=OF_TENANTS)
    project.revisions(a1=revision("a1", None, up, down), b2=None)
    stamp = "create table alembic_version (version_num text); insert into alembic_version values"
    url = run(live, f"{tables}; {stamp} ('a1'); insert into tenants values (1), (2)")
    run(live, "insert into letters (tenant_id) values (1), (2)")
    told = project.check("--db", url).found("bypassed-row-security")
    assert rows_of_a_tenant(url) == 2
    assert "1 more tables: dbwright_owner owns the table" in told["message"]
    assert told["proof"]["level"] == "verified"
    run(live, "alter table letters force row level security")
    run(live, "alter table notes force row level security")
    assert rows_of_a_tenant(url) == 1
    assert "bypassed-row-security" not in project.check("--db", url).rules
    with live.superuser() as connection:  # type: ignore[attr-defined]
        connection.execute("alter role dbwright_owner bypassrls")
        try:
            found = project.check("--db", url).found("bypassed-row-security")
            assert rows_of_a_tenant(url) == 2
        finally:
            connection.execute("alter role dbwright_owner nobypassrls")
    assert "has BYPASSRLS" in found["message"]
    assert "NOBYPASSRLS" in found["fix"]["code"]

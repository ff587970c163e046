"""Databases: built once, cloned for each use, and gone after it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dbwright.core.errors import SandboxError
from dbwright.dialects.postgresql.server import install_stand_ins
from dbwright.scratch.kept import KEPT
from dbwright.scratch.sandbox import Database, Sandbox
from dbwright.scratch.server import Server, ServerChoice, server


def with_table(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("create table kept (id int)")


def databases(running: Server) -> set[str]:
    with running.connect() as connection:
        return {name for (name,) in connection.execute("select datname from pg_database")}


def test_a_fresh_database_is_empty_and_belongs_to_the_owner(sandbox: Sandbox) -> None:
    with sandbox.clone(None) as database, database.connect() as connection:
        row = connection.execute("""
            select current_user, datdba::regrole::text, nspowner::regrole::text,
                   pg_encoding_to_char(encoding), (select count(*) from pg_stat_user_tables)
            from pg_database, pg_namespace
            where datname = current_database() and nspname = 'public'
        """).fetchone()
        connection.execute("create schema own create table own.t (id int)")
    assert row == ("dbwright_owner", "dbwright_owner", "dbwright_owner", "UTF8", 0)


def test_upper_case_works_beyond_ascii(sandbox: Sandbox) -> None:
    with sandbox.clone(None) as database, database.connect() as connection:
        assert connection.execute("select upper('äβ')").fetchone() == ("ÄΒ",)


def test_a_template_is_built_once_and_its_clones_are_apart(sandbox: Sandbox) -> None:
    built = []

    def build(database: Database) -> None:
        built.append(database.name)
        with_table(database)

    names = {sandbox.template("once", build) for _ in range(2)}
    assert len(names) == len(built) == 1
    (name,) = names
    assert sandbox.has("once") == name
    with sandbox.clone(name) as one, sandbox.clone(name) as other:
        with one.connect() as connection:
            connection.execute("insert into kept values (1)")
        with other.connect() as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_a_clone_is_dropped_though_somebody_is_connected(sandbox: Sandbox) -> None:
    with sandbox.clone(None) as database:
        connection = database.connect()
    assert database.name not in databases(sandbox.server)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")


def test_a_build_that_raises_leaves_nothing(sandbox: Sandbox) -> None:
    before = databases(sandbox.server)

    def build(database: Database) -> None:
        with_table(database)
        database.connect().execute("select 1")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        sandbox.template("raises", build)
    assert databases(sandbox.server) - before <= {"dbw_empty_1"}
    assert sandbox.has("raises") is None


def test_a_connection_that_a_build_leaves_open_is_ended(sandbox: Sandbox) -> None:
    left = []

    def build(database: Database) -> None:
        left.append(database.superuser())

    name = sandbox.template("leaves open", build)
    with sandbox.clone(name) as database:
        assert database.name in databases(sandbox.server)


BUILD = """
import sys
from pathlib import Path
from dbwright.scratch.sandbox import Sandbox
from dbwright.scratch.server import ServerChoice, server
def build(database):
    print("built", flush=True)
    with database.connect() as connection:
        connection.execute("create table t (id int)")
    if sys.argv[2] == "hang":
        sys.stdin.read()
with server(ServerChoice(cache_dir=Path(sys.argv[1]))) as running:
    name = Sandbox(running).template("raced", build)
    with Sandbox(running).clone(name) as database, database.connect() as connection:
        connection.execute("select * from t")
"""


def builder(cache: Path, mode: str = "go") -> subprocess.Popen[str]:
    source = Path(__file__).parents[2] / "src"
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(cache), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(source)},
    )


def test_processes_that_race_build_once(choose: Callable[..., ServerChoice], cache: Path) -> None:
    choose()
    racing = [builder(cache) for _ in range(4)]
    said = [process.communicate("")[0] for process in racing]
    assert [process.returncode for process in racing] == [0, 0, 0, 0]
    assert sorted(said) == ["", "", "", "built\n"]


def test_what_a_killed_builder_left_is_dropped_and_built_by_another(
    choose: Callable[..., ServerChoice], cache: Path
) -> None:
    choice = choose()
    killed = builder(cache, "hang")
    assert killed.stdout
    assert killed.stdout.readline() == "built\n"
    waiting = builder(cache)
    killed.kill()
    killed.communicate()
    assert waiting.communicate("")[0] == "built\n"
    assert waiting.returncode == 0
    with server(choice) as running:
        Sandbox(running)
        assert not [name for name in databases(running) if name.startswith("dbw_c_")]


def test_a_sandbox_leaves_the_clones_of_others_alone(sandbox: Sandbox) -> None:
    with sandbox.clone(None) as database:
        Sandbox(sandbox.server)
        assert database.name in databases(sandbox.server)


def test_templates_survive_a_restart(choose: Callable[..., ServerChoice]) -> None:
    from dbwright.scratch.server import stop

    choice = choose()
    with server(choice) as running:
        Sandbox(running).template("kept", with_table)
    assert stop(choice)
    with server(choice) as running:
        sandbox = Sandbox(running)
        with sandbox.clone(sandbox.has("kept")) as database, database.connect() as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_a_saved_database_is_a_template_of_what_it_was(sandbox: Sandbox) -> None:
    with sandbox.clone(None) as database:
        with_table(database)
        name = sandbox.save(database, "saved")
        with database.connect() as connection:
            connection.execute("drop table kept")
    with sandbox.clone(name) as copy, copy.connect() as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_saving_a_database_in_use_says_so(sandbox: Sandbox) -> None:
    with (
        sandbox.clone(None) as database,
        database.connect(),
        pytest.raises(SandboxError, match="somebody is connected"),
    ):
        sandbox.save(database, "in use")
    assert sandbox.has("in use") is None


def test_the_16_most_recently_used_templates_are_kept(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbwright.scratch.kept.SURE_SECONDS", 0.0)
    first = sandbox.template("lru 0", with_table)
    second = sandbox.template("lru 1", with_table)
    for number in range(2, 16):
        sandbox.template(f"lru {number}", with_table)
    with sandbox.clone(first):
        pass
    sandbox.template("lru 16", with_table)
    kept = {name for name in databases(sandbox.server) if name.startswith("dbw_t_")}
    assert len(kept) == 16
    assert first in kept
    assert sandbox.has("lru 1") is None
    with pytest.raises(SandboxError, match="it is gone"), sandbox.clone(second):
        pass


def test_a_missing_extension_has_a_stand_in_that_migrations_take_for_real(
    sandbox: Sandbox,
) -> None:
    with sandbox.clone(None) as database:
        with database.superuser() as connection:
            found = install_stand_ins(connection, ["uuid-ossp", "citext", "postgis"])
            again = install_stand_ins(connection, ["uuid-ossp", "citext", "postgis"])
        assert found == again
        assert (found.real, found.stand_ins, found.missing) == (
            ("citext",),
            ("uuid-ossp",),
            ("postgis",),
        )
        with database.connect(autocommit=True) as connection:
            connection.execute('create extension if not exists "uuid-ossp"')
            connection.execute("create table t (id uuid default uuid_generate_v4(), name citext)")
            with pytest.raises(psycopg.errors.DependentObjectsStillExist):
                connection.execute('drop extension "uuid-ossp"')
            connection.execute("drop table t")
            connection.execute('drop extension "uuid-ossp"')
            connection.execute("drop extension citext")


ANSWERS = """
    select uuid_generate_v3(uuid_ns_url(), 'häß'), uuid_generate_v3(uuid_ns_dns(), ''),
           uuid_nil(), uuid_ns_oid(), uuid_ns_x500(),
           digest('ä', 'SHA512'), digest('\\x00ff'::bytea, 'md5'), digest('', 'sha224'),
           digest('x', 'sha384'), digest('x', 'sha256'), digest(null, 'md5'),
           length(gen_random_bytes(33)), length(gen_random_bytes(1024)),
           uuid_generate_v4() <> uuid_generate_v4(), gen_random_bytes(9) <> gen_random_bytes(9)
"""


def test_stand_ins_answer_as_the_originals_do(
    sandbox: Sandbox, choose: Callable[..., ServerChoice], postgresql_15: Path
) -> None:
    with server(choose(pg_bin=postgresql_15)) as running:
        real = answers(Sandbox(running), expect="real")
    assert answers(sandbox, expect="stand_ins") == real


def answers(sandbox: Sandbox, *, expect: str) -> tuple[object, ...] | None:
    names = ("uuid-ossp", "pgcrypto")
    with sandbox.clone(None) as database, database.superuser() as connection:
        assert getattr(install_stand_ins(connection, names), expect) == names
        return connection.execute(ANSWERS).fetchone()


def test_what_a_stand_in_lacks_fails_and_names_it(sandbox: Sandbox) -> None:
    with sandbox.clone(None) as database, database.superuser() as connection:
        install_stand_ins(connection, ["pgcrypto"])
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="stand-in for pgcrypto"):
            connection.execute("select digest('x', 'sha1')")


def test_an_owner_creates_a_trusted_extension_by_himself(sandbox: Sandbox) -> None:
    with sandbox.clone(None) as database, database.connect(autocommit=True) as connection:
        connection.execute("create extension hstore")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create extension pg_stat_statements")
        with database.superuser() as other:
            assert install_stand_ins(other, ["pg_stat_statements"]).real == ("pg_stat_statements",)
        connection.execute("create extension if not exists pg_stat_statements")
        connection.execute("drop extension pg_stat_statements")


def test_a_template_whose_drop_was_interrupted_is_built_anew(sandbox: Sandbox) -> None:
    name = sandbox.template("interrupted", with_table)
    with sandbox.server.connect() as admin:
        # as DROP DATABASE leaves it when it is killed half-way
        admin.execute(
            "update pg_database set datconnlimit = -2, datistemplate = false where datname = %s",
            [name],
        )
    assert sandbox.has("interrupted") is None
    assert sandbox.template("interrupted", with_table) == name
    with sandbox.clone(name) as database, database.connect() as connection:
        connection.execute("select * from kept")


def test_what_an_interrupted_drop_left_is_dropped_by_the_next(sandbox: Sandbox) -> None:
    name = sandbox.template("left over", with_table)
    with sandbox.server.connect() as admin:
        admin.execute(
            "update pg_database set datconnlimit = -2, datistemplate = false where datname = %s",
            [name],
        )
    Sandbox(sandbox.server)
    assert name not in databases(sandbox.server)


def test_a_template_that_others_overtake_can_still_be_cloned(sandbox: Sandbox) -> None:
    first = sandbox.template("overtaken 0", with_table)
    for number in range(1, KEPT + 2):
        sandbox.template(f"overtaken {number}", with_table)
    with sandbox.clone(first) as database, database.connect() as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)

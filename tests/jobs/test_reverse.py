"""Databases become models that make the same database again, and what they lack is told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import dbwright
from dbwright import dialects
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.inventory import compared
from dbwright.core.reversed import Reversed
from dbwright.recipes.reverse.module import module
from dbwright.recipes.reverse.selection import without
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.verify.models_build import build

TORTURE = Path(__file__).parents[2] / "benchmarks" / "models" / "torture"
RUFF = Path(sys.executable).with_name("ruff")


@contextmanager
def database(dialect: str, sql: str, url: str | None = None) -> Iterator[Any]:
    with (
        open_sandbox(dialect, ServerChoice(sandbox_url=url)) as sandbox,
        sandbox.clone(None) as made,
    ):
        with made.superuser() as connection:
            for statement in dialects.get(dialect).statements.split(sql):
                connection.execute(statement)
        yield made


def reversed_of(dialect: str, url: str | None = None) -> Reversed:
    sql = (TORTURE / f"{dialect}.sql").read_text(encoding="utf-8")
    with database(dialect, sql, url) as made:
        return dbwright.reverse(made.url(), dbwright.Options(sandbox_url=url))


@pytest.fixture(scope="module")
def postgresql() -> Reversed:
    return reversed_of("postgresql")


def part(code: str, start: str) -> str:
    """A class or statement of the code, to the next one."""
    found = re.search(rf"^{re.escape(start)}.*?(?=^\S|\Z)", code, re.MULTILINE | re.DOTALL)
    assert found, start
    return found[0]


@pytest.mark.database
def test_torture_schema_of_postgresql_comes_back_whole(postgresql: Reversed) -> None:
    assert postgresql.unproved == ""
    assert postgresql.remaining == ()
    assert postgresql.compared > 200
    assert postgresql.exit_status == 0


@pytest.mark.database
def test_index_keeps_its_expression_order_class_and_predicate(postgresql: Reversed) -> None:
    user = part(postgresql.code, "class User(Base)")
    assert 'sa.text("(lower((email)::text))")' in user
    assert 'postgresql_where=sa.text("deleted_at IS NULL")' in user
    assert 'sa.text("created_at DESC NULLS LAST")' in user
    assert 'postgresql_ops={"login": "text_pattern_ops"}' in user
    assert "postgresql_nulls_not_distinct=True" in user


@pytest.mark.database
def test_key_that_is_a_foreign_key_is_one_to_one_and_no_subclass(postgresql: Reversed) -> None:
    assert "class Profile(Base)" in postgresql.code
    profile = part(postgresql.code, "class User(Base)").split("    profile: ")[1]
    assert profile.startswith('Mapped["Profile | None"] = relationship(')
    assert 'cascade="all, delete-orphan", passive_deletes=True' in profile[:160]


@pytest.mark.database
def test_cascades_are_those_of_the_database(postgresql: Reversed) -> None:
    code = postgresql.code
    order = part(code, "class Order(Base)")
    assert 'back_populates="order", cascade="all, delete-orphan", passive_deletes=True' in order
    tenant = part(code, "class Tenant(Base)")
    assert re.search(r'products: .*\n\s+back_populates="tenant", passive_deletes="all"', tenant)


@pytest.mark.database
def test_views_are_read_and_partitions_are_none_of_the_models(postgresql: Reversed) -> None:
    assert 'live_user = Table(\n    "live_user",\n    views,' in postgresql.code
    assert "class Measurement2025" not in postgresql.code
    assert '"postgresql_partition_by": "RANGE (taken_at)"' in postgresql.code


@pytest.mark.database
def test_names_that_python_or_mappers_keep_are_changed_and_no_others(postgresql: Reversed) -> None:
    order = part(postgresql.code, "class Order(Base)")
    assert 'class_: Mapped[str | None] = mapped_column("class", Text)' in order
    assert 'metadata_: Mapped[Any | None] = mapped_column("metadata", JSONB)' in order
    assert "    uuid: Mapped[UUID] = mapped_column(server_default" in order
    assert 'mixed_case: Mapped[int | None] = mapped_column("Mixed Case")' in order


@pytest.mark.database
def test_code_is_as_a_formatter_leaves_it(postgresql: Reversed, tmp_path: Path) -> None:
    if not RUFF.exists():
        pytest.skip("needs ruff beside this Python")
    path = tmp_path / "models.py"
    path.write_text(postgresql.code, encoding="utf-8")
    format_ = [str(RUFF), "format", "--isolated", "--line-length", "88", "--diff", str(path)]
    done = subprocess.run(format_, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    rules = [str(RUFF), "check", "--isolated", "--select", "F,I,UP,B", str(path)]
    done = subprocess.run(rules, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.database
def test_drop_all_leaves_an_empty_database(postgresql: Reversed) -> None:
    drop = "\nfrom sqlalchemy import event as _event\n"
    drop += "@_event.listens_for(Base.metadata, 'after_create')\n"
    drop += "def _drop(target, connection, tables=(), **words):\n"
    drop += "    target.drop_all(connection)\n"
    with database("postgresql", "create extension btree_gist") as made:
        assert build({"models.py": postgresql.code + drop}, made.url()).error == ""
        with made.superuser() as connection:
            found = dialects.get("postgresql").inventory.read(connection)
    assert found.schema.tables == ()
    assert found.schema.enums == ()
    assert {each.kind for each in found.objects} <= {"schema", "extension"}


def test_torture_schema_of_sqlite_comes_back_but_for_what_is_told() -> None:
    found = reversed_of("sqlite")
    assert found.unproved == ""
    assert found.remaining == ("conflict clauses of picky: missing",)
    assert 'sqlite_where=sa.text("deleted_at is null")' in found.code
    assert 'CheckConstraint("active in (0, 1)", name="ck_tenant_active")' in found.code


@pytest.mark.database
def test_torture_schema_of_mariadb_comes_back_whole(mariadb: str) -> None:
    found = reversed_of("mariadb", mariadb)
    assert found.unproved == ""
    assert found.remaining == ()


@pytest.mark.database
def test_part_of_a_database_names_the_keys_that_lead_out_of_it() -> None:
    sql = """
        create schema billing; create table a (id int primary key); create sequence number;
        create table billing.b (
            id int primary key default nextval('number'), a_id int references a (id));
        create function all_a() returns setof a language sql as 'select * from a';
        create view a_view as select id from a
    """
    with database("postgresql", sql) as made:
        found = dbwright.reverse(made.url(), schemas=["billing"])
        with pytest.raises(UsageError, match="no table c"):
            dbwright.reverse(made.url(), tables=["c"])
        with pytest.raises(UsageError, match="no schema c"):
            dbwright.reverse(made.url(), schemas=["c"])
    assert found.left_out == (
        "foreign key b_a_id_fkey of billing.b: it refers to a, which is not here",
        "function all_a(): it may need tables that are not here",
    )
    assert found.remaining == ()
    assert found.unproved == ""
    assert "class A(" not in found.code


@pytest.mark.database
def test_what_needs_an_extension_that_the_server_lacks_is_left_out_and_told() -> None:
    sql = """
        create extension btree_gist;
        create table room (id int primary key, exclude using gist (id with =));
        create table hall (id int primary key, size gbtreekey4);
        create table seat (id int primary key, hall_id int references hall (id));
        create view large as select id from hall where size is not null
    """
    reader = dialects.get("postgresql").inventory
    with database("postgresql", sql) as made, made.connect() as connection:
        whole = reader.read(connection)
    left, told = without(whole, ["btree_gist"])
    assert told == (
        "constraint room_id_excl of room needs the extension btree_gist",
        "table hall needs the extension btree_gist",
        "foreign key seat_hall_id_fkey of seat: it refers to hall, which is not here",
    )
    with database("postgresql", "select 1") as empty:
        assert build(module(left).files, empty.url()).error == ""
        with empty.connect() as connection:
            assert compared(left, reader.read(connection)) == ()


@pytest.mark.database
def test_role_that_may_read_no_row_still_gets_the_models() -> None:
    with database("postgresql", "create table secret (id int primary key)") as made:
        role = f"reader_{made.name[-8:]}"
        with made.superuser() as admin:
            admin.execute(f"create role {role} login password 'hunter2'")
            admin.execute("revoke all on schema public from public")
        known = made.parameters(user=role)
        url = f"postgresql://{role}:hunter2@/{made.name}?host={known['host']}&port={known['port']}"
        try:
            found = dbwright.reverse(url)
        finally:
            with made.superuser() as admin:
                admin.execute(f"drop role {role}")
    assert "class Secret(Base)" in found.code
    assert "hunter2" not in str(found)


def test_empty_or_absent_database_is_an_answer(tmp_path: Path) -> None:
    import sqlite3

    sqlite3.connect(tmp_path / "empty.db").execute("vacuum")
    with pytest.raises(UsageError, match="holds no table"):
        dbwright.reverse(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(CollectError, match="no file"):
        dbwright.reverse(f"sqlite:///{tmp_path}/absent.db")


def test_without_a_sandbox_it_says_that_nothing_was_proved(tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("create table a (id integer primary key)")
    found = dbwright.reverse(f"sqlite:///{tmp_path}/a.db", dbwright.Options(sandbox=False))
    assert found.exit_status == 3
    assert "not run" in found.unproved


def test_command_writes_the_file_and_never_over_one(tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("create table orders (id integer primary key)")

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "dbwright", "models", "reverse"]
        return subprocess.run(
            [*command, "--db", f"sqlite:///{tmp_path}/a.db", "-q", *more],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ,
        )

    path = tmp_path / "models.py"
    done = run("-o", str(path))
    assert done.returncode == 0, done.stderr
    assert "class Order(Base)" in path.read_text(encoding="utf-8")
    assert "no difference" in done.stderr
    path.write_text("mine", encoding="utf-8")
    done = run("-o", str(path))
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert path.read_text(encoding="utf-8") == "mine"
    assert run().stdout.startswith('"""The models of a database')

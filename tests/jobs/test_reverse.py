"""Databases become models that make the same database again, and what they lack is told."""

from __future__ import annotations

import ast
import graphlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import dbwright
from dbwright import dialects
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.inventory import compared
from dbwright.core.reversed import Reversed
from dbwright.frontends.cli.commands.models.reverse import command
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


def torture(dialect: str) -> str:
    return (TORTURE / f"{dialect}.sql").read_text(encoding="utf-8")


def reversed_of(dialect: str, url: str | None = None) -> Reversed:
    with database(dialect, torture(dialect), url) as made:
        return dbwright.reverse(made.url(), dbwright.Options(sandbox_url=url))


@pytest.fixture(scope="module")
def both() -> tuple[Reversed, Reversed]:
    """One module and one package of the same database."""
    with database("postgresql", torture("postgresql")) as made:
        return dbwright.reverse(made.url()), dbwright.reverse(made.url(), layout="by size")


@pytest.fixture(scope="module")
def postgresql(both: tuple[Reversed, Reversed]) -> Reversed:
    return both[0]


@pytest.fixture(scope="module")
def package(both: tuple[Reversed, Reversed]) -> Reversed:
    return both[1]


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
def test_view_with_a_unique_index_is_a_class_that_is_only_read(postgresql: Reversed) -> None:
    sales = part(postgresql.code, "class Sales(View)")
    assert '__table_args__ = {"info": {"is_view": True}}' in sales
    assert "product_id: Mapped[UUID] = mapped_column(primary_key=True)" in sales
    assert postgresql.keyless == ("live_user", "tenant_size")


@pytest.mark.database
def test_exclude_is_declared_where_it_comes_out_the_same(postgresql: Reversed) -> None:
    booking = part(postgresql.code, "class Booking(Base)")
    assert booking.count("ExcludeConstraint(") == 3
    assert 'where=sa.text("NOT cancelled")' in booking
    assert 'deferrable=True,\n            initially="DEFERRED"' in booking
    # of an operator class of its own, which the round trip finds out
    assert 'name="booking_label"' not in booking
    assert "ADD CONSTRAINT booking_label EXCLUDE USING btree" in postgresql.code


@pytest.mark.database
def test_large_schema_is_a_package_of_the_same_models(
    postgresql: Reversed, package: Reversed
) -> None:
    assert package.unproved == ""
    assert package.remaining == ()
    assert package.compared == postgresql.compared
    counts = (package.classes, package.relationships, package.cascades, package.kept)
    assert counts == (
        postgresql.classes, postgresql.relationships, postgresql.cascades, postgresql.kept,
    )  # fmt: skip
    assert {"__init__.py", "base.py", "column_types.py", "views.py"} < package.files.keys()
    groups = [text for text in package.files.values() if '"""Tables ' in text]
    assert len(groups) > 2
    public = part(package.files["__init__.py"], "__all__ = [")
    classes = re.findall(r"^class (\w+)\((?:Base|View)\)", postgresql.code, re.MULTILINE)
    assert [name for name in classes if f'"{name}"' not in public] == []


@pytest.mark.database
def test_modules_of_a_package_import_each_other_in_no_circle(package: Reversed) -> None:
    needs = {name: _imported(text) for name, text in package.files.items()}
    order = list(graphlib.TopologicalSorter(needs).static_order())
    assert order[0] == "base.py"
    assert order[-1] == "__init__.py"


def _imported(text: str) -> set[str]:
    """The modules of the package that a module imports when it runs."""
    found: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            names = [node.module] if node.module else [each.name for each in node.names]
            found |= {f"{name}.py" for name in names}
    return found


@pytest.mark.database
@pytest.mark.parametrize("layout", [0, 1], ids=["module", "package"])
def test_code_is_as_a_formatter_leaves_it(
    both: tuple[Reversed, Reversed], layout: int, tmp_path: Path
) -> None:
    if not RUFF.exists():
        pytest.skip("needs ruff beside this Python")
    for name, text in both[layout].files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    format_ = [str(RUFF), "format", "--isolated", "--line-length", "88", "--diff", str(tmp_path)]
    done = subprocess.run(format_, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    rules = [str(RUFF), "check", "--isolated", "--select", "F,I,UP,B,TC004", str(tmp_path)]
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


@contextmanager
def reader_of(made: Any) -> Iterator[str]:
    """The URL of a role that has no right in a database but to connect."""
    role = f"reader_{made.name[-8:]}"
    with made.superuser() as admin:
        admin.execute(f"create role {role} login password 'hunter2'")
        admin.execute("revoke all on schema public from public")
    known = made.parameters(user=role)
    try:
        yield f"postgresql://{role}:hunter2@/{made.name}?host={known['host']}&port={known['port']}"
    finally:
        with made.superuser() as admin:
            admin.execute(f"drop role {role}")


@pytest.mark.database
def test_role_without_usage_or_select_gets_all_for_the_catalog_is_open_to_it() -> None:
    sql = """
        create schema hidden; create schema seen; create type hidden.mood as enum ('a');
        create sequence hidden.numbers;
        create function hidden.one() returns int language sql as 'select 1';
        create table hidden.secret (id serial primary key, mood hidden.mood);
        create table seen.note (id int primary key default nextval('hidden.numbers'),
            secret_id int references hidden.secret (id), check (id > hidden.one()));
        create materialized view hidden.sums as select id from seen.note;
        create view seen.notes as select id from hidden.secret
    """
    with database("postgresql", sql) as made, reader_of(made) as url:
        found = dbwright.reverse(url)
    assert found.left_out == ()
    assert found.remaining == ()
    assert found.unproved == ""
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

    place = ["--db", f"sqlite:///{tmp_path}/a.db", "-q"]
    path = tmp_path / "models.py"
    program = [sys.executable, "-m", "dbwright", "models", "reverse", *place, "-o", str(path)]
    done = subprocess.run(program, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr
    assert "class Order(Base)" in path.read_text(encoding="utf-8")
    assert "no difference" in done.stderr
    undo = [sys.executable, "-m", "dbwright", "undo", "--yes", "--path", str(tmp_path)]
    subprocess.run(undo, capture_output=True, check=True)
    assert not path.exists()
    path.write_text("mine", encoding="utf-8")

    def run(*more: str) -> Result:
        return CliRunner().invoke(command, [*place, *more])

    with pytest.raises(UsageError, match="is there already"):
        raise run("-o", str(path)).exception or AssertionError
    assert path.read_text(encoding="utf-8") == "mine"
    folder = tmp_path / "models"
    answer = json.loads(run("-o", str(folder), "--layout", "package", "--format", "json").stdout)
    assert answer["proof"]["identical"] is True
    assert answer["differences"] == []
    assert [each["name"] for each in answer["files"]] == ["__init__.py", "base.py", "tables.py"]
    for each in answer["files"]:
        assert Path(each["path"]).read_text(encoding="utf-8") == each["text"]
    with pytest.raises(UsageError, match="is there already and not empty"):
        raise run("-o", f"{folder}/").exception or AssertionError
    with pytest.raises(UsageError, match="a package is a folder"):
        raise run("-o", "other.py", "--layout", "package").exception or AssertionError
    assert run("--no-sandbox").stdout.startswith('"""The models of a database')


@pytest.mark.database
@pytest.mark.parametrize("dialect", ["postgresql", "sqlite"])
def test_key_of_another_type_than_what_it_refers_to_keeps_its_own(dialect: str) -> None:
    """Without a type SQLAlchemy gives a column that of the column its key refers to."""
    sql = """
    create table users (id bigint primary key);
    create table notes (id integer primary key, user_id integer references users (id));
    create table reads (id integer primary key, note_id integer references notes (id))
    """
    with database(dialect, sql) as made:
        found = dbwright.reverse(made.url(), dbwright.Options())
    assert found.remaining == ()
    assert "mapped_column(Integer, ForeignKey" in found.code.replace("\n        ", "")
    assert "note_id: Mapped[int | None] = mapped_column(ForeignKey(" in found.code

"""Tables of real schemas hold rows on most of the databases that two queries are compared on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from dbwright import dialects
from dbwright.core.same_rows import SameRows
from dbwright.core.schema import Schema
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.rows_write import name_of
from dbwright.scratch.sandbox import Sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.verify.same_rows import DATABASES, same_rows

from .conftest import clone_of

ROOT = Path(__file__).parents[2]
MOST = 0.75
MADE = ("create", "alter", "comment")
PRINTED = """
from sqlalchemy import create_mock_engine
from shop.models.base import Base
import shop.models
engine = create_mock_engine(
    "postgresql+psycopg://",
    lambda ddl, *_, **__: print(str(ddl.compile(dialect=engine.dialect)).strip() + ";"),
)
Base.metadata.create_all(engine, checkfirst=False)
"""
HARD = """
create domain code as varchar(8) check (value ~ '^[A-Z]{2}-[0-9]{3,}$');
create type place as (street text, number integer);
create table by_pattern (
    id integer primary key, country char(2) not null check (country ~ '^[A-Z]{2}$'),
    code code not null unique, slug text not null check (length(slug) between 12 and 20),
    size text not null check (size in ('S', 'M')), percent integer not null
    check (percent between 41 and 43)
);
create table of_row (id integer primary key, at place not null);
create table person (id bigint generated always as identity primary key, name text not null);
create table firm (id bigint generated always as identity primary key, name text not null);
create table account (
    id integer primary key, person_id bigint references person, firm_id bigint references firm,
    check (num_nonnulls(person_id, firm_id) = 1)
);
create table bill (
    id integer primary key, account_id integer not null references account,
    status text not null, paid_at timestamp, cents integer not null, fee integer not null,
    check (status in ('open', 'paid')), check ((status = 'paid') = (paid_at is not null)),
    check (fee * 2 < cents), check (cents > 1000 or status = 'open')
);
create table member (
    id integer primary key, name text not null, lead_id integer not null references member
);
create table squad (id integer primary key, name text not null, captain_id integer);
create table player (
    id integer primary key, squad_id integer references squad, check (squad_id is not null)
);
alter table squad add foreign key (captain_id) references player;
create table late (id integer primary key, a integer unique deferrable initially deferred);
create table slot (
    id integer primary key, room integer not null, during int4range not null,
    exclude using gist (int4range(room, room + 1) with &&, during with &&)
);
create table guarded (id integer primary key, word text not null, secret integer not null);
create function guard() returns trigger language plpgsql as $$
begin
    if new.secret <> 11 then raise exception 'wrong'; end if;
    return new;
end $$;
create table never (id integer primary key, check (id < 0 and id > 0));
create table below_never (id integer primary key, never_id integer not null references never);
"""
TRIGGER = "create trigger guard before insert on guarded for each row execute function guard()"


def held(connection: Any, schema: Schema, *keys: str, databases: int = 60) -> SameRows:
    """Compares a query over these tables with itself."""
    tables = (schema.table(key) for key in keys)
    sql = " union all ".join(f"select 1 as one from {name_of(t)}" for t in tables if t)
    verdict = same_rows(connection, schema, sql, sql, databases=databases)
    assert isinstance(verdict, SameRows), verdict.words
    return verdict


def tables_of(schema: Schema) -> list[str]:
    return [table.key for table in schema.tables if table.kind in ("table", "partitioned")]


def shop() -> str:
    """Gives the DDL of the example shop's models."""
    folder = ROOT / "examples" / "shop"
    command = [sys.executable, "-c", PRINTED]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def read(path: str) -> Callable[[], str]:
    return lambda: (ROOT / "benchmarks" / path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def hard(sandbox: Sandbox) -> Iterator[tuple[Any, Schema]]:
    with clone_of(sandbox, HARD) as database, closing(database.connect()) as connection:
        schema = dialects.get("postgresql").catalog.read_schema(connection)
        connection.rollback()
        yield connection, schema


@pytest.mark.database
@pytest.mark.parametrize(
    "table",
    ["by_pattern", "of_row", "account", "bill", "member", "squad", "player", "late", "slot"],
)
def test_table_of_hard_constraints_is_filled(hard: tuple[Any, Schema], table: str) -> None:
    verdict = held(*hard, table)
    assert verdict.held[table] >= MOST * 60, verdict
    assert not verdict.empty


@pytest.mark.database
def test_rows_go_by_those_that_stand_where_nothing_says_what_is_asked_for(
    hard: tuple[Any, Schema],
) -> None:
    """The number that the trigger asks for stands in no constraint and in no query."""
    connection, schema = hard
    assert held(connection, schema, "guarded").held["guarded"] >= MOST * 60
    connection.execute(TRIGGER)
    try:
        verdict = held(connection, schema, "guarded")
    finally:
        connection.rollback()
    assert verdict.held["guarded"] >= 30, verdict


@pytest.mark.database
def test_what_cannot_be_filled_is_said_with_the_table_that_stands_in_the_way(
    hard: tuple[Any, Schema],
) -> None:
    verdict = held(*hard, "never", "below_never")
    assert not verdict.proves
    assert verdict.held == {"never": 0, "below_never": 0}
    own, child = verdict.empty
    assert own.startswith("never (")
    assert "never_check" in own or "check constraint" in own
    assert child.startswith("below_never (never stays empty: ")
    assert "that proves nothing" in verdict.words


@pytest.mark.database
@pytest.mark.parametrize(
    ("source", "without"),
    [
        (shop, ()),
        # its policy reads a setting that nobody has set, so that its owner may not even read it
        (read("models/torture/postgresql.sql"), ("product", "product_category", "order_line")),
        (read("queries/databases/shop.sql"), ()),
        (read("queries/databases/fleet.sql"), ()),
    ],
    ids=["example", "torture", "shop", "fleet"],
)
def test_every_table_holds_rows_on_most_databases(
    source: Callable[[], str], without: tuple[str, ...]
) -> None:
    checked_on("postgresql", source(), without, DATABASES)


@pytest.mark.parametrize("name", ["models/torture/sqlite.sql", "queries/databases/shop.sqlite.sql"])
def test_every_table_of_sqlite_holds_rows_on_most_databases(name: str) -> None:
    checked_on("sqlite", read(name)(), (), DATABASES)


def word_of(statement: str) -> str:
    """Gives the first word of a statement behind comments."""
    lines = (line for line in statement.splitlines() if not line.lstrip().startswith("--"))
    return next(iter(" ".join(lines).lower().split()), "")


def checked_on(dialect: str, sql: str, without: tuple[str, ...], databases: int) -> None:
    package = dialects.get(dialect)
    """Fills all tables that the SQL makes; what it inserts is left out."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(open_sandbox(dialect, ServerChoice()))
        database = stack.enter_context(sandbox.clone(None))
        made = [each for each in package.statements.split(sql) if word_of(each) in MADE]
        with closing(database.superuser()) as admin:
            for statement in (each for each in made if "create extension" in each):
                admin.execute(statement)
            admin.commit()
        connection = stack.enter_context(closing(database.connect()))
        for statement in (each for each in made if "create extension" not in each):
            connection.cursor().execute(statement)
        connection.commit()
        schema = package.catalog.read_schema(connection)
        connection.rollback()
        keys = [key for key in tables_of(schema) if key not in without]
        verdict = held(connection, schema, *keys, databases=databases)
    few = {key: count for key, count in verdict.held.items() if count < MOST * databases}
    assert not few
    assert len(verdict.held) == len(keys)

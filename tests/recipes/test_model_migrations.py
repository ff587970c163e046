"""Migrations that go with a change of the models, run on a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from dbwright.dialects.postgresql import catalog
from dbwright.recipes import model_migrations
from dbwright.scratch.sandbox import Database, Sandbox
from dbwright.scratch.server import ServerChoice, server

LONG = "a_name_that_is_so_long_that_its_sequence_is_given_a_shorter_one"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with server(ServerChoice()) as running:
        yield Sandbox(running)


def run(database: Database, code: str) -> None:
    engine = sa.create_engine("postgresql+psycopg://", creator=database.connect)
    with engine.begin() as connection:
        op = Operations(MigrationContext.configure(connection))
        exec(code, {"op": op, "sa": sa})
    engine.dispose()


@pytest.mark.database
@pytest.mark.parametrize("always", [True, False])
@pytest.mark.parametrize("table", ["cities", LONG, "geo.cities"])
@pytest.mark.parametrize("rows", [0, 3])
def test_serial_made_an_identity_goes_on_counting(
    sandbox: Sandbox, table: str, always: bool, rows: int
) -> None:
    with sandbox.clone(None) as database:
        with database.connect(autocommit=True) as connection:
            connection.execute("create schema geo")
            connection.execute(f"create table {table} (id serial primary key, name text)")
            connection.execute(
                f"insert into {table} (id, name) values (7, 'x')" if rows else "select 1"
            )
        run(database, model_migrations.identity(table, "id", always=always))
        with database.connect() as connection:
            found = catalog.read_schema(connection).table(table)
            column = found.column("id") if found else None
            assert column is not None
            assert column.identity == ("always" if always else "by default")
            assert column.default is None
            left = "select count(*) from pg_class where relkind = 'S'"
            assert connection.execute(left).fetchone() == (1,)
            made = connection.execute(f"insert into {table} (name) values ('y') returning id")
            assert made.fetchone() == (8 if rows else 1,)

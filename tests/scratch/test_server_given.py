"""A throw-away server of the user's, by its URL."""

from __future__ import annotations

import pytest
from psycopg import sql

from dbwright.core.errors import ServerError
from dbwright.scratch.sandbox import Sandbox
from dbwright.scratch.server import Server, ServerChoice, server, stop


def url_of(shared: Server, role: str = "postgres") -> str:
    known = shared.parameters()
    return f"postgresql+psycopg2://{role}@/postgres?host={known['host']}&port={known['port']}"


def make_role(shared: Server, name: str, options: str) -> None:
    with shared.connect() as connection:
        connection.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(name)))
        connection.execute(f"create role {name} login {options}".encode())


def test_a_superuser_s_url_gives_databases_to_the_owner(shared_server: Server) -> None:
    choice = ServerChoice(sandbox_url=url_of(shared_server))
    with server(choice) as running:
        assert (running.provider, running.major) == ("--sandbox-url", 18)
        with Sandbox(running).clone(None) as database, database.connect() as connection:
            assert connection.execute("select current_user").fetchone() == ("dbwright_owner",)
            connection.execute("create table t (id int)")
            connection.commit()
            with database.superuser() as other:
                row = other.execute(
                    "select current_user, tableowner from pg_tables where tablename = 't'"
                ).fetchone()
            assert row == ("postgres", "dbwright_owner")
    assert stop(choice)
    with shared_server.connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_role_that_may_create_databases_owns_them_itself(shared_server: Server) -> None:
    make_role(shared_server, "creator", "createdb")
    with server(ServerChoice(sandbox_url=url_of(shared_server, "creator"))) as running:
        sandbox = Sandbox(running)
        with sandbox.clone(None) as database, database.connect() as connection:
            assert connection.execute("select current_user").fetchone() == ("creator",)
            connection.execute("create table t (id int)")
            connection.commit()
            connection.close()
            name = sandbox.save(database, "given")
        with sandbox.clone(name) as database, database.connect() as connection:
            connection.execute("select * from t")


def test_a_role_that_may_not_create_databases_is_told_so(shared_server: Server) -> None:
    make_role(shared_server, "weak", "nocreatedb")
    choice = ServerChoice(sandbox_url=url_of(shared_server, "weak"))
    with pytest.raises(ServerError, match=r"alter role weak createdb"), server(choice):
        pass


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql:///postgres", "names no host"),
        ("postgresql://me@127.0.0.1:1/postgres", "cannot connect to the server of --sandbox-url"),
        ("nonsense", "cannot read --sandbox-url"),
        ("mysql://me@host/db", "cannot read --sandbox-url"),
    ],
)
def test_a_url_that_leads_nowhere_is_a_clear_error(url: str, message: str) -> None:
    with pytest.raises(ServerError, match=message), server(ServerChoice(sandbox_url=url)):
        pass


def test_a_password_in_a_url_is_not_shown(shared_server: Server) -> None:
    choice = ServerChoice(sandbox_url="postgresql://me:secret@127.0.0.1:1/postgres")
    with pytest.raises(ServerError) as caught, server(choice):
        pass
    assert "secret" not in str(caught.value)

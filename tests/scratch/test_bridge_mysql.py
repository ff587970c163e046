"""The bridge to MariaDB: statements of user code, their values and their errors."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterator

import pytest

from dbwright.scratch.bridge import Call, Session, StatementError, open_session
from dbwright.scratch.mysql import open_mysql

pytestmark = pytest.mark.database
ONE_STATEMENT = Call(prepared=True)


@pytest.fixture
def session(mariadb: str) -> Iterator[Session]:
    with open_mysql(mariadb, "mariadb") as sandbox, sandbox.clone(None) as database:
        opened = open_session(database.connect())
        yield opened
        opened.close()


def test_values_come_back_as_the_drivers_give_them(session: Session) -> None:
    session.execute("create table t (a decimal(9, 2), b datetime, c varbinary(9))", None, Call())
    row = (decimal.Decimal("1.50"), datetime.datetime(2024, 2, 29, 1, 2), b"\x00'\\")
    session.execute("insert into t values (%s, %s, %s)", row, Call())
    assert session.execute("select * from t", None, Call()).rows == [row]


def test_the_key_of_a_new_row_and_the_rows_matched_are_told(session: Session) -> None:
    session.execute("create table t (id int auto_increment primary key, a int)", None, Call())
    assert session.execute("insert into t (a) values (%s)", (5,), Call()).lastrowid == 1
    assert session.execute("update t set a = 5", None, Call()).rowcount == 1


def test_errors_have_the_class_the_number_and_a_common_code(session: Session) -> None:
    session.execute("create table t (a int unique)", None, Call())
    session.execute("insert into t values (1)", None, Call())
    with pytest.raises(StatementError) as caught:
        session.execute("insert into t values (1)", None, Call())
    assert caught.value.dbapi_class == "IntegrityError"
    assert (caught.value.number, caught.value.code) == (1062, "23505")


def test_a_text_of_several_statements_is_for_the_driver_that_sends_them(session: Session) -> None:
    text = "create table t (a int); insert into t values (3)"
    with pytest.raises(StatementError) as caught:
        session.execute(text, None, ONE_STATEMENT)
    assert caught.value.number == 1064
    session.execute(text, None, Call())
    assert session.execute("select a from t", None, Call()).rows == [(3,)]


def test_text_in_double_quotes_is_a_string_as_the_server_has_it(session: Session) -> None:
    assert session.execute('select "a\\\\b"', None, Call()).rows == [("a\\b",)]


def test_a_lost_connection_is_an_error_of_the_statement(session: Session) -> None:
    for _ in range(2):
        with pytest.raises(StatementError) as caught:
            session.execute("kill connection_id()", None, Call())
        assert caught.value.dbapi_class in ("OperationalError", "InterfaceError")

"""Values cross the bridge unchanged, and no variable carries a database across."""

from __future__ import annotations

import datetime
import decimal
import importlib
import json
import sqlite3
import uuid

import pytest
from psycopg.types.range import Range

from dbwright.scratch import bridge_wire
from dbwright.scratch.bridge import Call, StatementError, open_session
from dbwright.scratch.worker_environment import scrubbed

child_wire = importlib.import_module("dbwright.child.wire")
VALUES = [
    decimal.Decimal("1.50"),
    datetime.datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC),
    datetime.date(2024, 1, 2),
    datetime.time(1, 2),
    datetime.timedelta(days=-1, microseconds=5),
    uuid.UUID(int=7),
    b"\x00\xff",
    ("a", [1, None, (2.5, True)]),
    "text",
    2**70,
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_as_it_went(value):
    there = bridge_wire.unpack(json.loads(json.dumps(child_wire.pack(value))))
    back = child_wire.unpack(json.loads(json.dumps(bridge_wire.pack(there))))
    assert (there, back) == (value, value)
    assert type(back) is type(value)


def test_a_range_becomes_sqlalchemys_own():
    found = child_wire.unpack(bridge_wire.pack(Range(1, 5)))
    assert (found.lower, found.upper, found.bounds) == (1, 5, "[)")


def test_an_object_that_no_driver_takes_is_refused():
    with pytest.raises(TypeError, match="can't adapt type 'object'"):
        child_wire.pack(object())


def test_sqlite_errors_carry_their_names():
    session = open_session(sqlite3.connect(":memory:"))
    session.execute("create table t (a unique)", None, Call())
    session.execute("insert into t values (?)", (1,), Call())
    with pytest.raises(StatementError) as caught:
        session.execute("insert into t values (?)", (1,), Call())
    assert caught.value.dbapi_class == "IntegrityError"
    assert caught.value.sql_error().code == "SQLITE_CONSTRAINT_UNIQUE"
    session.close()


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("postgres://u:p@prod/x", "postgres://dbwright:dbwright@localhost:5432/dbwright"),
        (
            "mysql+aiomysql://u:p@prod/x",
            "mysql+aiomysql://dbwright:dbwright@localhost:3306/dbwright",
        ),
        ("sqlite:////data/app.db", "sqlite:///dbwright.db"),
        ("snowflake://u:p@acc/x", "snowflake://dbwright@localhost/dbwright"),
        ("https://example.org", "https://example.org"),
        ("redis://cache/0", "redis://cache/0"),
    ],
)
def test_database_urls_become_synthetic(value, kept):
    found = scrubbed({"X": value, "PGPASSWORD": "s", "PGX_KEEP": "1"}, "postgresql")
    assert found == {"X": kept, "PGX_KEEP": "1", "PYTHONDONTWRITEBYTECODE": "1"}

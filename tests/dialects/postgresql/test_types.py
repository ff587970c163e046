"""Types: their spelling and the cost of changing them, asked of real servers."""

# ruff: noqa: E501
from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbwright.core.target import Target
from dbwright.dialects.postgresql import types

SPELLINGS = """
int integer int4 bigint int8 smallint int2 serial real float4 float float8 float(10) float(40)
numeric numeric(5) numeric(10,2) decimal(4,1) dec text varchar varchar(3) char char(3) bpchar
boolean bool date time time(2) timetz timestamp timestamp(3) timestamptz timestamptz(0)
interval interval(3) uuid json jsonb bytea inet cidr macaddr xml money bit bit(3) varbit
varbit(5) int[] int[3][] text[] numeric(5,2)[] tsvector int4range tstzrange name oid point
"""
LONG = [
    "double precision",
    "timestamp with time zone",
    "time (1) without time zone",
    "interval year to month",
    "interval day to second(3)",
    '"char"',
    "national character varying(7)",
    "character varying",
    "bit varying(4)",
    "integer array",
    'public."Odd Type"',
    '"Odd Type"[]',
    "other.kind",
    "pg_catalog.int4",
]
CHANGES = """
varchar(10)>varchar(20) varchar(20)>varchar(10) varchar(10)>varchar varchar(10)>text text>varchar
text>varchar(10) varchar>text varchar>varchar(5) char(3)>char(5) char(5)>char(3) char(3)>varchar(5)
char(3)>text text>char(3) varchar(5)>char(5) bpchar>text smallint>int int>bigint bigint>int
int>numeric int>text bigint>text int>oid int>real real>float8 float8>real numeric>float8
numeric(10,2)>numeric(12,2) numeric(10,2)>numeric(8,2) numeric(10,2)>numeric(12,4)
numeric(10,2)>numeric numeric>numeric(10,2) numeric(10)>numeric(12) numeric(5,0)>numeric(5,2)
timestamp>timestamp(3) timestamp(3)>timestamp timestamp(3)>timestamp(6) timestamp(3)>timestamp(0)
timestamptz(0)>timestamptz timestamptz>timestamptz(2) timestamp>date date>timestamp
time>time(2) time(2)>time interval>interval(2) interval(2)>interval time>timetz
bit(3)>bit(5) bit(3)>varbit bit(3)>varbit(5) varbit(3)>varbit(5) varbit(5)>varbit(3) varbit>bit(3)
json>jsonb jsonb>json json>text text>json[] uuid>text xml>text cidr>inet inet>cidr bool>int
varchar(5)[]>varchar(9)[] varchar[]>text[] int[]>bigint[] date>timestamptz timestamp(3)>timestamptz(3)
"Odd_Type">text text>"Odd_Type" bytea>text boolean>text money>numeric
"""
DEPENDING = ["timestamp>timestamptz", "timestamptz>timestamp", "timestamp(3)>timestamptz"]


def _clean(connection: psycopg.Connection) -> None:
    connection.execute(
        """
        create schema other;
        create type "Odd Type" as enum ('a');
        create type "Odd_Type" as enum ('a');
        create type other.kind as enum ('a')
        """
    )


@pytest.mark.database
def test_types_are_spelled_as_the_server_spells_them(connection: psycopg.Connection) -> None:
    _clean(connection)
    for written in [*SPELLINGS.split(), *LONG]:
        connection.execute(f"create table t (a {written})".encode())
        row = connection.execute(
            "select format_type(atttypid, atttypmod) from pg_attribute "
            "where attrelid = 't'::regclass and attname = 'a'"
        ).fetchone()
        connection.execute("drop table t")
        assert row is not None
        assert types.canonical(written) == row[0], written
        assert types.canonical(row[0]) == row[0]


@pytest.mark.database
def test_a_change_of_type_rewrites_where_it_is_said_to(connection: psycopg.Connection) -> None:
    _clean(connection)
    target = Target("postgresql", (connection.info.server_version // 10000,))
    for change in CHANGES.split():
        old, new = change.split(">")
        if _refused(connection, old, new):
            continue
        told = types.rewrites(old, new, target)
        # What a type of the user's is made of, the text of the change does not say.
        assert told is (None if "Odd" in change else _rewritten(connection, old, new)), change


@pytest.mark.database
def test_a_change_across_time_zones_depends_on_the_session(connection: psycopg.Connection) -> None:
    target = Target("postgresql", (15,))
    for change in DEPENDING:
        old, new = change.split(">")
        connection.execute("set local timezone to 'UTC'")
        assert _rewritten(connection, old, new) is False
        connection.execute("set local timezone to 'Europe/Vienna'")
        assert _rewritten(connection, old, new) is True
        assert types.rewrites(old, new, target) is None


def _refused(connection: psycopg.Connection, old: str, new: str) -> bool:
    """Whether the server has no cast that ALTER TYPE takes without USING."""
    try:
        with connection.transaction():
            _rewritten(connection, old, new)
    except psycopg.errors.DatatypeMismatch:
        return True
    return False


def _rewritten(connection: psycopg.Connection, old: str, new: str) -> bool:
    connection.execute(f"create table t (a {old})".encode())
    before = _file(connection)
    connection.execute(f"alter table t alter column a type {new}".encode())
    after = _file(connection)
    connection.execute("drop table t")
    return before != after


def _file(connection: psycopg.Connection) -> object:
    return connection.execute("select pg_relation_filenode('t')").fetchone()


VALUES = """
smallint:32767 int:2147483647 bigint:9223372036854775807 numeric(5,2):999.99 numeric(12,4):1.2345
varchar(3):'abc' text:'abcdefghijklmnop' char(3):'abc' date:'2024-02-29'
timestamp(3):'2024-02-29T10:11:12.123' timestamp:'2024-02-29T10:11:12.123456' real:0.5
boolean:true uuid:'00000000-0000-0000-0000-000000000001'
"""


@pytest.mark.database
def test_what_fits_is_kept_by_the_server(connection: psycopg.Connection) -> None:
    kinds = dict(pair.split(":", 1) for pair in VALUES.split())
    for old, value in kinds.items():
        for new in (*kinds, "numeric", "numeric(30,6)", "varchar(10)", "float8"):
            if types.fits(old, new):
                query = f"select {value}::{old}::{new}::text = {value}::{old}::text or {value}::{old}::{new}::{old} = {value}::{old}"
                assert connection.execute(query.encode()).fetchone() == (True,), (old, new)


def test_values_that_are_cut_do_not_fit() -> None:
    for change in [
        "bigint>int",
        "text>varchar(9)",
        "varchar(9)>varchar(3)",
        "numeric(5,2)>numeric(5,1)",
    ]:
        assert not types.fits(*change.split(">"))


def test_families_are_known() -> None:
    assert types.family("VARCHAR(3)") == "varchar"
    assert types.family("timestamptz") == "timestamptz"
    assert types.family("int[]") == "array"
    assert types.family("serial") == "integer"
    assert types.family("status") == "other"


@given(st.text())
def test_any_text_can_be_asked_about(text: str) -> None:
    spelled = types.canonical(text)
    assert isinstance(types.family(spelled), str)
    types.rewrites(spelled, "text", Target("postgresql"))
    types.fits("text", spelled)

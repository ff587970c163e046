"""Each row is written once, whatever its table is walked by."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from dbwright.backfill import Backfill, Settings, run
from dbwright.core.errors import UsageError

from .conftest import ask, numbers, send

pytestmark = pytest.mark.database
SMALL = Settings(first_size=7, max_size=7)
ONCE = "done = done + 1"

POSTGRESQL = {
    "int": ("k int", "-n * 3"),
    "bigint": ("k bigint", "n * 9007199254740993"),
    "uuid": ("k uuid", "md5(n::text)::uuid"),
    "text": ("k text", r"(array['a', 'B', 'ä', ' ', '''', '\'])[n % 6 + 1] || n"),
    "collated": ('k text COLLATE "C"', "chr(60 + n % 60) || ':' || n"),
    "char": ("k char(5)", "n::text"),
    "numeric": ("k numeric", "n / 7.0"),
    "float": ("k double precision", "n / 7.0::double precision"),
    "timestamp": (
        "k timestamptz",
        "case n when 9 then 'infinity' else now() + n * interval '1 microsecond' end",
    ),
    "date": ("k date", "case n when 3 then '-infinity'::date else '2020-01-01'::date + n end"),
    "interval": ("k interval", "n * interval '1 day 3 hours 1 microsecond'"),
    "bytea": ("k bytea", "sha256(n::text::bytea)"),
    "inet": ("k inet", "'10.0.0.0'::inet + n"),
    "enum": ("k mood; l int", "(array['sad', 'ok', 'glad'])[n % 3 + 1]::mood, n"),
    "domain": ("k positive", "n"),
    "pair": ("k int; l text", "n % 5, n::text"),
    "three": ('m date; k int; "L l" text', "'2020-01-01'::date + n % 4, n % 3, n::text"),
}
MARIADB = {
    "int": ("k int", "-n * 3"),
    "unsigned": ("k bigint unsigned", "18446744073709551615 - n"),
    "decimal": ("k decimal(20, 6)", "-n / 7"),
    "text": (
        "k varchar(20) COLLATE utf8mb4_bin",
        r"concat(elt(n % 5 + 1, 'a', 'B', 'ä', '''', '\\'), n)",
    ),
    "ci": ("k varchar(20) COLLATE utf8mb4_general_ci", "concat(elt(n % 3 + 1, 'a', 'B', 'ä'), n)"),
    "latin": ("k varchar(20) CHARACTER SET latin1", "concat(elt(n % 3 + 1, 'a', 'B', 'ä'), n)"),
    "binary": ("k binary(16)", "unhex(md5(n))"),
    "datetime": ("k datetime(6)", "'2020-01-01' + interval n microsecond"),
    "date": ("k date", "'2020-01-01' + interval n day"),
    "uuid": ("k uuid", "concat(lpad(hex(n), 8, '0'), '-0000-0000-0000-000000000001')"),
    "pair": ("k int; l varchar(20)", "n % 5, n"),
    "three": ("m date; k int; `L l` varchar(9)", "'2020-01-01' + interval n % 4 day, n % 3, n"),
}
SQLITE = {
    "rowid": ("k integer", "-n"),
    "hidden": ("rowid text NOT NULL", "'x' || n"),
    "pair": ("k text; l blob", "'k' || n % 4, cast(n as blob)"),
}


def filled(engine: Engine, key: str, values: str, tail: str = "") -> None:
    """Makes the table `t` with 100 rows, `key` being the columns of its primary key."""
    columns = key.split("; ")
    names = ", ".join(
        each[: each.index(each[0], 1) + 1] if each[0] in '"`' else each.split()[0]
        for each in columns
    )
    made = f"{', '.join(columns)}, done int NOT NULL DEFAULT 0, PRIMARY KEY ({names})"
    rows = f"INSERT INTO t ({names}) SELECT {values} FROM ({numbers(engine, 100)}) s"
    send(engine, f"CREATE TABLE t ({made}){tail}", rows)


def every_row_once(engine: Engine, backfill: Backfill) -> None:
    """Runs it with small batches, and looks that each row was written once."""
    ended = run(engine, backfill, SMALL, workers=2)
    assert (ended.state, ended.rows) == ("done", 100)
    assert ask(engine, "SELECT min(done), max(done), count(*) FROM t") == [(1, 1, 100)]
    assert ended.batches >= 15


@pytest.mark.parametrize("kind", POSTGRESQL)
def test_postgresql(made: Callable[[str], Engine], kind: str) -> None:
    engine = made("postgresql")
    send(
        engine,
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad')",
        "CREATE DOMAIN positive AS int CHECK (value > 0)",
    )
    filled(engine, *POSTGRESQL[kind])
    every_row_once(engine, Backfill("it", "t", set=ONCE))


@pytest.mark.parametrize("kind", MARIADB)
def test_mariadb(made: Callable[[str], Engine], kind: str) -> None:
    engine = made("mariadb")
    filled(engine, *MARIADB[kind], tail=" DEFAULT CHARSET utf8mb4")
    every_row_once(engine, Backfill("it", "t", set=ONCE))


@pytest.mark.parametrize("kind", SQLITE)
def test_sqlite(made: Callable[[str], Engine], kind: str) -> None:
    engine = made("sqlite")
    filled(engine, *SQLITE[kind], tail=" WITHOUT ROWID" if kind == "pair" else "")
    every_row_once(engine, Backfill("it", "t", set=ONCE))


def test_sqlite_without_a_key_is_walked_by_its_rowid(made: Callable[[str], Engine]) -> None:
    engine = made("sqlite")
    rows = f"INSERT INTO t SELECT NULL, 0 FROM ({numbers(engine, 100)})"
    send(engine, "CREATE TABLE t (k text PRIMARY KEY, done int)", rows)
    every_row_once(engine, Backfill("it", "t", set=ONCE))


def test_partitions_are_walked_as_one_table(postgresql: Engine) -> None:
    made = "k int, l int, done int NOT NULL DEFAULT 0, PRIMARY KEY (k, l)"
    part = "CREATE TABLE t{n} PARTITION OF t FOR VALUES WITH (MODULUS 3, REMAINDER {n})"
    send(
        postgresql,
        f"CREATE TABLE t ({made}) PARTITION BY HASH (l)",
        *(part.format(n=n) for n in range(3)),
        "INSERT INTO t SELECT n / 9, n FROM generate_series(1, 100) n",
    )
    every_row_once(postgresql, Backfill("it", "t", set=ONCE))


def test_a_unique_key_that_is_not_null_will_do(postgresql: Engine) -> None:
    send(
        postgresql,
        "CREATE TABLE t (k int NOT NULL UNIQUE, done int NOT NULL DEFAULT 0)",
        "INSERT INTO t SELECT n FROM generate_series(1, 100) n",
    )
    every_row_once(postgresql, Backfill("it", "t", set=ONCE))


def test_a_table_in_a_schema_with_odd_names(postgresql: Engine) -> None:
    send(
        postgresql,
        'CREATE SCHEMA "My ""S"',
        'CREATE TABLE "My ""S"."T:x" ("a:b" int PRIMARY KEY, done int, note text)',
        'INSERT INTO "My ""S"."T:x" SELECT n, NULL, \'a:b %\' FROM generate_series(1, 50) n',
    )
    where = "done IS NULL AND note = 'a:b %'"
    ended = run(postgresql, Backfill("it", 'My "S.T:x', set="done = '1'::int", where=where), SMALL)
    assert (ended.state, ended.rows) == ("done", 50)


@pytest.mark.parametrize(
    ("columns", "key", "words"),
    [
        ("k int", (), "has no key to walk it by"),
        ("k int UNIQUE", (), "has no key to walk it by"),
        ("k int NOT NULL UNIQUE, l int NOT NULL", ("l",), "no unique index of t has the columns l"),
    ],
)
def test_a_table_without_a_key_is_refused(
    postgresql: Engine, columns: str, key: tuple[str, ...], words: str
) -> None:
    send(postgresql, f"CREATE TABLE t ({columns})")
    with pytest.raises(UsageError, match=words) as caught:
        run(postgresql, Backfill("it", "t", set="k = 1", key=key))
    assert caught.value.way_out


def test_a_table_that_is_not_there_is_named(engine: Engine) -> None:
    with pytest.raises(UsageError, match="there is no table nope"):
        run(engine, Backfill("it", "nope", set="k = 1"))

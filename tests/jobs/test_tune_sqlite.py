"""The indexes that a workload is worth on a SQLite file: built on a copy, run, and counted."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import dbwright
from dbwright.collect.database import opened
from dbwright.core.advice import Tuned
from dbwright.core.candidate import Candidate, IndexKey
from dbwright.core.errors import CollectError, UsageError
from dbwright.frontends.cli import cli
from dbwright.render.tuned import as_text
from dbwright.render.tuned_words import undo
from dbwright.scratch.sqlite_bench import Bench
from dbwright.scratch.sqlite_copy import copied
from dbwright.scratch.sqlite_spread import Spread

SCHEMA = """
create table users (
    id integer primary key, email text collate nocase not null unique, name text,
    active int not null, country text, "index" int
);
create table orders (
    id integer primary key, user_id int not null references users (id), status text not null,
    placed_at text not null, total real, note text
);
create table lines (
    order_id int not null references orders (id), number int not null, product int, quantity int,
    primary key (order_id, number)
) without rowid;
create table refunds (id integer primary key, order_id int references orders (id), why text);
create table tags (name text primary key) strict;
create table events (
    id integer primary key, payload text, at int,
    kind text generated always as (json_extract(payload, '$.kind')) virtual
);
create virtual table search using fts5(body);
create virtual table places using rtree(id, x0, x1);
create view open_orders as
    select o.id, o.user_id, u.email, o.placed_at as day from orders o
    join users u on u.id = o.user_id where o.status = 'open';
create table audit (id integer primary key, what text);
create trigger orders_gone after delete on orders begin
    insert into audit (what) values ('gone');
end;
create index doubled on orders (user_id);
create index longer on orders (user_id, placed_at);
create index numbers on users (id);
create index half on orders (user_id) where status = 'open';
create unique index unique_note on users (country, id);
create index sole on refunds (why);
"""
ORDERS, USERS = 5_000, 1_000


def fill(connection: sqlite3.Connection) -> None:
    """Rows of a shop."""
    made = random.Random(7)
    connection.executescript(SCHEMA)
    connection.executemany(
        "insert into users values (?, ?, ?, ?, ?, ?)",
        (
            (i, f"user{i}@example.org", f"Name {i % 900}", i % 10 > 0, f"c{i % 40}", i % 7)
            for i in range(1, USERS)
        ),
    )
    statuses = ["done"] * 79 + ["open"] * 20 + ["failed"]
    connection.executemany(
        "insert into orders values (?, ?, ?, ?, ?, ?)",
        (
            (
                i,
                made.randrange(1, USERS),
                made.choice(statuses),
                f"2024-{1 + i % 12:02}-{1 + i % 28:02}T{i % 24:02}",
                i % 997,
                "x" * 40,
            )
            for i in range(1, ORDERS)
        ),
    )
    connection.executemany(
        "insert into lines values (?, ?, ?, ?)",
        ((i, n, made.randrange(400), n) for i in range(1, ORDERS) for n in range(2)),
    )
    connection.executemany(
        "insert into refunds (order_id, why) values (?, ?)",
        ((i * 3, f"why {i}") for i in range(1, ORDERS // 3)),
    )
    connection.executemany(
        "insert into events (payload, at) values (?, ?)",
        ((json.dumps({"kind": f"k{i % 300}"}), i) for i in range(3000)),
    )
    connection.execute("insert into search values ('a word')")
    connection.execute("insert into places values (1, 0.5, 1.5)")
    connection.executemany("insert into tags values (?)", ((f"t{i}",) for i in range(50)))
    connection.execute("analyze")
    connection.commit()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("sqlite") / "shop.db"
    connection = sqlite3.connect(path)
    fill(connection)
    connection.close()
    content = path.read_bytes()
    yield path
    assert path.read_bytes() == content, "the file was written to"


def tune(file: Path, workload: str, **more: Any) -> Tuned:
    return dbwright.tune(url=f"sqlite:///{file}", workload=workload, **{"budget": 1.0, **more})


def plan(connection: sqlite3.Connection, sql: str) -> list[str]:
    rows = connection.execute(f"explain query plan {sql}").fetchall()
    return [str(row[3]) for row in rows]


def steps(connection: sqlite3.Connection, sql: str) -> int:
    count = 0

    def counted() -> None:
        nonlocal count
        count += 1

    plan(connection, sql)  # so that reading the schema is not counted
    connection.set_progress_handler(counted, 1)
    connection.execute(sql).fetchall()
    connection.set_progress_handler(None, 0)
    return count


QUERIES = [
    "select * from orders where id = 5",
    "select * from orders where user_id = 5",
    "select * from orders where user_id = 5 and placed_at > '2024-06'",
    "select * from orders where user_id = 5 and status = 'open'",
    "select * from users where email = 'USER3@example.org'",
    "select * from users where country = 'c3' order by id",
    "select name from users where country = 'c1' or email = 'a'",
    "select u.name from users u join orders o on o.user_id = u.id where o.total > 990",
    "select email from open_orders where day > '2024-11'",
    "select * from orders o join lines l on l.order_id = o.id where o.user_id = 7",
    "select user_id, count(*) from orders group by user_id",
    "select * from users where exists (select 1 from orders where user_id = users.id)",
    "select * from refunds where why = 'why 3' and order_id in (1, 2)",
    "select distinct country from users",
    "select * from search where search match 'word'",
    "delete from users where country = 'c2'",
]


@pytest.mark.parametrize("megabytes", [64, 1], ids=["whole", "part"])
def test_plans_on_a_copy_are_those_of_the_file(
    file: Path, megabytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbwright.scratch.sqlite_copy.SMALL", 500)
    source = sqlite3.connect(file)
    with opened(f"sqlite:///{file}") as database, copied(database.connection, megabytes) as copy:
        assert copy.whole == (megabytes == 64)
        for sql in QUERIES:
            assert plan(copy.connection, sql) == plan(source, sql), sql
    source.close()


CASES = {
    "equality": ("select id from refunds where order_id = 33", "refunds (order_id)"),
    "range": ("select id, note from orders where total > 990", "orders (total)"),
    "order": (
        "select * from orders order by placed_at desc, total desc limit 5",
        "orders (placed_at, total)",
    ),
    "mixed order": (
        "select * from orders order by placed_at, total desc limit 5",
        "orders (placed_at, total DESC)",
    ),
    "carrying": (
        "select quantity, count(*) from lines where product > 100 group by quantity",
        "lines (quantity, product)",
    ),
    "without rowid": ("select * from lines where product = 5", "lines (product)"),
    "expression": ("select id from users where lower(name) = 'name 7'", "users ((LOWER(name)))"),
    "its own name": (
        "select id, at from events where substr(payload, 10, 5) = '\"k17\"'",
        "events ((SUBSTR(payload, 10, 5)))",
    ),
    "generated": ("select id, at from events where kind = 'k7'", "events (kind)"),
    "partial": (
        "select * from orders where status = 'failed' order by placed_at limit 9",
        "orders (placed_at) WHERE status = 'failed'",
    ),
    "collation": (
        "select id from users where name = 'NAME 7' collate nocase",
        "users (name COLLATE NOCASE)",
    ),
    "like": ("select id from users where name like 'Name 77%'", "users (name COLLATE NOCASE)"),
    "glob": ("select id from users where name glob 'Name 77*'", "users (name)"),
    "a view": (
        "select email from open_orders where day between '2024-03-01' and '2024-03-20'",
        "orders (placed_at) WHERE status = 'open'",
    ),
    "with": (
        "with r as (select * from refunds) select id from r where order_id = 33",
        "refunds (order_id)",
    ),
    "correlated": (
        "select id from users where active = 0 and country = 'c10' and exists (select 1 "
        "from orders o join refunds r on r.order_id = o.id where o.user_id = users.id)",
        "refunds (order_id)",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_advised_is_used_and_spares_steps(file: Path, case: str, tmp_path: Path) -> None:
    sql, wanted = CASES[case]
    found = tune(file, sql)
    index = next(each for each in found.indexes if f" ON {wanted}" in each.sql)
    other = tmp_path / "made.db"
    shutil.copy(file, other)
    connection = sqlite3.connect(other)
    before, rows = steps(connection, sql), connection.execute(sql).fetchall()
    for each in found.indexes:
        connection.execute(each.sql)
    connection.execute("analyze")
    assert any(index.name in line for line in plan(connection, sql))
    after = steps(connection, sql)
    assert sorted(connection.execute(sql).fetchall()) == sorted(rows)
    connection.close()
    assert found.measured
    assert found.before == pytest.approx(before, rel=0.02, abs=20)
    assert found.after == pytest.approx(after, rel=0.05, abs=20)
    assert after < before * 0.6


def test_both_arms_of_an_or_get_an_index(file: Path) -> None:
    found = tune(file, "select id, note from orders where total = 3 or placed_at = '2024-03-03T02'")
    assert {each.sql.partition(" ON ")[2] for each in found.indexes} == {
        "orders (total)",
        "orders (placed_at)",
    }


def test_rows_that_go_look_for_those_that_refer_to_them(file: Path) -> None:
    found = tune(file, "delete from orders where id = ?")
    assert [each.sql.partition(" ON ")[2] for each in found.indexes] == ["refunds (order_id)"]
    assert "Foreign keys were enforced" in as_text(found)
    assert found.statements[0].after < found.statements[0].before / 10


def test_nothing_is_said_where_nothing_is_worth_it(file: Path) -> None:
    several = [
        "select * from orders where id = 5",
        "select name from users where email = ?",
        "select * from tags where name = 't3'",
        "select * from orders where user_id = ? and placed_at > ?",
        "select avg(total + id) from orders",
        "select body from search where search match 'word'",
        "select id from places where x0 > 0.2",
        "select name from tags where length(name) > 2",
        "insert into tags values (?)",
    ]
    found = tune(file, ";\n".join(several))
    assert (found.indexes, found.left_out) == ((), ())
    assert len(found.statements) == len(several)


def test_what_another_index_does_is_to_drop_and_what_is_needed_stays(file: Path) -> None:
    found = tune(file, "select 1")
    assert {each.name: each.reason for each in found.drops} == {
        "doubled": "longer begins with its keys (user_id)",
        "numbers": "the table's own order is the same",
    }
    undo = {each.name: each.undo for each in found.drops}
    assert undo["doubled"] == "CREATE INDEX doubled on orders (user_id)"
    assert all(each.bytes > 0 for each in found.drops)


def test_an_index_whose_going_makes_a_statement_slower_stays(file: Path) -> None:
    sql = "select user_id from orders order by user_id, id"
    assert [each.name for each in tune(file, sql).drops] == ["numbers"]


def test_an_index_that_a_new_one_replaces_goes_with_it(file: Path) -> None:
    found = tune(file, "select why, id from refunds order by why, order_id limit 3")
    assert [each.replaces for each in found.indexes] == [("sole",)]


def test_an_index_says_what_could_stand_in_its_place_and_how_it_is_undone(file: Path) -> None:
    """What was run for the same statement; the undo is SQLite's own."""
    sql = "select id, total from orders where status = 'failed' and placed_at > '2024-06-01'"
    found = dbwright.tune(url=f"sqlite:///{file}", workload=sql, budget=1.0)
    (made,) = found.indexes
    assert made.alternatives
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    for each in made.alternatives:
        connection.execute(each.sql)
        assert 0 < each.saves <= made.gains[0].before
    connection.execute(made.sql)
    connection.execute(undo(made))
    assert "   Or      " in as_text(found)


def test_writes_speak_against_an_index(file: Path, tmp_path: Path) -> None:
    read = {"sql": "select id, note from orders where total = ?", "calls": 10}
    write = {
        "sql": "insert into orders (user_id, status, placed_at, total) values (?, ?, ?, ?)",
        "calls": 8_000,
    }
    workload = tmp_path / "workload.jsonl"
    for several, count in (([read], 1), ([read, write], 0)):
        workload.write_text("\n".join(json.dumps(each) for each in several), encoding="utf-8")
        assert len(tune(file, str(workload)).indexes) == count


def test_the_budget_is_kept(file: Path) -> None:
    sql = "select * from orders where total = 3;\nselect * from lines where product = 3"
    assert len(tune(file, sql).indexes) == 2
    few = tune(file, sql, budget=0.12)
    assert len(few.indexes) == 1
    assert sum(each.bytes for each in few.indexes) <= few.budget
    assert any("The budget leaves out" in each for each in few.notes)
    assert len(tune(file, sql, most=1).indexes) == 1


def test_the_size_of_an_index_is_that_of_the_built_one(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "made.db"
    shutil.copy(file, other)
    (index,) = tune(file, "select * from lines where product = 3").indexes
    connection = sqlite3.connect(other)
    before = connection.execute("pragma page_count").fetchone()[0]
    connection.execute(index.sql)
    pages = connection.execute("pragma page_count").fetchone()[0] - before
    connection.close()
    assert index.bytes == pages * 4096


def test_parameters_are_given_values_of_rows(file: Path) -> None:
    several = [
        "select * from lines where product = ?",
        "select number from lines where product = ?3",
        "select * from lines where product = :product and quantity >= $least",
        "select * from lines where product in (?, ?) limit ? offset ?",
        "select * from lines where product between @a and @b and number >= 0",
        "select * from lines where product > ? and product < ?",
    ]
    found = tune(file, ";\n".join(several))
    assert found.left_out == ()
    assert all(each.sql.partition(" ON ")[2].startswith("lines (product") for each in found.indexes)
    assert all(0 < each.after < each.before / 2 for each in found.statements)


def test_a_constant_that_differs_between_runs_is_not_an_index_s_own(
    file: Path, tmp_path: Path
) -> None:
    sql = "select id, note from orders where status = '{}' order by placed_at limit 3"
    runs = [{"sql": sql.format(each), "calls": n} for each, n in (("open", 1000), ("failed", 1))]
    workload = tmp_path / "workload.jsonl"
    workload.write_text("\n".join(json.dumps(each) for each in runs), encoding="utf-8")
    found = tune(file, str(workload))
    assert len(found.statements) == 1
    assert [each.sql.partition(" ON ")[2] for each in found.indexes] == [
        "orders (status, placed_at)"
    ]
    assert tune(file, str(workload), budget=0.05).indexes == ()


# files without statistics, parts of files


def test_statistics_that_are_missing_are_made_on_the_copy(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "bare.db"
    shutil.copy(file, other)
    connection = sqlite3.connect(other)
    connection.execute("drop table sqlite_stat1")
    connection.commit()
    connection.close()
    found = tune(other, "select id from refunds where order_id = 33")
    assert [each.table for each in found.indexes] == ["refunds"]
    assert any("The file has no statistics" in each for each in found.notes)
    connection = sqlite3.connect(other)
    assert not connection.execute(
        "select 1 from sqlite_master where name = 'sqlite_stat1'"
    ).fetchall()
    connection.close()


def test_a_part_of_the_rows_says_nearly_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbwright.scratch.sqlite_copy.SMALL", 500)
    sql = "select id, note from orders where total = 3;\nselect * from lines where product = 5"
    whole, part = tune(file, sql), tune(file, sql, copy=1)
    assert whole.exact
    assert not part.exact
    assert any("approximate" in each for each in part.notes)
    assert {each.sql for each in part.indexes} == {each.sql for each in whole.indexes}
    assert part.before == pytest.approx(whole.before, rel=0.25)
    sizes = [sum(each.bytes for each in found.indexes) for found in (whole, part)]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.25)


def test_rows_of_a_part_have_the_rows_that_they_refer_to(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbwright.scratch.sqlite_copy.SMALL", 500)
    with opened(f"sqlite:///{file}") as database, copied(database.connection, 1) as copy:
        assert copy.connection.execute("pragma foreign_key_check").fetchall() == []
        assert copy.share["lines"] < 0.7
        assert any("search" in each for each in copy.told)


def test_statistics_of_an_index_are_those_of_all_rows(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbwright.scratch.sqlite_copy.SMALL", 500)
    whole = sqlite3.connect(":memory:")
    with sqlite3.connect(file) as source:
        source.backup(whole)
    with opened(f"sqlite:///{file}") as database, copied(database.connection, 1) as copy:
        for table, column in (("refunds", "why"), ("lines", "product"), ("orders", "user_id")):
            whole.execute(f"create index made_{column} on {table} ({column})")
            whole.execute(f"analyze made_{column}")
            sql = "select stat from sqlite_stat1 where idx = ?"
            (wanted,) = whole.execute(sql, (f"made_{column}",)).fetchone()
            candidate = Candidate("main", table, (IndexKey(column),))
            found = Spread(copy.connection, candidate, copy.share[table]).numbers()
            numbers = [float(each) for each in wanted.split()]
            assert [float(each) for each in found.split()] == pytest.approx(numbers, rel=0.25)
    whole.close()
    source.close()


# bad and hostile input


@pytest.mark.parametrize(
    "sql",
    [
        "attach ':memory:' as other",
        "pragma user_version = 3",
        "drop table orders",
        "create table more (x)",
        "select load_extension('x')",
    ],
)
def test_what_runs_may_read_and_write_rows_and_nothing_else(file: Path, sql: str) -> None:
    with opened(f"sqlite:///{file}") as database, copied(database.connection, 64) as copy:
        bench = Bench(copy)
        with pytest.raises(sqlite3.Error, match="not authorized"):
            bench.run(sql, {})
        assert bench.run("delete from lines where order_id < 9", {}, writes=True).rows == 16
        left = copy.connection.execute("select count(*) from lines where order_id < 9").fetchone()
        assert left == (16,)


def test_a_statement_that_cannot_be_run_is_told_and_the_others_go_on(
    file: Path, tmp_path: Path
) -> None:
    evil = tmp_path / "evil.db"
    several = [
        "select nothing from orders",
        "select * from nowhere",
        "select * from other.orders",
        "selec 1",
        f"vacuum into '{evil}'",
        f"attach '{evil}' as evil",
        "drop table orders",
        "select load_extension('evil')",
        "pragma user_version = 3",
        "insert into orders (id) values (1)",
        "select id from refunds where order_id = 33",
    ]
    found = tune(file, ";\n".join(several))
    assert len(found.left_out) == 9
    assert not evil.exists()
    assert [each.table for each in found.indexes] == ["refunds"]


def test_a_statement_without_end_is_broken_off(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dbwright.scratch.sqlite_bench.MOST", 200_000)
    sql = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    found = tune(file, sql)
    assert found.before == 200_000
    assert any("broken off" in each for each in found.notes)


def test_names_and_texts_of_the_file_are_data(tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        create table "odd ""table'; drop" (id integer primary key, "select" text, "a b" int);
        create table "order" ("index" text, blobs);
        create index "ix ""odd" on "order" (blobs);
        create index "ix'2" on "order" (blobs, "index");
        """
    )
    connection.executemany(
        """insert into "odd ""table'; drop" ("select", "a b") values (?, ?)""",
        ((f"v{i}", i % 500) for i in range(4000)),
    )
    connection.execute("""insert into "order" values (cast(x'ff00fe' as text), x'ff')""")
    connection.commit()
    connection.close()
    sql = """select id from "odd ""table'; drop" where "a b" = ? and "select" = :v;
        select * from "order" where "index" = ? and blobs = ?"""
    found = tune(path, sql, copy=64)
    (index,) = found.indexes
    assert index.sql.partition(" ON ")[2].startswith('''"odd ""table'; drop" ("''')
    assert [each.sql for each in found.drops] == ['DROP INDEX "ix ""odd"']
    connection = sqlite3.connect(path)
    for each in (*found.indexes, *found.drops):
        connection.execute(each.sql)
    connection.close()


def test_what_lacks_a_function_a_module_or_a_table_spoils_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "lacking.db"
    connection = sqlite3.connect(path)
    connection.create_collation("german", lambda one, other: (one > other) - (one < other))
    connection.create_function("mine", 1, str, deterministic=True)
    connection.executescript(
        """
        create table a (x, y, z); create index of_mine on a (mine(z));
        create table b (k collate german); create index of_german on b (k);
        create view gone as select * from nowhere; create view endless as select * from endless;
        create virtual table f using fts5(body);
        """
    )
    rows = ((i, i % 50, "t" * 30) for i in range(3000))
    connection.executemany("insert into a values (?, ?, ?)", rows)
    connection.execute("pragma writable_schema = on")
    connection.execute("update sqlite_master set sql = replace(sql, 'fts5', 'none') where name='f'")
    connection.commit()
    connection.close()
    several = [f"select * from {each}" for each in ("gone", "endless", "f", "b where k = 'a'")]
    for megabytes in (64, 1):
        found = tune(path, ";\n".join([*several, "select y from a where x = 3"]), copy=megabytes)
        assert len(found.left_out) == 4
        assert [each.sql.partition(" ON ")[2] for each in found.indexes] == ["a (x)"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no such table"),
        (b"no database, only words " * 100, "not a database"),
        (b"damaged", "cannot be read to its end"),
        (b"short", "malformed"),
    ],
)
def test_a_file_that_is_none_is_told(file: Path, tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "bad.db"
    whole = file.read_bytes()
    if content == b"damaged":
        content = whole[: 4096 * 60] + bytes(range(256)) * 16 * 60 + whole[4096 * 120 :]
    path.write_bytes(whole[: len(whole) // 2] if content == b"short" else content)
    if not content:
        assert told in tune(path, "select * from orders").left_out[0]
        return
    with pytest.raises(CollectError, match=told) as caught:
        tune(path, "select * from orders")
    assert caught.value.way_out


def test_a_locked_file_is_told_and_writers_do_not_wait(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbwright.collect.database.LOCK_SECONDS", 0)
    path = tmp_path / "locked.db"
    shutil.copy(file, path)
    writer = sqlite3.connect(path, isolation_level=None, timeout=0)
    writer.execute("begin exclusive")
    with pytest.raises(CollectError, match="locked") as caught:
        tune(path, "select * from orders")
    assert "writing" in str(caught.value.way_out)
    writer.execute("rollback")
    wrote = []

    def progress(what: str) -> None:
        if what.startswith("running"):
            wrote.append(writer.execute("insert into audit (what) values ('meanwhile')"))

    dbwright.tune(
        url=f"sqlite:///{path}", workload="select * from refunds where order_id = 3",
        progress=progress,
    )  # fmt: skip
    assert wrote
    writer.execute("pragma journal_mode = wal")
    writer.execute("begin immediate")
    writer.execute("delete from audit")
    assert tune(path, "select * from refunds where order_id = 3").indexes
    writer.close()


def test_a_file_has_no_twin_and_the_way_out_is_named(file: Path, tmp_path: Path) -> None:
    """The planner without rows would take what gains nothing."""
    options = ["twin", "export", "--db", f"sqlite:///{file}", "-o", str(tmp_path / "a.twin")]
    result = CliRunner().invoke(cli, options)
    assert isinstance(result.exception, UsageError)
    assert "SQLite's planner names no cost" in result.exception.message
    assert "queries tune --db sqlite:///FILE" in (result.exception.way_out or "")
    assert not (tmp_path / "a.twin").exists()


def test_without_a_workload_there_is_a_way_out(file: Path) -> None:
    with pytest.raises(UsageError, match="counts no statements"):
        dbwright.tune(url=f"sqlite:///{file}")


def test_the_command_says_that_steps_were_counted(file: Path) -> None:
    arguments = ["queries", "tune", "-q", "--db", f"sqlite:///{file}", "--workload"]
    sql = "select id from refunds where order_id = 33"
    found = CliRunner().invoke(cli, [*arguments, sql])
    assert found.exit_code == 1
    assert "1 index for shop.db on SQLite" in found.stdout
    assert "The indexes were built on a copy, and the statements run there." in found.stdout
    as_json = CliRunner().invoke(cli, [*arguments, sql, "--format", "json"])
    assert json.loads(as_json.stdout)["measured"] is True

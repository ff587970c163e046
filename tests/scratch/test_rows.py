"""Generated rows on a real server, under every constraint that a schema can hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from dbwright.core.claim import SameAs, Sql, Unmatched
from dbwright.core.schema import Column, Schema, Table
from dbwright.dialects.postgresql import catalog
from dbwright.scratch import rows, rows_repair
from dbwright.scratch.rows import Filled
from dbwright.scratch.rows_make import Asked, RowMaker
from dbwright.scratch.rows_repair import Repair
from dbwright.scratch.rows_types import Shape
from dbwright.scratch.rows_write import PostgresqlWriter, Refused
from dbwright.scratch.sandbox import Sandbox

Fill = Callable[..., Filled]


class Made:
    """A database with a schema made from SQL, and what the generator put in it."""

    def __init__(self, connection: psycopg.Connection[Any], sql: str, **options: Any) -> None:
        self.connection = connection
        connection.execute(sql.encode())
        connection.commit()
        self.schema: Schema = catalog.read_schema(connection)
        self.filled = rows.fill(connection, self.schema, **options)

    def one(self, sql: str) -> Any:
        """Gives the single value of a query."""
        row = self.connection.execute(sql.encode()).fetchone()
        assert row is not None
        return row[0]

    def why(self, table: str) -> str:
        """Gives why a table stayed empty."""
        return next(item.why for item in self.filled.empty if item.table == table)


Make = Callable[..., Made]


@pytest.fixture
def make(sandbox: Sandbox) -> Iterator[Make]:
    """Makes a schema on a database of its own and fills it."""
    with sandbox.clone(None) as database:
        connections = []

        def go(sql: str, **options: Any) -> Made:
            connections.append(database.connect())
            return Made(connections[-1], sql, **options)

        yield go
        for connection in connections:
            connection.close()


def test_values_reach_the_edges_of_their_types(make: Make) -> None:
    made = make("""
        create type mood as enum ('sad', 'ok', 'glad');
        create table t (id serial primary key, mood mood not null, short varchar(7), free text,
          amount numeric(6, 2) not null, count int not null, big bigint not null, at timestamptz,
          day date, flags jsonb, tags text[], u uuid, ip inet, span int4range, raw bytea, f real)
    """)
    assert made.filled.rows["t"] == 20
    assert made.one("select count(distinct mood) from t") == 3
    assert made.one("select max(length(short)) = 7 and min(length(short)) = 0 from t")
    assert made.one("select bool_or(octet_length(free) > length(free)) from t")
    assert made.one("select max(amount) = 9999.99 and min(amount) < 0 from t")
    assert made.one("select bool_or(amount = 0) or min(abs(amount)) < 0.02 from t")
    assert made.one("select min(count) < 0 and bool_or(count = 0) and max(big) > 2^31 from t")
    assert made.one("select count(*) - count(at) between 1 and 15 from t")
    assert made.one("select bool_or(day = '2024-02-29') from t")
    assert made.one("select bool_and(jsonb_typeof(flags) = 'object') from t")
    assert made.one("select count(*) > count(distinct free) from t")


def test_same_seed_gives_the_same_rows_and_another_gives_others(make: Make) -> None:
    sql = "create schema {0}; create table {0}.t (id int primary key, u uuid, v text, n numeric)"
    read = "select string_agg(t::text, ';' order by id) from {0}.t"
    first = make(sql.format("a")).one(read.format("a"))
    schema_b = make(sql.format("b"), only={"b.t"})
    other = make(sql.format("c"), only={"c.t"}, seed=5)
    assert first
    assert schema_b.filled.rows["b.t"] == 20
    assert other.one(read.format("c")) != schema_b.one(read.format("b"))


def test_one_seed_repeats_itself_on_a_fresh_database(sandbox: Sandbox) -> None:
    found = []
    for _ in range(2):
        with sandbox.clone(None) as database, database.connect() as connection:
            made = Made(connection, "create table t (id int primary key, u uuid, v text, w date)")
            found.append(made.one("select string_agg(t::text, ';' order by id) from t"))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "check",
    [
        "x > 0",
        "x between 3 and 9",
        "x in (2, 4, 8)",
        "x % 7 = 3",
        "x <> 0 and abs(x) < 100",
        "length(s) = 32 and s ~ '^[0-9a-f]+$'",
        "s ~ '^[A-Z]{2}[0-9]{3,5}$'",
        "s like '%@%.%'",
        "lower(s) = s and length(s) > 3",
        "s in ('a', 'bb') and (s = 'a' or x > 5)",
        "d > '2024-06-01' and d <= '2024-06-05'",
        "d < e",
        "(x is null) = (s is null)",
        "(x is null) <> (s is null)",
        "num_nonnulls(x, s) = 1",
        "case when x > 10 then s is not null else s is null end",
        "position('@' in s) > 1",
        "x * 2 > length(s) and x is not null",
    ],
)
def test_check_of_a_common_form_is_met(make: Make, check: str) -> None:
    made = make(
        "create table t (id serial primary key, x int, s varchar(40), d date, e date,"
        f" check ({check}))"
    )
    assert made.filled.rows["t"] == 20
    assert made.filled.empty == ()


@pytest.mark.parametrize(
    "check",
    [
        "x > 0",
        "x in (2, 4, 8)",
        "length(s) = 32 and s ~ '^[0-9a-f]+$'",
        "lower(s) = s and length(s) > 3",
        "d < e",
        "(x is null) = (s is null)",
        "num_nonnulls(x, s) = 1",
        "s in ('a', 'bb') and (s = 'a' or x > 5)",
    ],
)
def test_check_that_can_be_read_is_met_at_the_first_try(
    make: Make, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_repair, "ATTEMPTS", 0)
    made = make(
        "create table t (id serial primary key, x int, s varchar(40), d date, e date,"
        f" check ({check}))"
    )
    assert made.filled.rows["t"] == 20


def test_what_a_refusal_teaches_holds_for_every_later_row() -> None:
    columns = (Column("id", "integer"), Column("x", "integer"), Column("y", "integer"))
    table = Table("t", columns)
    maker = RowMaker(table, {"integer": Shape("integer")}, "postgresql", lambda fk: [], 0)
    repair = Repair(maker, PostgresqlWriter(None))  # type: ignore[arg-type]
    repair.learn(Refused("23502", "null value", column="x"))
    repair.learn(Refused("428C9", 'cannot insert into column "id"'))
    repair.learn(Refused("23505", "duplicate key (y)=(1) already exists"))
    made = [maker.make(number, Asked()) for number in range(40)]
    assert all(row["x"] != "NULL" and "id" not in row for row in made)
    filled = [row["y"] for row in made if row["y"] != "NULL"]
    assert len(set(filled)) == len(filled)


def test_check_that_nothing_meets_leaves_the_table_empty_and_names_itself(make: Make) -> None:
    made = make("create table t (id int primary key, x int not null, "
                "constraint never check (x > 5 and x < 3))")  # fmt: skip
    assert made.filled.rows["t"] == 0
    assert made.why("t").startswith("never: ")


def test_child_of_an_empty_table_says_which_key_it_lacks(make: Make) -> None:
    made = make("""
        create table p (id int primary key, constraint never check (id < 0 and id > 0));
        create table c (id int primary key, p_id int not null, q_id int references p,
          constraint fk_p foreign key (p_id) references p)
    """)
    assert made.why("c") == "fk_p needs a row of p, which stays empty"


def test_nullable_circles_and_self_references_are_closed_afterwards(make: Make) -> None:
    made = make("""
        create table a (id serial primary key, b_id int, boss_id int references a);
        create table b (id serial primary key, a_id int not null references a);
        alter table a add foreign key (b_id) references b
    """)
    assert made.filled.rows == {"a": 20, "b": 20}
    assert made.one("select count(b_id) from a") >= 10
    assert made.one("select count(boss_id) from a") >= 10


def test_mandatory_circle_is_filled_when_a_key_can_wait(make: Make) -> None:
    made = make("""
        create table a (id serial primary key, b_id int not null);
        create table b (id int generated always as identity primary key,
          a_id int not null references a deferrable);
        alter table a add foreign key (b_id) references b deferrable;
        create table own (id int generated always as identity primary key,
          root int not null references own)
    """)
    assert made.filled.rows == {"a": 20, "b": 20, "own": 20}


def test_mandatory_circle_that_cannot_wait_is_named(make: Make) -> None:
    made = make("""
        create table a (id serial primary key, b_id int not null);
        create table b (id serial primary key, a_id int not null references a);
        alter table a add constraint to_b foreign key (b_id) references b
    """)
    assert made.filled.rows == {"a": 0, "b": 0}
    assert "to_b closes a circle of mandatory keys" in made.why("a") + made.why("b")


def test_keys_of_several_columns_point_at_whole_parents(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_repair, "ATTEMPTS", 0)
    made = make("""
        create table tenants (id int primary key);
        create table teams (tenant_id int references tenants, id int, up int,
          primary key (tenant_id, id), foreign key (tenant_id, up) references teams);
        create table seats (tenant_id int not null, team_id int not null, owner int,
          no int not null unique,
          foreign key (tenant_id, team_id) references teams,
          foreign key (tenant_id, owner) references teams)
    """)
    assert made.filled.rows == {"seats": 20, "teams": 20, "tenants": 20}
    assert made.one("select count(owner) from seats") > 0


def test_pairs_of_parents_are_all_met_before_one_comes_again(make: Make) -> None:
    made = make(
        """
        create table orders (id int primary key);
        create table variants (id int primary key);
        create table lines (id int primary key, order_id int not null references orders,
          variant_id int not null references variants, unique (order_id, variant_id));
        create table votes (order_id int references orders, variant_id int references variants,
          primary key (order_id, variant_id))
    """
    )
    for key in ("lines", "votes"):
        rows.fill(made.connection, made.schema, 300, only={key}, seed=1)
        assert made.one(f"select count(*) from {key}") == 320
        assert made.one(f"select count(distinct variant_id) from {key}") == 20


def test_a_row_that_is_refused_does_not_keep_the_others_back(make: Make) -> None:
    made = make(
        """
        create table t (id int primary key, n int not null);
        create function odd() returns trigger language plpgsql as
          $$ begin if new.id = 77 then raise 'not this one'; end if; return new; end $$;
        create trigger odd before insert on t for each row execute function odd()
    """,
        rows=200,
    )
    assert made.one("select count(*) from t") >= 199


def test_unique_of_every_kind_is_kept(make: Make) -> None:
    made = make("""
        create extension if not exists btree_gist;
        create table users (id int primary key, email text not null unique, nick varchar(3) unique,
          code char(2) not null unique);
        create unique index on users (lower(nick));
        create table profiles (user_id int primary key references users);
        create table links (a int references users, b int references users, primary key (a, b));
        create table flags (id int primary key, main boolean not null);
        create unique index on flags (main) where main;
        create table bookings (room int not null, during tstzrange not null,
          exclude using gist (room with =, during with &&))
    """)
    wanted = {"bookings", "flags", "links", "profiles", "users"}
    assert {table for table, count in made.filled.rows.items() if count == 20} == wanted
    assert made.one("select count(*) from flags where main") == 1


def test_columns_that_fill_themselves_are_left_to_themselves(make: Make) -> None:
    made = make("""
        create table t (a int generated always as identity, b int generated by default as identity,
          c int not null, d int generated always as (c * 2) stored, e serial);
        create table only_self (id int generated always as identity)
    """)
    assert made.filled.rows == {"only_self": 20, "t": 20}
    assert made.one("select bool_and(d = c * 2) from t")
    made.connection.execute("insert into t (c) values (1)")
    assert made.one("select max(a) from t") == 21


def test_domains_composites_and_ranges_of_users_are_understood(make: Make) -> None:
    made = make("""
        create domain positive as integer check (value > 0);
        create domain small_positive as positive check (value < 9);
        create domain email as text not null check (value ~ '^[^@]+@[^@]+$');
        create type pair as (a int, b text);
        create type span as range (subtype = date);
        create table t (id serial, n small_positive, m email, p pair, s span, l email[])
    """)
    assert made.filled.rows["t"] == 20
    assert made.one("select count(n) > 0 and count(p) > 0 and count(s) > 0 from t")


def test_every_partition_gets_rows(make: Make) -> None:
    made = make("""
        create table events (id bigint generated always as identity, at date not null,
          primary key (id, at)) partition by range (at);
        create table events_23 partition of events for values from ('2023-01-01') to ('2024-01-01');
        create table events_24 partition of events for values from ('2024-01-01') to ('2025-01-01');
        create table kinds (id int primary key, kind text) partition by hash (id);
        create table kinds_0 partition of kinds for values with (modulus 2, remainder 0);
        create table kinds_1 partition of kinds for values with (modulus 2, remainder 1);
        create table regions (code text primary key) partition by list (code);
        create table regions_eu partition of regions for values in ('de', 'fr', 'nl', 'it');
        create table lonely (id int) partition by range (id)
    """)
    leaves = {name: count for name, count in made.filled.rows.items() if name[-1].isdigit()}
    assert set(leaves) == {"events_23", "events_24", "kinds_0", "kinds_1"}
    assert min(leaves.values()) > 2
    assert made.filled.rows["regions_eu"] >= 3
    assert made.why("lonely") == "it has no partition that a row could go to"


def test_triggers_fire_and_their_errors_are_mended(make: Make) -> None:
    made = make("""
        create table log (n int);
        create table t (id serial primary key, n int not null);
        create function refuse() returns trigger language plpgsql as $$ begin
          if new.n < 3 then raise exception 'n is too small'; end if;
          insert into log values (new.n); return new; end $$;
        create trigger refuse before insert on t for each row execute function refuse()
    """)
    assert made.filled.rows["t"] == 20
    assert made.one("select count(*) from log") >= 20


def test_names_that_need_quotes_are_quoted(make: Make) -> None:
    made = make("""
        create schema "Odd one";
        create table "Odd one"."Select" ("Id" serial primary key, "order" varchar(3), "ünï" int);
        create table c (id serial primary key, s int not null references "Odd one"."Select")
    """)
    assert made.filled.rows == {"Odd one.Select": 20, "c": 20}


def test_only_the_tables_asked_for_are_filled_with_the_parents_they_need(make: Make) -> None:
    made = make("""
        create table p (id serial primary key);
        create table c (id serial primary key, p_id int not null references p);
        create table other (id serial primary key)
    """, only={"c"}, rows=7)  # fmt: skip
    assert made.filled.rows == {"c": 7, "p": 7}
    assert made.one("select count(*) from other") == 0


def test_second_fill_adds_to_the_first(make: Make) -> None:
    made = make("create table t (id int primary key, email text not null unique)")
    again = rows.fill(made.connection, made.schema, rows=500, seed=1)
    assert again.rows["t"] == 520


def test_hundred_tables_take_about_two_seconds(make: Make) -> None:
    tables = [
        f"""create table t{n} (id serial primary key, email varchar(50) not null unique,
          amount numeric(10, 2) check (amount >= 0), kind varchar(9) check (kind in ('a', 'b')),
          made timestamptz not null default now(), p int {f"references t{n - 1}" if n else ""})"""
        for n in range(100)
    ]
    made = make(";".join(tables), rows=1)
    started = time.process_time()
    filled = rows.fill(made.connection, made.schema, seed=1)
    assert time.process_time() - started < 2
    assert set(filled.rows.values()) == {21}


USERS = """
create table regions (id int primary key, name text not null);
create table users (id serial primary key, email varchar(20) not null unique,
  age int check (age > 0), region_id int not null references regions,
  friend_id int references users)
"""


def test_row_by_probe_takes_its_values_and_generates_the_rest(make: Make) -> None:
    made = make(USERS)
    first = rows.insert_row(made.connection, made.schema, "users", {"age": 41, "email": "a'b"})
    second = rows.insert_row(
        made.connection,
        made.schema,
        "users",
        {"age": SameAs(0), "email": Sql("upper('x')"), "friend_id": None},
        [first],
    )
    assert (first["age"], first["email"]) == ("'41'", "'a''b'")
    assert (second["age"], second["email"], second["friend_id"]) == ("'41'", "'X'", "NULL")


def test_row_by_probe_makes_the_parents_it_needs(make: Make) -> None:
    made = make(USERS, rows=0)
    assert made.one("select count(*) from regions") == 0
    row = rows.insert_row(made.connection, made.schema, "users", {})
    assert row["region_id"] != "NULL"


def test_given_value_that_is_refused_is_raised_and_never_mended(make: Make) -> None:
    made = make(USERS)
    first = rows.insert_row(made.connection, made.schema, "users", {})
    with pytest.raises(Refused) as twice:
        rows.insert_row(made.connection, made.schema, "users", {"email": SameAs(0)}, [first])
    assert (twice.value.code, twice.value.constraint) == ("23505", "users_email_key")
    with pytest.raises(Refused) as nowhere:
        rows.insert_row(made.connection, made.schema, "users", {"region_id": Unmatched()})
    assert nowhere.value.code == "23503"
    with pytest.raises(Refused) as nonsense:
        rows.insert_row(made.connection, made.schema, "users", {"age": Sql("1 +")})
    assert nonsense.value.code == "42601"
    assert made.one("select count(*) from users") == 21


def test_values_for_a_row_insert_nothing(make: Make) -> None:
    made = make(USERS)
    found = rows.row_values(made.connection, made.schema, "users", {"age": 7})
    assert found["age"] == "7"
    assert {"email", "region_id"} <= set(found)
    assert "id" not in found
    assert made.one("select count(*) from users") == 20


def test_a_second_fill_leaves_the_rows_of_the_first_as_they_are(make: Make) -> None:
    made = make(
        "create table nodes (id serial primary key, parent_id int references nodes (id), n int)"
    )
    state = "select array_agg(format('%s %s', id, parent_id) order by id) from nodes where id <= 20"
    before = made.one(state)
    rows.fill(made.connection, made.schema, rows=5, only={"nodes"}, seed=17)
    assert made.one("select count(*) from nodes") > 20
    assert made.one(state) == before


def test_a_table_of_one_row_is_not_tried_again_and_again(make: Make) -> None:
    made = make("""
        create sequence tries;
        create function note_try() returns trigger language plpgsql as
          $$begin perform nextval('tries'); return new; end$$;
        create table version (id int primary key check (id = 1), name varchar(20) not null);
        create trigger counted before insert on version for each row execute function note_try();
    """)
    assert made.one("select count(*) from version") == 1
    assert made.one("select last_value from tries") < 80  # of 20 rows, which were 600 tries
    assert made.filled.empty == ()

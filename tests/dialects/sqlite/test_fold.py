"""The fold of the schema's history against SQLite: both must come to the same schema."""

# ruff: noqa: E501
from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from dbwright.core.apply import apply_all
from dbwright.core.compare import differences
from dbwright.dialects.sqlite import catalog, statements

BEFORE = """
    create table customers (
        id INTEGER PRIMARY KEY, name VARCHAR ( 40 ) NOT NULL COLLATE NOCASE, age INTEGER DEFAULT (1 + 2),
        total NUMERIC(10, 2) DEFAULT -5, "odd name" TEXT, CONSTRAINT ck_age CHECK (age > 0), CHECK (total > 0),
        CONSTRAINT uq_name UNIQUE (name, age));
    create table orders (
        id INTEGER NOT NULL, customer_id INTEGER NOT NULL, note TEXT, d INTEGER GENERATED ALWAYS AS (id + 1) VIRTUAL,
        PRIMARY KEY (id), CONSTRAINT fk FOREIGN KEY(customer_id) REFERENCES customers (id) ON DELETE CASCADE);
    create index ix_note on orders (note desc, lower(note)) where note is not null;
    create unique index ux on customers (total collate nocase);
    create view names as select name from customers;
    create trigger tg after insert on orders begin update customers set age = 1; select ';'; end;
"""
STATEMENTS = """
create table t (id INTEGER PRIMARY KEY AUTOINCREMENT, a INT, b)
create table t (id INTEGER, a VARCHAR(3) DEFAULT 'x''y' NOT NULL, b BOOLEAN DEFAULT true CHECK (b IN (0, 1)), PRIMARY KEY (id, a))
create table t (id BIGINT PRIMARY KEY, a TEXT UNIQUE ON CONFLICT IGNORE, b TEXT NOT NULL ON CONFLICT FAIL)
create table t (a INTEGER REFERENCES customers, b INTEGER REFERENCES customers(id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED)
create table t (a INTEGER PRIMARY KEY DESC, b INT)
create table t (a TEXT PRIMARY KEY, b INT) WITHOUT ROWID
create table t (a INTEGER CONSTRAINT x NOT NULL CONSTRAINT y CHECK (a > 1), b AS (a + 1), c TEXT AS (a || ',)') STORED)
create table [odd table] (`a b` TEXT, "c ""d" INT, /* , ) */ e DOUBLE PRECISION -- the end
)
create table if not exists orders (a INT)
create temp table t (a INT)
create table t (a DATETIME DEFAULT CURRENT_TIMESTAMP, b FLOAT DEFAULT 1.5, c BLOB DEFAULT x'00')
drop table orders
drop table if exists no_such
alter table orders rename to purchases
alter table customers rename to clients
alter table orders add column x VARCHAR(10) DEFAULT 'a' NOT NULL
alter table orders add x INTEGER REFERENCES customers (id)
alter table orders add x INTEGER CHECK (x > 0)
alter table orders rename column note to remark
alter table customers rename id to number
alter table customers rename column age to years
alter table customers drop column "odd name"
create index i on orders (customer_id)
create unique index if not exists i on orders (customer_id, note collate nocase desc) where customer_id > 3
create index if not exists ux on orders (note)
drop index ix_note
drop index if exists no_such
create view v as select * from orders
drop view names
insert into customers (name, total) values ('x', 1)
update customers set age = 3
create table _alembic_tmp_orders (id INTEGER NOT NULL, note VARCHAR(9)); insert into _alembic_tmp_orders select id, note from orders; drop table orders; alter table _alembic_tmp_orders rename to orders
"""


def _cases() -> list[str]:
    found: list[str] = []
    for line in STATEMENTS.strip().splitlines():
        if line == ")":
            found[-1] += "\n)"
        else:
            found.append(line)
    return found


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    found = sqlite3.connect(":memory:", isolation_level=None)
    found.executescript(BEFORE)
    yield found
    found.close()


@pytest.mark.parametrize("sql", _cases())
def test_fold_and_database_come_to_the_same_schema(
    connection: sqlite3.Connection, sql: str
) -> None:
    before = catalog.read_schema(connection)
    connection.executescript(sql)
    folded = apply_all(before, statements.parse(sql))
    real = catalog.read_schema(connection)
    assert _known(differences(real, folded)) == []


def _known(found: tuple[str, ...]) -> list[str]:
    """Leave out what text alone cannot tell: a view's definition, a trigger's new text."""
    return [
        each
        for each in found
        if not each.startswith(("table v", "table names: def", "column v.", "trigger"))
    ]


def test_the_prelude_is_read_whole(connection: sqlite3.Connection) -> None:
    schema = catalog.read_schema(connection)
    customers, orders = schema.table("customers"), schema.table("orders")
    assert customers
    assert orders
    assert [column.type for column in customers.columns] == [
        "integer",
        "varchar(40)",
        "integer",
        "numeric(10,2)",
        "text",
    ]
    assert [column.collation for column in customers.columns][1] == "NOCASE"
    assert customers.columns[2].default == "1 + 2"
    assert customers.columns[3].default == "-5"
    assert {check.name for check in customers.checks} == {None, "ck_age"}
    assert customers.uniques[0].columns == ("name", "age")
    assert orders.columns[3].computed == "id + 1"
    assert not orders.columns[3].stored
    assert orders.foreign_keys[0].on_delete == "CASCADE"
    assert orders.indexes[0].predicate == "note is not null"
    assert orders.indexes[0].keys[1].expression == "lower(note)"
    assert orders.triggers[0].name == "tg"
    names = schema.table("names")
    assert names
    assert names.kind == "view"
    assert names.columns[0].name == "name"


@pytest.mark.parametrize(
    "definition",
    [
        "(a INTEGER PRIMARY KEY, b)",
        "(a INT PRIMARY KEY, b)",
        "(a TEXT PRIMARY KEY, b)",
        "(a TEXT PRIMARY KEY, b) WITHOUT ROWID",
        "(a INTEGER PRIMARY KEY DESC, b)",
        "(a INTEGER, b, PRIMARY KEY (a))",
        "(a INTEGER, b, PRIMARY KEY (a, b))",
        "(a TEXT NOT NULL, b, PRIMARY KEY (a))",
    ],
)
def test_a_key_holds_null_exactly_where_the_database_takes_it(definition: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"create table t {definition}")
    (table,) = catalog.read_schema(connection).tables
    column = table.columns[0]
    try:
        connection.execute("insert into t values (null, 1)")
        held = connection.execute("select a is null from t").fetchone() == (1,)
    except sqlite3.IntegrityError:
        held = False
    connection.close()
    assert column.nullable == held


def test_tables_of_a_virtual_table_are_its_own_affair() -> None:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("create virtual table f using fts5(a)")
    except sqlite3.OperationalError:
        pytest.skip("this SQLite has no fts5")
    assert [table.name for table in catalog.read_schema(connection).tables] == ["f"]

"""Rows for MariaDB: every type and constraint of it gets rows, none is switched off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from dbwright.dialects.mariadb import catalog
from dbwright.scratch import rows
from dbwright.scratch.mysql import Database, open_mysql

pytestmark = pytest.mark.database
TABLES = {
    "numbers": "id bigint auto_increment primary key, t tinyint not null,"
    " tu tinyint unsigned not null, m mediumint not null, u bigint unsigned not null,"
    " d decimal(4, 2) not null, f double not null, b bit(1) not null, truth boolean not null",
    "moments": "id int primary key, at timestamp not null, dt datetime(6) not null,"
    " y year not null, day date not null, hour time not null",
    "texts": "id char(36) primary key, e enum('new', 'it''s') not null, s set('a', 'b') not null,"
    " j json not null, bin binary(16) not null, blob_ blob not null, v varchar(3) not null unique",
    "checked": "id int auto_increment primary key, low int not null, high int not null,"
    " twice int as (low * 2) stored, check (low between 10 and 20), check (high > low)",
    "children": "id int auto_increment primary key, parent int not null, twin int,"
    " foreign key (parent) references checked (id), foreign key (twin) references children (id)",
}


@pytest.fixture
def database(mariadb: str) -> Iterator[Database]:
    with open_mysql(mariadb, "mariadb") as sandbox, sandbox.clone(None) as found:
        with closing(found.connect()) as connection:
            for name, columns in TABLES.items():
                connection.execute(f"create table {name} ({columns})")
        yield found


def test_every_table_gets_its_rows(database: Database) -> None:
    with closing(database.connect()) as connection:
        schema = catalog.read_schema(connection)
        filled = rows.fill(connection, schema, rows=12)
        assert filled.empty == ()
        assert filled.rows == dict.fromkeys(sorted(TABLES), 12)
        linked = connection.execute("select count(*) from children where twin is not null")
        assert linked.fetchone()[0] > 0


def test_a_trigger_that_refuses_everything_leaves_the_table_empty_and_says_so(
    database: Database,
) -> None:
    with closing(database.connect()) as connection:
        connection.execute("create table shut (id int primary key)")
        connection.execute(
            "create trigger no before insert on shut for each row"
            " signal sqlstate '45000' set message_text = 'closed'"
        )
        schema = catalog.read_schema(connection)
        filled = rows.fill(connection, schema, rows=3, only={"shut"})
        assert [(each.table, each.why) for each in filled.empty] == [("shut", "closed")]

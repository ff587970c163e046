"""What a change needs: MariaDB's own answer, and what `locks` says without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.dialects.mariadb import catalog
from dbwright.dialects.mysql import locks, online, statements
from dbwright.dialects.mysql.server import Connection
from dbwright.scratch.mysql import Database, Sandbox, open_mysql

pytestmark = pytest.mark.database
TABLES = """
create table p (id int primary key);
create table t (
  id int auto_increment primary key, a int not null default 3, b varchar(20), e enum('x', 'y'),
  d decimal(10, 2), n int, p_id int, tx text, key ix_b (b), key ix_p (p_id),
  constraint fk_x foreign key (p_id) references p (id), constraint ck check (a > 0)
) character set utf8mb4;
insert into p values (1);
insert into t (b, e, d, n, p_id, tx) values ('a', 'x', 1.5, 2, 1, 'words');
"""
FREE, COPY = False, True
CHANGES = {
    "alter table t modify a bigint not null default 3": COPY,
    "alter table t modify b varchar(10)": COPY,
    "alter table t modify b text": COPY,
    "alter table t modify e enum('z', 'x', 'y')": COPY,
    "alter table t modify d decimal(12, 2)": COPY,
    "alter table t change n m bigint": COPY,
    "alter table t add column q varchar(36) default (uuid())": COPY,
    "alter table t add column q int as (a + 1) stored": COPY,
    "alter table t add column q int, add foreign key (q) references p (id)": COPY,
    "alter table t add constraint fk_n foreign key (n) references p (id)": COPY,
    "alter table t add constraint ck2 check (a < 1000)": COPY,
    "alter table t convert to character set utf8mb3": COPY,
    "create fulltext index ft on t (tx)": COPY,
    "alter table t modify a int null default 3": FREE,
    "alter table t modify n int not null": FREE,
    "alter table t modify n int default 5": FREE,
    "alter table t alter column n set default 5": FREE,
    "alter table t modify b varchar(300)": FREE,
    "alter table t modify e enum('x', 'y', 'z')": FREE,
    "alter table t change n m int": FREE,
    "alter table t add column q int not null default 3": FREE,
    "alter table t add column q timestamp default current_timestamp": FREE,
    "alter table t add column q int as (a + 1) virtual": FREE,
    "alter table t add column q int unique": FREE,
    "alter table t drop column n": FREE,
    "alter table t drop foreign key fk_x": FREE,
    "alter table t drop constraint ck": FREE,
    "create unique index ux on t (n)": FREE,
    "alter table t add unique key ux (d)": FREE,
    "drop index ix_b on t": FREE,
    "alter table t engine = innodb": FREE,
    "alter table t comment = 'x' -- with a word on it": FREE,
}


@pytest.fixture(scope="module")
def sandbox(mariadb: str) -> Iterator[Sandbox]:
    with open_mysql(mariadb, "mariadb") as opened:
        yield opened


def build(database: Database) -> None:
    with closing(database.connect()) as connection:
        for statement in statements.split(TABLES):
            connection.execute(statement)
        connection.commit()


@pytest.fixture
def connection(sandbox: Sandbox) -> Iterator[Connection]:
    name = sandbox.template("tables", build)
    with sandbox.clone(name) as database, closing(database.connect(autocommit=True)) as found:
        yield found.user_session()


def blocks_writes(sql: str, schema: Schema) -> bool:
    target = Target("mariadb", (10, 11))
    effects = [locks.effect(each, schema, target) for each in statements.parse(sql)]
    return any(each.blocks_writes and not each.brief for each in effects)


@pytest.mark.parametrize(("sql", "copies"), CHANGES.items())
def test_the_server_s_answer_is_what_the_tables_of_online_ddl_say(
    connection: Connection, sql: str, copies: bool
) -> None:
    schema = catalog.read_schema(connection)
    verdict = online.ask(connection, sql)
    assert verdict is not None
    assert locks.blocks_writes(verdict.mode) == (copies or verdict.mode == "EXCLUSIVE")
    assert bool(verdict.why) == copies
    assert blocks_writes(sql, schema) == copies


def test_a_change_that_fails_on_the_rows_has_no_answer(connection: Connection) -> None:
    connection.execute("insert into t (n) values (null)")
    assert online.ask(connection, "alter table t modify n int not null") is None
    assert online.ask(connection, "alter table t drop column nowhere") is None

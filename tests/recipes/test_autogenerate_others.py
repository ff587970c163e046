"""Changes of SQLite and MariaDB, as the recipes write them, run by Alembic itself on rows."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects import mysql

from dbwright import dialects
from dbwright.core.authoring import Meant
from dbwright.core.compare import differences, structured
from dbwright.core.errors import FixError
from dbwright.core.schema import Schema
from dbwright.recipes.autogenerate import draft
from dbwright.recipes.autogenerate_change import phases
from dbwright.scratch.mysql import open_mysql

PARENT = "create table a (id integer primary key, n varchar(9)); insert into a values (1, 'x');"
CHILD = (
    "create table b (id integer primary key, a_id integer not null references a (id) on delete "
    "cascade); insert into b values (7, 1);"
)
LABEL = "create table t (id integer primary key, v varchar(9)); insert into t values (1, '5');"

Pair = tuple[str, str]
SQLITE: dict[str, Pair] = {
    "a nullable column is added in place": (
        LABEL,
        "create table t (id integer primary key, v varchar(9), w text);",
    ),
    "a default that is no constant takes a copy": (
        LABEL,
        "create table t (id integer primary key, v varchar(9), "
        "at datetime default CURRENT_TIMESTAMP not null);",
    ),
    "a parent of cascading rows is copied without them": (
        PARENT + CHILD,
        "create table a (id integer primary key, n varchar(9), constraint c check (n <> ''));"
        + CHILD,
    ),
    "a table that refers to itself is copied": (
        "create table t (id integer primary key, up integer references t (id), v integer);"
        "insert into t values (1, null, 1), (2, 1, 1);",
        "create table t (id integer primary key, up integer references t (id), "
        "v integer not null);",
    ),
    "checks without a name and collations survive a copy": (
        "create table t (id integer primary key, v varchar(9) collate nocase not null, n integer, "
        "check (n > 0)); insert into t values (1, 'A', 1);",
        "create table t (id integer primary key, v varchar(9) collate nocase not null, n integer, "
        "check (n > 0), constraint u unique (n));",
    ),
    "a check without a name goes": (
        "create table t (id integer primary key, n integer, m integer, check (n > 0), "
        "check (m > 0));"
        "insert into t values (1, 2, 3);",
        "create table t (id integer primary key, n integer, m integer, check (m > 0));",
    ),
    "a key and a unique without names go": (
        PARENT
        + "create table b (id integer primary key, a_id integer references a (id), v integer "
        "unique, w integer, unique (v, w)); insert into b values (7, 1, 3, 4);",
        PARENT.partition(";")[0]
        + "; create table b (id integer primary key, a_id integer, v integer, w integer, "
        "unique (v, w));",
    ),
    "sorted, partial and computed indexes survive a copy": (
        LABEL + "create index i on t (v desc); create unique index j on t (lower(v)); "
        "create index k on t (v) where v > '0';",
        "create table t (id integer primary key, v varchar(9) not null); create index i on t "
        "(v desc); create unique index j on t (lower(v)); create index k on t (v) where v > '0';",
    ),
    "triggers and views of a copied table survive": (
        LABEL + "create table log (v text); create view seen as select v from t; "
        "create view twice as select v from seen; create trigger tr after insert on t begin "
        "insert into log values (new.v); end; create trigger back after insert on log begin "
        "update t set v = v; end;",
        "create table t (id integer primary key, v varchar(9) not null); create table log (v text);"
        "create view seen as select v from t; create view twice as select v from seen; "
        "create trigger tr after insert on t begin insert into log values (new.v); end; "
        "create trigger back after insert on log begin update t set v = v; end;",
    ),
    "autoincrement survives a copy": (
        "create table t (id integer primary key autoincrement, v varchar(9));"
        "insert into t (v) values ('5');",
        "create table t (id integer primary key autoincrement, v varchar(9) not null);",
    ),
    "a computed column is added": (
        "create table t (id integer primary key, v integer); insert into t values (1, 5);",
        "create table t (id integer primary key, v integer, "
        "w integer generated always as (v * 2) stored);",
    ),
    "a text becomes a number": (LABEL, "create table t (id integer primary key, v integer);"),
    "a text becomes a date and stays what it was": (
        "create table t (id integer primary key, v varchar(20));"
        "insert into t values (1, '2024-05-06');",
        "create table t (id integer primary key, v date);",
    ),
    "a key to a new table": (
        LABEL,
        "create table u (id integer primary key); create table t (id integer primary key, "
        "v varchar(9), u_id integer, constraint k foreign key (u_id) references u (id) "
        "on delete set null); create index ix on t (u_id);",
    ),
}


def _script(url: str, sql: str) -> Any:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        connection.connection.driver_connection.executescript(sql)  # type: ignore[union-attr]
    return engine


def _schema(path: Path) -> Schema:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        found: Schema = dialects.get("sqlite").catalog.read_schema(connection)
        return found


def _rows(path: Path, schema: Schema) -> dict[str, list[Any]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return {
            table.name: connection.execute(
                f"select {', '.join(c.name for c in table.columns)} from {table.name}"
            ).fetchall()
            for table in schema.tables
            if table.kind == "table"
        }


def _run(engine: Any, body: str) -> None:
    """Runs a revision's body on a connection that holds foreign keys, as its users' may."""
    with engine.connect() as connection:
        connection.exec_driver_sql("pragma foreign_keys = on")
        connection.commit()
        context = MigrationContext.configure(connection)
        with context.begin_transaction():
            exec(body, {"op": Operations(context), "sa": sa, "mysql": mysql})
        connection.commit()
        assert connection.exec_driver_sql("pragma foreign_key_check").fetchall() == []


def _made(tmp_path: Path, before: str, after: str, meant: Meant) -> tuple[Any, Any, Any]:
    engine = _script(f"sqlite:///{tmp_path}/a.db", before)
    _script(f"sqlite:///{tmp_path}/b.db", after)
    old, new = _schema(tmp_path / "a.db"), _schema(tmp_path / "b.db")
    changes = draft(new, old, new, meant).changes
    (phase,) = phases(changes, "", timeout=False)
    return engine, phase, (old, new)


@pytest.mark.parametrize("name", SQLITE)
def test_on_sqlite_it_goes_up_down_and_up_with_rows(tmp_path: Path, name: str) -> None:
    engine, phase, (old, new) = _made(tmp_path, *SQLITE[name], Meant())
    path = tmp_path / "a.db"
    rows = _rows(path, old)
    for _ in range(2):
        _run(engine, phase.upgrade)
        assert differences(new, _schema(path)) == (), phase.upgrade
        _run(engine, phase.downgrade)
        assert differences(old, _schema(path)) == (), phase.downgrade
        assert _rows(path, old) == rows


def test_on_sqlite_an_in_place_column_makes_no_copy(tmp_path: Path) -> None:
    _, phase, _ = _made(tmp_path, *SQLITE["a nullable column is added in place"], Meant())
    assert "batch" not in phase.upgrade
    assert "drop_column" in phase.downgrade


def test_on_sqlite_a_text_without_digits_stops_the_change_to_a_number(tmp_path: Path) -> None:
    engine, phase, (old, _) = _made(
        tmp_path, LABEL.replace("'5'", "'five'"), SQLITE["a text becomes a number"][1], Meant()
    )
    with pytest.raises(RuntimeError, match="no integer"):
        _run(engine, phase.upgrade)
    assert _rows(tmp_path / "a.db", old)["t"] == [(1, "five")]


def test_on_sqlite_what_was_said_fills_the_rows(tmp_path: Path) -> None:
    after = "create table t (id integer primary key, v varchar(9) not null, w integer not null);"
    meant = Meant(fills={"t.v": "'none'", "t.w": "id * 3"})
    before = LABEL + "insert into t values (2, null);"
    engine, phase, (_, new) = _made(tmp_path, before, after, meant)
    _run(engine, phase.upgrade)
    assert _rows(tmp_path / "a.db", new)["t"] == [(1, "5", 3), (2, "none", 6)]
    assert differences(new, _schema(tmp_path / "a.db")) == ()


def test_on_sqlite_a_dropped_column_stops_the_way_back_where_there_are_rows(tmp_path: Path) -> None:
    after = "create table t (id integer primary key);"
    meant = Meant(drops=frozenset({"t.v"}))
    engine, phase, (old, _) = _made(tmp_path, LABEL, after, meant)
    _run(engine, phase.upgrade)
    with pytest.raises(RuntimeError, match="dropped with its values"):
        _run(engine, phase.downgrade)
    _run(engine, "op.execute('delete from t')")
    _run(engine, phase.downgrade)
    assert differences(old, _schema(tmp_path / "a.db")) == ()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("(id integer primary key, v integer)", "(id integer, v integer primary key)",
         "primary key of t"),
        ("(id integer primary key, v geometry, w integer)",
         "(id integer primary key, v geometry, w integer unique)", "geometry"),
    ],
)  # fmt: skip
def test_on_sqlite_what_a_batch_cannot_carry_is_refused(
    tmp_path: Path, before: str, after: str, words: str
) -> None:
    with pytest.raises(FixError, match=words) as caught:
        _made(tmp_path, f"create table t {before};", f"create table t {after};", Meant())
    assert "by hand" in (caught.value.way_out or "")


PARENTS = "create table a (id int auto_increment primary key); insert into a values (1);"
ROWS = "insert into t values (1, 'x');"
MARIADB: dict[str, Pair] = {
    "columns, a label and an index of the beginnings": (
        "create table t (id int primary key, v enum('x','y'), l text); "
        "insert into t values (1, 'x', 'l');",
        "create table t (id int primary key, v enum('x','y','z') default 'x', l text, w json, "
        "at datetime(6), b blob, u int unsigned, f tinyint(1) not null default 0, key p (l(12)));",
    ),
    "a column keeps what it has when it is altered": (
        "create table t (id int primary key, v varchar(9) not null default 'x' comment 'the v', "
        "s timestamp null default current_timestamp on update current_timestamp); insert into t "
        "values (1, 'x', null);",
        "create table t (id int primary key, v varchar(20) not null default 'x' comment 'the v', "
        "s timestamp null default current_timestamp on update current_timestamp, "
        "w int not null default 4);",
    ),
    "a key, its index, a check and a unique": (
        PARENTS + "create table t (id int primary key, v varchar(9));" + ROWS,
        "create table a (id int auto_increment primary key); create table t (id int primary key, "
        "v varchar(9), a_id int, constraint fk foreign key (a_id) references a (id) on delete "
        "set null, key ix (a_id), constraint ck check (v <> ''), constraint uq unique (v));",
    ),
    "a key that the server names": (
        PARENTS + "create table t (id int primary key, v varchar(9));" + ROWS,
        "create table a (id int auto_increment primary key); create table t (id int primary key, "
        "v varchar(9), a_id int, foreign key (a_id) references a (id));",
    ),
    "an index for a key in another's place": (
        PARENTS + "create table t (id int primary key, v int, key ix (v), constraint fk foreign "
        "key (v) references a (id)); insert into t values (1, 1);",
        "create table a (id int auto_increment primary key); create table t (id int primary key, "
        "v int, key iy (v, id), constraint fk foreign key (v) references a (id));",
    ),
}


@pytest.fixture(scope="module")
def maria(mariadb: str) -> Iterator[Any]:
    with open_mysql(mariadb, "mariadb") as sandbox:
        yield sandbox


def _filled(database: Any, sql: str) -> Schema:
    with contextlib.closing(database.connect()) as connection:
        for statement in filter(str.strip, sql.split(";")):
            connection.execute(statement)
        connection.commit()
    return _catalog(database)


def _catalog(database: Any) -> Schema:
    with contextlib.closing(database.connect()) as connection:
        found: Schema = dialects.get("mariadb").catalog.read_schema(connection)
        return found


def _own(database: Any, body: str) -> None:
    engine = sa.create_engine(database.url(), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        with context.begin_transaction():
            exec(body, {"op": Operations(context), "sa": sa, "mysql": mysql})


@pytest.mark.database
@pytest.mark.parametrize("name", MARIADB)
def test_on_mariadb_it_goes_up_down_and_up_with_rows(maria: Any, name: str) -> None:
    before, after = MARIADB[name]
    with maria.clone(None) as here, maria.clone(None) as there:
        old, new = _filled(here, before), _filled(there, after)
        cut = phases(draft(new, old, _unnamed(new), Meant()).changes, "", timeout=False)
        for phase in cut:
            _own(here, phase.upgrade)
        assert _left(new, _catalog(here)) == [], cut
        for phase in reversed(cut):
            _own(here, phase.downgrade)
        assert differences(old, _catalog(here)) == (), cut
        for phase in cut:
            _own(here, phase.upgrade)


def _unnamed(schema: Schema) -> Schema:
    """The schema as metadata has it: what the server has named has no name."""
    tables = [
        replace(
            table,
            foreign_keys=tuple(
                replace(key, name=None) if "_ibfk_" in (key.name or "") else key
                for key in table.foreign_keys
            ),
            indexes=tuple(item for item in table.indexes if item.name != "a_id"),
        )
        for table in schema.tables
    ]
    return replace(schema, tables=tuple(tables))


def _left(new: Schema, found: Schema) -> list[str]:
    """What differs but for names that the server gave."""
    return [
        str(item)
        for item in structured(new, found)
        if item.aspect != "name" or "ibfk" not in f"{item.before}{item.after}"
    ]


@pytest.mark.database
def test_on_mariadb_what_rows_can_refuse_is_a_revision_of_its_own(maria: Any) -> None:
    before, after = MARIADB["a key, its index, a check and a unique"]
    with maria.clone(None) as here, maria.clone(None) as there:
        old, new = _filled(here, before), _filled(there, after)
    cut = phases(draft(new, old, new, Meant()).changes, "", timeout=False)
    assert ["create_index" in phase.upgrade for phase in cut] == [True, False, False, False]
    alone = ("create_unique_constraint", "create_check_constraint", "create_foreign_key")
    for phase in cut[1:]:
        assert sum(name in phase.upgrade for name in alone) == 1
        assert phase.upgrade.count("op.") == 1

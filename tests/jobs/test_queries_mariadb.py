"""Queries of MariaDB: labelled by the rows that they read there, then reviewed."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import dbwright
from dbwright.core.errors import CollectError
from dbwright.core.options import Options
from dbwright.core.report import Report
from dbwright.core.target import Target
from dbwright.dialects.mysql import statements, statistics
from dbwright.dialects.mysql.counters import rows_read
from dbwright.dialects.mysql.explain import as_application
from dbwright.jobs.flow import review
from dbwright.jobs.query_grounds import Opened, of_rows
from dbwright.rules.registry import rules_for
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.mysql import Database
from dbwright.scratch.mysql_changes import changed
from dbwright.scratch.server import ServerChoice

pytestmark = pytest.mark.database
SET = Path(__file__).parent / "mariadb"
CASES: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (SET / "queries.toml").read_text(encoding="utf-8")
)
SLOW, FINE = CASES["slow"], CASES["fine"]
GAIN = 1.5
TEXT_AND_NUMBER = "select id, name from customers where account_no = 10777"
CITY = "select id, name from customers where city = 'city 7'"
MODELS = """
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_no: Mapped[str] = mapped_column(String(20), index=True)
    city: Mapped[str] = mapped_column(String(40))
"""
PAGES = """
from sqlalchemy import select
from shop.models import Customer

def numbered(session, city):
    query = select(Customer.id).where(Customer.account_no == 7, Customer.city != city)
    return session.scalars(query).all()
"""


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.fixture(scope="module")
def shop(mariadb: str) -> Iterator[Database]:
    """The shop with its rows, on a database that is dropped at the end."""
    choice = ServerChoice(sandbox_url=mariadb)
    with open_sandbox("mariadb", choice) as sandbox, sandbox.clone(None) as database:
        with contextlib.closing(database.connect()) as connection:
            for statement in statements.split((SET / "shop.sql").read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.commit()
            statistics.gather(connection)
        yield database


@pytest.fixture(scope="module")
def ground(shop: Database) -> Iterator[Opened]:
    """The shop as a ground, statements being the user's."""
    with contextlib.closing(shop.connect()) as connection:
        found = of_rows(connection, Target("mariadb", shop.server.numbers), "it", 10, beside=shop)
        found.rows = statistics.rows(connection)
        yield found


@pytest.fixture
def url(shop: Database, mariadb: str) -> str:
    """The shop as the user names it."""
    return f"{mariadb.rstrip('/')}/{shop.name}"


def answered(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    with as_application(connection):
        cursor = connection.cursor()
        cursor.execute(sql)
        return sorted(cursor.fetchall(), key=repr)


def measured(connection: Any, case: dict[str, Any]) -> tuple[int, int, bool]:
    """Gives the rows read before and after what is to help, and whether the answers are alike."""
    before, rows = rows_read(connection, case["sql"]), answered(connection, case["sql"])
    connection.rollback()
    with changed(connection, case.get("fix", [])):
        other = case.get("rewrite", case["sql"])
        after, others = rows_read(connection, other), answered(connection, other)
    return before, after, rows == others


@pytest.mark.parametrize("case", SLOW, ids=named)
def test_a_slow_query_of_the_set_gains_by_what_its_label_says(
    case: dict[str, Any], ground: Opened
) -> None:
    before, after, same = measured(ground.connection, case)
    if case.get("rows") == "other":
        assert not same
        return
    assert same
    assert before >= GAIN * max(after, 1)


@pytest.mark.parametrize("case", [c for c in FINE if "fix" in c or "rewrite" in c], ids=named)
def test_a_fine_query_of_the_set_gains_nothing_by_what_is_tempting(
    case: dict[str, Any], ground: Opened
) -> None:
    before, after, same = measured(ground.connection, case)
    assert same
    assert before < GAIN * max(after, 1)


def reviewed(ground: Opened, sql: str) -> list[Any]:
    query = ground.query(ground.literal(sql))
    return review(rules_for("queries"), [query], ground.target, ground.prover()).recommendations


@pytest.mark.parametrize("case", SLOW, ids=named)
def test_a_slow_query_is_told_by_its_rule_and_proved(case: dict[str, Any], ground: Opened) -> None:
    found = {each.rule: each for each in reviewed(ground, case["sql"])}
    assert case["rule"] in found
    assert found[case["rule"]].proof.level in ("verified", "observed")


@pytest.mark.parametrize("case", FINE, ids=named)
def test_a_fine_query_is_left_alone(case: dict[str, Any], ground: Opened) -> None:
    assert [each.message for each in reviewed(ground, case["sql"])] == []


def test_opening_a_table_counts_as_no_row_read(ground: Opened) -> None:
    """Its statistics are read from tables of the server, by the first statement that meets it."""
    sql = "select id from customers where id = 7"
    ground.connection.execute("flush tables customers")
    first = rows_read(ground.connection, sql)
    assert (first, rows_read(ground.connection, sql)) == (1, 1)


def test_what_was_tried_is_gone(ground: Opened) -> None:
    before = names_of_indexes(ground.connection)
    reviewed(ground, CITY)
    reviewed(ground, "select id from products where sku like '%04f2c'")
    assert names_of_indexes(ground.connection) == before


def names_of_indexes(connection: Any) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(
        "select table_name, index_name, column_name from information_schema.statistics"
        " where table_schema = database() order by 1, 2, seq_in_index"
    )
    return list(cursor.fetchall())


def rules(report: Report) -> list[str]:
    return [each.rule for each in report.recommendations]


@pytest.mark.parametrize("place", ["'city 7'", "?", "%s", "%(city)s", ":city"])
def test_an_index_is_tried_on_made_up_rows_of_the_users_schema(
    url: str, mariadb: str, place: str, shop: Database
) -> None:
    sql = f"select id, name from customers where city = {place}"
    report = dbwright.review_query(sql, options=Options(db=url, sandbox_url=mariadb))
    assert rules(report) == ["missing-index"]
    (found,) = report.recommendations
    assert found.proof.level == "verified"
    assert "made-up rows" in found.proof.scope
    assert found.advice.fix.steps[0].sql == "CREATE INDEX ix_customers_city ON customers (city)"
    assert report.looked[0].explained is not None
    with contextlib.closing(shop.connect()) as connection:
        assert not any("city" in row[1] for row in names_of_indexes(connection))


def test_a_table_of_few_rows_is_given_no_more(mariadb: str) -> None:
    choice = ServerChoice(sandbox_url=mariadb)
    with open_sandbox("mariadb", choice) as sandbox, sandbox.clone(None) as database:
        with contextlib.closing(database.connect()) as connection:
            connection.execute("create table kinds (id int primary key, name varchar(20))")
            connection.execute("insert into kinds select seq, seq from seq_1_to_12")
            connection.commit()
            statistics.gather(connection)
        options = Options(db=f"{mariadb.rstrip('/')}/{database.name}", sandbox_url=mariadb)
        report = dbwright.review_query("select id from kinds where name = 'x'", options=options)
    assert rules(report) == []


def test_without_a_throw_away_server_the_text_and_the_plan_are_read_and_nothing_is_run(
    url: str,
) -> None:
    report = dbwright.review_query(TEXT_AND_NUMBER, options=Options(db=url))
    (found,) = report.recommendations
    assert found.rule == "text-compared-with-number"
    assert found.proof.level == "reasoned"
    assert "--run" in found.proof.why
    (missed,) = report.unverified
    assert "--sandbox-url" in missed.way_out
    assert rules(dbwright.review_query(CITY, options=Options(db=url))) == []


def test_a_run_counts_the_rows_that_are_read_there(url: str) -> None:
    report = dbwright.review_query(TEXT_AND_NUMBER, options=Options(db=url, run=True))
    (found,) = report.recommendations
    assert found.proof.level == "verified"
    assert found.proof.factor is not None
    assert found.proof.factor > 100
    explained = report.looked[0].explained
    assert explained is not None
    assert explained.analyzed


@pytest.mark.parametrize(
    "sql",
    [
        "update customers set name = 'x' where account_no = 10777",
        "delete from customers where account_no = 10777",
        "select id from customers where account_no = 10777 for update",
        "insert into refunds (reason) values ('x')",
    ],
)
def test_nothing_that_writes_or_locks_is_run_in_the_users_database(
    url: str, sql: str, shop: Database
) -> None:
    with contextlib.closing(shop.connect()) as connection:
        before = answered(connection, "checksum table customers, refunds")
        report = dbwright.review_query(sql, options=Options(db=url, run=True))
        assert answered(connection, "checksum table customers, refunds") == before
    assert any("run" in each.what or "plan" in each.what for each in report.unverified)


def test_a_statement_of_another_dialect_is_told_in_the_servers_words(url: str) -> None:
    sql = "select id from orders where placed_at::date = '2024-03-01'"
    report = dbwright.review_query(sql, options=Options(db=url))
    told = next(each for each in report.unverified if "plan" in each.what)
    assert "You have an error in your SQL syntax" in told.why
    assert not told.why.startswith("(")


def test_what_has_no_plan_is_refused(url: str) -> None:
    with pytest.raises(CollectError, match="it is a statement that has no plan"):
        dbwright.review_query("create table x (a int)", options=Options(db=url))


def test_a_server_that_does_not_answer_is_told(url: str) -> None:
    gone = "mariadb+pymysql://root@127.0.0.1:1/shop"
    with pytest.raises(CollectError, match="cannot connect to"):
        dbwright.review_query(CITY, options=Options(db=gone))
    report = dbwright.review_query(CITY, options=Options(db=url, sandbox_url=gone))
    assert any("cannot connect" in each.why for each in report.unverified)


def test_a_project_is_read_by_its_models_where_no_server_is_named(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    options = Options(target="mariadb-10.11", models="models")
    report = dbwright.review_query(TEXT_AND_NUMBER.replace(", name", ""), tmp_path, options)
    (found,) = report.recommendations
    assert (found.rule, found.proof.level) == ("text-compared-with-number", "reasoned")
    assert any("--sandbox-url" in each.way_out for each in report.unverified)


@pytest.mark.parametrize(
    "condition",
    ["account_no / 100 = 5", "id / 100 = 5", "ifnull(city, 'NONE') = 'none'", "city = 'x'"],
)
def test_no_form_is_told_for_models_alone_that_has_other_rows_on_this_server(
    tmp_path: Path, condition: str
) -> None:
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    options = Options(target="mariadb-10.11", models="models")
    sql = f"select id from customers where {condition}"
    assert rules(dbwright.review_query(sql, tmp_path, options)) == []


def test_a_text_that_is_no_statement_of_mysql_is_told_without_a_server(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    options = Options(target="mariadb-10.11", models="models")
    report = dbwright.review_query("select from where x ==", tmp_path, options)
    assert any("not read as a statement" in each.why for each in report.unverified)


def test_a_project_is_tried_on_the_server_that_is_named(tmp_path: Path, mariadb: str) -> None:
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    options = Options(target="mariadb-10.11", models="models", sandbox_url=mariadb)
    sql = "select id from customers where city = %s"
    report = dbwright.review_query(sql, tmp_path, options)
    assert rules(report) == ["missing-index"]
    assert report.recommendations[0].proof.level == "verified"
    again = replace(options, sandbox=False)
    assert rules(dbwright.review_query(sql, tmp_path, again)) == []


def test_check_reads_the_queries_in_the_code_by_the_grammar_of_mysql(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "models.py").write_text(MODELS, encoding="utf-8")
    (package / "pages.py").write_text(PAGES, encoding="utf-8")
    options = Options(
        jobs=("queries",),
        models="shop.models:Base",
        target="mariadb-10.11",
        sandbox=False,
        trials=False,
    )
    (found,) = dbwright.check(tmp_path, options).recommendations
    assert (found.rule, found.location.line) == ("text-compared-with-number", 6)
    assert "city <> :city" in found.advice.fix.code

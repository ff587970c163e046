"""The example shop's slow pages, from the question to the measured gain."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import psycopg
import pytest
from tests.jobs.test_tune import Source, beside, in_use

import dbwright
from dbwright.core.errors import CollectError
from dbwright.core.finding import Recommendation
from dbwright.core.options import Options
from dbwright.core.report import Report

SHOP = Path(__file__).parents[2] / "examples" / "shop"
ORDERS = 8_000
PAGE = """
    select page.id, page.number, i.id as item, i.quantity from (
        select orders.id, orders.number, orders.created_at from orders
        order by orders.created_at desc, orders.id desc limit 50 offset 7500
    ) as page left join order_items i on i.order_id = page.id
    order by page.created_at desc, page.id desc
"""
pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def shop() -> Iterator[Source]:
    """The shop's database as its revisions make it, with rows, on a server of little memory."""
    with in_use(None, "alter database source set work_mem = '64kB'") as found:
        url = found.url.replace("postgresql:", "postgresql+asyncpg:")
        done = subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=SHOP, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found.connection.execute(f"set shop.orders = {ORDERS}".encode())
        found.connection.execute((SHOP / "load.sql").read_bytes())
        found.connection.execute("create extension pg_trgm")
        found.connection.close()  # a template may have no session
        with psycopg.connect(beside(found, "postgres"), autocommit=True) as admin:
            admin.execute("create database clone template source")
        with psycopg.connect(found.url, autocommit=True) as found.connection:
            yield found


def asked(shop: Source, words: str, **more: Any) -> Report:
    """Gives the report that answers a request, run on the shop's rows."""
    _, report = dbwright.ask(words, SHOP, Options(db=shop.url, run=True, **more))
    assert isinstance(report, Report)
    return report


def first(shop: Source, words: str, rule: str) -> Recommendation:
    """Gives the first answer, which names the cause."""
    found = asked(shop, words).recommendations
    assert [each.rule for each in found][:1] == [rule]
    return found[0]


def rows(shop: Source, sql: str) -> Sequence[object]:
    """Gives the rows of a statement, in an order of ours."""
    return sorted(map(repr, shop.connection.execute(sql.encode()).fetchall()))


@pytest.mark.parametrize(
    ("page", "rule", "line", "value"),
    [
        ("revenue_of_day", "function-on-column", "Order.placed_at >= cast(day, Date)",
         "'2026-03-01'"),
        ("never_sold", "not-in-subquery", "exists(", ""),
        ("low_stock", "grouped-after-join", ".group_by(StockLevel.variant_id)", "60"),
    ],
)  # fmt: skip
def test_another_form_has_the_rows_and_gains(
    shop: Source, page: str, rule: str, line: str, value: str
) -> None:
    found = first(shop, f"{page} takes 5 seconds, can you help optimize it?", rule)
    assert found.location.file == "shop/queries.py"
    assert line in found.advice.fix.code
    assert max(proof.factor or 0 for proof in found.proofs) >= 1.5
    (edit,) = found.advice.fix.edits
    assert edit.before
    assert edit.after
    before, after = (each.replace("$1", value) for each in (edit.before, edit.after))
    assert rows(shop, before) == rows(shop, after) != []


@pytest.mark.parametrize(
    ("page", "index"),
    [("revenue_between", "payments"), ("find_customers", "gin_trgm_ops")],
)
def test_an_index_is_made_on_the_clone_and_measured(shop: Source, page: str, index: str) -> None:
    words = f"{page} takes 5 seconds, can you help optimize it?"
    found = asked(shop, words, prove_on=beside(shop, "clone")).recommendations[0]
    assert index in found.advice.fix.code
    assert max(proof.factor or 0 for proof in found.proofs if "clone" in proof.scope) >= 1.5


def test_rows_that_are_only_counted_are_counted_by_the_database(
    shop: Source, tmp_path: Path
) -> None:
    words = "count_orders takes 5 seconds, can you help optimize it?"
    found = first(shop, words, "rows-loaded-to-count")
    assert found.location.file == "shop/queries.py"
    assert "select(func.count()).select_from(Order)" in found.advice.fix.code
    assert max(proof.factor or 0 for proof in found.proofs) >= 1.5
    (edit,) = found.advice.fix.edits
    shutil.copytree(SHOP, tmp_path / "shop")
    before = counted(shop, tmp_path / "shop")
    (tmp_path / "shop" / edit.path).write_text(edit.after or "", encoding="utf-8")
    assert counted(shop, tmp_path / "shop") == before
    assert sum(before.values()) > 0


def counted(shop: Source, root: Path) -> dict[str, int]:
    """Gives the orders of each status, as the shop's own function counts them."""
    url = shop.url.replace("postgresql:", "postgresql+asyncpg:")
    program = f"""
        import asyncio, json
        from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
        from shop.queries import count_orders
        async def main():
            async with AsyncSession(create_async_engine({url!r})) as session:
                states = "pending", "paid", "packed", "shipped", "cancelled", "none"
                return {{each: await count_orders(session, each) for each in states}}
        print(json.dumps(asyncio.run(main())))
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(program)], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_a_deep_page_is_named_before_what_sorts_it(shop: Source) -> None:
    found = first(shop, f"This query is taking 5 seconds to run:\n{PAGE}", "deep-offset")
    assert "OFFSET 7500" in found.advice.fix.changed
    keyset = found.advice.fix.code.partition("\n")[2]
    last = "select created_at, id from orders order by 1 desc, 2 desc offset 7499 limit 1"
    ((moment, key),) = shop.connection.execute(last.encode()).fetchall()
    for name, value in (("last_created_at", f"'{moment}'"), ("last_id", str(key))):
        keyset = keyset.replace(f"%({name})s", value).replace(f":{name}", value)
    assert rows(shop, keyset) == rows(shop, PAGE) != []


def test_a_page_that_may_lose_rows_is_told_as_wrong(shop: Source) -> None:
    sql = "select id from users where is_active and id not in (select user_id from reviews)"
    found = first(shop, f"This query is slow:\n{sql}", "null-in-not-in")
    assert found.severity == "error"


def test_a_search_by_a_part_of_the_name_asks_for_trigrams(shop: Source) -> None:
    sql = "select id, email from users where full_name ilike '%hagen1%' order by email limit 20"
    found = first(shop, f"This query is slow:\n{sql}", "leading-wildcard")
    assert "gin_trgm_ops" in found.advice.fix.code


def test_a_statement_put_together_in_steps_says_how_to_get_it(shop: Source) -> None:
    with pytest.raises(CollectError, match="put together in steps") as raised:
        asked(shop, "why is list_orders slow?")
    assert "--dbwright-record" in (raised.value.way_out or "")


def test_every_index_is_told_once(shop: Source) -> None:
    found = asked(shop, f"This query is slow:\n{PAGE}").recommendations
    made = [step.sql.partition(" ON ")[2] for each in found for step in each.advice.fix.steps]
    assert len({each.replace(" DESC", "") for each in made}) == len(made)

"""Finds the slowest pages of `examples/shop` and asks dbwright about each, as a user would.

    python benchmarks/query_pages.py FOLDER [--orders 100000] [--slowest 5] [--memory 4MB]

Every page of shop/queries.py is run by its own function on a database with rows; what it sent is
taken down as SQLAlchemy sent it, with its values. The pages are ranked by the median time of three
runs, and of the slowest the statement is pasted behind the words of a user into `dbwright ask`,
with the database and a clone to make indexes on; where it knows nothing, it is asked about the
function by its name. Printed are the pages, and for the slowest what
the first answers name, with the factor that was measured. The folder takes all that this makes;
an unprivileged server must be able to enter it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
from query_many import shop
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

import dbwright
from dbwright.core.errors import DbwrightError
from dbwright.core.options import Options
from dbwright.core.report import Report

WORDS = "This query is taking 5 seconds to run, can you help optimize it?"
START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
Page = Callable[[AsyncSession], Coroutine[Any, Any, Any]]


def pages(queries: Any, orders: int) -> dict[str, Page]:
    """Gives each page with typical arguments; the list of orders both at its begin and deep."""
    deep = orders // 60
    return {
        "search_products": lambda s: queries.search_products(s, "roast"),
        "list_products": lambda s: queries.list_products(s),
        "product_page": lambda s: queries.product_page(s, "coffee-77"),
        "count_by_category": lambda s: queries.count_by_category(s),
        "never_sold": lambda s: queries.never_sold(s),
        "low_stock": lambda s: queries.low_stock(s, 60),
        "find_customers": lambda s: queries.find_customers(s, "hagen1"),
        "find_by_email": lambda s: queries.find_by_email(s, "ada.hagen7@example.com"),
        "silent_customers": lambda s: queries.silent_customers(s),
        "not_subscribed": lambda s: queries.not_subscribed(s),
        "has_bought": lambda s: queries.has_bought(s, 7, 7),
        "has_open_orders": lambda s: queries.has_open_orders(s, 7),
        "list_orders, first page": lambda s: queries.list_orders(s, None, 1, 50),
        "list_orders, deep": lambda s: queries.list_orders(s, None, deep, 50),
        "orders_before": lambda s: queries.orders_before(s, 7, None, 20),
        "count_orders": lambda s: queries.count_orders(s, "cancelled"),
        "revenue_of_day": lambda s: queries.revenue_of_day(s, date(2026, 3, 1)),
        "revenue_between": lambda s: queries.revenue_between(s, START, END),
        "best_sellers": lambda s: queries.best_sellers(s, START),
    }


async def timed(url: str, found: dict[str, Page]) -> dict[str, tuple[float, list[str]]]:
    """Gives for each page its median seconds, and the statements that it sent with their values."""
    engine = create_async_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    client = psycopg.ClientCursor(psycopg.connect(url))
    sent: list[str] = []
    times: dict[str, tuple[float, list[str]]] = {}

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def after(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        sent.append(client.mogrify(statement, parameters))

    for name, page in found.items():
        taken = []
        for _ in range(4):
            sent.clear()
            async with AsyncSession(engine) as session:
                begin = time.perf_counter()
                await page(session)
                taken.append(time.perf_counter() - begin)
        times[name] = statistics.median(taken[1:]), list(sent)
    client.connection.close()
    await engine.dispose()
    return times


def asked(name: str, sql: str, url: str, clone: str, project: Path) -> str:
    """Gives the first answers to the questions about a page, a line each."""
    options = Options(db=url, run=True, prove_on=clone)
    lines = []
    for request in (f"{WORDS}\n\n{sql}", f"{name} takes 5 seconds, can you help optimize it?"):
        begin = time.perf_counter()
        try:
            _, report = dbwright.ask(request, project, options)
        except DbwrightError as error:
            lines.append(f"  {error.message}")
            continue
        assert isinstance(report, Report)
        seconds = time.perf_counter() - begin
        lines.append(f"  {request.split(maxsplit=1)[0]} …: answered in {seconds:.0f} s")
        for each in report.recommendations[:3]:
            factors = [proof.factor for proof in each.proofs if proof.factor]
            gain = f"{max(factors):.1f} times as fast" if factors else "no factor"
            lines.append(f"  {each.rule}: {each.message.splitlines()[0][:90]} -- {gain}")
        if report.recommendations:
            break
    return "\n".join(lines)


def main() -> None:
    """Ranks the pages and asks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--slowest", type=int, default=5)
    parser.add_argument("--memory", default="4MB", help="work_mem of the database")
    given = parser.parse_args()
    with shop(given.folder, given.orders) as (url, _):
        with psycopg.connect(url.replace("/shop?", "/postgres?"), autocommit=True) as admin:
            admin.execute(f"alter database shop set work_mem = '{given.memory}'".encode())
            admin.execute("drop database if exists clone")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create extension if not exists pg_trgm")
        with psycopg.connect(url.replace("/shop?", "/postgres?"), autocommit=True) as admin:
            admin.execute("create database clone template shop")
        sys.path.insert(0, str(given.folder / "shop"))
        from shop import queries  # type: ignore[import-not-found]

        found = pages(queries, given.orders)
        times = asyncio.run(timed(url, found))
        ranked = sorted(times, key=lambda name: -times[name][0])
        for name in ranked:
            print(f"{times[name][0] * 1000:8.1f} ms  {name}", flush=True)
        for name in ranked[: given.slowest]:
            longest = max(times[name][1], key=len)
            print(f"\n{name}", flush=True)
            clone = url.replace("/shop?", "/clone?")
            print(asked(name.partition(",")[0], longest, url, clone, given.folder / "shop"))


if __name__ == "__main__":
    main()

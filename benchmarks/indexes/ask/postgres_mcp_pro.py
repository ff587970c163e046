"""Runs the tuning advisor of Postgres MCP Pro, without a model; started by peers.py in its Python.

Reads {budget_mb, queries: [{sql, calls, ms}]} from standard input and prints a list of CREATE INDEX
in the order in which they were added. A statement that the advisor cannot read is left out, since
one such statement would end the whole run; which ones goes to standard error. So would a candidate
on a column that its table does not have, which comes of columns written without their table.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from postgres_mcp.index.dta_calc import (  # type: ignore[import-not-found]
    DatabaseTuningAdvisor,
)
from postgres_mcp.sql import DbConnPool, SqlDriver  # type: ignore[import-not-found]


async def columns(driver: Any) -> dict[str, set[str]]:
    """Each table's columns."""
    found: dict[str, set[str]] = {}
    query = """
        select table_name, column_name from information_schema.columns
        where table_schema = 'public'"""
    for row in await driver.execute_query(query) or []:
        found.setdefault(row.cells["table_name"], set()).add(row.cells["column_name"])
    return found


async def ask(task: dict[str, Any]) -> list[str]:
    """The advisor's indexes for the statements that it can read."""
    place = os.environ
    pool = DbConnPool(
        f"postgresql://{place['PGUSER']}@/{place['PGDATABASE']}?host={place['PGHOST']}"
    )
    await pool.pool_connect()
    driver = SqlDriver(conn=pool)
    readable = []
    for number, given in enumerate(task["queries"]):
        entry = {
            "query": given["sql"],
            "queryid": str(number),
            "calls": given["calls"],
            "avg_exec_time": given["ms"],
        }
        advisor = DatabaseTuningAdvisor(driver)
        try:
            kept = await advisor._validate_and_parse_workload([dict(entry)])
            await advisor._evaluate_configuration_cost(
                advisor._covert_workload_to_query_weights(kept), frozenset()
            )
        except Exception as problem:
            print(f"{given['sql'][:60]}: {problem}"[:160], file=sys.stderr)
            continue
        readable += [entry] if kept else []
    advisor = DatabaseTuningAdvisor(driver, budget_mb=task["budget_mb"])
    there = await columns(driver)
    checked = advisor._filter_long_text_columns

    async def existing(candidates: list[Any], *rest: Any, **more: Any) -> list[Any]:
        kept = [c for c in candidates if set(c.columns) <= there.get(c.table, set())]
        return list(await checked(kept, *rest, **more))

    advisor._filter_long_text_columns = existing
    order: list[str] = []
    trace = advisor.dta_trace

    def listen(message: Any, *rest: Any) -> None:
        text = str(message)
        if "Selected index: " in text:
            order.append(text.split("Selected index: ")[1].split("\n")[0].strip())
        trace(message, *rest)

    advisor.dta_trace = listen
    result = await advisor.analyze_workload(workload=readable, max_index_size_mb=task["budget_mb"])
    if result.error:
        raise SystemExit(result.error)
    await pool.close()
    found = [f"create index on {r.table} ({', '.join(r.columns)})" for r in result.recommendations]
    added = ["create index on " + text.replace("(", " (").replace(",", ", ") for text in order]
    return [sql for sql in added if sql in found] + [sql for sql in found if sql not in added]


if __name__ == "__main__":
    json.dump(asyncio.run(ask(json.load(sys.stdin))), sys.stdout)

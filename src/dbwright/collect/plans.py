"""Plans: what people paste of EXPLAIN, of any database and in any of its formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dbwright.core.errors import PlanError
from dbwright.core.explained import Explained
from dbwright.dialects.mysql import plan_data as mysql_data
from dbwright.dialects.mysql import plan_text as mysql_text
from dbwright.dialects.postgresql import plan_data, plan_documents
from dbwright.dialects.postgresql import plan_text as postgresql_text
from dbwright.dialects.sqlite import plan_text as sqlite_text

_LARGEST = 20_000_000
_WAY_OUT = (
    "Paste what EXPLAIN prints, best of EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON): of PostgreSQL "
    "text, JSON, YAML, XML or auto_explain's log, of SQLite EXPLAIN QUERY PLAN, of MySQL and "
    "MariaDB the table or FORMAT=JSON."
)


def read_plan(text: str, file: str | None = None) -> Explained:
    """Gives the plan of a text that was pasted, or is the content of a file with that name.

    Of several plans it is the first; `unread` says so. What is no plan, is cut off or damaged
    raises PlanError, with the line and the way out; nothing else is raised.
    """
    try:
        return _read(text)
    except PlanError as error:
        raise PlanError(
            error.message, file=file, line=error.line, way_out=error.way_out or _WAY_OUT
        ) from error
    except RecursionError as error:
        raise PlanError("the plan is nested too deeply", file=file, way_out=_WAY_OUT) from error


def _read(text: str) -> Explained:
    if len(text) > _LARGEST:
        raise PlanError(f"the text is longer than {_LARGEST // 1_000_000} million letters")
    if not text.strip():
        raise PlanError("there is no plan: the text is empty", line=1)
    document = plan_documents.read(text)
    if document is not None:
        return _of_document(document)
    if sqlite_text.looks_like(text):
        return sqlite_text.read(text)
    if mysql_text.looks_like(text):
        return mysql_text.read(text)
    return _of_data(postgresql_text.read(text))


def _of_document(document: Any) -> Explained:
    listed = document if isinstance(document, list) else [document]
    first = listed[0]
    if not isinstance(first, Mapping):
        raise PlanError("the document holds no plan", line=1)
    if "query_block" in first:
        return mysql_data.explained(first)
    data = {str(key): value for key, value in first.items()}
    if "Plan" not in data:
        data = {"Plan": data}
    if len(listed) > 1:
        data["Unread"] = [f"{len(listed) - 1} further plans of the document"]
    return _of_data(data)


def _of_data(data: dict[str, Any]) -> Explained:
    unread = data.pop("Unread", ())
    return replace(plan_data.explained(data), unread=tuple(map(str, unread)))

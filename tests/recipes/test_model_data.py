"""Questions about a live database are SQL that it answers: what breaks, repeats, stands there."""

from __future__ import annotations

import sqlite3

import pytest

from dbwright.core.identifiers import spelled
from dbwright.core.mapping import Mapping, Seen
from dbwright.core.schema import Column, Schema, Table
from dbwright.recipes import model_data


def answers(column: Column, rows: list[object]) -> Seen:
    """What a database with these rows says of a column, by the questions that are asked of it."""
    table = Table("order", (column,))
    connection = sqlite3.connect(":memory:")
    connection.execute(f'create table "order" ("{column.name}" {column.type})')
    connection.executemany('insert into "order" values (?)', [(row,) for row in rows])
    seen = Seen()
    for question in model_data.questions(Mapping(Schema("sqlite", (table,))), spelled, spelled):
        assert question.key == f"order.{column.name}"
        seen = model_data.answered(seen, question, connection.execute(question.sql).fetchall())
    return seen


@pytest.mark.parametrize(
    ("name", "rows", "breaking"),
    [
        ("percent", [0, 100], 0),
        ("discount_percent", [-1, 50, 101, None], 2),
        ("quantity", [0, 1, -1], 2),
        ("price", [0, 1, -1], 1),
        ("price_change", [-1], None),
        ("weight", [-1], None),
    ],
)
def test_rows_that_break_a_check_are_counted(
    name: str, rows: list[object], breaking: int | None
) -> None:
    assert answers(Column(name, "integer"), rows).breaking == breaking


def test_values_that_are_there_twice_are_told_and_null_is_no_value() -> None:
    assert answers(Column("slug", "text"), ["a", "b", None, None]).repeats is False
    assert answers(Column("slug", "text"), ["a", "b", "a"]).repeats is True
    assert answers(Column("title", "text"), ["a", "a"]).repeats is None


def test_words_of_a_status_are_given_where_they_are_few_and_nobodys_data() -> None:
    status = Column("status", "text")
    assert answers(status, ["open", "closed", "open", None]).values == ("closed", "open")
    assert answers(status, ["open", "asked by ada@example.com"]).values is None
    few = [f"state {n}" for n in range(model_data.MOST_VALUES)]
    assert len(answers(status, few).values or ()) == model_data.MOST_VALUES  # type: ignore[arg-type]
    assert answers(status, [*few, "one more"]).values is None

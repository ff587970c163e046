"""What to ask a live database about the models: does a CHECK hold, are values distinct.

Questions are SELECTs of one value or few; they name columns, never values of rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from dbwright.core.mapping import Mapping, Seen
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_types, model_words

MOST_VALUES = 20
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,39}")
POSITIVE = {"quantity", "qty"}
NOT_NEGATIVE = {"price", "stock"}
PERCENT = {"percent", "percentage"}
NATURAL = {"slug", "sku", "isbn", "isbn13", "username", "ean", "handle", "email"}


@dataclass(frozen=True, slots=True)
class Question:
    """A SELECT about one column. `kind` names the field of `Seen` that its answer is for."""

    kind: Literal["breaking", "repeats", "values"]
    table: str
    column: str
    sql: str

    @property
    def key(self) -> str:
        """The column with its table: `orders.status`."""
        return f"{self.table}.{self.column}"


def condition(column: Column) -> str | None:
    """Gives what should hold for a number of that name, None when nothing is known."""
    said = model_words.words(column.name)
    if not said or not model_types.is_number(column.type) or column.computed:
        return None
    if {"change", "delta", "diff", "adjustment"}.intersection(said):
        return None
    if said[-1] in POSITIVE:
        return f"{column.name} > 0"
    if PERCENT.intersection(said):
        return f"{column.name} between 0 and 100"
    return f"{column.name} >= 0" if said[-1] in NOT_NEGATIVE else None


def questions(
    mapping: Mapping, quoted: Callable[[str], str], quoted_key: Callable[[str], str]
) -> Iterator[Question]:
    """Gives the questions that rules would have answered, spelled by the dialect's quoting."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned"):
            continue
        for column in table.columns:
            yield from _of(table, column, quoted(column.name), quoted_key(table.key))


def _of(table: Table, column: Column, name: str, key: str) -> Iterator[Question]:
    wanted = condition(column)
    if wanted is not None:
        held = wanted.replace(column.name, name, 1)
        sql = f"select count(*) from (select 1 from {key} where not ({held}) limit 1000) broken"
        yield Question("breaking", table.key, column.name, sql)
    if not model_types.is_text(column.type):
        return
    if column.name.lower() in NATURAL:
        sql = f"select 1 from {key} where {name} is not null group by {name} having count(*) > 1"
        yield Question("repeats", table.key, column.name, f"{sql} limit 1")
    if model_words.is_status(column.name):
        sql = f"select distinct {name} from {key} where {name} is not null"
        yield Question("values", table.key, column.name, f"{sql} limit {MOST_VALUES + 1}")


def answered(known: Seen, question: Question, found: list[tuple[object, ...]]) -> Seen:
    """Gives what is known of a column with one answer more.

    Values that are no short words are somebody's data: then none of them is given.
    """
    if question.kind == "breaking":
        return replace(known, breaking=int(str(found[0][0])) if found else None)
    if question.kind == "repeats":
        return replace(known, repeats=bool(found))
    texts = sorted(str(row[0]) for row in found)
    plain = len(texts) <= MOST_VALUES and all(_WORD.fullmatch(text) for text in texts)
    return replace(known, values=tuple(texts) if plain else None)

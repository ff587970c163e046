"""What the tester needs of a database: rows placed, a query answered, everything taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from dbwright.core.query_parts import QueryParts
from dbwright.core.same_rows import Answer, Row
from dbwright.core.schema import Schema
from dbwright.scratch.adversarial.instance import Instance, NewRow, Values

CUT = "57014"
"""The code of an answer that took too long and was cut off."""
WRONG = ("42", "0A", "3F", "26", "08")
"""How codes begin of statements that run on no rows at all."""


class Unfit(Exception):
    """Why a database or a query cannot be tested, as a sentence without its end."""


class Bench(Protocol):
    """A scratch database between `opened` and its end; then it is as it was.

    `held` are the tables that hold rows as they were placed last, `refreshed` materialized views
    to fill anew after the rows stand; `defers` has keys wait until then; `zones` are time zones of
    the session to try. `ahead` are queries that will be asked of each database, told beforehand.
    """

    connection: Any
    schema: Schema
    held: frozenset[str]
    refreshed: tuple[str, ...]
    defers: bool
    zones: tuple[str, ...]
    ahead: tuple[str, ...]

    def opened(self, tables: Iterable[str]) -> AbstractContextManager[None]:
        """Empties these tables for the time of the block. Raises Unfit."""

    def unsteady(self, functions: Sequence[str]) -> list[str]:
        """Gives those of the functions that return something else each time."""

    def values(self, expressions: Sequence[str]) -> list[tuple[str, str] | None]:
        """Gives each constant's value as text with the family of its type, None for none."""

    def takes(
        self, texts: Sequence[str], type_: str, column: str, checks: Sequence[str]
    ) -> set[str]:
        """Gives the texts that are values of the type and meet the checks of their column."""

    def meets(
        self, rows: Sequence[Values], types: Mapping[str, str], checks: Sequence[str]
    ) -> list[bool]:
        """Says of each row whether its values are of their types and meet the checks.

        `types` has the columns of the rows.
        """

    def place(self, instance: Instance) -> bool:
        """Has the database hold just these rows, less those that a constraint refuses.

        False where they cannot stand together at all.
        """

    def placed(self, instance: Instance) -> list[bool]:
        """Does as `place`, row by row; says of each row whether it stands."""

    def answer(self, sql: str, parameters: Sequence[str | None] = ()) -> Answer:
        """Runs a query on the rows that are placed."""

    def otherwise(self) -> Iterator[Mapping[str, str]]:
        """Gives settings under which the same query may be run another way."""

    def rows(self, table: str, columns: Sequence[str]) -> tuple[Row, ...]:
        """Gives the rows of a table as they stand."""

    def texts(self, table: str, columns: Sequence[str]) -> list[Values]:
        """Gives the rows of a table as rows to insert have them."""

    def refusal(self, row: NewRow) -> str | None:
        """Gives why the database refuses a row where it is to stand alone, None where it stands."""

    def statement(self, row: NewRow) -> str:
        """Gives the INSERT of a row."""

    def settings(self, number: int) -> Mapping[str, str]:
        """Gives the session's settings for the database of that number."""

    def ranked(
        self, sql: str, parts: QueryParts, names: tuple[str, ...], whole: bool
    ) -> str | None:
        """Gives the query with each row's rank by its ORDER BY behind it, where that can be.

        `whole` leaves its LIMIT out.
        """

    def leaves(self, key: str) -> list[str]:
        """Gives the conditions of a partitioned table's partitions."""

    def parameter_types(self, sql: str) -> list[str]:
        """Gives the types of a query's parameters."""

    def below(self, schema: Schema, key: str) -> Iterable[str]:
        """Gives the tables whose rows a table shows as well: partitions apart, its children."""

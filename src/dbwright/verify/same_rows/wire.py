"""How the tester speaks with PostgreSQL: results as they come, texts in and texts out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus

from dbwright.core.same_rows import Answer, Row
from dbwright.scratch.rows_values import quoted
from dbwright.verify.same_rows.bench import Unfit

GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.EMPTY_QUERY)


class Wire:
    """A connection whose statements are sent as they stand, with no transactions of its own."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._types: dict[tuple[int, int], str] = {}

    def answered(self, result: Any) -> Answer:
        """Gives what a query came to."""
        if result.status not in GOOD:
            code = field_of(result, DiagnosticField.SQLSTATE)
            return Answer(error=field_of(result, DiagnosticField.MESSAGE_PRIMARY), code=code)
        fields = range(result.nfields)
        return Answer(
            tuple((result.fname(n) or b"").decode() for n in fields),
            tuple(self._type(result.ftype(n), result.fmod(n)) for n in fields),
            tuple(rows_of(result)),
        )

    def _run(self, sql: str, parameters: Sequence[str | None] = ()) -> Any:
        pgconn = self.connection.pgconn
        if parameters:
            values = [None if value is None else value.encode() for value in parameters]
            result = pgconn.exec_params(sql.encode(), values)
        else:
            result = pgconn.exec_(sql.encode())
        self._alive()
        return result

    def _run_all(self, sql: str) -> list[Any]:
        """Gives the result of each statement, up to one that fails."""
        pgconn = self.connection.pgconn
        self._alive()
        pgconn.send_query(sql.encode())
        found = []
        while (result := pgconn.get_result()) is not None:
            found.append(result)
        self._alive()
        return found

    def _alive(self) -> None:
        if self.connection.pgconn.status == ConnStatus.BAD:
            raise Unfit("the connection to the scratch database was lost")

    def _must(self, sql: str, what: str) -> None:
        result = self._run(sql)
        if result.status not in GOOD:
            why = field_of(result, DiagnosticField.MESSAGE_PRIMARY)
            raise Unfit(f"the tester cannot {what} on the scratch database: {why}")

    def _each(self, sql: str, texts: Sequence[str]) -> list[Row]:
        if not texts:
            return []
        array = "array[" + ", ".join(quoted(text) for text in texts) + "]::text[]"
        return rows_of(self._run(sql.replace("TEXTS", array)))

    def _type(self, oid: int, modifier: int) -> str:
        if (oid, modifier) not in self._types:
            result = self._run(f"select format_type({oid}, {modifier})")
            self._types[oid, modifier] = str(rows_of(result)[0][0])
        return self._types[oid, modifier]


def rows_of(result: Any) -> list[Row]:
    """Gives the rows of a result as texts, None for NULL."""
    return [
        tuple(_text(result.get_value(row, column)) for column in range(result.nfields))
        for row in range(result.ntuples)
    ]


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace")


def field_of(result: Any, field: DiagnosticField) -> str:
    """Gives a part of an error."""
    return _text(result.error_field(field)) or ""

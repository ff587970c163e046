"""The tester's PostgreSQL: one transaction, a savepoint for each database, never a commit."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.pq import DiagnosticField, TransactionStatus

from dbwright.core.query_parts import QueryParts
from dbwright.core.same_rows import Answer, Row
from dbwright.core.schema import Schema, Table
from dbwright.dialects.postgresql import query_parts, types
from dbwright.scratch.adversarial.instance import Instance, NewRow, Values
from dbwright.scratch.adversarial.tables import FILLED
from dbwright.scratch.rows_values import quoted
from dbwright.scratch.rows_write import name_of, quote_name
from dbwright.verify.same_rows.bench import Unfit
from dbwright.verify.same_rows.wire import GOOD, Wire, field_of, rows_of

_SESSION = """
    set local statement_timeout = '3s'; set local lock_timeout = '3s';
    set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres';
    set local client_min_messages = 'error'; set local jit = off;
    set local standard_conforming_strings = on; set local client_encoding = 'UTF8';
    set local plan_cache_mode = force_custom_plan
"""
# Refused rows are caught by the server: one round trip for all of a database.
_FUNCTIONS = """
    create function pg_temp.dbw_put(statement text) returns boolean language plpgsql as $dbw$
    declare many bigint;
    begin execute statement; get diagnostics many = row_count; return many > 0;
    exception when others then return false; end $dbw$;
    create function pg_temp.dbw_true(query text) returns boolean language plpgsql as $dbw$
    declare found boolean;
    begin execute query into found; return found;
    exception when others then return false; end $dbw$;
    create function pg_temp.dbw_value(e text) returns text language plpgsql as $dbw$
    declare found text;
    begin
        execute 'select (' || e || ')::text || chr(1) || pg_typeof(' || e || ')' into found;
        return found;
    exception when others then return null; end $dbw$
"""
_ZONES = ("America/New_York", "Europe/Berlin", "Asia/Kolkata")
_PLANS = (
    {"enable_hashagg": "off"},
    {"enable_sort": "off", "enable_hashjoin": "off"},
    {"enable_seqscan": "off"},
    {"enable_nestloop": "off"},
    {"enable_mergejoin": "off", "enable_indexscan": "off", "enable_bitmapscan": "off"},
    {"enable_hashjoin": "off", "enable_mergejoin": "off"},
)
_STABLE_IN_A_STATEMENT = ("statement_timestamp",)


class PostgresqlBench(Wire):
    """Small databases on one connection, as the tables' owner; its transaction is rolled back."""

    def __init__(self, connection: psycopg.Connection[Any], schema: Schema) -> None:
        super().__init__(connection)
        self.schema = schema
        self.held: frozenset[str] = frozenset()
        self.ahead: tuple[str, ...] = ()
        self._ahead: dict[str, Answer] = {}
        self.refreshed: tuple[str, ...] = ()
        self.defers = False
        self.zones: tuple[str, ...] = _ZONES

    @contextlib.contextmanager
    def opened(self, tables: Iterable[str]) -> Iterator[None]:
        """Empties these tables for the time of the block. Raises Unfit."""
        status = self.connection.info.transaction_status
        if status not in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
            raise Unfit("the connection's transaction has failed or still runs a statement")
        outer = status == TransactionStatus.INTRANS
        self._run("savepoint dbw_all" if outer else "begin")
        try:
            self._run(_SESSION)
            self._must(_FUNCTIONS, "make its functions")
            names = [name_of(t) for key in tables if (t := self.schema.table(key)) is not None]
            if names:
                self._must(f"truncate {', '.join(names)} cascade", "empty the tables")
            self._run("savepoint dbw_one")
            yield
        finally:
            self._run("rollback to dbw_all; release dbw_all" if outer else "rollback")

    def unsteady(self, functions: Sequence[str]) -> list[str]:
        """Gives those of the functions that return something else each time."""
        names = "{" + ",".join(f'"{name}"' for name in functions) + "}"
        result = self._run(
            f"""
            select distinct proname from pg_proc
            where proname = any({quoted(names)}) and (provolatile = 'v'
              and prokind = 'f' or proname = any(array{list(_STABLE_IN_A_STATEMENT)!r}))
            order by 1
        """
        )
        return [row[0] or "" for row in rows_of(result)]

    def values(self, expressions: Sequence[str]) -> list[tuple[str, str] | None]:
        """Gives each constant's value as text with the family of its type, None for none."""
        rows = self._each("select pg_temp.dbw_value(e) from unnest(TEXTS) e", expressions)
        return [_value(text) for (text,) in rows]

    def takes(
        self, texts: Sequence[str], type_: str, column: str, checks: Sequence[str]
    ) -> set[str]:
        """Gives the texts that are values of the type and meet the checks of their column."""
        rows: list[Values] = [{column: text} for text in texts]
        held = self.meets(rows, {column: type_}, checks)
        return {text for text, holds in zip(texts, held, strict=True) if holds}

    def meets(
        self, rows: Sequence[Values], types: Mapping[str, str], checks: Sequence[str]
    ) -> list[bool]:
        """Says of each row whether its values are of their types and meet the checks."""
        where = "".join(f" and ({check}) is not false" for check in map(_bare, checks))
        # the values are read too: a domain's are checked where they are needed, and only there
        queries = [
            f"select true, * from (select {_typed(row, types)}) s where true{where}" for row in rows
        ]
        found = self._each("select pg_temp.dbw_true(e) from unnest(TEXTS) e", queries)
        return [held == "t" for (held,) in found]

    def place(self, instance: Instance) -> bool:
        """Has the database hold just these rows, less those that a constraint refuses."""
        start = self._start(instance)
        parts = [
            (key, list(rows))
            for key, rows in itertools.groupby(instance.rows, lambda row: row.table)
        ]
        inserts = (self._insert(key, rows) for key, rows in parts)
        steps = [*start, *inserts, *self._links(instance.rows), *self._end()]
        # the queries come behind the rows: one way to the server and back instead of three
        results = self._run_all("\n;\n".join([*steps, *self.ahead]))
        stands = len(results) > len(steps) or results[-1].status in GOOD
        if stands:
            self._keep_answers(results[len(steps) :])
            put = zip(parts, results[len(start) :], strict=False)
            there = {key for (key, _), each in put if each.command_tuples}
            self.held = self._holding((key for key, _ in parts), there)
            return True
        return any(self.placed(instance)) or not instance.rows

    def _keep_answers(self, results: Sequence[Any]) -> None:
        """Keeps what the queries came to; one that failed is run anew by itself."""
        self._ahead = {}
        for sql, result in zip(self.ahead, results, strict=False):
            if result.status in GOOD:
                self._ahead[sql] = self.answered(result)
            else:
                self._run("rollback to dbw_query")

    def placed(self, instance: Instance) -> list[bool]:
        """Does as `place`, row by row; says of each row whether it stands."""
        self._ahead = {}
        self._run("; ".join(self._start(instance)))
        statements = [self.statement(row) for row in instance.rows]
        put = "select pg_temp.dbw_put(e) from unnest(TEXTS) e"
        stood = [row[0] == "t" for row in self._each(put, statements)]
        self._each(put, list(self._links(instance.rows)))
        if self._run("; ".join(self._end())).status not in GOOD:
            self._run("rollback to dbw_one; savepoint dbw_query")
            self.held = frozenset()
            return [False] * len(instance.rows)
        there = {row.table for row, stands in zip(instance.rows, stood, strict=True) if stands}
        self.held = self._holding({row.table for row in instance.rows}, there)
        return stood

    def _holding(self, keys: Iterable[str], there: set[str]) -> frozenset[str]:
        """Gives the tables that hold rows; a trigger may have put a row elsewhere."""
        return frozenset({*there, *(key for key in keys if key not in there and self._holds(key))})

    def _holds(self, key: str) -> bool:
        table = self.schema.table(key)
        if table is None or not table.triggers:
            return False
        return bool(rows_of(self._run(f"select from {name_of(table)} limit 1")))

    def answer(self, sql: str, parameters: Sequence[str | None] = ()) -> Answer:
        """Runs a query on the rows that are placed."""
        if not parameters and sql in self._ahead:
            return self._ahead[sql]
        result = self._run(sql, parameters)
        if result.status not in GOOD:
            self._run("rollback to dbw_query")
        return self.answered(result)

    def otherwise(self) -> Iterator[Mapping[str, str]]:
        """Gives settings under which the same query may be run another way."""
        yield from ({}, *_PLANS)

    def rows(self, table: str, columns: Sequence[str]) -> tuple[Row, ...]:
        """Gives the rows of a table as they stand."""
        found = self.schema.table(table)
        assert found is not None
        names = ", ".join(f"{quote_name(name)}::text" for name in columns)
        # children of the table show their rows as their own; partitions have no other place
        only = "" if found.kind == "partitioned" else "only "
        return tuple(rows_of(self._run(f"select {names} from {only}{name_of(found)} order by 1")))

    def texts(self, table: str, columns: Sequence[str]) -> list[Values]:
        """Gives the rows of a table as rows to insert have them."""
        return [dict(zip(columns, row, strict=True)) for row in self.rows(table, columns)]

    def settings(self, number: int) -> Mapping[str, str]:
        """Gives the session's settings for the database of that number."""
        found = {}
        if self.zones and number % 2 == 1:
            found["timezone"] = self.zones[number // 2 % len(self.zones)]
        if number % 5 == 4:
            found |= _PLANS[number // 5 % len(_PLANS)]
        return found

    def ranked(
        self, sql: str, parts: QueryParts, names: tuple[str, ...], whole: bool
    ) -> str | None:
        """Gives the query with each row's rank by its ORDER BY behind it, where that can be."""
        return query_parts.ranked(sql, parts.keys, names, whole=whole)

    def below(self, schema: Schema, key: str) -> Iterable[str]:
        """Gives the tables whose rows a table shows as well: those that inherit from it."""
        table = schema.table(key)
        if table is None:
            return []
        result = self._run(
            f"""
            with recursive below as (
                select inhrelid as id from pg_inherits
                where inhparent = to_regclass({quoted(name_of(table))})
                union select i.inhrelid from pg_inherits i join below b on b.id = i.inhparent
            )
            select nullif(n.nspname, 'public'), c.relname
            from below b
            join pg_class c on c.oid = b.id
            join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r' and not c.relispartition
        """
        )
        return [f"{own}.{name}" if own else str(name) for own, name in rows_of(result)]

    def leaves(self, key: str) -> list[str]:
        """Gives the conditions of a partitioned table's partitions."""
        table = self.schema.table(key)
        assert table is not None
        result = self._run(
            f"""
            select pg_get_partition_constraintdef(relid)
            from pg_partition_tree(to_regclass({quoted(name_of(table))})) where isleaf and level > 0
        """
        )
        return [text for (text,) in rows_of(result) if text]

    def statement(self, row: NewRow) -> str:
        """Gives the INSERT of a row."""
        return self._insert(row.table, [row], whole=False)

    def refusal(self, row: NewRow) -> str | None:
        """Gives why the database refuses a row where it is to stand alone, None where it stands."""
        self._ahead = {}
        self._run("; ".join(self._start(Instance())))
        result = self._run(self.statement(row))
        return None if result.status in GOOD else field_of(result, DiagnosticField.MESSAGE_PRIMARY)

    def parameter_types(self, sql: str) -> list[str]:
        """Gives the types of a query's parameters."""
        pgconn = self.connection.pgconn
        if pgconn.prepare(b"dbw_asked", sql.encode()).status not in GOOD:
            self._run("rollback to dbw_query")
            return []
        result = pgconn.describe_prepared(b"dbw_asked")
        found = [self._type(result.param_type(n), -1) for n in range(result.nparams)]
        self._run("deallocate dbw_asked")
        return found

    # the parts of a placement

    def _start(self, instance: Instance) -> list[str]:
        sets = (f"set local {name} = {quoted(value)}" for name, value in instance.settings.items())
        wait = "deferred" if self.defers else "immediate"
        return ["rollback to dbw_one", *sets, f"set constraints all {wait}"]

    def _end(self) -> list[str]:
        views = [f"refresh materialized view {name}" for name in self.refreshed]
        return ["set constraints all immediate", *views, "savepoint dbw_query"]

    def _insert(self, key: str, rows: Sequence[NewRow], whole: bool = True) -> str:
        table = self.schema.table(key)
        assert table is not None
        columns = [c for c in table.columns if any(c.name in row.values for row in rows)]
        lines = ", ".join(
            "(" + ", ".join(_literal(row, c.name) for c in columns) + ")" for row in rows
        )
        names = ", ".join(quote_name(column.name) for column in columns)
        system = " overriding system value" if any(c.identity for c in columns) else ""
        if not columns:
            return f"insert into {name_of(table)} default values"
        # rows alike in a key are dropped here; what else is refused, row by row
        again = " on conflict do nothing" if whole and _may_conflict(table) else ""
        return f"insert into {name_of(table)} ({names}){system} values {lines}{again}"

    def _links(self, rows: Sequence[NewRow]) -> Iterator[str]:
        for row in rows:
            table = self.schema.table(row.table)
            if not row.later or table is None or table.primary_key is None:
                continue
            sets = ", ".join(f"{quote_name(k)} = {_quoted(v)}" for k, v in row.later.items())
            key = " and ".join(
                f"{quote_name(c)} = {_quoted(row.values.get(c))}" for c in table.primary_key.columns
            )
            yield f"update {name_of(table)} set {sets} where {key}"


def _quoted(value: str | None) -> str:
    return "NULL" if value is None else quoted(value)


def _typed(row: Values, types: Mapping[str, str]) -> str:
    return ", ".join(f"{_quoted(row[k])}::{type_} as {quote_name(k)}" for k, type_ in types.items())


def _literal(row: NewRow, column: str) -> str:
    return _quoted(row.values[column]) if column in row.values else "DEFAULT"


def _bare(check: str) -> str:
    text = check.strip()
    return text[5:].strip() if text[:5].upper() == "CHECK" else text


def _may_conflict(table: Table) -> bool:
    """Whether an INSERT may say what to do on a conflict: not with keys that are checked later."""
    key = table.primary_key
    late = (key is not None and key.deferrable) or any(u.deferrable for u in table.uniques)
    return table.kind in FILLED and not late


def _value(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    value, _, kind = text.rpartition("\x01")
    return value, "array" if kind.endswith("[]") else types.family(kind)

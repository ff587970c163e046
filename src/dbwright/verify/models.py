"""Proof of claims about models: rows inserted, parents deleted, plans read, mappers asked."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbwright import dialects
from dbwright.core.claim import (
    Claim,
    DeleteProbe,
    MapperProbe,
    PlanProbe,
    Probe,
    Proof,
    ProofLevel,
    RowProbe,
    SqlProbe,
)
from dbwright.core.codec import to_json
from dbwright.core.errors import DbwrightError
from dbwright.core.finding import Finding
from dbwright.core.mapping import Mapping
from dbwright.core.plan import Node
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.scratch.worker import Worker

# What a delete raises when the database refuses it, or the ORM would blank a key.
REFUSALS = ("IntegrityError", "AssertionError: Dependency rule")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a probe saw: whether the claim holds, and in which words."""

    holds: bool
    witness: str


class Unanswered(Exception):
    """The probe could not be carried out; its text says why."""


@dataclass(slots=True)
class ModelProver:
    """Proves claims about models on a database that holds their tables, filled with rows.

    `schema` is that database's catalog. `database` is None when there is no sandbox: then only
    questions to the mappers are answered. `source` are the worker's arguments that name the
    models. Call it with a finding; it gives one proof per claim.
    """

    mapping: Mapping
    worker: Worker | None
    source: dict[str, Any]
    target: Target
    database: Any = None
    schema: Schema | None = None
    server: str = ""
    major: int | None = None
    why_no_database: str = "no scratch database could be started"
    empty: dict[str, str] = field(default_factory=dict)
    host: Any = None

    def __call__(self, finding: Finding, fact: object) -> Sequence[Proof]:
        """Gives the proofs of a finding's claims, in their order."""
        return [self.prove(claim, finding.message) for claim in finding.claims]

    def prove(self, claim: Claim, proposition: str) -> Proof:
        """Gives the proof of one claim."""
        if claim.probe is None:
            return Proof("reasoned", proposition, why="the rule gives no way to see it in a run")
        try:
            seen = self._seen(claim.probe)
        except (Unanswered, DbwrightError) as error:
            return Proof("reasoned", proposition, why=str(error))
        if not seen.holds:
            return Proof(
                "refuted", proposition, scope=self._scope(claim.probe), witness=seen.witness
            )
        level: ProofLevel = "verified" if self._same_version(claim.probe) else "observed"
        scope = self._scope(claim.probe)
        return Proof(level, proposition, scope=scope, witness=seen.witness)

    def _scope(self, probe: Probe) -> str:
        if isinstance(probe, MapperProbe):
            return f"SQLAlchemy {self.mapping.sqlalchemy}"
        return self.server

    def _same_version(self, probe: Probe) -> bool:
        if isinstance(probe, MapperProbe) or self.target.major is None:
            return True
        return self.target.dialect != "postgresql" or self.target.major == self.major

    def _seen(self, probe: Probe) -> Seen:
        if isinstance(probe, MapperProbe):
            return self._ask(probe)
        if self.database is None or self.schema is None:
            raise Unanswered(self.why_no_database)
        if isinstance(probe, DeleteProbe) and probe.via == "orm":
            return self._ask_delete(probe)
        with self._connection() as connection:
            if isinstance(probe, RowProbe):
                return self._rows(connection, probe)
            if isinstance(probe, DeleteProbe):
                return self._delete(connection, probe)
            if isinstance(probe, PlanProbe):
                return self._plan(connection, probe)
            if isinstance(probe, SqlProbe):
                return self._sql(connection, probe)
        raise Unanswered("the claim is about a query, not about models")

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        connection = self.database.connect()
        try:
            yield connection
        finally:
            connection.rollback()
            connection.close()

    def _ask(self, probe: MapperProbe) -> Seen:
        if self.worker is None:
            raise Unanswered("the models could not be imported")
        answer = self.worker.call(
            "question", host=self._host(), probe=to_json(probe), **self.source
        )
        if answer.get("answer") is None:
            raise Unanswered(str(answer.get("witness") or "the mappers gave no answer"))
        return Seen(bool(answer["answer"]), str(answer["witness"]))

    def _ask_delete(self, probe: DeleteProbe) -> Seen:
        if self.worker is None:
            raise Unanswered("the models could not be imported")
        if probe.child in self.empty:
            raise Unanswered(f"{probe.child} has no rows: {self.empty[probe.child]}")
        key = self._parent_key(probe)
        question = MapperProbe(
            "orm_delete",
            mapper=probe.mapper,
            attribute=probe.relationship,
            table=probe.table,
            arguments={"key": key, "relationship": probe.relationship},
        )
        answer = self.worker.call(
            "question", host=self._host(), probe=to_json(question), **self.source
        )
        error, witness = answer.get("error"), str(answer["witness"])
        if probe.expect != "refused":
            return Seen(bool(answer["answer"]), f"session.delete() sent: {witness}")
        if error is None and key is None:
            raise Unanswered(f"no row of {probe.table} with children could be named by its key")
        if error is None:
            return Seen(False, f"session.delete() worked: {witness}")
        child = re.escape(probe.child.rpartition(".")[2])
        if not error.startswith(REFUSALS) or not re.search(rf"\b{child}\b", error):
            raise Unanswered(f"session.delete() stopped at something else: {error}")
        return Seen(True, f"session.delete() raised {error}")

    def _parent_key(self, probe: DeleteProbe) -> int | str | None:
        """The key of a parent that has a child, None where it is no plain number or text."""
        columns = probe.child_columns
        if len(columns) != 1:
            return None
        quoting = dialects.get(self.target.dialect).quoting
        name, table = quoting.quoted(columns[0]), quoting.quoted_key(probe.child)
        with self._connection() as connection:
            sql = f"select {name} from {table} where {name} is not null limit 1"
            found = _single(connection, sql)
        return found if isinstance(found, int | str) else None

    def _host(self) -> Any:
        if self.database is None:
            return None
        if self.host is None:
            from dbwright.scratch.bridge import DatabaseHost

            self.host = DatabaseHost(self.database)
        return self.host

    def _rows(self, connection: Any, probe: RowProbe) -> Seen:
        # the drivers of every database take longer to import than a review without one
        from dbwright.scratch import rows, rows_write

        assert self.schema is not None
        table = self.schema.table(probe.table)
        if table is None:
            raise Unanswered(f"the scratch database has no table {probe.table}")
        waits = any(one.deferrable for one in table.uniques)
        waits = waits or any(one.deferrable for one in table.foreign_keys)
        if waits:
            rows_write.writer(connection).settle()  # from here on each row is checked at once
        previous: list[dict[str, str]] = []
        for number, overrides in enumerate(probe.rows):
            last = number == len(probe.rows) - 1
            try:
                values = rows.insert_row(connection, self.schema, probe.table, overrides, previous)
                if last and waits:
                    rows_write.writer(connection).settle()
            except rows_write.Refused as refused:
                if last and self._is_meant(probe.table, set(overrides), refused):
                    return Seen(probe.expect == "refused", _refusal(probe, refused))
                why = f"no row could be made in {probe.table}: {refused}"
                raise Unanswered(why) from refused
            previous.append(values)
        return Seen(probe.expect == "accepted", _acceptance(probe, previous))

    def _is_meant(self, key: str, given: set[str], refused: Any) -> bool:
        """Whether a row was refused for the given values, and not for one that was made up."""
        table = self.schema.table(key) if self.schema else None
        if refused.column:
            return refused.column in given
        name = refused.constraint
        if table is None or not name:
            return True
        distinct = [(one.name, set(one.columns)) for one in table.uniques]
        distinct += [(one.name, {c for c in one.columns if c}) for one in table.indexes]
        if table.primary_key:
            distinct.append((table.primary_key.name, set(table.primary_key.columns)))
        if any(name == own and columns and not columns <= given for own, columns in distinct):
            return False
        checks = [one for one in table.checks if one.name == name]
        return all(not one.columns or set(one.columns) & given for one in checks)

    def _delete(self, connection: Any, probe: DeleteProbe) -> Seen:
        if probe.child in self.empty:
            raise Unanswered(f"{probe.child} has no rows: {self.empty[probe.child]}")
        if probe.expect == "scans":
            return self._lookup(connection, probe)
        pairs, deletion = self._deletion(probe)
        if not _single(connection, f"select count(*) {pairs}"):
            raise Unanswered(f"each row of {probe.child} points at itself")
        self._without_other_keys(connection, probe)
        error = _error_of(connection, deletion)
        if error is None:
            return Seen(probe.expect != "refused", f"the row of {probe.table} was deleted")
        return Seen(probe.expect == "refused", f"deleting a row of {probe.table} failed: {error}")

    def _deletion(self, probe: DeleteProbe) -> tuple[str, str]:
        """The children with a parent other than themselves, and the DELETE of one such parent."""
        assert self.schema is not None
        child = self.schema.table(probe.child)
        quoting = dialects.get(self.target.dialect).quoting
        for foreign_key in child.foreign_keys if child else ():
            wanted = not probe.child_columns or foreign_key.columns == probe.child_columns
            if foreign_key.referred != probe.table or not wanted:
                continue
            here = ", ".join(quoting.quoted(name) for name in foreign_key.columns)
            there = ", ".join(quoting.quoted(name) for name in foreign_key.referred_columns)
            filled = " and ".join(
                f"{quoting.quoted(name)} is not null" for name in foreign_key.columns
            )
            own = f" and not (({here}) = ({there}))" if probe.child == probe.table else ""
            pairs = f"from {quoting.quoted_key(probe.child)} where {filled}{own}"
            deletion = (
                f"delete from {quoting.quoted_key(probe.table)} where ({there}) in "
                f"(select {here} {pairs} limit 1)"
            )
            return pairs, deletion
        raise Unanswered(f"{probe.child} has no foreign key to {probe.table}")

    def _without_other_keys(self, connection: Any, probe: DeleteProbe) -> None:
        """Drops, until the probe is undone, the other foreign keys that could refuse the DELETE."""
        assert self.schema is not None
        if self.target.dialect != "postgresql" or not probe.child_columns:
            return
        quoting = dialects.get(self.target.dialect).quoting
        for table in self.schema.tables:
            for key in table.foreign_keys:
                meant = table.key == probe.child and key.columns == probe.child_columns
                inherited = table.kind == "partition"
                if key.referred == probe.table and key.name and not meant and not inherited:
                    name, owner = quoting.quoted(key.name), quoting.quoted_key(table.key)
                    _execute(connection, f"alter table {owner} drop constraint {name}")

    def _lookup(self, connection: Any, probe: DeleteProbe) -> Seen:
        """The look-up that deleting a parent runs in the child, planned without preference."""
        dialect = dialects.get(self.target.dialect)
        columns = " and ".join(
            f"{dialect.quoting.quoted(name)} = {self._example(connection, probe.child, name)}"
            for name in probe.child_columns
        )
        sql = f"select 1 from {dialect.quoting.quoted_key(probe.child)} where {columns}"
        with dialect.explain.scans_disfavored(connection):
            root = dialect.explain.plan(connection, sql)
        count = _single(
            connection, f"select count(*) from {dialect.quoting.quoted_key(probe.child)}"
        )
        scanned = any(
            dialect.explain.reads_whole_table(node, probe.child) or self._passes(node, probe)
            for node in root.walk()
        )
        names = ", ".join(probe.child_columns)
        if scanned:
            text = (
                f"deleting one row of {probe.table} looks {probe.child} up by {names}: the plan "
                f"reads all of it ({count} of {count} rows here), no index leads with it"
            )
            return Seen(True, text)
        return Seen(False, f"an index serves the look-up of {probe.child} by {names}")

    def _passes(self, node: Node, probe: DeleteProbe) -> bool:
        """Whether the node reads an index that does not begin with the columns: all of it."""
        assert self.schema is not None
        table = self.schema.table(probe.child)
        if table is None or node.index is None:
            return False
        first = {index.name: index.columns[0] for index in table.indexes}
        first |= {unique.name: unique.columns[0] for unique in table.uniques if unique.name}
        if table.primary_key and table.primary_key.name:
            first[table.primary_key.name] = table.primary_key.columns[0]
        return node.index in first and first[node.index] not in probe.child_columns

    def _example(self, connection: Any, table: str, column: str) -> str:
        dialect = dialects.get(self.target.dialect)
        name, key = dialect.quoting.quoted(column), dialect.quoting.quoted_key(table)
        return f"(select {name} from {key} where {name} is not null limit 1)"

    def _plan(self, connection: Any, probe: PlanProbe) -> Seen:
        dialect = dialects.get(self.target.dialect)
        with dialect.explain.scans_disfavored(connection):
            if probe.without:
                _execute(connection, f"drop index {dialect.quoting.quoted_key(probe.without)}")
            if probe.create:
                _execute(connection, probe.create)
            root = dialect.explain.plan(connection, probe.sql)
        used = [node.index for node in root.walk() if node.index]
        whole = any(dialect.explain.reads_whole_table(node, probe.table) for node in root.walk())
        if probe.expect == "scans_whole_table":
            return Seen(whole, f"the plan reads the whole of {probe.table}")
        if whole or not used:
            return Seen(False, f"the plan reads the whole of {probe.table}")
        gone = f"without {probe.without} " if probe.without else ""
        return Seen(True, f"{gone}the plan of `{probe.sql}` uses {used[0]}")

    def _sql(self, connection: Any, probe: SqlProbe) -> Seen:
        *setup, last = probe.statements
        for statement in setup:
            error = _error_of(connection, statement)
            if error:
                raise Unanswered(f"`{statement}` failed: {error}")
        if probe.expect == "true":
            value = _single(connection, last)
            return Seen(bool(value), f"`{last}` gave {value}")
        try:
            _execute(connection, last)
        except Exception as error:  # each driver has its own tree
            return _failure(probe, last, error)
        return Seen(probe.expect == "works", f"`{last}` was accepted")


def _failure(probe: SqlProbe, sql: str, error: Exception) -> Seen:
    text = str(error).strip().splitlines()[0]
    code = getattr(error, "sqlstate", None)
    if probe.expect == "error" and probe.code and code and code != probe.code:
        raise Unanswered(f"`{sql}` failed for another reason: {text}")
    return Seen(probe.expect == "error", f"`{sql}` failed: {text}")


def _acceptance(probe: RowProbe, previous: Sequence[dict[str, str]]) -> str:
    columns = list(probe.rows[-1]) or list(previous[-1])[:1]
    shown = ", ".join(f"{name} = {_short(previous[-1].get(name, 'default'))}" for name in columns)
    if len(probe.rows) == 1:
        return f"a row of {probe.table} with {shown} was accepted"
    first = ", ".join(f"{name} = {_short(previous[0].get(name, 'default'))}" for name in columns)
    return f"two rows of {probe.table} were both accepted: {first} and {shown}"


def _refusal(probe: RowProbe, refused: Exception) -> str:
    return f"an INSERT into {probe.table} was refused: {refused}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _execute(connection: Any, sql: str) -> None:
    connection.cursor().execute(sql)


def _single(connection: Any, sql: str) -> Any:
    cursor = connection.cursor()
    cursor.execute(sql)
    row = cursor.fetchone()
    return row[0] if row else None


def _error_of(connection: Any, sql: str) -> str | None:
    """The first line of the database's error, None when the statement worked."""
    try:
        _execute(connection, sql)
    except Exception as error:  # each driver has its own tree
        return str(error).strip().splitlines()[0]
    return None

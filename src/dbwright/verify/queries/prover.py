"""Proof of claims about queries: plans and rows, on the grounds that are there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dbwright import dialects
from dbwright.core.claim import Claim, Proof, ProofLevel, QueryProbe
from dbwright.core.finding import Finding
from dbwright.core.query import Query
from dbwright.core.same_rows import Different, NotTestable
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.recipes.queries import tree
from dbwright.verify.queries.ground import CannotTry, Ground, Side
from dbwright.verify.same_rows import same_rows

_NO_INDEX = "42P17"
"""The SQLSTATE of an index of an expression that is not immutable."""


@dataclass(slots=True)
class QueryProver:
    """Proves claims about queries on a ground; nothing that it does there stays.

    `scratch` gives a connection to a disposable database with the schema, where rows are made to
    tell two forms apart or to show a fault; it is asked for when a claim first needs one, and
    raises CannotTry where none can be had. `untried` says why the rows of two forms are not
    compared, where they are not. Call the prover with a finding.
    """

    ground: Ground
    target: Target
    server: str
    major: int | None = None
    scratch: Callable[[], Any] | None = None
    values: tuple[tuple[int, str], ...] = ()
    schema: Schema | None = None
    untried: str = ""

    def __call__(self, finding: Finding, fact: object) -> Sequence[Proof]:
        """Gives the proofs of a finding's claims, in their order.

        What a remedy gains is seen before its rows are compared, which takes much longer: of one
        that gains nothing they are not.
        """
        claims = finding.claims
        if isinstance(fact, Query):
            self.values, self.schema = fact.values, fact.schema
            claims = tuple(_of_written(claim, fact) for claim in claims)
        proofs: dict[int, Proof] = {}
        gone: set[int | None] = set()
        for number, claim in sorted(enumerate(claims), key=lambda each: _compares_rows(each[1])):
            if claim.remedy in gone:
                words = "it was not tried: the remedy gains nothing"
                proofs[number] = Proof("refuted", finding.message, self.server, words)
                continue
            proofs[number] = self.prove(claim, finding.message)
            if claim.remedy is not None and proofs[number].level == "refuted":
                gone.add(claim.remedy)
        return [proofs[number] for number in range(len(claims))]

    def prove(self, claim: Claim, proposition: str) -> Proof:
        """Gives the proof of one claim."""
        probe = claim.probe
        if not isinstance(probe, QueryProbe):
            return Proof("reasoned", proposition, why="the rule gives no way to see it in a run")
        try:
            return self._proved(claim, probe, proposition)
        except CannotTry as refusal:
            return Proof("reasoned", proposition, why=str(refusal))
        except Exception as error:  # the driver's tree; the query itself may not run here
            if getattr(error, "sqlstate", None) == _NO_INDEX and claim.remedy is not None:
                words = f"the server refuses it: {str(error).splitlines()[0]}"
                return Proof("refuted", proposition, scope=self.server, witness=words)
            why = f"it did not run here: {str(error).splitlines()[0]}"
            return Proof("reasoned", proposition, why=why)
        finally:
            self.ground.connection.rollback()

    def _proved(self, claim: Claim, probe: QueryProbe, proposition: str) -> Proof:
        if probe.expect == "cheaper":
            return self._cheaper(probe, proposition)
        if probe.expect == "same_rows":
            return self._same(probe, proposition)
        holds, witness, factor = self._seen(probe)
        if not holds:
            return Proof("refuted", proposition, scope=self.server, witness=witness)
        return Proof(self.level, proposition, self.server, witness, factor=factor)

    @property
    def level(self) -> ProofLevel:
        """How far what is seen here is proved: on the target's major version, or on another."""
        return "verified" if self.target.major in (None, self.major) else "observed"

    def _cheaper(self, probe: QueryProbe, proposition: str) -> Proof:
        values = probe.values or self.values
        sent = probe.other is not None and not probe.in_plan
        after = Side(probe.other or probe.sql, probe.setup, probe.settings, values, sent)
        found = self.ground.compare(_before(probe, values, sent), after)
        if not probe.in_plan and found.unit == "cost":
            raise CannotTry("no plan shows what this gains, and nothing was run")
        made = [step.split(" ON ")[0].split()[-1].strip('"') for step in probe.setup]
        is_index = any(step.upper().startswith("CREATE INDEX") for step in probe.setup)
        unused = (
            probe.in_plan
            and is_index
            and not any(name.strip('"') in made for name in found.indexes)
        )
        level: ProofLevel = "refuted" if unused or not found.gains else self.level
        words = "the server does not choose the index" if unused else found.words
        if self.untried and level != "refuted":
            why = f"{self.untried}; {words}"
            return Proof("reasoned", proposition, self.ground.words, why=why, factor=found.factor)
        return Proof(level, proposition, self.ground.words, words, factor=found.factor)

    def _same(self, probe: QueryProbe, proposition: str) -> Proof:
        assert probe.other is not None
        if self.untried:
            raise CannotTry(self.untried)
        connection = self._scratch()
        with self._with_columns(connection, probe):
            schema = self.schema or self._dialect.catalog.read_schema(connection)
            found = same_rows(connection, schema, probe.sql, probe.other, shrink=False)
        if isinstance(found, NotTestable):
            return Proof("reasoned", proposition, why=found.words)
        if isinstance(found, Different):
            return Proof("refuted", proposition, scope=self.server, witness=found.words)
        if not found.proves:
            return Proof("reasoned", proposition, why=found.words)
        level: ProofLevel = "verified" if probe.conditions else "observed"
        rule = f"equal since {' and '.join(probe.conditions)}; " if probe.conditions else ""
        return Proof(level, proposition, scope=self.server, witness=f"{rule}{found.words}")

    def _with_columns(
        self, connection: Any, probe: QueryProbe
    ) -> contextlib.AbstractContextManager[None]:
        """Has the columns there that the other form asks, where a remedy adds some."""
        steps = [step for step in probe.setup if step.lower().startswith("alter table ")]
        if not steps:
            return contextlib.nullcontext()
        from dbwright.scratch.mysql_changes import changed

        return changed(connection, steps)

    def _scratch(self) -> Any:
        if self.scratch is None:
            raise CannotTry("no database was there to make rows in")
        return self.scratch()

    @property
    def _dialect(self) -> Any:
        return dialects.get(self.target.dialect)

    def _seen(self, probe: QueryProbe) -> tuple[bool, str, float | None]:
        """Whether it was seen, in which words, and by what it would be less, where that shows."""
        if probe.expect == "reads_skipped_rows":
            return self._skipped(probe)
        return *self._shown(probe), None

    def _shown(self, probe: QueryProbe) -> tuple[bool, str]:
        if probe.expect == "no_index_used":
            return self._no_index(probe)
        connection = self._scratch()
        try:
            if probe.expect == "refused":
                return self._refused(connection, probe)
            return self._loses(connection, probe)
        finally:
            connection.rollback()

    def _no_index(self, probe: QueryProbe) -> tuple[bool, str]:
        explain, connection = self._dialect.explain, self.ground.connection
        setup = probe.setup if self.ground.writable else ()
        with self.ground.changed(setup), explain.scans_disfavored(connection):
            root = explain.plan(connection, probe.sql)
        names = self._parts(probe.table)
        whole = any(explain.reads_whole_table(node, name) for node in root.walk() for name in names)
        though = " though a b-tree of the column was there" if setup else ""
        return whole, f"the plan reads the whole of {probe.table}{though}"

    def _parts(self, key: str | None) -> list[str | None]:
        """Gives a table and its partitions, which are what a plan reads."""
        tables = self.schema.tables if self.schema is not None else ()
        return [key, *(each.key for each in tables if key and each.info.get("partition_of") == key)]

    def _refused(self, connection: Any, probe: QueryProbe) -> tuple[bool, str]:
        try:
            _run(connection, probe.setup)
        except Exception as error:  # the driver's tree
            return True, f"the server refuses it: {str(error).splitlines()[0]}"
        return False, "the server takes it"

    def _loses(self, connection: Any, probe: QueryProbe) -> tuple[bool, str]:
        assert probe.other is not None
        _run(connection, probe.setup)
        rows, safe = _rows(connection, probe.sql), _rows(connection, probe.other)
        if rows == safe:
            raise CannotTry("none of the rows that were made met the other conditions")
        if len(safe) == 1 and len(rows) == 1:
            return True, f"with a NULL inside it returned {rows[0]}; NOT EXISTS returned {safe[0]}"
        if rows:
            return False, f"with a NULL inside it returned {len(rows)} rows"
        return True, f"with a NULL inside it returned no row; NOT EXISTS returned {len(safe)}"

    def _skipped(self, probe: QueryProbe) -> tuple[bool, str, float]:
        if probe.other is not None:
            first = Side(probe.other, values=self.values)
            found = self.ground.compare(Side(probe.sql, values=self.values), first)
            return found.gains, f"beside its first page: {found.words}", found.factor
        root = self.ground.run(Side(probe.sql, values=self.values)).root
        most = max((node.actual_rows or 0) for node in root.walk())
        returned = root.actual_rows or 0
        text = f"it produced {most:,.0f} rows to return {returned:,.0f}"
        return most >= min(probe.count, 1) and most > returned, text, most / max(returned, 1)


def _compares_rows(claim: Claim) -> bool:
    return isinstance(claim.probe, QueryProbe) and claim.probe.expect == "same_rows"


def _of_written(claim: Claim, query: Query) -> Claim:
    """Gives a claim about a statement as it was given, where a rule read another form of it.

    Of one whose text was not read faithfully no condition of a rule is certain: a run has to tell.
    """
    probe = claim.probe
    if not query.written or not isinstance(probe, QueryProbe) or probe.sql != query.sql:
        return claim
    read = tree.parse(query.written, query.target.dialect) is not None
    conditions = probe.conditions if read else ()
    return replace(claim, probe=replace(probe, sql=query.written, conditions=conditions))


def _before(probe: QueryProbe, values: tuple[tuple[int, str], ...], sent: bool) -> Side:
    """The statement as it is; one that is to be planned for its values, as planned for any."""
    generic = tuple(
        (name, "force_generic_plan") for name, _ in probe.settings if name == "plan_cache_mode"
    )
    return Side(probe.sql, settings=generic, values=values, sent=sent)


def _rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(sql)
    return list(cursor.fetchall())


def _run(connection: Any, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.cursor().execute(statement)

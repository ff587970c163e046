"""Proof of claims about queries: plans and rows on tables that hold generated rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dbwright import dialects
from dbwright.core.claim import Claim, Proof, ProofLevel, QueryProbe
from dbwright.core.finding import Finding
from dbwright.core.plan import Node
from dbwright.core.target import Target


@dataclass(slots=True)
class QueryProver:
    """Proves claims about queries on one connection to a filled scratch database.

    Every probe runs in a transaction that is rolled back. Call it with a finding.
    """

    connection: Any
    target: Target
    server: str
    major: int | None = None

    def __call__(self, finding: Finding, fact: object) -> Sequence[Proof]:
        """Gives the proofs of a finding's claims, in their order."""
        return [self.prove(claim, finding.message) for claim in finding.claims]

    def prove(self, claim: Claim, proposition: str) -> Proof:
        """Gives the proof of one claim."""
        probe = claim.probe
        if not isinstance(probe, QueryProbe):
            return Proof("reasoned", proposition, why="the rule gives no way to see it in a run")
        try:
            holds, witness = self._seen(probe)
        except Exception as error:  # the driver's tree; the query itself may not run here
            why = f"it did not run on the scratch database: {str(error).splitlines()[0]}"
            return Proof("reasoned", proposition, why=why)
        finally:
            self.connection.rollback()
        if not holds:
            return Proof("refuted", proposition, scope=self.server, witness=witness)
        universal = claim.kind == "same_rows"
        same = self.target.major in (None, self.major)
        level: ProofLevel = "verified" if same and not universal else "observed"
        return Proof(level, proposition, scope=self.server, witness=witness)

    def _seen(self, probe: QueryProbe) -> tuple[bool, str]:
        explain = dialects.get(self.target.dialect).explain
        if probe.expect == "index_used":
            return self._index(explain, probe)
        if probe.expect == "no_index_used":
            return self._no_index(explain, probe)
        if probe.expect == "same_rows":
            return self._same(explain, probe)
        if probe.expect == "loses_rows":
            return self._loses(probe)
        return self._skipped(explain, probe)

    def _index(self, explain: Any, probe: QueryProbe) -> tuple[bool, str]:
        before = explain.plan(self.connection, probe.sql)
        self._setup(probe)
        after = explain.plan(self.connection, probe.sql)
        used = [node.index for node in after.walk() if node.index]
        new = [name for name in used if any(f" {name} " in step for step in probe.setup)]
        if not new or not _whole(explain, before, probe.table):
            return False, "the server does not choose the index"
        gain = f", estimated cost {before.cost:,.0f} → {after.cost:,.0f}" if after.cost else ""
        return True, f"the plan read the whole of {probe.table}; with {new[0]} it uses it{gain}"

    def _no_index(self, explain: Any, probe: QueryProbe) -> tuple[bool, str]:
        self._setup(probe)
        with explain.scans_disfavored(self.connection):
            root = explain.plan(self.connection, probe.sql)
        whole = _whole(explain, root, probe.table)
        though = " though a b-tree of the column was there" if probe.setup else ""
        return whole, f"the plan reads the whole of {probe.table}{though}"

    def _same(self, explain: Any, probe: QueryProbe) -> tuple[bool, str]:
        assert probe.other is not None
        self._setup(probe)
        here, there = self._rows(probe.sql), self._rows(probe.other)
        if Counter(map(repr, here)) != Counter(map(repr, there)):
            return False, f"the two forms return different rows: {len(here)} and {len(there)}"
        if probe.table:
            with explain.scans_disfavored(self.connection):
                before = explain.plan(self.connection, probe.sql)
                after = explain.plan(self.connection, probe.other)
            if after.cost > before.cost:
                return False, "the other form is not cheaper"
        return True, f"both forms returned the same {len(here)} rows here"

    def _loses(self, probe: QueryProbe) -> tuple[bool, str]:
        assert probe.other is not None
        cursor = self.connection.cursor()
        self._setup(probe)
        rows, safe = self._rows(probe.sql), self._rows(probe.other)
        if not safe and probe.table:  # every row matched: take the inner rows but one NULL away
            cursor.execute(probe.table)
            rows, safe = self._rows(probe.sql), self._rows(probe.other)
            if rows:
                return False, "it returned rows"
        if rows or not safe:
            return False, f"with a NULL inside it returned {len(rows)} rows"
        return True, f"with a NULL inside it returned no row; NOT EXISTS returned {len(safe)}"

    def _skipped(self, explain: Any, probe: QueryProbe) -> tuple[bool, str]:
        root = explain.plan(self.connection, probe.sql, analyze=True)
        most = max((node.actual_rows or 0) for node in root.walk())
        returned = root.actual_rows or 0
        text = f"it produced {most:,.0f} rows to return {returned:,.0f}"
        return most >= min(probe.count, 1) and most > returned, text

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        cursor.execute(sql)
        return list(cursor.fetchall())

    def _setup(self, probe: QueryProbe) -> None:
        for statement in probe.setup:
            self.connection.cursor().execute(statement)


def _whole(explain: Any, root: Node, table: str | None) -> bool:
    return any(explain.reads_whole_table(node, table) for node in root.walk())

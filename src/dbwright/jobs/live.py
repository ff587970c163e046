"""The live database beside the revisions and the models: three catalogs, one of them in use."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from dbwright import dialects
from dbwright.collect import origin
from dbwright.collect.revisions import rehearsal_order
from dbwright.core.claim import Proof, ProofLevel
from dbwright.core.drift import DeployFailure, LiveDrift
from dbwright.core.errors import DbwrightError
from dbwright.core.finding import Finding
from dbwright.core.live import Live
from dbwright.core.mapping import Mapping
from dbwright.core.migration import History
from dbwright.core.schema import Schema
from dbwright.jobs.base import lay_base
from dbwright.jobs.chain import Chain, Replayed
from dbwright.jobs.collected import Collected
from dbwright.jobs.migrations import schema_of
from dbwright.jobs.workplace import Workplace
from dbwright.recipes import live_drift
from dbwright.scratch.bridge import DatabaseHost

WHAT = "drift between the live database and its revisions"


def read_live_drift(place: Workplace, found: Collected, models: Schema) -> LiveDrift | None:
    """Gives the drift of the live database; None, and why, where it cannot be told."""
    live, replayed, chain = place.live, found.replayed, found.chain
    assert live is not None
    assert replayed is not None
    assert replayed.head is not None
    assert found.mapping is not None
    if chain is None or origin.run_by(replayed.history, live) is None:
        place.miss(WHAT, *_unknown(live))
        return None
    try:
        expected = expected_schema(replayed, live, chain)
        assert expected is not None
        drift = live_between(
            live, expected, replayed.head, models, found.mapping, chain, replayed.history
        )
        if drift.not_tried:
            place.miss("pending revisions on a database like the live one", drift.not_tried)
        return drift
    except DbwrightError as error:
        place.miss(WHAT, error.message, error.way_out or "")
        return None


def _unknown(live: Live) -> tuple[str, str]:
    """Why nobody knows what a live database has run, and the way out."""
    if live.refused:
        grant = f"GRANT SELECT ON {live.refused} to it"
        schema, dot, _ = live.refused.rpartition(".")
        return (
            f"the role of --db may not read {live.refused}, so that nobody knows what has run",
            f"{grant}, and USAGE ON SCHEMA {schema}." if dot else f"{grant}.",
        )
    stands = ", ".join(live.versions)
    why = f"it stands at {stands}, which no revision here has"
    way_out = "Check out the code that it runs, or stamp it: alembic stamp."
    return why if stands else "it has no version table", way_out


def live_prover(drift: LiveDrift, server: str) -> Callable[[Finding, object], Sequence[Proof]]:
    """Gives the prover of claims about a live database, whose catalog was read.

    What was compared with a server of another major version was observed, and not verified.
    """
    versions = ", ".join(drift.versions) or "nothing"

    def prove(finding: Finding, fact: object) -> Sequence[Proof]:
        witness = f"the catalogs of the live database and of one after {versions} differ here"
        if drift.failure is not None and finding.claims[0].kind == "fails_at_runtime":
            witness = "it ran on a scratch database made like the live one, and was refused"
        if finding.claims[0].kind == "row_security":
            witness = f"the live database: {'; '.join(finding.evidence)}"
        level: ProofLevel = "verified" if _same_major(drift, server) else "observed"
        proof = Proof(level, finding.message, scope=drift.server, witness=witness)
        return [proof for _ in finding.claims]

    return prove


def _same_major(drift: LiveDrift, server: str) -> bool:
    return drift.server.split(".")[0] == server.split(".")[0]


def live_between(
    live: Live,
    expected: Schema,
    head: Schema,
    models: Schema | None,
    mapping: Mapping,
    chain: Chain,
    history: History,
) -> LiveDrift:
    """Gives the drift of a live database; pending revisions are run on a database made like it.

    `expected` is the catalog after the revisions that it has run, `head` the one after all.
    """
    done = origin.run_by(history, live) or frozenset()
    pending = tuple(name for name in rehearsal_order(history) if name not in done)
    ends = [m for m in history.migrations if m.revision in history.heads]
    found = LiveDrift(
        live.schema,
        expected,
        head,
        models,
        mapping,
        chain.target,
        live.versions,
        pending,
        live.server,
        ends[0] if len(ends) == 1 else None,
        unguarded=live.unguarded,
    )
    return _deployed(found, chain, history) if pending else found


def _deployed(found: LiveDrift, chain: Chain, history: History) -> LiveDrift:
    """The drift with what stops a pending revision on a database made like the live one."""
    changes = live_drift.to_live(found, live_drift.by_hand(found))
    if not changes:
        return found
    with chain.sandbox.clone(None) as database:
        lay_base(database, chain.target, chain.base, chain.base_file)
        started: list[str] = []
        host = DatabaseHost(database, on_started=lambda name, direction: started.append(name))
        try:
            for version in found.versions:
                chain.worker.call("upgrade", host, revision=version, **chain.arguments)
            with contextlib.closing(database.connect()) as connection:
                for sql in changes:
                    connection.cursor().execute(sql)
                connection.commit()
        except Exception as error:  # each driver has its own tree
            why = (str(error).strip() or type(error).__name__).splitlines()[0]
            return replace(found, not_tried=f"one could not be made: {why}")
        started.clear()
        try:
            for end in history.heads:
                chain.worker.call("upgrade", host, revision=end, **chain.arguments)
        except DbwrightError as error:
            last = started[-1] if started else None
            failed = next((m for m in history.migrations if m.revision == last), None)
            if failed is None:
                return replace(found, not_tried=f"no revision was begun: {error.message}")
            return replace(found, failure=DeployFailure(failed, error.message))
    return found


def expected_schema(replayed: Replayed, live: Live, chain: Chain) -> Schema | None:
    """Gives the catalog after the revisions that a live database has run; None where unknown."""
    history = replayed.history
    order, done = rehearsal_order(history), origin.run_by(history, live) or frozenset()
    if len(done) == len(order):
        return replayed.head
    first = next((m for m in history.migrations if m.revision == order[len(done)]), None)
    in_line = first is not None and set(order[: len(done)]) == done
    if in_line and first and first.revision in replayed.rehearsals and first.before is not None:
        return first.before
    with chain.sandbox.clone(None) as database:
        lay_base(database, chain.target, chain.base, chain.base_file)
        for version in live.versions:
            host = DatabaseHost(database)
            chain.worker.call("upgrade", host, revision=version, **chain.arguments)
        return schema_of(database, chain)


def made_live(chain: Chain, changes: str, at: str) -> Live:
    """Gives what would be read of a live database at a revision that was then changed by hand."""
    dialect = dialects.get(chain.target.dialect)
    with chain.sandbox.clone(None) as database:
        chain.worker.call("upgrade", DatabaseHost(database), revision=at, **chain.arguments)
        with contextlib.closing(database.connect()) as connection:
            for statement in dialect.statements.split(changes):
                connection.cursor().execute(statement)
            connection.commit()
            unguarded = dialect.catalog.passed_policies(connection)
        schema = schema_of(database, chain)
    server = "the scratch server"
    return Live(schema, (at,), server=server, target=chain.target, unguarded=unguarded)

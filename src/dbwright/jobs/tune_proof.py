"""The proof of tuned indexes: on a clone of the user's, or on rows that are made up."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import psycopg

from dbwright.collect.clone import Clone, opened_clone
from dbwright.core.advice import IndexAdvice, StatementCost, Tuned
from dbwright.core.errors import CollectError
from dbwright.core.index_proof import Rows, TuneProof
from dbwright.core.options import Options, Progress
from dbwright.core.twin import Twin
from dbwright.jobs.tune import Prove
from dbwright.jobs.tune_prices import Statement
from dbwright.jobs.twin import server_choice
from dbwright.scratch.made_up import MOST, made_up
from dbwright.verify.index_builds import PREFIX, Key, plain
from dbwright.verify.index_proof import Execution, Task, prove

Agree = Callable[[str, Sequence[str]], bool]
"""Whether these statements may be run on the clone; each is rolled back."""


@contextlib.contextmanager
def on_clone(url: str, source: str | None, agree: Agree, progress: Progress) -> Iterator[Prove]:
    """Gives the proof on the clone that a URL names; it is looked at before anything is planned.

    Raises UsageError for what is not to be written to, CollectError where it cannot be reached or
    is lost.
    """
    with opened_clone(url, source) as clone:

        def proved(found: Tuned, twin: Twin, statements: Sequence[Statement]) -> Tuned:
            if not (found.indexes or found.drops) or not agree(clone.place, steps(found)):
                return found
            return _proved(found, twin, statements, clone, "a clone", progress)

        yield proved


def on_made_up_rows(options: Options, progress: Progress) -> Prove:
    """Gives the proof on a sandbox whose rows are drawn as the statistics of the twin have them."""

    def proved(found: Tuned, twin: Twin, statements: Sequence[Statement]) -> Tuned:
        if not (found.indexes or found.drops):
            return found
        choice = replace(server_choice(options), target_major=twin.source.major)
        with made_up(twin, choice, progress) as sandbox:
            clone = Clone("a sandbox", sandbox.server, sandbox.connection)
            made = _proved(found, twin, statements, clone, "made-up rows", progress)
            lacks = (f"the sandbox lacks the {each}" for each in sandbox.missed)
            noted = [*lacks, *sandbox.noted]
            count = sum(sandbox.rows.values())
            noted.insert(0, f"{count:,} rows were made, at most {MOST:,} for a table, {_DRAWN}")
            return _with_notes(made, noted)

    return proved


_DRAWN = "drawn column by column from the statistics: what goes together in yours is not known"


def _with_notes(found: Tuned, noted: Sequence[str]) -> Tuned:
    assert found.proof is not None
    return replace(found, proof=replace(found.proof, noted=(*noted, *found.proof.noted)))


def steps(found: Tuned) -> list[str]:
    """Gives the statements that change the clone until they are rolled back."""
    made = [plain(each.sql, f"{PREFIX}{number}") for number, each in enumerate(found.indexes)]
    return [*made, *(each.sql.replace(" CONCURRENTLY", "", 1) for each in found.drops)]


def _proved(
    found: Tuned,
    twin: Twin,
    statements: Sequence[Statement],
    clone: Clone,
    rows: Rows,
    progress: Progress,
) -> Tuned:
    relations = twin.statistics.relations
    foretold = {f"{each.schema}.{each.name}": max(0.0, each.rows) for each in relations}
    executions = list(_executions(statements))
    task = Task(found.indexes, found.drops, executions, foretold, rows, clone.place, clone.server)
    try:
        proof = prove(clone.connection, task, progress)
    except psycopg.Error as error:
        if not clone.connection.closed:
            raise CollectError(
                f"cannot prove the advice on {clone.place}: {_first(error)}",
                way_out="Nothing remains there: all of it was one transaction, rolled back.",
            ) from error
        raise CollectError(
            f"the connection to {clone.place} was lost during the proof: {_first(error)}",
            way_out="Nothing remains there: the server rolls back what was not committed.",
        ) from error
    return applied(found, proof)


def _first(error: psycopg.Error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _executions(statements: Sequence[Statement]) -> Iterator[Execution]:
    for number, each in enumerate(statements):
        for one in each.instances:
            weight = each.text.calls * one.share
            yield Execution(number, one.sql, one.kind, one.share, weight)


@dataclass(frozen=True, slots=True)
class _Refuted:
    makes: frozenset[Key]
    drops: frozenset[Key]


def applied(found: Tuned, proof: TuneProof) -> Tuned:
    """Gives the advice with its proof, without what that refuted.

    What a refuted index was worth comes back to the costs: exact for one, else at least that.
    """
    refuted = [each for each in proof.indexes if each.verdict == "refuted"]
    gone = _Refuted(
        frozenset((each.table, each.name) for each in refuted if each.action == "make"),
        frozenset((each.table, each.name) for each in refuted if each.action == "drop"),
    )
    lost = [each for each in found.indexes if (each.table, each.name) in gone.makes]
    return replace(
        found,
        indexes=tuple(each for each in found.indexes if each not in lost),
        drops=tuple(each for each in found.drops if (each.table, each.name) not in gone.drops),
        after=found.after + sum(_worth(each) - each.writes for each in lost),
        statements=tuple(_costs(found.statements, lost)),
        proof=proof,
    )


def _worth(each: IndexAdvice) -> float:
    return sum(gain.before - gain.after for gain in each.gains)


def _costs(
    statements: Sequence[StatementCost], lost: Sequence[IndexAdvice]
) -> Iterator[StatementCost]:
    back: dict[int, float] = {}
    for each in lost:
        for gain in each.gains:
            back[gain.statement] = back.get(gain.statement, 0.0) + gain.before - gain.after
    for number, statement in enumerate(statements):
        yield replace(statement, after=statement.after + back.get(number, 0.0))

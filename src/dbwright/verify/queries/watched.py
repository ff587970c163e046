"""Claims about a running program, proved by running it once more with the advice followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dbwright.core.claim import Claim, Proof, RunProbe, SeenProbe, Trial
from dbwright.core.finding import Finding
from dbwright.core.recording import Line, Recording
from dbwright.recipes.queries.watched import sent

Again = Callable[[Sequence[Trial]], "Run"]
_PROPOSITIONS = {
    "repeats_statement": "one statement is sent again and again",
    "commits_each_row": "each row is a transaction of its own",
    "flushes_each_row": "each object is flushed by itself",
    "multiplies_rows": "rows come more often than there is anything to tell",
    "loads_unread": "what is loaded ahead is not read",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a program: its exit status, what it printed where that was kept, what was seen."""

    status: int
    output: bytes
    recording: Recording | None


class WatchedProver:
    """Proves what findings on one recording claim.

    `first` is the run that they were found on. `again` runs the program once more, with loader
    options given to its queries; without it nothing is run again, and `why` says why.
    """

    def __init__(self, first: Run, again: Again | None, why: str = "") -> None:
        self.first, self.again, self.why = first, again, why

    def __call__(self, finding: Finding, fact: object) -> Sequence[Proof]:
        """Gives a proof for each claim of a finding."""
        return [self._proof(claim) for claim in finding.claims]

    def _proof(self, claim: Claim) -> Proof:
        probe, recording = claim.probe, self.first.recording
        if isinstance(probe, SeenProbe) and recording is not None:
            return _seen(probe, recording)
        if not isinstance(probe, RunProbe) or recording is None:
            return Proof("reasoned", claim.kind, why="nothing of the run shows it")
        scope = f"this run, SQLAlchemy {recording.sqlalchemy}"
        if claim.kind in _PROPOSITIONS:
            witness = probe.said or sent(probe.count, probe.shape)
            return Proof("verified", _PROPOSITIONS[claim.kind], scope, witness)
        if claim.kind == "loads_ahead":
            return self._ahead(scope, probe, recording)
        less = "reads fewer rows" if claim.kind == "fewer_rows" else "sends fewer statements"
        proposition = f"with the option the program prints the same and {less}"
        if self.again is None:
            return Proof("reasoned", proposition, why=self.why)
        try:
            other = self.again(probe.trials)
        except Exception as error:  # the program's own trouble, at its second run
            return Proof("reasoned", proposition, why=f"it could not be run again: {error}")
        return self._compared(proposition, scope, claim.kind, probe, other)

    def _ahead(self, scope: str, probe: RunProbe, before: Recording) -> Proof:
        """Whether an attribute that raised MissingGreenlet is there with the option."""
        proposition = f"with the option {probe.said.rpartition('.')[2]} is there to be read"
        if self.again is None:
            return Proof("reasoned", proposition, why=self.why)
        try:
            after = self.again(probe.trials).recording
        except Exception as error:  # the program's own trouble, at its second run
            return Proof("reasoned", proposition, why=f"it could not be run again: {error}")
        if after is None or not after.injected:
            return Proof("reasoned", proposition, why="the query was not met in the second run")
        failed = (_unawaited(before, probe.said), _unawaited(after, probe.said))
        words = f"{failed[0]:,} MissingGreenlet became {failed[1]:,}"
        return Proof("refuted" if failed[1] else "verified", proposition, scope, words)

    def _compared(
        self, proposition: str, scope: str, kind: str, probe: RunProbe, other: Run
    ) -> Proof:
        before, after = self.first.recording, other.recording
        if before is None or after is None or not after.injected:
            return Proof("reasoned", proposition, why="the query was not met in the second run")
        if other.status != self.first.status or other.output != self.first.output:
            stable = self.again is not None and self.again(()).output == self.first.output
            if stable:
                return Proof("refuted", proposition, scope, "the program printed something else")
            why = "the program prints something else at each run, so that runs cannot be compared"
            return Proof("reasoned", proposition, why=why)
        if kind == "fewer_rows":
            return _fewer_rows(proposition, scope, before, after)
        sent = (_count(before, probe.shape), _count(after, probe.shape))
        words = f"{before.statements:,} statements became {after.statements:,}, the output the same"
        if sent[1] >= sent[0] or after.statements >= before.statements:
            return Proof("refuted", proposition, scope, words)
        factor = before.statements / max(1, after.statements)
        return Proof("verified", proposition, scope, words, factor=factor)


def _unawaited(recording: Recording, attribute: str) -> int:
    """How often reading an attribute raised MissingGreenlet."""
    return sum(
        group.count * scope.times
        for scope in recording.scopes
        for group in scope.groups
        if group.how.startswith("unawaited") and f"{group.owner}.{group.names[0]}" == attribute
    )


def _fewer_rows(proposition: str, scope: str, before: Recording, after: Recording) -> Proof:
    words = f"{before.rows:,} rows became {after.rows:,}, the output the same"
    if after.rows >= before.rows:
        return Proof("refuted", proposition, scope, words)
    factor = before.rows / max(1, after.rows)
    return Proof("verified", proposition, scope, words, factor=factor)


def _seen(probe: SeenProbe, recording: Recording) -> Proof:
    """Says whether the run itself showed what a finding says of a line."""
    if not recording.sqlalchemy:
        return Proof("reasoned", probe.proposition, why="the source says it, nothing was run")
    scope = f"this run, SQLAlchemy {recording.sqlalchemy}"
    if (probe.file, probe.line) in {(each.file, each.line) for each in _lines(probe, recording)}:
        return Proof("verified", probe.proposition, scope, probe.witness)
    return Proof("refuted", probe.proposition, scope, "the run did not come to that line")


def _lines(probe: SeenProbe, recording: Recording) -> Iterator[Line]:
    """The lines of a recording's facts of one kind, those that each of them happened at."""
    if probe.fact == "groups":
        for scope in recording.scopes:
            for group in scope.groups:
                yield from (line for stack in group.stacks for line in stack[:1])
    for error in recording.errors if probe.fact == "errors" else ():
        yield from (*error.stack, *error.first)
    for engine in recording.engines if probe.fact == "engines" else ():
        yield from engine.stack[:1]
    for pause in recording.pauses if probe.fact == "pauses" else ():
        yield from (*pause.stack, *pause.until)
    for shared in recording.shared if probe.fact == "shared" else ():
        yield from (*shared.stack, *shared.other)


def _count(recording: Recording, sql: str) -> int:
    numbers = {each.number for each in recording.shapes if each.sql == sql}
    return sum(
        group.count * scope.times
        for scope in recording.scopes
        for group in scope.groups
        if group.shape in numbers
    )

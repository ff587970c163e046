"""What the runs of a workload say of each index: proven, refuted, or neither."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from dbwright.core.index_proof import IndexProof, Rows, Shape, Timing, Verdict
from dbwright.verify.index_builds import Element
from dbwright.verify.index_race import Side, Word, is_doubtful, outcome

_ENOUGH = 0.5
"""With a smaller part of the source's rows a missing gain says nothing."""


class Execution(Protocol):
    """What is read of an execution."""

    @property
    def sql(self) -> str:
        """Its text."""

    @property
    def weight(self) -> float:
        """How often it is called."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What the step that an index stands for, made or dropped, does to one execution.

    `shape` is that of a run without the step, `beside` how that ran beside one before any of the
    advice. `slowed` says that with all of the advice the execution is slower than before any of it.
    """

    element: Element
    execution: Execution
    writes: bool
    without: Timing
    with_: Timing
    shape: Shape
    beside: Word
    slowed: bool = False

    @property
    def refutes(self) -> bool:
        """Whether it alone speaks against the step: a read that is slower than it was."""
        return self.slowed and not self.writes and self.word == "slower"

    @property
    def word(self) -> str:
        """Whether it is faster, slower or alike for it."""
        return outcome(self.without, self.with_)

    @property
    def saved(self) -> float:
        """Milliseconds over all calls."""
        return self.execution.weight * (self.without.median - self.with_.median)

    @property
    def figures(self) -> str:
        """The medians in words, and the statement."""
        text = " ".join(self.execution.sql.split())
        shown = text if len(text) <= 60 else f"{text[:58]} …"
        over = "over " if self.without.cut else ""
        return f"{over}{words(self.without.median)} -> {words(self.with_.median)} in `{shown}`"


def words(milliseconds: float) -> str:
    """Gives a time as people read it.

    >>> words(0.0421), words(12.34), words(2340.0)
    ('0.042 ms', '12.3 ms', '2.34 s')
    """
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.3g} s"
    return f"{milliseconds:.2g} ms" if milliseconds < 1 else f"{milliseconds:.3g} ms"


class Judge:
    """The verdicts so far; a refuted step has no part in what is run next."""

    def __init__(self, elements: Sequence[Element], rows: Rows) -> None:
        self.elements = elements
        self.rows = rows
        self.verdicts: dict[str, tuple[Verdict, str]] = {}

    def standing(self) -> list[Element]:
        """Gives the steps that are not refuted."""
        return [each for each in self.elements if not self._is_refuted(each)]

    def _is_refuted(self, each: Element) -> bool:
        return each.sql in self.verdicts and self.verdicts[each.sql][0] == "refuted"

    @property
    def without(self) -> Side:
        """What is taken away before any of the advice: all that is new."""
        return frozenset(each.sql for each in self.elements if each.action == "make")

    @property
    def with_(self) -> Side:
        """What is taken away with the advice: what is to drop, and what is refuted."""
        return frozenset(
            each.sql for each in self.elements if (each.action == "drop") != self._is_refuted(each)
        )

    def other(self, element: Element) -> Side:
        """Gives the side of the advice without one of its steps, and without what rests on it."""
        resting = {each.sql for each in self.elements if each.needs == element.name}
        return (self.with_ ^ {element.sql}) - resting

    def refuse(self, effects: Sequence[Effect], *, whole: bool = False) -> Side:
        """Judges each step by its effects; gives those that are refuted now and were not before.

        Until the `whole` workload was run, a new index is refuted by a read that it slows only.
        """
        before = {each.sql for each in self.elements if self._is_refuted(each)}
        for each in self.standing():
            mine = [effect for effect in effects if effect.element is each]
            if not whole and not any(effect.refutes for effect in mine):
                continue
            judged = _made(mine) if each.action == "make" else _dropped(mine)
            self.verdicts[each.sql] = self._weakened(each, judged)
        gone = {each.name for each in self.elements if self._is_refuted(each)}
        for each in self.standing():
            if each.needs in gone:
                self.verdicts[each.sql] = "refuted", f"{each.needs} is not to take its place"
        after = {each.sql for each in self.elements if self._is_refuted(each)}
        return frozenset(after - before)

    def _weakened(self, each: Element, judged: tuple[Verdict, str]) -> tuple[Verdict, str]:
        """Gives the verdict as far as the rows bear it."""
        verdict, why = judged
        if verdict == "proven" and self.rows == "made-up rows":
            return "observed", f"{why}, on made-up rows"
        if verdict != "refuted":
            return judged
        if each.waits:
            return "unproven", f"{why}; the server could not use it yet"
        if self.rows == "made-up rows":
            return "unproven", f"{why}, on made-up rows"
        if each.rows < _ENOUGH * each.foretold:
            part = f"{each.rows:,} of the source's {each.foretold:,} rows"
            return "unproven", f"{why}; the clone has {part}"
        return judged

    def proofs(self) -> Iterator[IndexProof]:
        """Gives what became of each index."""
        for each in self.elements:
            verdict, why = self.verdicts.get(each.sql, ("unproven", "nothing was run"))
            yield IndexProof(
                each.name,
                "make" if each.action == "make" else "drop",
                verdict,
                why,
                each.predicted,
                each.bytes,
                each.seconds,
                each.rows,
                each.foretold,
                each.table,
            )


def _made(effects: Sequence[Effect]) -> tuple[Verdict, str]:
    """Judges a new index: a read that it slows refutes it, so does what outweighs its gain.

    A read that is faster than before all the same, only not as fast as without it, is weighed.
    """
    if slow := [each for each in effects if each.refutes]:
        worst = max(slow, key=lambda each: each.with_.median / each.without.median)
        return "refuted", f"it makes a statement slower: {worst.figures}"
    gains = [each for each in effects if each.word == "faster"]
    losses = [each for each in effects if each.word == "slower"]
    if not gains and not any(not each.writes for each in losses):
        reads = [each for each in effects if each.word == "alike"]
        if not reads:
            return "refuted", "no plan of the workload uses it"
        best = max(reads, key=lambda each: each.without.median - each.with_.median)
        spread = max(best.without.spread, best.with_.spread)
        unclear = any(is_doubtful(each.without, each.with_) for each in reads)
        return (
            "unproven" if unclear else "refuted",
            f"no gain beyond the noise of {words(spread)}: {best.figures}",
        )
    lost = -sum(each.saved for each in losses)
    if lost > sum(each.saved for each in gains):
        worst = min(losses, key=lambda each: each.saved)
        what = "writes" if worst.writes else "other reads"
        return "refuted", f"it costs {what} more than it saves: {worst.figures}"
    best = max(gains, key=lambda each: each.saved)
    price = f"; it slows {_dearest(losses)}" if losses else ""
    return "proven", f"{best.figures}{price}"


def _dearest(losses: Sequence[Effect]) -> str:
    return max(losses, key=lambda each: -each.saved).figures


def _dropped(effects: Sequence[Effect]) -> tuple[Verdict, str]:
    if slow := [each for each in effects if each.word == "slower"]:
        worst = max(slow, key=lambda each: each.with_.median / each.without.median)
        return "refuted", f"a statement is slower without it: {worst.figures}"
    return "observed", "no statement that was run is slower without it"

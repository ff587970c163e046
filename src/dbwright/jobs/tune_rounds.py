"""What goes in the place of an index that its proof left out: chosen without it, proved as well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dbwright.core.advice import Tuned
from dbwright.core.index_proof import IndexProof

Again = Callable[[frozenset[str]], Tuned]
"""Gives the advice anew without indexes of these names."""


def proved_twice(found: Tuned, prove: Callable[[Tuned], Tuned], again: Again) -> Tuned:
    """Gives advice with its proof; where that left indexes out, the better one of two.

    The second is chosen and proved without them, within the bytes that they left. It is taken
    where the workload ran in less of its time.
    """
    first = prove(found)
    out = _left_out(first)
    if not out:
        return first
    other = again(frozenset(each.name for each in out))
    tried = {each.sql for each in found.indexes}
    if all(each.sql in tried for each in other.indexes):
        return first
    second = prove(other)
    if second.proof is None or spent(second) >= spent(first):
        return first
    seconds = round(second.proof.seconds + (first.proof.seconds if first.proof else 0.0), 1)
    known = {each.name for each in second.proof.indexes}
    gone = (each for each in out if each.name not in known)
    proof = replace(second.proof, indexes=(*second.proof.indexes, *gone), seconds=seconds)
    return replace(second, proof=proof)


def _left_out(found: Tuned) -> list[IndexProof]:
    if found.proof is None:
        return []
    refuted = (each for each in found.proof.indexes if each.verdict == "refuted")
    return [each for each in refuted if each.action == "make"]


def spent(found: Tuned) -> float:
    """Gives the part of its time that the workload ran in with what is left of the advice.

    >>> from dbwright.core.twin import TwinSource
    >>> spent(Tuned(TwinSource("", 18, "", "", ""), "", True, 1.0, 1.0, 0, 0))
    1.0
    """
    before = after = 0.0
    for each in found.proof.executions if found.proof is not None else ():
        weight = found.statements[each.statement].calls * each.share
        before += weight * each.before.median
        after += weight * each.after.median
    return after / before if before else 1.0

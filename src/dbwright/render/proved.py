"""The proof of index advice as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from dbwright.core.index_proof import ExecutionProof, IndexProof, Timing, TuneProof
from dbwright.render.twin import size_words

_SHOWN = 8
_WORDS = {
    "proven": "proven",
    "observed": "observed",
    "refuted": "refuted, left out",
    "unproven": "not proven",
}


def proof_lines(proof: TuneProof) -> Iterator[str]:
    """Gives what was run where, what became of each index, and the times of the statements."""
    count = len(proof.executions)
    yield ""
    yield from _wrap(
        f"Run on {_rows(proof)}: {proof.place}, {proof.server}; {count:,} "
        f"execution{'s' if count != 1 else ''} in turn without and with the advice, "
        f"{proof.seconds:.1f} s. All of it was rolled back."
    )
    for each in proof.indexes:
        yield from _wrap(f"- {each.name}: {_verb(each)}{_WORDS[each.verdict]}. {_why(each)}.")
        if each.action == "make" and each.bytes:
            yield from _wrap(
                f"  {size_words(each.bytes)} built in {each.seconds:.2g} s, "
                f"{size_words(each.predicted)} foretold{_scale(each)}"
            )
    yield from _executions(proof)
    for sentence in proof.noted:
        yield from _wrap(f"- {sentence}")
    for sentence in proof.left_out:
        yield from _wrap(f"- not run: {sentence}")


def _rows(proof: TuneProof) -> str:
    return "made-up rows, whose times are not yours" if proof.rows != "a clone" else "a clone"


def _verb(each: IndexProof) -> str:
    return "its drop is " if each.action == "drop" else ""


def _why(each: IndexProof) -> str:
    return each.why[:1].upper() + each.why[1:]


def _scale(each: IndexProof) -> str:
    if not each.foretold or 0.9 < each.rows / each.foretold < 1.1:
        return ""
    return f" for {each.foretold:,} rows; {each.rows:,} are here"


def _executions(proof: TuneProof) -> Iterator[str]:
    told = [each for each in proof.executions if each.outcome != "alike"]
    slower = sum(each.outcome == "slower" for each in told)
    if not told:
        if proof.executions:
            yield "No statement is faster or slower beyond the noise."
        return
    yield ""
    yield from _wrap(
        f"{len(told) - slower} faster, {slower} slower of {len(proof.executions)}; medians of the "
        "runs without and with it, half of them within ±:"
    )
    told.sort(key=lambda each: (each.outcome != "slower", each.after.median - each.before.median))
    for each in told[:_SHOWN]:
        yield from _execution(each)
    if len(told) > _SHOWN:
        yield f"  … {len(told) - _SHOWN} more (--format json has all)"


def _execution(each: ExecutionProof) -> Iterator[str]:
    before, after = each.shape_before, each.shape_after
    line = f"  {_time(each.before):>17} -> {_time(each.after):<17}"
    line += f" {before.pages:,} -> {after.pages:,} pages"
    if each.writes and after.wal != before.wal:
        line += f", WAL {size_words(before.wal)} -> {size_words(after.wal)}"
    yield line
    mark = "slower: " if each.outcome == "slower" else ""
    yield f"    {mark}{_cut(' '.join(each.sql.split()), 75 - len(mark))}"


def _time(timing: Timing) -> str:
    if timing.cut:
        return f"over {timing.median / 1000:.3g} s"
    if timing.median >= 1000:
        return f"{timing.median / 1000:.3g} s ±{timing.spread / 2000:.2g}"
    return f"{timing.median:.3g} ms ±{timing.spread / 2:.2g}"


def _wrap(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, 79, subsequent_indent=indent, break_long_words=False)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 2]} …"

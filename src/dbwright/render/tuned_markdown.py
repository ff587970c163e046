"""Index advice as Markdown, for a pull request or an issue."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.advice import IndexAdvice, Tuned
from dbwright.core.placed import Placed
from dbwright.render import placed_words, tuned_words
from dbwright.render.markdown import escaped, fenced
from dbwright.render.twin import size_words


def as_markdown(found: Tuned, placed: Placed | None = None) -> str:
    """Gives the advice; each index is a section, and each statement a row."""
    title = escaped(f"Indexes for {found.source.database}")
    blocks = [f"# {title}", escaped(tuned_words.head(found)), escaped(tuned_words.how(found))]
    blocks += [escaped(tuned_words.written(found))] if tuned_words.written(found) else []
    for number, each in enumerate(tuned_words.by_gain(found), start=1):
        blocks += _index(found, each, number, placed)
    blocks += [*_drops(found, placed), *_statements(found), *_project(placed)]
    if found.left_out:
        rows = [f"- {escaped(each)}" for each in tuned_words.left_out(found)]
        blocks += ["## Not part of it", "\n".join(rows)]
    return "\n\n".join([*blocks, escaped(tuned_words.tail(found))]) + "\n"


def _index(found: Tuned, each: IndexAdvice, number: int, placed: Placed | None) -> Iterator[str]:
    saved = f"{tuned_words.saved(each):,.0f}"
    yield f"## {number}. {escaped(each.table)}: saves {saved} for {size_words(each.bytes)}"
    yield _sql(each.sql)
    if each.first:
        yield f"First {escaped(tuned_words.first(each))}:"
        yield _sql(";\n".join(each.first))
    rows = []
    for gain in tuned_words.gains(each):
        sql = escaped(tuned_words.one_line(found.statements[gain.statement].sql))
        factor = tuned_words.times(gain.before, gain.after)
        rows.append(f"- **Gain:** {gain.before:,.0f} to {gain.after:,.0f}, {factor}: {sql}")
    rows.append(f"- **Writes:** {escaped(tuned_words.writes(found, each))}")
    rows.append(f"- **Sure:** {escaped(tuned_words.confidence(found, each))}")
    rows += [f"- **Spares:** {escaped(', '.join(each.replaces))}"] if each.replaces else []
    others = (tuned_words.alternative(each, other) for other in each.alternatives)
    rows += [f"- **Or:** {escaped(other)}" for other in others]
    if placed is not None:
        rows.append(f"- **In:** {escaped(placed_words.place(placed.of(each.name)))}")
    rows.append(f"- **Undo:** {escaped(tuned_words.undo(each))};")
    yield "\n".join(rows)


def _drops(found: Tuned, placed: Placed | None) -> Iterator[str]:
    if not found.drops:
        return
    yield f"## {tuned_words.drops_head(found.drops)}"
    for each in found.drops:
        yield f"**{escaped(each.name)}** on {escaped(each.table)}: {escaped(each.reason)}."
        yield _sql(each.sql)
        where = placed_words.place(placed.of(each.name)) if placed else ""
        rows = [f"- **In:** {escaped(where)}"] if where else []
        yield "\n".join([*rows, f"- **Undo:** {escaped(each.undo)};"])


def _statements(found: Tuned) -> Iterator[str]:
    yield "## Statements"
    rows = ["| Calls | Before | After | Worst | Statement |", "| ---: | ---: | ---: | ---: | --- |"]
    for each in sorted(found.statements, key=lambda one: -one.before):
        sql = escaped(tuned_words.one_line(each.sql))
        worst = tuned_words.share(each.worst, 1)
        costs = f"{each.calls:,.0f} | {each.before:,.0f} | {each.after:,.0f} | {worst}"
        rows.append(f"| {costs} | {sql} |")
    yield "\n".join(rows)


def _project(placed: Placed | None) -> Iterator[str]:
    if placed is None:
        return
    yield "## In the project"
    rows = []
    for each in placed.unplaced:
        rows.append(
            f"- Left to you: {escaped(each.advised)} on {escaped(each.table)}: {escaped(each.why)}"
        )
        rows += ["", *(f"  {line}" for line in fenced(each.code).splitlines())] if each.code else []
    rows += [f"- Proved on {escaped(p.scope)}: {escaped(p.witness or '')}" for p in placed.proofs]
    if placed.edits and placed.why_no_revision:
        rows.append(f"- No revision: {escaped(placed.why_no_revision)}")
    rows += [f"- {escaped(note)}" for note in placed.notes]
    yield "\n".join(rows)


def _sql(sql: str) -> str:
    return fenced(f"{sql};").replace("python", "sql", 1)

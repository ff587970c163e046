"""An answer as Markdown, for an issue or a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.render.markdown import escaped, fenced
from dbwright.render.told import Part, Told


def as_markdown(told: Told) -> str:
    """Gives the whole answer; each part is a paragraph with its label."""
    return "\n\n".join(_blocks(told)) + "\n"


def _blocks(told: Told) -> Iterator[str]:
    yield f"*Read as: {escaped(told.reading)}.*"
    yield f"**{escaped(told.answer)}**"
    if told.place:
        yield escaped(told.place)
    for part in told.parts:
        yield _block(part)
    if told.more:
        yield "**Next**\n\n" + fenced("\n".join(told.more))


def _block(part: Part) -> str:
    if part.shape in ("code", "diff"):
        code = fenced("\n".join(part.lines))
        return f"**{escaped(part.label)}**\n\n{code}" if part.label else code
    if part.shape == "list" or len(part.lines) > 1:
        rows = "\n".join(f"- {escaped(line)}" for line in part.lines)
        return f"**{escaped(part.label)}**\n\n{rows}"
    return f"**{escaped(part.label)}:** {escaped(part.lines[0])}"

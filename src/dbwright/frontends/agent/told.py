"""A talk in lines for a terminal: what is traced, what is not, and what it took."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from dbwright.core.answered import Answered
from dbwright.core.explanation import Explanation
from dbwright.core.finding import Recommendation, Unverified
from dbwright.core.rehearsed import Outcome
from dbwright.frontends.agent.judge import Judged
from dbwright.frontends.agent.ledger import Source
from dbwright.frontends.agent.talk import Talk
from dbwright.render.parts import plural, printable, proof_words, title

WIDTH = 80
NOT_VERIFIED = "Not verified (the model's own words):"


def lines(talk: Talk) -> Iterator[str]:
    """Yields what the model said, the traced first; one line where it said nothing."""
    if talk.failed:
        yield from failed(talk)
        return
    traced = [each for each in talk.judged if each.traced]
    others = [each for each in talk.judged if not each.traced]
    if traced:
        name = printable(talk.model)
        yield from _wrapped(
            f"{name} says, and below each sentence dbwright what it rests on. Figures, names "
            "and code were found there; the reasoning is the model's own:"
        )
        for each in traced:
            ids = ", ".join(source.id for source in each.sources)
            yield from _wrapped(f"{_line(each)} [{ids}]", "  ")
            for source in each.sources:
                yield from _wrapped(f"{source.id}: {own_words(source)}", "      ", 10)
        yield ""
    if others:
        yield NOT_VERIFIED
        for each in others:
            yield from _other(each)
        yield ""
    yield from _wrapped(_spent(talk))


def failed(talk: Talk) -> Iterator[str]:
    """Yields the line that says why there is nothing of the model."""
    text = f"The model {printable(talk.model)}: {printable(talk.failed)}."
    yield f"{text} The answer is dbwright's own."


def _other(each: Judged) -> Iterator[str]:
    yield from _wrapped(f"? {_line(each)}", "  ", 4)
    yield from _wrapped(f"({'; '.join(map(_plain, each.why_not))})", "    ")
    if each.statement.code.strip():
        tried = f"; {_plain(each.tried)}" if each.tried else ""
        yield from _wrapped(f"not verified: written by the model{tried}", "    ")
        for line in printable(each.statement.code.strip("\n")).splitlines():
            yield f"    | {line}"


def _line(each: Judged) -> str:
    return _plain(each.statement.text)


def _plain(text: str) -> str:
    return " ".join(printable(text).split())


def own_words(source: Source) -> str:
    """Gives what dbwright itself says of a source, in a line, with how far it is proved."""
    thing = source.thing
    if isinstance(thing, Recommendation):
        return _plain(f"{title(thing)} ({proof_words(thing.proof)})")
    if isinstance(thing, Unverified):
        return _plain(f"not verified: {thing.what}: {thing.why}")
    if isinstance(thing, (Answered, Explanation)):
        return _plain(thing.answer)
    if isinstance(thing, Outcome):
        return _plain(f"revision {thing.revision}, rehearsed: {thing.verdict}")
    level = f" ({source.level})" if source.level else ""
    return f"{_KINDS.get(source.kind, source.kind)}{level}"


_KINDS = {
    "change": "a change of the models, as dbwright proposes it",
    "design": "new models, as dbwright proposes them",
    "rule": "the page of a rule",
}


def _spent(talk: Talk) -> str:
    names = ", ".join(dict.fromkeys(talk.called))
    calls = f", {plural(len(talk.called), 'call')} ({names})" if talk.called else ""
    return (
        f"Model: {plural(talk.requests, 'request')}{calls}, {talk.tokens:,} tokens, "
        f"{talk.seconds:.0f} s. --show-sent prints all that it was sent."
    )


def cited(talk: Talk) -> Sequence[Source]:
    """Gives what the traced statements rest on, in the order in which it is cited."""
    found = [source for each in talk.judged if each.traced for source in each.sources]
    return list({source.id: source for source in found}.values())


def blocks(sources: Sequence[Source], options: dict[str, Any]) -> Iterator[str]:
    """Yields recommendations as dbwright prints them itself, each behind its id."""
    from dbwright.render.blocks import block
    from dbwright.render.layout import Style

    style = Style.of(options)
    for source in sources:
        if source.kind != "recommendation":
            continue
        found = block([source.thing], style)
        found.show_all()
        yield f"[{source.id}]"
        yield from found.lines(style)
        yield ""


def _wrapped(text: str, start: str = "", indent: int | None = None) -> Sequence[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=" " * (len(start) if indent is None else indent),
        break_on_hyphens=False,
        break_long_words=False,
    )

"""A model beside `ask`: dbwright answers as always, then the model, where there is one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.core.errors import DbwrightError
from dbwright.frontends.asking import is_terminal

if TYPE_CHECKING:
    from dbwright.frontends.agent.ledger import Source
    from dbwright.frontends.agent.talk import Talk
    from dbwright.frontends.agent.wanted import Wanted


def model_options(command: Any) -> Any:
    """Adds the options that say which model answers, and what it is shown."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


OPTIONS = [
    click.option("--model", metavar="NAME", help="A language model: PROVIDER:NAME, or none."),
    click.option("--model-url", metavar="URL", help="Its server, which speaks OpenAI's protocol."),
    click.option(
        "--share-rows", multiple=True, metavar="TABLE", help="The model may see rows; repeatable."
    ),
    click.option("--show-sent", is_flag=True, help="Print all that the model was sent."),
]


Companion = Callable[[str, Any], bool]
"""Has a model look at a request and dbwright's answer, or the error that it refused with; gives
whether that led to another answer."""


def companion(path: Path, values: dict[str, Any]) -> Companion | None:
    """Gives what has a model look at each request of a session; None without a model."""
    from dbwright.frontends.agent.wanted import wanted

    rows = tuple(values.get("share_rows", ()))
    named = wanted(path, values.get("model"), values.get("model_url"), rows)
    return Talks(path, values, named).follow if named is not None else None


@contextmanager
def beside(request: str, path: Path, values: dict[str, Any]) -> Iterator[Callable[[Any], None]]:
    """Has the model speak once the body is done; its status or error is raised all the same.

    The body gives its answer to what it is given. Without a model nothing is imported.
    """
    answers: list[Any] = []
    look = companion(path, values)
    try:
        yield answers.append
    except DbwrightError as error:
        if look is not None and look(request, error):
            return
        raise
    except SystemExit:
        _looked(look, request, answers)
        raise
    _looked(look, request, answers)


def _looked(look: Companion | None, request: str, answers: Sequence[Any]) -> None:
    if look is not None and answers:
        look(request, answers[-1])
    elif look is None and is_terminal():
        click.echo("No language model is set: the answer is dbwright's own.", err=True)


@dataclass(slots=True)
class Talks:
    """Talks with one model, one after the other: each goes on from the last."""

    path: Path
    values: dict[str, Any]
    wanted: Wanted
    history: list[Any] = field(default_factory=list)

    def follow(self, request: str, answer: Any) -> bool:
        """Asks the model and prints what it says; gives whether it led to another answer."""
        from dbwright.core.options import Options
        from dbwright.frontends.agent.answering import opened
        from dbwright.frontends.agent.talk import talk
        from dbwright.frontends.agent.told import cited
        from dbwright.frontends.cli.output import Progress

        given = self.values
        options = Options(db=given.get("db"), twin=given.get("twin"), run=bool(given.get("run")))
        progress = Progress(bool(self.values.get("quiet")))
        tools, sent, first = opened(request, self.path, options, answer, progress)
        tools.rows = self.wanted.rows
        shown = set(tools.ledger.sources)
        found = talk(sent, first, tools, self.wanted, history=self.history)
        progress.end()
        self.history = found.history or self.history
        new = [source for source in cited(found) if source.id not in shown]
        self._print(found, new, isinstance(answer, DbwrightError))
        return bool(new)

    def _print(self, found: Talk, new: Sequence[Source], refused: bool) -> None:
        from dbwright.frontends.agent import told
        from dbwright.frontends.cli.output import terminal_options

        machine = self.values.get("format", "text") != "text"
        if self.values.get("show_sent"):
            click.echo(json.dumps(found.sent, indent=2, ensure_ascii=True), err=True)
        aside = machine or (refused and bool(found.failed))
        click.echo("", err=aside)
        for line in told.lines(found):
            click.echo(line, err=aside)
        for line in told.blocks(new, terminal_options()):
            click.echo(line, err=aside)
        if not machine:
            for source in new:
                self._offer(source)

    def _offer(self, source: Source) -> None:
        """Shows an answer that the model asked for; its files are written after a yes."""
        from dbwright.frontends import answering

        if source.kind not in ("change", "design", "answer"):
            return
        request = getattr(source.thing, "request", None)
        words = getattr(request, "text", "") or "as the model asked"
        exchange = answering.Exchange(words, words, source.thing, self.path)
        click.echo(f"[{source.id}]")
        click.echo(answering.rendered(exchange, "text", full=False), nl=False)
        answering.offer(exchange, yes=False)

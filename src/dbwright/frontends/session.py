"""A session on the terminal: requests one after the other, and what follows on the last answer."""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.core.errors import DbwrightError
from dbwright.frontends import answering, following, undoing
from dbwright.frontends.answering import Exchange
from dbwright.frontends.asking import choices_of
from dbwright.frontends.cli.output import Progress, quiet_driver, terminal_options

if TYPE_CHECKING:
    from dbwright.core.options import Options
    from dbwright.frontends.agent.beside import Companion

PROMPT = "dbwright> "
MORE = "     ...> "
KEPT = 500
HELP = """Say what you need, or paste a query, a plan, a traceback, a revision.
On the last answer:
  full        all of it          why?    the reasons
  diff        what it changes    apply   write it, after the diff and a yes
  way 2       another way        2       the second of the options that were asked
  undo        take the last write back
  and for Order too?             the same for another model
Ctrl-C stops what runs, Ctrl-D leaves. Several lines: begin with ``` and end with ```."""
_SECRET = re.compile(r"(://[^\s:/@]+):[^\s@]+@")
_SECRETS = re.compile(r"(?i)\b(password|passwd|secret|token|api_?key)\b(\s*(?:=|:|is)\s*)\S+")


def run(
    path: Path, options: Options, *, full: bool = False, model: Companion | None = None
) -> None:
    """Reads requests until the end of input, and answers each; then a `model`, where one is."""
    quiet_driver()
    session = Session(path, options, full, model)
    click.echo(greeting(path))
    with history(undoing.state_folder() / "ask-history") as remember:
        while True:
            try:
                text = read_request()
            except EOFError:
                click.echo("")
                return
            except KeyboardInterrupt:  # an unfinished line is thrown away
                click.echo("")
                continue
            if text.strip():
                remember(text)
            if text.strip().lower() in ("quit", "exit", "bye", ":q"):
                return
            session.take(text.strip())


def greeting(path: Path) -> str:
    """Gives the first lines of a session: where it is, and what can be said there."""
    from dbwright.jobs.answer import revisions
    from dbwright.jobs.ask_names import examples

    said = [f"  {each}" for each in examples(path, revisions(path))[:4]]
    return "\n".join(
        [
            f"dbwright, in {path.resolve()}",
            "Say what you need, or paste a query, a plan, an error, a revision. For example:",
            *said,
            "Nothing is written without your yes. help tells more, Ctrl-D leaves.",
        ]
    )


@dataclass(slots=True)
class Session:
    """What was asked and answered last, and what may be chosen of it.

    `seen` says that its diff has just been shown.
    """

    path: Path
    options: Options
    full: bool = False
    model: Companion | None = None
    last: Exchange | None = None
    choices: list[str] = field(default_factory=list)
    seen: bool = False

    def take(self, text: str) -> None:
        """Answers one line; an error is words, and an interrupt ends the work alone."""
        if not text:
            return
        progress = Progress()
        try:
            self._take(text, progress)
        except KeyboardInterrupt:
            progress.end()
            click.echo("Stopped; nothing was changed.")
        except click.Abort:
            click.echo("\nNothing is written.")
        except DbwrightError as error:
            progress.end()
            self._tell(error)
            if self.model is not None:
                self.model(text, error)
        finally:
            progress.end()

    def _take(self, text: str, progress: Progress) -> None:
        said = following.read(text, self.last is not None, len(self.choices))
        seen, self.seen = self.seen, said.kind == "diff"
        if said.kind == "new":
            self._ask(text, progress)
        elif said.kind == "help":
            click.echo(HELP)
        elif said.kind == "undo":
            self._undo()
        elif said.kind == "choice":
            self._ask(self.choices[said.number - 1], progress)
        elif self.last is None:
            click.echo("There is no answer yet that this could be about.")
        else:
            self._follow(said, text, self.last, progress, seen)

    def _follow(
        self, said: following.Said, text: str, last: Exchange, progress: Progress, seen: bool
    ) -> None:
        if said.kind == "full":
            self._show(last, full=True)
        elif said.kind == "why":
            click.echo(answering.reasons(last), nl=False)
        elif said.kind == "diff":
            click.echo(answering.diff(last) or "It changes no file.\n", nl=False)
        elif said.kind == "apply":
            if not answering.offer(last, yes=False, shown=seen) and not answering.edits(last):
                click.echo("It changes no file.")
        elif said.kind == "way":
            ways = answering.ways(last)
            if not 1 <= said.number <= len(ways):
                click.echo(f"It has {len(ways)} other ways." if ways else "It has no other way.")
                return
            self._ask(last.request, progress, choose=ways[said.number - 1])
        else:
            again = following.for_another(last.request, text, answering.names(self.path))
            self._ask(again or text, progress, told=again is not None)

    def _ask(
        self, request: str, progress: Progress, *, choose: str = "", told: bool = False
    ) -> None:
        if told:
            click.echo(f"Asked: {request}")
        self.choices = []
        self.last = answering.asked(request, self.path, self.options, progress, choose)
        progress.end()
        self._show(self.last, full=self.full)
        if self.model is not None:
            self.model(request, self.last.answer)

    def _show(self, exchange: Exchange, *, full: bool) -> None:
        if exchange.is_report:
            from dbwright.render import render

            click.echo(f"Read as: {exchange.words}.\n")
            shown = {**terminal_options(), "full": full, "command": "dbwright ask …"}
            click.echo(render(exchange.answer, "terminal", **shown, fixes=False), nl=False)  # type: ignore[arg-type]
        else:
            click.echo(answering.rendered(exchange, "text", full=full, session=True), nl=False)
        if answering.edits(exchange):
            click.echo("Say:    apply  to see the diff and write it")

    def _undo(self) -> None:
        found = undoing.undo(self.path)
        for edit in found.edits:
            click.echo(f"{'Removed' if edit.before is None else 'Restored'} {edit.path}")

    def _tell(self, error: DbwrightError) -> None:
        self.choices = choices_of(error)
        if not self.choices:
            click.echo(wrapped(str(error)))
            return
        click.echo(wrapped(replace_way_out(error)))
        for number, choice in enumerate(self.choices, 1):
            click.echo(f"  {number}  {choice}")
        click.echo("Say a number, or ask otherwise.")


def wrapped(text: str) -> str:
    """Gives a text in lines of a terminal; lines that begin with a space are code, and stay."""
    return "\n".join(
        line if line.startswith(" ") else textwrap.fill(line, 80, break_long_words=False)
        for line in text.splitlines()
    )


def replace_way_out(error: DbwrightError) -> str:
    """Gives an error's words without the commands that stand for its options."""
    return "\n".join(
        line for line in str(error).splitlines() if not line.strip().startswith("dbwright ")
    )


def read_request() -> str:
    """Reads one request: a line, what was pasted with it, or all between two fences."""
    text = input(PROMPT)
    while text.endswith("\\"):
        text = f"{text[:-1]}\n{input(MORE)}"
    if text.count("```") % 2:
        lines = [text]
        while "```" not in (line := input(MORE)):
            lines.append(line)
        return "\n".join([*lines, line])
    return "\n".join([text, *_waiting()])


def _waiting() -> list[str]:
    """The lines that were pasted behind the first one, and wait to be read."""
    lines = []
    with contextlib.suppress(OSError, ValueError):
        while select.select([sys.stdin], [], [], 0.05)[0]:
            line = sys.stdin.readline()
            if not line:
                break
            lines.append(line.rstrip("\n"))
    return lines


@contextlib.contextmanager
def history(file: Path) -> Any:
    """Keeps the requests in a file that only its owner reads, without what is secret in them."""
    try:
        import readline
    except ImportError:  # Windows: requests are not remembered
        yield lambda text: None
        return
    with contextlib.suppress(OSError):
        readline.read_history_file(file)
    readline.set_auto_history(False)
    readline.set_history_length(KEPT)

    def remember(text: str) -> None:
        readline.add_history(without_secrets(text).replace("\n", " ")[:2000])

    try:
        yield remember
    finally:
        with contextlib.suppress(OSError):
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
            file.chmod(0o600)
            readline.write_history_file(file)
            file.chmod(0o600)


def without_secrets(text: str) -> str:
    """Gives a request as it is remembered.

    >>> without_secrets("check postgresql://me:hunter2@host/shop, password=abc")
    'check postgresql://me:***@host/shop, password=***'
    """
    return _SECRETS.sub(r"\1\2***", _SECRET.sub(r"\1:***@", text))

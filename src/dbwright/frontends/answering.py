"""One request and its answer: shown in any format, its files written after a yes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.core.errors import UsageError
from dbwright.frontends.asking import Pairs, is_terminal, option_words, quoted

if TYPE_CHECKING:
    from dbwright.core.finding import Edit
    from dbwright.core.options import Options
    from dbwright.jobs.answer import Answer
    from dbwright.render.told import Told

FORMATS = ("text", "json", "markdown", "html")
LONG = 60


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, how it was read, and its answer."""

    request: str
    words: str
    answer: Answer
    path: Path
    choose: str = ""

    @property
    def is_report(self) -> bool:
        """Whether the answer is a review's report."""
        from dbwright.core.report import Report

        return isinstance(self.answer, Report)


def asked(
    request: str, path: Path, options: Options, progress: Callable[[str], None], choose: str = ""
) -> Exchange:
    """Gives the answer to a request; what a migration has to know is asked, or refused."""
    from dbwright.api import ask
    from dbwright.core.model_change import ModelsChanged
    from dbwright.frontends.models_changing import changed

    words, answer = ask(request, path, options, progress, choose=choose)
    if isinstance(answer, ModelsChanged):
        first = [answer]

        def author(given: Pairs) -> ModelsChanged:
            if first and not given:
                return first.pop()
            _, found = ask(request, path, options, progress, meant=given, choose=choose)
            assert isinstance(found, ModelsChanged)
            return found

        answer = changed(author, request, (), _spelled(request))
    return Exchange(request, words, answer, path, choose)


def _spelled(request: str) -> Callable[[str, str], str]:
    """How an answer to the migration's question is given: by the command that takes it."""

    def spell(option: str, value: str) -> str:
        if option:
            return option_words(option, value)
        return f"dbwright models change {quoted(request)} {value}"

    return spell


def told(exchange: Exchange) -> Told:
    """Gives an answer that is no report as sections, with what comes next."""
    from dbwright.render.told_kinds import told as told_of

    found = told_of(exchange.answer, exchange.words, exchange.request)
    if edits(exchange):
        return replace(found, more=(again(exchange, "--yes"), *found.more))
    return found


def again(exchange: Exchange, *options: str) -> str:
    """Gives the command that asks the same again."""
    request = quoted(exchange.request)
    if len(request) > LONG or "\n" in request:
        request = '"…the same request…"'
    words = ["dbwright ask", request]
    words += [f"--path {quoted(str(exchange.path))}"] if str(exchange.path) != "." else []
    words += [f"--choose {exchange.choose}"] if exchange.choose else []
    return " ".join([*words, *options])


def rendered(exchange: Exchange, format: str, *, full: bool, session: bool = False) -> str:
    """Gives an answer that is no report in a format; UsageError for one it has not."""
    found = told(exchange)
    if session and edits(exchange):  # said there in a word
        found = replace(found, more=found.more[1:])
    if format == "json":
        return json.dumps(found.data, indent=2) + "\n"
    if format == "markdown":
        from dbwright.render.told_markdown import as_markdown

        return as_markdown(found)
    if format == "html":
        from dbwright.render.told_html import as_html

        return as_html(found)
    if format == "text":
        return _as_text(exchange, found, full)
    raise UsageError(
        f"this answer is no report, so it has no format {format}",
        way_out=f"Its formats are: {', '.join(FORMATS)}",
    )


def _as_text(exchange: Exchange, found: Told, full: bool) -> str:
    from dbwright.core.answered import Answered

    if isinstance(exchange.answer, Answered):
        from dbwright.render.answered import as_text as facts_as_text

        return facts_as_text(exchange.answer, full=full)
    from dbwright.render.told_text import as_text

    return as_text(found, full=full)


def edits(exchange: Exchange) -> tuple[Edit, ...]:
    """Gives the files that an answer would write."""
    if exchange.is_report:
        from dbwright.jobs.fix import safe_edits

        found, _ = safe_edits(exchange.answer)  # type: ignore[arg-type]
        return tuple(found)
    return tuple(getattr(exchange.answer, "edits", ()))


def diff(exchange: Exchange) -> str:
    """Gives what would be written as a diff."""
    from dbwright.frontends.offering import shown

    return shown(edits(exchange))


def root(exchange: Exchange) -> Path:
    """Gives the folder that the edits' paths are below."""
    from dbwright.core.design import Designed
    from dbwright.jobs.fix import root_of

    if isinstance(exchange.answer, Designed):
        return exchange.path
    return root_of(exchange.path, None, None)


def offer(exchange: Exchange, *, yes: bool, shown: bool = False, say: Any = click.echo) -> bool:
    """Shows the diff and writes it when told to; gives whether it was written."""
    if not edits(exchange):
        return False
    if not yes and not is_terminal():
        say("Nothing is written yet; --full shows the diff.")
        return False
    if not shown:
        say(diff(exchange), nl=False)
    if not yes and not click.confirm("Write this?", default=False, err=True):
        say("Nothing is written.")
        return False
    save(exchange, say)
    return True


def save(exchange: Exchange, say: Any = click.echo) -> None:
    """Writes the files of an answer, and says which, and how that is undone."""
    from dbwright.frontends.offering import save as save_files

    found = edits(exchange)
    save_files(root(exchange), found, exchange.request, say)
    if any("def upgrade" in (edit.after or "") for edit in found):
        say("Next: read them, then alembic upgrade head")


def reasons(exchange: Exchange) -> str:
    """Gives why an answer is as it is: its reasons whole, or those of a report's findings."""
    if exchange.is_report:
        from dbwright.core.report import Report

        assert isinstance(exchange.answer, Report)
        lines = [
            f"{item.location.object or item.rule}: {item.advice.reason}"
            for item in exchange.answer.recommendations
        ]
    else:
        wanted = ("Why", "Proved", "Known", "Facts", "Seen")
        lines = [
            line for part in told(exchange).parts if part.label in wanted for line in part.lines
        ]
    from dbwright.render.told_text import wrapped

    shown = [row for line in lines for row in wrapped(line, start="  ", rest="    ")]
    return "\n".join(shown or ["  There is nothing more to say."]) + "\n"


def ways(exchange: Exchange) -> list[str]:
    """Gives the names of the other ways of a change, as `--choose` takes them."""
    decisions = getattr(exchange.answer, "decisions", ())
    found = [way.name for d in decisions for way in getattr(d, "others", ())]
    return list(dict.fromkeys(found))


def names(path: Path) -> frozenset[str]:
    """Gives the names of the models and tables of a project, as its source has them."""
    from dbwright.collect.named_models import named_models

    return named_models(path)

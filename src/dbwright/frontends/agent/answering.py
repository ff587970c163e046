"""A request answered with a model, as a value that can be scored; and by a bare expert prompt."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbwright.core.errors import DbwrightError
from dbwright.core.options import Options, Progress
from dbwright.frontends.agent.hiding import Hiding
from dbwright.frontends.agent.ledger import Ledger
from dbwright.frontends.agent.tools import Tools, refusal

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from dbwright.frontends.agent.documents import Document
    from dbwright.frontends.agent.talk import Talk
    from dbwright.frontends.agent.wanted import Wanted

EXPERT = (
    "You are a senior database engineer for SQLAlchemy 2, Alembic and the database of the project. "
    "Answer the request. Write each new or changed file whole in a fenced block whose first line "
    "is `# FILE: path`, SQL in fenced blocks marked sql. Where the request is outside of your "
    "field, begin with a line OUTSIDE; where you have to ask first, with a line QUESTION; then "
    "write no file and no SQL."
)


@dataclass(frozen=True, slots=True)
class Scored:
    """An answer as a benchmark reads it.

    `answers` are dbwright's own values, that of the request first and then those that the model
    asked for and cites; `files` is what they would write, `code` what the model wrote itself.
    `traced` and `untraced` are the model's sentences, `failed` says why there are none.
    """

    answers: tuple[Any, ...] = ()
    files: dict[str, str | None] = field(default_factory=dict)
    code: tuple[str, ...] = ()
    traced: tuple[str, ...] = ()
    untraced: tuple[str, ...] = ()
    refused: str = ""
    failed: str = ""
    text: str = ""
    requests: int = 0
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0


def answer(
    request: str,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    model: Wanted,
    scripted: Model | None = None,
) -> Scored:
    """Gives dbwright's answer to a request and what a model makes of it; nothing is written.

    `scripted` is a model of pydantic-ai that stands in for the one that is named. Nothing of a
    model is raised: `failed` says it.
    """
    from dbwright.api import ask
    from dbwright.frontends.agent.talk import talk
    from dbwright.frontends.agent.told import cited, lines

    place, chosen, told = Path(path), options or Options(), progress or (lambda text: None)
    found: Any
    try:
        found = ask(request, place, chosen, told)[1]
        answers, refused = [found], ""
    except DbwrightError as error:
        found, answers, refused = error, [], str(error)
    tools, sent, first = opened(request, place, chosen, found, told)
    shown = set(tools.ledger.sources)
    said = talk(sent, first, tools, model, scripted)
    answers += [each.thing for each in cited(said) if each.id not in shown]
    return replace(_scored(said), answers=tuple(answers), files=_files(answers), refused=refused,
                   text="\n".join(lines(said)))  # fmt: skip


def _scored(said: Talk) -> Scored:
    own = [each.statement.code for each in said.judged if each.statement.code.strip()]
    return Scored(
        code=tuple(own),
        traced=tuple(each.statement.text for each in said.judged if each.traced),
        untraced=tuple(each.statement.text for each in said.judged if not each.traced),
        failed=said.failed,
        requests=said.requests,
        calls=len(said.called),
        tokens=said.tokens,
        seconds=said.seconds,
    )


def _files(answers: list[Any]) -> dict[str, str | None]:
    found = [edit for each in answers for edit in getattr(each, "edits", ())]
    return {edit.path: edit.after for edit in found}


def bare(request: str, shown: str, *, model: Wanted, scripted: Model | None = None) -> Scored:
    """Gives what the same model answers an expert's prompt with the project's files, no tools.

    `shown` are the files as text. Its answer is in `text`, its fenced blocks in `code`.
    """
    from markdown_it import MarkdownIt
    from pydantic_ai import Agent, UsageLimits

    from dbwright.frontends.agent.provider import NoModel, model_of
    from dbwright.frontends.agent.talk import why

    started = time.monotonic()
    limits = UsageLimits(request_limit=1, total_tokens_limit=model.tokens)
    try:
        agent = Agent(scripted or model_of(model), instructions=EXPERT)
        done = agent.run_sync(
            f"{request}\n\n---\nThe project:\n\n{shown}",
            usage_limits=limits,
            timeout=float(model.seconds),
        )
    except NoModel as error:
        return Scored(failed=str(error))
    except Exception as error:
        return Scored(failed=why(error, model), seconds=time.monotonic() - started)
    text = str(done.output)
    blocks = [token.content for token in MarkdownIt().parse(text) if token.type == "fence"]
    return Scored(
        code=tuple(blocks), untraced=(text,), text=text, requests=1,
        tokens=done.usage.total_tokens, seconds=time.monotonic() - started,
    )  # fmt: skip


def opened(
    request: str, path: Path, options: Options, found: Any, progress: Progress
) -> tuple[Tools, str, Document]:
    """Gives the tools for a request, the request as it is sent, and what it was answered with.

    `found` is dbwright's answer, or the error that it refused with.
    """
    from dbwright.jobs.ask_query import find_query

    dialect = _dialect(path, options)
    ledger, hiding = Ledger(dialect=dialect), Hiding(dialect=dialect)
    tools = Tools(path, options, ledger, hiding, progress)
    query = find_query(request)
    if query:
        hiding.learn(query)
        tools.given["s1"] = query
    if isinstance(found, DbwrightError):
        first: Document = hiding.document(refusal(found))
    else:
        first = tools.first(found)
    if query:
        first = {**first, "statements": {"s1": hiding.statement(query)}}
        words = request.replace(query, "[the statement s1]")
    else:
        words = request
    return tools, hiding.text(words), first


def _dialect(path: Path, options: Options) -> str:
    """The dialect of the project, for reading SQL; PostgreSQL where nothing says."""
    from dbwright.collect.project import find_project
    from dbwright.collect.settings import read_settings

    named = options.target or (options.db or "").partition(":")[0].partition("+")[0]
    named = "postgresql" if named == "postgres" else named
    try:
        settings = read_settings(path)
        project = find_project(path, settings, find_python=False)
        named = named or settings.target or settings.database or project.dialect or ""
    except DbwrightError:
        pass
    known = named.partition("-")[0]
    return known if known in ("postgresql", "sqlite", "mysql", "mariadb") else "postgresql"

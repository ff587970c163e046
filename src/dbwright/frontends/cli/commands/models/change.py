"""`dbwright models change`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.core.authoring import WORDS
from dbwright.frontends.asking import Pairs
from dbwright.frontends.cli.output import Progress, quiet_driver

if TYPE_CHECKING:
    from dbwright.core.model_change import ModelsChanged

ANSWERS = {
    "fill": "SQL for the rows of a column that becomes NOT NULL.",
    "fill-back": "SQL for a dropped column when it is added again.",
    "no-nulls": "No row has NULL there.",
}
"""The migration's questions that a change of models can lead to."""


def _answers(command: Any) -> Any:
    for name in reversed(ANSWERS):
        example = WORDS[name].partition(" ")[2].strip('"')
        shape = "NAME:VALUE" if ":" in example else "NAME"
        command = click.option(f"--{name}", multiple=True, metavar=shape, help=ANSWERS[name])(
            command
        )
    return command


@click.command()
@click.argument("request")
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@click.option("--choose", default="", metavar="NAME", help="Another way than the one it takes.")
@_answers
@click.option("--write", is_flag=True, help="Write models and revision; else they are shown.")
@click.option("--diff", is_flag=True, help="Show it and ask nothing.")
@click.option("--config", metavar="FILE", help="The alembic.ini or pyproject.toml to use.")
@click.option("--section", metavar="NAME", help="Its section, when there are several.")
@click.option("--models", metavar="MODULE:BASE", help="The models, when env.py has none.")
@click.option("--python", metavar="PATH", help="The project's interpreter.")
@click.option("--target", metavar="DB", help="The database written for: postgresql-15.")
@click.option("--sizes", metavar="FILE", help="Rows per table of production, as JSON.")
@click.option("--sandbox-url", metavar="URL", help="A throw-away server to run it on.")
@click.option("--pg-bin", metavar="DIR", help="The server binaries to run it with.")
@click.option("--timeout", type=click.IntRange(1), help="Seconds for the project's own code.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How the answer is printed.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(request: str, path: str, choose: str, format_: str, quiet: bool, **values: Any) -> None:
    """Change existing models by words: the source in place, and the safe migration.

    \b
    dbwright models change "add a column to track user preferences"
    dbwright models change "add a status (open, paid) to orders, default open"
    dbwright models change "make User.email unique" --write
    """
    from dbwright.api import Options, change_models
    from dbwright.frontends.models_changing import changed, offer, tell

    given: Pairs = tuple(
        (name, text) for name in ANSWERS for text in values[name.replace("-", "_")]
    )
    known = ("config", "section", "models", "python", "target", "sizes", "sandbox_url", "pg_bin")
    options = Options(
        **{name: values[name] for name in (*known, "timeout") if values[name] is not None}
    )
    quiet_driver()
    progress = Progress(quiet)
    try:
        found = changed(
            lambda pairs: change_models(
                request, path, options, progress, choose=choose, meant=pairs
            ),
            request,
            given,
        )
    finally:
        progress.end()
    if format_ == "json":
        _print(found, Path(path), values)
        return
    tell(found, request)
    offer(found, Path(path), {**values, "path": path, "choose": choose}, request)


def _print(found: ModelsChanged, path: Path, values: dict[str, Any]) -> None:
    """Prints the change as data, written first when that was asked for."""
    from dbwright.frontends.offering import save
    from dbwright.jobs.fix import root_of
    from dbwright.render.models_changed import as_json

    if values["write"]:
        root = root_of(path, values["config"], values["section"])
        save(root, found.edits, found.request.text, lambda line: click.echo(line, err=True))
    click.echo(json.dumps(as_json(found), indent=2))

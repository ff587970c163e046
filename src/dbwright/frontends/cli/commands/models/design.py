"""`dbwright models design`."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from dbwright.frontends.cli.output import Progress, quiet_driver
from dbwright.frontends.offering import write_option

if TYPE_CHECKING:
    from dbwright.core.design import Designed, Layout


@click.command()
@click.argument("request", default="")
@click.option("--brief", metavar="FILE", help="A brief in YAML or JSON.")
@click.option("--schema", is_flag=True, help="Print the JSON schema of a brief, and end.")
@click.option(
    "--database",
    metavar="DB",
    help="The database designed for, as postgresql-16: the project's, else postgresql.",
)
@click.option(
    "-o", "--into", metavar="PATH", default="",
    help="What to write, a file or FOLDER/: models.py, in a project beside its models.",
)  # fmt: skip
@click.option(
    "--layout",
    type=click.Choice(["module", "package"]),
    help="One module, or a package; unasked a package above 15 tables.",
)
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@click.option("--diagram", is_flag=True, help="Add a page that shows the tables in Mermaid.")
@write_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How the answer is printed.",
)
@click.option("--models", metavar="MODULE:BASE", help="The models, when env.py has none.")
@click.option("--config", metavar="FILE", help="The alembic.ini or pyproject.toml to use.")
@click.option("--python", metavar="PATH", help="The project's interpreter.")
@click.option("--sandbox-url", metavar="URL", help="A throw-away PostgreSQL to prove it on.")
@click.option("--pg-bin", metavar="DIR", help="The server binaries to prove it with.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    request: str,
    brief: str | None,
    schema: bool,
    database: str | None,
    into: str,
    layout: str | None,
    path: str,
    diagram: bool,
    write: bool,
    format_: str,
    quiet: bool,
    **values: Any,
) -> None:
    """Design models from a brief or from words; they are proved before they are shown.

    \b
    dbwright models design "a blog: posts have a title, many comments and tags"
    dbwright models design --brief shop.yaml -o shop/models.py --write
    dbwright models design --schema
    """
    from dbwright.api import Options, design

    if schema:
        from dbwright.render.brief_schema import brief_schema

        click.echo(json.dumps(brief_schema(), indent=2))
        return
    options = Options(**{name: value for name, value in values.items() if value is not None})
    quiet_driver()
    progress = Progress(quiet)
    try:
        found = design(
            request,
            brief=Path(brief) if brief else None,
            database=database or "",
            into=into,
            path=path,
            diagram=diagram,
            layout=cast("Layout", layout or "by size"),
            options=options,
            progress=progress,
        )
    finally:
        progress.end()
    again = _again(request, brief, database, into, layout, path, diagram)
    _tell(found, Path(path), format_, write, again)


def _again(
    request: str,
    brief: str | None,
    database: str | None,
    into: str,
    layout: str | None,
    path: str,
    diagram: bool,
) -> str:
    words = [shlex.quote(request)] if request else []
    words += ["--brief", shlex.quote(brief)] if brief else []
    words += ["--database", database] if database else []
    words += ["-o", shlex.quote(into)] if into else []
    words += ["--layout", layout] if layout else []
    words += ["--diagram"] if diagram else []
    words += ["--path", shlex.quote(path)] if path != "." else []
    return " ".join(["dbwright models design", *words, "--write"])


def _tell(found: Designed, root: Path, format_: str, write: bool, again: str) -> None:
    from dbwright.frontends import offering
    from dbwright.render.design import as_json, as_text

    if format_ == "json":
        if write:
            offering.save(root, found.edits, again, lambda line: click.echo(line, err=True))
        click.echo(json.dumps(as_json(found), indent=2, ensure_ascii=False))
        return
    click.echo(as_text(found), nl=False)
    click.echo("")
    if offering.agreed(found.edits, write=write, again=again):
        offering.save(root, found.edits, again)
        click.echo("Next: dbwright check")

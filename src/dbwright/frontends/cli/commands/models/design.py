"""`dbwright models design`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dbwright.frontends.cli.output import Progress, quiet_driver


@click.command()
@click.argument("request", default="")
@click.option("--brief", metavar="FILE", help="A brief in YAML or JSON; `-` reads it from stdin.")
@click.option("--schema", is_flag=True, help="Print the JSON schema of a brief.")
@click.option(
    "--database",
    type=click.Choice(["postgresql", "sqlite", "mysql", "mariadb"]),
    default="postgresql",
    help="The database designed for.",
)
@click.option("-o", "--into", metavar="PATH", help="The file, or folder of a package, to write.")
@click.option("--write", is_flag=True, help="Write the files; without it they are only shown.")
@click.option("--sandbox-url", metavar="URL", help="A throw-away PostgreSQL to prove it on.")
@click.option("--pg-bin", metavar="DIR", help="The server binaries to prove it with.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    request: str,
    brief: str | None,
    schema: bool,
    database: str,
    into: str | None,
    write: bool,
    quiet: bool,
    **values: Any,
) -> None:
    """Design models from a brief or from words, and prove them before they are shown.

    \b
    dbwright models design --brief shop.yaml
    dbwright models design --schema
    """
    from dbwright.api import Options, design

    options = Options(**{name: value for name, value in values.items() if value is not None})
    quiet_driver()
    progress = Progress(quiet)
    try:
        found = design(
            request, brief=Path(brief) if brief else None, database=database, options=options,
            progress=progress,
        )  # fmt: skip
    finally:
        progress.end()
    for edit in found.edits:
        click.echo(edit.after, nl=False)

"""`dbwright migrations tests`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from dbwright.frontends.cli.output import Progress, quiet_driver


@click.command()
@click.argument("revision")
@click.argument("path", default=".", type=click.Path(exists=True))
@click.option("--output", metavar="FILE", help="The file, below the project's root.")
@click.option("-y", "--yes", is_flag=True, help="Write it without a question.")
@click.option("--config", metavar="FILE", help="The alembic.ini or pyproject.toml to use.")
@click.option("--section", metavar="NAME", help="Its section, when there are several.")
@click.option("--target", metavar="DB", help="The database advised for: postgresql-15.")
@click.option("--python", metavar="PATH", help="The project's interpreter.")
@click.option("--sandbox-url", metavar="URL", help="A throw-away PostgreSQL for the rows.")
@click.option("--pg-bin", metavar="DIR", help="The server binaries for the rows.")
@click.option("--timeout", type=click.IntRange(1), help="Seconds for the project's own code.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(revision: str, path: str, **values: Any) -> None:
    """Write a pytest file for one revision: data before, data after, the downgrade.

    REVISION is an id or its beginning, or head. Rows are generated for the tables that it
    touches and taken through it on a scratch database; what was seen is what the tests hold it
    to. The file is plain Alembic, SQLAlchemy and pytest. It is shown first, and written whole or
    not at all; a file that is there is never overwritten.
    """
    from dbwright.api import Options, revision_test
    from dbwright.core.finding import Edit
    from dbwright.frontends import offering

    output, yes, quiet = values.pop("output"), values.pop("yes"), values.pop("quiet")
    quiet_driver()
    progress = Progress(quiet)
    try:
        options = Options(**{name: value for name, value in values.items() if value is not None})
        found = revision_test(revision, path, options, progress, output=output)
    finally:
        progress.end()
    click.echo(found.text)
    if not yes and not sys.stdin.isatty():
        click.echo(f"Not written: give --yes to write {found.path}.", err=True)
        return
    if not yes and not click.confirm(f"Write {found.path}?", default=True, err=True):
        return
    edits = [Edit(found.path, None, found.text)]
    offering.save(
        Path(found.root), edits, f"tests of {revision}", lambda line: click.echo(line, err=True)
    )

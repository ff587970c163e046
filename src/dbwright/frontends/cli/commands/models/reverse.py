"""`dbwright models reverse`."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.core.errors import UsageError
from dbwright.frontends.cli.output import WAY_OUT, Progress, quiet_driver
from dbwright.frontends.writing import write_whole

if TYPE_CHECKING:
    from dbwright.jobs.reverse import Reversed

_SHOWN = 20


@click.command()
@click.option("--db", "url", required=True, metavar="URL", help="The database; it is only read.")
@click.option("--schema", "schemas", multiple=True, metavar="NAME", help="Only this; repeatable.")
@click.option("--tables", multiple=True, metavar="NAME", help="Only this table, or a*; repeatable.")
@click.option("-o", "--output", metavar="PATH", help="Write the models here, not to the screen.")
@click.option("--force", is_flag=True, help="Replace the file of -o.")
@click.option("--sandbox-url", metavar="URL", help="A throw-away server for the proof.")
@click.option("--pg-bin", metavar="DIR", help="The server binaries for the proof.")
@click.option("--sandbox/--no-sandbox", default=True, help="Write the models and prove nothing.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    url: str,
    schemas: tuple[str, ...],
    tables: tuple[str, ...],
    output: str | None,
    force: bool,
    quiet: bool,
    **values: Any,
) -> None:
    """Write the models of an existing database, and compare what they make with it.

    \b
    dbwright models reverse --db postgresql://me@host/shop -o shop/models.py
    dbwright models reverse --db sqlite:///shop.db --tables 'order*'
    """
    from dbwright.api import Options, reverse

    if output and Path(output).exists() and not force:
        raise UsageError(
            f"{output} is there already", way_out="Name another file, or replace it: --force"
        )
    quiet_driver()
    progress = Progress(quiet)
    try:
        found = reverse(url, Options(**values), progress, schemas=schemas, tables=tables)
    finally:
        progress.end()
    if output:
        write_whole(Path(output), found.code, WAY_OUT)
    else:
        sys.stdout.write(found.code)
        sys.stdout.flush()
    for line in told(found, output):
        indent = " " * (len(line) - len(line.lstrip()))
        click.echo(textwrap.fill(line, 80, subsequent_indent=indent), err=True)
    sys.exit(found.exit_status)


def told(found: Reversed, output: str | None) -> Iterator[str]:
    """Gives the summary and the proof, a line each."""
    yield f"Read {_listed(found.counts)} from {found.read_from}."
    where = f" to {output}" if output else ""
    yield (
        f"Wrote {_number(found.classes, 'class')}{where}, "
        f"{_number(found.relationships, 'relationship')}; "
        f"{found.cascades} do on delete what the database does."
    )
    if found.kept:
        yield "Kept as SQL that create_all() runs, because mappers have no word for it:"
        yield f"  {_listed(found.kept)}"
    yield from _proof(found)
    yield from _listing("Not verified, the scratch server cannot hold it", found.unverified)
    yield from _listing("Left out", found.left_out)
    yield from _listing("There, and no part of models", found.unread)


def _proof(found: Reversed) -> Iterator[str]:
    if found.unproved:
        yield f"Not proved: {found.unproved}"
        return
    yield (
        f"Proved on {found.scope}: the module imports, its mappers configure without a "
        "warning, and create_all() runs in an empty database, twice."
    )
    if not found.remaining:
        yield f"Its catalog is the same: {found.compared} objects compared, no difference."
    else:
        count = _number(len(found.remaining), "difference")
        yield from _listing(f"Its catalog has {count} in {found.compared} objects", found.remaining)


def _listing(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    if not lines:
        return
    yield f"{title}:"
    for line in lines[:_SHOWN]:
        yield f"  {' '.join(line.split())}"
    if len(lines) > _SHOWN:
        yield f"  and {len(lines) - _SHOWN} more"


def _listed(counts: Any) -> str:
    return ", ".join(_number(number, kind) for kind, number in counts.items())


_MANY = {
    "class": "classes",
    "index": "indexes",
    "policy": "policies",
    "partitioned": "partitioned tables",
    "statistics": "statistics",
    "row security": "row securities",
    "forced row security": "forced row securities",
    "column options": "column options",
    "storage parameters": "storage parameters",
    "foreign": "foreign tables",
}
_ONE = {"partitioned": "partitioned table", "foreign": "foreign table"}


def _number(number: int, noun: str) -> str:
    return f"{number} {_ONE.get(noun, noun) if number == 1 else _MANY.get(noun, noun + 's')}"

"""`dbwright twin export`."""

from __future__ import annotations

from pathlib import Path

import click

from dbwright.frontends.cli.output import WAY_OUT, quiet_driver
from dbwright.frontends.writing import write_whole


@click.command()
@click.option("--db", "url", required=True, metavar="URL", help="The database; it is only read.")
@click.option("-o", "--output", required=True, metavar="FILE", help="The twin's file.")
@click.option("--redact", is_flag=True, help="Leave the values in the statistics out.")
@click.option("--role", metavar="ROLE", help="Whose plans it makes, under row security.")
def command(url: str, output: str, redact: bool, role: str | None) -> None:
    """Write what a database's planner knows into a file: schema, statistics, sizes; no row.

    \b
    dbwright twin export --db postgresql://me@host/shop -o prod.twin
    dbwright twin explain prod.twin "select * from orders where customer_id = 7"

    An ordinary role is enough that may SELECT from the tables, and pg_read_all_stats lets it see
    the statements of others. Where tables have row security, plans are those of one role: of
    --role, else of the one with the most calls. The statistics hold values of rows: the most
    common ones and the bounds of histograms. Keep the file as you keep a dump, or export with
    --redact.
    """
    from dbwright.api import export_twin, twin_text
    from dbwright.render.twin import exported

    quiet_driver()
    twin = export_twin(url, redact=redact, role=role)
    text = twin_text(twin)
    write_whole(Path(output), text, WAY_OUT)
    click.echo(exported(twin, output, len(text.encode())), nl=False)

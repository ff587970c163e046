"""`dbwright queries read`."""

from __future__ import annotations

import json
import sys

import click

from dbwright.frontends.cli.output import quiet_driver


@click.command()
@click.argument("sql")
@click.option("--db", "url", required=True, metavar="URL", help="The database; it is only read.")
@click.option(
    "-p", "--parameter", "parameters", multiple=True, metavar="TEXT", help="A value; repeatable."
)
@click.option("--seconds", type=float, default=10.0, show_default=True, help="How long at most.")
@click.option("--rows", type=click.IntRange(1), default=1000, show_default=True, help="At most.")
@click.option("--analyze", is_flag=True, help="EXPLAIN ANALYZE may run its SELECT.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table, or data.",
)
def command(
    sql: str,
    url: str,
    parameters: tuple[str, ...],
    seconds: float,
    rows: int,
    analyze: bool,
    format_: str,
) -> None:
    """Read with one statement, guarded: nothing is written, and little can be spent.

    SQL is one SELECT, VALUES, TABLE, SHOW, or EXPLAIN of one, or - for input. What it calls is
    looked up in the catalog, down to the last view and function; it runs in a read-only
    transaction that is rolled back. Secrets in the answer are replaced by ***.

    \b
    dbwright queries read "select status, count(*) from orders group by 1" --db postgresql://me@host/shop
    dbwright queries read 'select * from orders where id = $1' -p 7 --db postgresql://me@host/shop
    """
    from dbwright.api import Limits, read
    from dbwright.render.reading import as_json, table

    quiet_driver()
    text = sys.stdin.read() if sql == "-" else sql
    limits = Limits(seconds=seconds, rows=rows, analyze=analyze)
    answer = read(text, url, parameters=parameters, limits=limits)
    if format_ == "json":
        click.echo(json.dumps(as_json(answer), indent=2, ensure_ascii=False))
    else:
        click.echo(table(answer), nl=False)

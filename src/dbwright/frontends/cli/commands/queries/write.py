"""`dbwright queries write`."""

from __future__ import annotations

import json
import sys

import click

from dbwright.frontends.cli.output import quiet_driver


@click.command()
@click.argument("sql")
@click.option("--db", "url", required=True, metavar="URL", help="The database that it is for.")
@click.option("--try", "trial", is_flag=True, help="Run it and roll back: it locks rows meanwhile.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="To read, or data.",
)
def command(sql: str, url: str, trial: bool, format_: str) -> None:
    """Plan a write: see exactly what would run, and get the hash to approve it by.

    Nothing is changed. SQL is one or more statements, or - for input; they run in one transaction.
    The plan waits for an hour:

    \b
    dbwright queries write "update orders set status = 'new' where id = 7" --db postgresql://me@host/shop
    dbwright apply HASH --db postgresql://me@host/shop
    """
    from dbwright.api import plan_write
    from dbwright.render.safe_hands import plan_json, plan_text

    quiet_driver()
    plan = plan_write(sys.stdin.read() if sql == "-" else sql, url, trial=trial)
    if format_ == "json":
        click.echo(json.dumps(plan_json(plan), indent=2, ensure_ascii=False))
        return
    click.echo(plan_text(plan), nl=False)
    click.echo(f"Next: dbwright apply {plan.hash} --db URL")

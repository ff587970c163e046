"""`dbwright doctor`."""

from __future__ import annotations

import json
import sys

import click

from dbwright.frontends.cli.output import quiet_driver


@click.command()
@click.option("--db", "url", required=True, metavar="URL", help="The connection to look at.")
@click.option("--for-agent", is_flag=True, help="Refuse a role that may do anything.")
@click.option("--allow-superuser", is_flag=True, help="Accept such a role for the agent.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="To read, or data.",
)
def command(url: str, for_agent: bool, allow_superuser: bool, format_: str) -> None:
    """Tell what is wrong with a connection: what its role may do, how it is reached.

    Leaves with 0 where nothing is, 1 where something is, 2 where an agent may not use it.
    """
    from dbwright.api import doctor
    from dbwright.render.safe_hands import diagnosis_json, diagnosis_text

    quiet_driver()
    found = doctor(url, for_agent=for_agent, allow_superuser=True if allow_superuser else None)
    if format_ == "json":
        click.echo(json.dumps(diagnosis_json(found), indent=2, ensure_ascii=False))
    else:
        click.echo(diagnosis_text(found), nl=False)
    sys.exit(found.exit_status)

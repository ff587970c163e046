"""`dbwright install`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--client", type=click.Choice(["claude"]), required=True, help="The coding agent to tell."
)
@click.option("--user", is_flag=True, help="For all your projects, not for this folder only.")
@click.option("--dry-run", is_flag=True, help="Show what would be written.")
@click.option("--uninstall", is_flag=True, help="Take away what was written.")
def command(client: str, user: bool, dry_run: bool, uninstall: bool) -> None:
    """Write the agent file that makes a coding agent work through dbwright."""
    from dbwright.frontends.agent import files

    base = Path.home() if user else Path.cwd()
    action = files.uninstall if uninstall else files.install
    for line in action(client, base, dry_run=dry_run):
        click.echo(line)

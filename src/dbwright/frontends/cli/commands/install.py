"""`dbwright install`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

CLIENTS = ("claude", "codex", "cursor", "vscode")


@click.command()
@click.option("--client", type=click.Choice(CLIENTS), required=True, help="The agent to tell.")
@click.option(
    "--project",
    default=".",
    type=click.Path(exists=True, file_okay=False),
    help="The project's folder.",
)
@click.option("--user", is_flag=True, help="For all your projects, not for this one only.")
@click.option(
    "--command",
    "words",
    default="dbwright mcp",
    show_default=True,
    metavar="COMMAND",
    help="What starts the server; in a shared project perhaps: uvx dbwright[mcp] mcp",
)
@click.option("--dry-run", is_flag=True, help="Show what would be written, as a diff.")
@click.option("--uninstall", is_flag=True, help="Take away what was written.")
def command(
    client: str, project: str, user: bool, words: str, dry_run: bool, uninstall: bool
) -> None:
    """Make a coding agent work through dbwright: its agent file, skills and MCP server.

    In files that others use as well only a marked part is written; --uninstall leaves them byte
    for byte as they were.

    \b
    dbwright install --client claude
    dbwright install --client cursor --command 'uvx dbwright[mcp] mcp'
    """
    from dbwright.core.errors import UsageError
    from dbwright.frontends.agent import installing
    from dbwright.frontends.agent.pieces import pieces

    try:
        started = shlex.split(words)
    except ValueError as error:
        raise UsageError(f"--command cannot be meant: {error}") from error
    if not started:
        raise UsageError("--command is empty", way_out="Leave it away: dbwright mcp is meant.")
    base = Path.home() if user else Path(project)
    wanted = pieces(client, started, user=user)
    action = installing.uninstall if uninstall else installing.install
    for line in action(base, wanted, dry_run=dry_run):
        click.echo(line)
    if uninstall or dry_run:
        return
    scope = " --user" if user else "" if project == "." else f" --project {shlex.quote(project)}"
    click.echo(f"Take it away with: dbwright install --client {client}{scope} --uninstall")
    if client == "claude" and user:
        click.echo(f"The server: claude mcp add --scope user dbwright -- {words}")

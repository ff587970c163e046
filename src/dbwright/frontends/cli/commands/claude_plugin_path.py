"""`dbwright claude-plugin-path`."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Print the folder of the plugin for Claude Code.

    A marketplace of the kind `command` runs this, so plugin and program are of one version.
    """
    from dbwright.frontends.agent.pieces import plugin

    click.echo(plugin())

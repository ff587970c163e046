"""`dbwright apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dbwright.core.errors import UsageError
from dbwright.frontends.cli.output import quiet_driver

if TYPE_CHECKING:
    from dbwright.core.writing import WritePlan


@click.command()
@click.argument("hash")
@click.option("--db", "url", required=True, metavar="URL", help="The database of the plan.")
@click.option("-y", "--yes", is_flag=True, help="Approve without a question: for scripts.")
def command(hash: str, url: str, yes: bool) -> None:
    """Run a planned write, once a human has seen it and says yes.

    HASH is what `dbwright queries write`, or an agent's tool, has printed. The plan holds for an
    hour, for that database, and is run once. All its statements are committed together or none is.
    """
    from dbwright.api import apply_write
    from dbwright.render.safe_hands import written_text

    quiet_driver()
    done = apply_write(hash, url, lambda plan: _approved(plan, yes))
    click.echo(written_text(done), nl=False)


def _approved(plan: WritePlan, yes: bool) -> bool:
    """Shows the plan and asks; UsageError where nobody can be asked."""
    from dbwright.frontends.asking import is_terminal
    from dbwright.render.safe_hands import plan_text

    click.echo(plan_text(plan), nl=False, err=True)
    if yes:
        return True
    if not is_terminal():
        raise UsageError(
            "a write is approved by a human on a terminal, and there is none",
            way_out="Run it in a terminal; --yes is for scripts that a human has written.",
        )
    return click.confirm("Run exactly this?", default=False, err=True)

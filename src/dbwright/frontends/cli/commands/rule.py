"""`dbwright rule`."""

from __future__ import annotations

import contextlib

import click

from dbwright.core.errors import UsageError


@click.command()
@click.argument("name", required=False)
@click.option("--run", is_flag=True, help="Run the examples, and show what the database said.")
def command(name: str | None, run: bool) -> None:
    """Show a rule's page; without NAME, list the rules."""
    from dbwright.api import rule, rules

    if name is None:
        for item in rules():
            click.echo(f"{item.job:<11} {item.name:<36} {item.summary}")
        return
    found = rule(name)
    if found is None:
        import difflib

        names = [item.name for item in rules()]
        near = difflib.get_close_matches(name, names, n=1, cutoff=0)
        raise UsageError(f"there is no rule {name!r}; the nearest is {near[0]!r}")
    from dbwright.frontends.pages import rule_page

    with contextlib.ExitStack() as stack:
        lab = None
        if run:
            from dbwright.testing import laboratory

            lab = stack.enter_context(laboratory())
        click.echo(rule_page(found, lab))

"""`dbwright migrations upgrade`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from dbwright.core.errors import UpgradeError, UsageError
from dbwright.frontends.cli.output import Progress, quiet_driver

if TYPE_CHECKING:
    from dbwright.core.upgraded import Outlook, UpgradeReport


@click.command()
@click.argument("revision", default="head")
@click.option("--db", required=True, metavar="URL", help="The database that is upgraded.")
@click.option("--schema", metavar="NAME", help="Only this schema of it, as search_path.")
@click.option("--path", default=".", metavar="DIR", help="The project's folder.  [.]")
@click.option("--config", metavar="FILE", help="The alembic.ini or pyproject.toml to use.")
@click.option("--section", metavar="NAME", help="Its section, when there are several.")
@click.option("--python", metavar="PATH", help="The project's interpreter.")
@click.option("-x", "arguments", multiple=True, metavar="KEY=VALUE", help="As for alembic -x.")
@click.option(
    "--lock-seconds", type=click.FloatRange(0.05), default=5.0, help="How long to wait for a lock."
)
@click.option("--retries", type=click.IntRange(0), default=10, help="How often to try again.")
@click.option(
    "--wait", type=click.FloatRange(0), default=60.0, help="Seconds for another upgrade to end."
)
@click.option(
    "--it-ran/--it-did-not-run",
    default=None,
    help="Whether a statement that was cut off took effect.",
)
@click.option("--timeout", type=click.IntRange(1), help="Seconds for each revision.")
@click.option("--yes", is_flag=True, help="Upgrade without asking.")
@click.option(
    "--format",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="Format.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(revision: str, db: str, **values: Any) -> None:
    """Upgrade a database in use, with the project's own revisions and env.py.

    It shows what is pending, and asks. One upgrade of a database runs at a time; each revision is
    a transaction of its own; one whose lock is not given in time is undone and tried again. All
    engines of env.py reach the database at --db, whatever URL it reads.

    \b
    dbwright migrations upgrade --db postgresql://app@primary/shop
    dbwright migrations upgrade 3f2a --db URL --yes --format json

    Exit status: 0 upgraded or nothing to do, 1 a revision failed or it was refused, 2 usage,
    3 the database was not reached.
    """
    quiet_driver()
    progress = Progress(values["quiet"])
    try:
        report = _run(revision, db, values, progress)
    except UpgradeError as error:
        progress.end()
        sys.exit(_refused(error, db, values))
    finally:
        progress.end()
    if values["format"] == "json":
        _json(report)
    else:
        from dbwright.render.upgraded import upgrade_text

        click.echo(upgrade_text(report))
    sys.exit(report.exit_status)


def _run(revision: str, db: str, values: dict[str, Any], progress: Progress) -> UpgradeReport:
    from dbwright.api import upgrade
    from dbwright.core.options import Options

    options = Options(
        config=values["config"],
        section=values["section"],
        python=values["python"],
        timeout=values["timeout"],
    )

    def agree(found: Outlook) -> bool:
        progress.end()
        return _agreed(found, values)

    return upgrade(
        db,
        revision,
        values["path"],
        options,
        progress,
        agree=agree,
        schema=values["schema"],
        arguments=values["arguments"],
        lock_seconds=values["lock_seconds"],
        retries=values["retries"],
        wait_seconds=values["wait"],
        it_ran=values["it_ran"],
    )


def _agreed(found: Outlook, values: dict[str, Any]) -> bool:
    from dbwright.render.upgraded import outlook_text

    is_json = values["format"] == "json"
    if not (is_json or values["quiet"]):
        click.echo(outlook_text(found))
    if values["yes"]:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nothing was written, for nobody could be asked", way_out="Add --yes.")
    if not click.confirm(f"Upgrade {found.target}?", err=True):
        raise click.Abort
    return True


def _refused(error: UpgradeError, db: str, values: dict[str, Any]) -> int:
    """Tells what was refused before anything was written; gives the exit status."""
    from dbwright.core.upgraded import UpgradeReport
    from dbwright.deploy.run import Unreachable
    from dbwright.deploy.target import Target

    state = "unreachable" if isinstance(error, Unreachable) else "refused"
    report = UpgradeReport(
        Target(db, values["schema"]).shown,
        state,  # type: ignore[arg-type]
        error=error.message,
        way_out=error.way_out or "",
    )
    if values["format"] == "json":
        _json(report)
    else:
        click.echo(f"dbwright: {error}", err=True)
    return report.exit_status


def _json(report: object) -> None:
    import json

    from dbwright.core.codec import to_json

    click.echo(json.dumps(to_json(report), indent=2))

"""`dbwright queries watch`."""

from __future__ import annotations

import sys
from typing import Any

import click

from dbwright.frontends.cli.options import report_options, run_job
from dbwright.frontends.cli.output import emit


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option(
    "--prove",
    is_flag=True,
    help="Run the program again for each option that would help: the output must be the same.",
)
@click.option(
    "--reads",
    is_flag=True,
    help="Also say what is loaded ahead and never read; for tests, reading takes longer.",
)
@click.option(
    "--record",
    metavar="FILE",
    help="Record its statements as well, with their values, for `dbwright queries tune "
    "--workload FILE`.",
)
@click.option("--path", default=".", type=click.Path(exists=True), help="Where it is run.")
@report_options
def command(
    program: tuple[str, ...],
    path: str,
    prove: bool,
    reads: bool,
    record: str | None,
    **values: Any,
) -> None:
    """Run a program and say where it loads object by object, or sends a statement again and again.

    It runs as it does without; all processes that it starts are watched.

    \b
    dbwright queries watch -- python app.py
    dbwright queries watch -- pytest tests/test_pages.py
    dbwright queries watch --prove -- python report.py
    dbwright queries watch --record run.jsonl -- python report.py
    """
    from dbwright.api import Options, watch_command
    from dbwright.core.recording import ended

    status = 0

    def job(progress: Any) -> Any:
        nonlocal status
        report, status = watch_command(
            program, path, Options(), progress, prove=prove, reads=reads, record=record
        )
        return report

    report = run_job(job, values)
    command = f"{click.get_current_context().command_path} …"
    emit(
        report,
        values["format"],
        values["output"],
        full=values["full"],
        command=command,
        fixes=False,
    )
    if status:
        click.echo(f"the program ended {ended(status)}", err=True)
    sys.exit(report.exit_status or (status if status >= 0 else 128 - status))

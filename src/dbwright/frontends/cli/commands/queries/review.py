"""`dbwright queries review`."""

from __future__ import annotations

import sys
from typing import Any

import click

from dbwright.frontends.asking import allow_clone
from dbwright.frontends.cli.options import report_options, run_job
from dbwright.frontends.cli.output import emit, quiet_driver


@click.command()
@click.argument("sql")
@click.option("--db", metavar="URL", help="The database that it runs on; it is only read.")
@click.option("--twin", metavar="FILE", help="A twin of that database.")
@click.option(
    "--run", is_flag=True, help="Run the query on --db for its figures, if it only reads."
)
@click.option(
    "--prove-on",
    metavar="URL",
    help="A clone to make indexes and statistics on, measure, and roll back.",
)
@click.option("-y", "--yes", is_flag=True, help="Write to the clone without a question.")
@click.option("--path", default=".", type=click.Path(exists=True), help="The project's folder.")
@click.option("--target", metavar="DB", help="The database advised for: postgresql-15.")
@click.option("--no-sandbox", is_flag=True, help="Only look: no index or other form is tried.")
@click.option(
    "--sandbox-url", metavar="URL", help="A throw-away server of MySQL or MariaDB to try things on."
)
@click.option(
    "--tries",
    type=click.IntRange(min=1),
    metavar="N",
    help="Try so many statements of a file, those that take most (100).",
)
@click.option("--pg-bin", metavar="DIR", help="The server binaries for what is tried.")
@report_options
def command(sql: str, path: str, **values: Any) -> None:
    """Review a query: why it is slow or wrong, and what was seen to help.

    SQL is the statement, a file of statements, FILE.py:FUNCTION or FILE.py:LINE of your code, what
    pytest --dbwright-record wrote, or - for input. Without --db and --twin it runs
    on the project's own schema, with made-up rows.

    \b
    dbwright queries review "select * from orders where lower(email) = 'ada@example.com'"
    dbwright queries review slow.sql --db postgresql://me@host/shop
    dbwright queries review slow.sql --db postgresql://me@host/shop --run
    dbwright queries review slow.sql --db mysql://me@host/shop --sandbox-url mysql://me@scratch/
    dbwright queries review slow.sql --twin prod.twin
    dbwright queries review plan.txt
    dbwright queries review run.jsonl
    dbwright queries review shop/queries.py:best_sellers --db postgresql://me@host/shop --run
    dbwright queries review slow.sql --db URL --run --prove-on postgresql://me@host/shop_clone
    """
    from dbwright.api import Options, review_query

    if sql == "-":
        sql = sys.stdin.read()
    quiet_driver()
    allow_clone(values["prove_on"], yes=values["yes"])
    options = Options(
        target=values["target"],
        db=values["db"],
        twin=values["twin"],
        run=values["run"],
        prove_on=values["prove_on"],
        sandbox=not values["no_sandbox"],
        sandbox_url=values["sandbox_url"],
        pg_bin=values["pg_bin"],
        tries=values["tries"],
    )
    report = run_job(lambda progress: review_query(sql, path, options, progress), values)
    command = f"{click.get_current_context().command_path} …"
    emit(
        report,
        values["format"],
        values["output"],
        full=values["full"],
        command=command,
        fixes=False,
    )
    sys.exit(report.exit_status)

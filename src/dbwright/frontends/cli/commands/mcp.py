"""`dbwright mcp`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dbwright.core.errors import UsageError

if TYPE_CHECKING:
    from dbwright.frontends.mcp_server.start import Start

TOKEN = "DBWRIGHT_MCP_TOKEN"


@click.command()
@click.option(
    "--project", default=".", type=click.Path(exists=True, file_okay=False), help="Its folder."
)
@click.option(
    "--db",
    metavar="URL",
    envvar="DBWRIGHT_DB",
    help="The database that may be looked at; only read. Or the variable DBWRIGHT_DB.",
)
@click.option("--twin", metavar="FILE", help="A twin of that database.")
@click.option("--allow-superuser", is_flag=True, help="Let the role of --db be a superuser.")
@click.option("--http", is_flag=True, help="Answer on HTTP, not on standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where HTTP listens.")
@click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="Its port."
)
@click.option(
    "--allow-remote",
    multiple=True,
    metavar="NAME",
    help="Let other machines in, which reach it by this name.",
)
@click.option("--config", metavar="FILE", help="The alembic.ini or pyproject.toml to use.")
@click.option("--section", metavar="NAME", help="Its section, when there are several.")
@click.option("--models", metavar="MODULE:BASE", help="The models, when env.py has none.")
@click.option("--python", metavar="PATH", help="The project's interpreter.")
@click.option("--target", metavar="DB", help="The database advised for: postgresql-15.")
@click.option("--sizes", metavar="FILE", help="Rows per table of production, as JSON.")
@click.option("--sandbox-url", metavar="URL", help="A throw-away server for the proofs.")
@click.option("--pg-bin", metavar="DIR", help="The server binaries for the proofs.")
@click.option("--timeout", type=click.IntRange(1), help="Seconds for the project's own code.")
def command(
    project: str,
    db: str | None,
    twin: str | None,
    allow_superuser: bool,
    http: bool,
    host: str,
    port: int,
    allow_remote: tuple[str, ...],
    **values: Any,
) -> None:
    """Serve these jobs to a coding agent, as tools of the Model Context Protocol.

    No tool writes a file or a row. On HTTP every request needs the token that is shown once, or
    the one in the variable DBWRIGHT_MCP_TOKEN.

    \b
    claude mcp add dbwright -- dbwright mcp
    DBWRIGHT_DB=postgresql://reader@host/shop dbwright mcp --http
    """
    _needs_the_extra()
    from dbwright.frontends.mcp_server.server import build
    from dbwright.frontends.mcp_server.start import Start

    given = {name: value for name, value in values.items() if value is not None}
    unset = not db or db.startswith("${")  # what a client leaves of a variable that is not set
    start = Start(Path(project).resolve(), None if unset else db, twin, allow_superuser, given)
    if http:
        _on_http(start, host, port, allow_remote)
    else:
        build(start).run("stdio")


def _on_http(start: Start, host: str, port: int, names: tuple[str, ...]) -> None:
    from dbwright.frontends.mcp_server import http
    from dbwright.frontends.mcp_server.server import build

    token = os.environ.get(TOKEN) or http.new_token()
    http.check_token(token)
    with http.listen(host, port, names) as listening:
        port = listening.getsockname()[1]
        where = f"[{host}]" if ":" in host else host
        click.echo(f"dbwright answers on http://{where}:{port}/mcp", err=True)
        if not os.environ.get(TOKEN):
            click.echo(f"Its token, shown this once: {token}", err=True)
        http.serve(http.application(build(start), port, names, token), listening)


def _needs_the_extra() -> None:
    try:
        import mcp.server  # noqa: F401
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise UsageError(
            "the MCP server needs an extra that is not installed",
            way_out="Install it: pip install 'dbwright[mcp]'",
        ) from error

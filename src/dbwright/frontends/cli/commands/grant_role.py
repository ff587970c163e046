"""`dbwright grant-role`."""

from __future__ import annotations

import click

from dbwright.core.errors import UsageError
from dbwright.frontends.cli.output import quiet_driver


@click.command("grant-role")
@click.option("--role", default="dbwright_reader", show_default=True, help="The role's name.")
@click.option("--db", "url", metavar="URL", help="The database; it is only read.")
@click.option(
    "--dialect",
    type=click.Choice(["postgresql", "mysql", "mariadb", "sqlite"]),
    help="What it is for, without --db.",
)
@click.option("--database", default="", metavar="NAME", help="Its name, without --db.")
@click.option("--schema", "schemas", multiple=True, metavar="NAME", help="Only this; repeatable.")
@click.option("--host", default="%", show_default=True, help="From where (MySQL, MariaDB).")
@click.option("--generate-password", is_flag=True, help="Make a password, and print it in the SQL.")
@click.option(
    "--revoke-public", is_flag=True, help="Take from PUBLIC what the role would have through it."
)
def command(
    role: str,
    url: str | None,
    dialect: str | None,
    database: str,
    schemas: tuple[str, ...],
    host: str,
    generate_password: bool,
    revoke_public: bool,
) -> None:
    """Print the SQL of a role that reads a database, and does nothing else.

    Nothing is run: read it, then run it as an administrator. With --db the schemas, the owners of
    tables, and the functions that act with the rights of others are read there.

    \b
    dbwright grant-role --db postgresql://admin@host/shop --schema public > role.sql
    psql -v ON_ERROR_STOP=1 --single-transaction -f role.sql shop
    dbwright doctor --db postgresql://dbwright_reader@host/shop --for-agent
    """
    from dbwright.api import grant_role

    if (url is None) == (dialect is None):
        raise UsageError(
            "name the database, or what it is for", way_out="--db URL, or --dialect postgresql"
        )
    quiet_driver()
    made = grant_role(
        role,
        db=url,
        dialect=dialect or "",
        schemas=schemas,
        database=database,
        generate_password=generate_password,
        revoke_public=revoke_public,
        host=host,
    )
    click.echo(made.sql, nl=False)
    for note in made.notes:
        click.echo(note, err=True)

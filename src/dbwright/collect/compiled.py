"""A statement of SQLAlchemy as the SQL that a database gets, with its own values."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import ClauseElement

from dbwright.collect.recording_text import Texts
from dbwright.core.errors import CollectError

_DRIVERS = {
    "postgresql": ("sqlalchemy.dialects.postgresql.psycopg", "PGDialect_psycopg"),
    "sqlite": ("sqlalchemy.dialects.sqlite.pysqlite", "SQLiteDialect_pysqlite"),
    "mysql": ("sqlalchemy.dialects.mysql.pymysql", "MySQLDialect_pymysql"),
    "mariadb": ("sqlalchemy.dialects.mysql.pymysql", "MySQLDialect_pymysql"),
}


def compiled(statement: ClauseElement, target: str) -> str:
    """Gives the SQL of a statement for a target (`postgresql-15`) or a database's URL.

    Values that have no literal stay parameters. Raises CollectError for a statement that does not
    compile there.
    """
    name = target.partition(":")[0].partition("+")[0].partition("-")[0]
    module, cls = _DRIVERS.get(name, _DRIVERS["postgresql"])
    dialect: Any = getattr(import_module(module), cls)()
    try:
        found: Any = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    except SQLAlchemyError as error:
        first = str(error).strip().splitlines()[0]
        raise CollectError(
            f"the statement does not compile for {name}: {first}",
            way_out="Compile it yourself, and give the text.",
        ) from error
    parameters = found.params if not found.positional else _in_order(found)
    text = Texts(values=True).text(dialect, str(found), parameters, doubled=True)
    return text if text is not None else str(found)


def _in_order(found: Any) -> list[Any]:
    return [found.params[name] for name in found.positiontup]

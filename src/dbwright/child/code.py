"""The command `compiled`: what a piece of code with SQLAlchemy's expressions sends."""

from __future__ import annotations

from typing import Any

from . import configure, locate, mappers, tables
from .configure import qualified

OUTPUT = "statement"


def compiled(
    code: str,
    classes: dict[str, str],
    variables: dict[str, str],
    parameters: dict[str, str],
    **source: Any,
) -> dict[str, Any]:
    """Gives the SQL of the statement that code assigns to `statement`, its values as literals.

    `classes` are mapped classes by the name that the code calls them, `variables` tables by their
    keys, `parameters` what stands in the SQL for each name. Code that fails has no SQL, and says
    why.
    """
    from sqlalchemy import literal_column

    found = locate.again(**source)
    chosen = mappers.of_metadata(found.metadata)
    configure.configured(chosen)
    known = {qualified(mapper.class_): mapper.class_ for mapper in chosen}
    keyed = {key: table for item in found.metadata for key, table in item.tables.items()}
    try:
        space: dict[str, Any] = {name: known[where] for name, where in classes.items()}
        space.update({name: keyed[key] for name, key in variables.items()})
        space.update({name: literal_column(text) for name, text in parameters.items()})
        exec(compile(code, "<statement>", "exec"), space)
        return {"sql": text_of(space[OUTPUT])}
    except Exception as error:
        return {"sql": None, "why": f"{type(error).__name__}: {error}"}


def text_of(statement: Any) -> str:
    """Gives the SQL of a statement in the project's dialect, values as literals."""
    read = tables.Reader().dialect
    dialect = type(read)(paramstyle="named")
    dialect.server_version_info = read.server_version_info
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))

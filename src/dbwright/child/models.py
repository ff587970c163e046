"""The commands `models` and `create_all`."""

from __future__ import annotations

import warnings
from typing import Any

from . import commands, configure, locate, mappers, tables
from .dialects import SYNTHETIC
from .state import current

DEFAULT_CONVENTION = ("ix",)
USUAL_INDEX_NAME = "ix_%(column_0_label)s"


def models(**source: Any) -> dict[str, Any]:
    """Gives the mapping that SQLAlchemy configured of the models, and what env.py settles."""
    found, at_import = _imported(**source)
    return {"mapping": _mapping(found, at_import), "environment": found.environment()}


def _imported(**source: Any) -> tuple[locate.Found, list[dict[str, Any]]]:
    """Gives the models, and what SQLAlchemy warned of while their classes were made."""
    from sqlalchemy.exc import SAWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SAWarning)
        found = locate.find(**source)
    chosen = mappers.of_metadata(found.metadata)
    return found, configure.noted(chosen, configure.warned(caught, chosen))


def _mapping(found: locate.Found, at_import: list[dict[str, Any]]) -> dict[str, Any]:
    chosen = mappers.of_metadata(found.metadata)
    problems = configure.configured(chosen) if chosen else at_import
    mappers.remember(chosen)
    return {
        "schema": tables.Reader().schema(found.metadata),
        "mappers": [mappers.facts(mapper) for mapper in chosen],
        "problems": problems,
        "naming_convention": _convention(found.metadata),
        "index_convention": _index_names(found.metadata),
        "sqlalchemy": commands.versions()["sqlalchemy"] or "",
    }


def _convention(metadata: list[Any]) -> list[str]:
    """Gives the keys of the naming convention; SQLAlchemy's own `ix` alone is none."""
    keys = {str(key) for item in metadata for key in item.naming_convention}
    return [] if keys == set(DEFAULT_CONVENTION) else sorted(keys)


def _index_names(metadata: list[Any]) -> str:
    """Gives the pattern of index names that the project sets; "" for none, or several."""
    found = {item.naming_convention.get("ix") for item in metadata} - {None, USUAL_INDEX_NAME}
    only = found.pop() if len(found) == 1 else None
    return only if isinstance(only, str) else ""


def create_all(**source: Any) -> dict[str, Any]:
    """Creates the tables of the models on the scratch database."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    found, _ = _imported(**source)
    configure.configured(mappers.of_metadata(found.metadata))
    engine = create_engine(SYNTHETIC[current.dialect], poolclass=NullPool)
    created: list[str] = []
    for metadata in found.metadata:
        with engine.begin() as connection:
            for schema in sorted(_schemas(metadata)):
                connection.exec_driver_sql(_create_schema(connection, schema))
            metadata.create_all(connection)
        created += [table for table in metadata.tables if table not in created]
    return {"tables": created, "environment": found.environment()}


def _schemas(metadata: Any) -> set[str]:
    """Gives the schemas that the tables stand in; create_all() leaves them to the user."""
    if current.dialect != "postgresql":
        return set()
    return {table.schema for table in metadata.tables.values() if table.schema}


def _create_schema(connection: Any, schema: str) -> str:
    quoted = connection.dialect.identifier_preparer.quote(schema)
    return f"create schema if not exists {quoted}"

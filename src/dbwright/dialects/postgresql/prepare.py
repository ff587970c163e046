"""What a scratch database needs before tables are created in it: schemas and extensions."""

from __future__ import annotations

from typing import Any

from dbwright.core.schema import Schema
from dbwright.dialects.postgresql import server
from dbwright.dialects.postgresql.quoting import quoted

# The extension that brings each type or function, by the names in the manual's appendix F.
TYPES = {
    "citext": "citext",
    "hstore": "hstore",
    "ltree": "ltree",
    "vector": "vector",
    "halfvec": "vector",
    "cube": "cube",
    "geometry": "postgis",
    "geography": "postgis",
}
FUNCTIONS = {
    "uuid_generate_v": "uuid-ossp",
    "gen_salt": "pgcrypto",
    "crypt(": "pgcrypto",
    "digest(": "pgcrypto",
}
OPCLASSES = {"gin_trgm_ops": "pg_trgm", "gist_trgm_ops": "pg_trgm"}


def prepare(database: Any, schema: Schema) -> None:
    """Makes the schemas that the tables stand in, and the extensions that they name."""
    connection = database.superuser()
    try:
        for name in sorted({table.schema for table in schema.tables if table.schema}):
            owner = f"create schema if not exists {quoted(name)} authorization {server.OWNER}"
            connection.execute(owner)
        wanted = extensions(schema)
        if wanted:
            server.install_stand_ins(connection, wanted)
        if not connection.autocommit:
            connection.commit()
    finally:
        connection.close()


def extensions(schema: Schema) -> list[str]:
    """Gives the extensions that types, defaults and operator classes of the schema come from."""
    found: list[str] = []
    for table in schema.tables:
        for column in table.columns:
            found += [name for start, name in TYPES.items() if column.type.startswith(start)]
            text = column.default or ""
            found += [name for part, name in FUNCTIONS.items() if part in text]
        for index in table.indexes:
            classes = {key.opclass or "" for key in index.keys}
            found += [name for part, name in OPCLASSES.items() if part in classes]
    return list(dict.fromkeys(found))

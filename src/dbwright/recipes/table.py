"""A table made anew as it stood, in SQL (PostgreSQL)."""

from __future__ import annotations

from dbwright.core.schema import (
    SERIAL_DEFAULT,
    Check,
    Column,
    Exclude,
    ForeignKey,
    PrimaryKey,
    Table,
    Unique,
)
from dbwright.recipes import code, index

_SERIALS = {"bigint": "bigserial", "integer": "serial", "smallint": "smallserial"}


def created(table: Table) -> tuple[str, ...]:
    """Gives the statements that make the table, its constraints and its indexes."""
    parts = [column(item) for item in table.columns]
    parts += [primary_key(table.primary_key)] if table.primary_key else []
    parts += [unique(item) for item in table.uniques]
    parts += [check(item) for item in table.checks]
    parts += [foreign_key(item) for item in table.foreign_keys]
    body = ",\n    ".join(parts)
    cut = f" {table.partition}" if table.kind == "partitioned" else ""
    return (
        f"CREATE TABLE {code.quoted(table.key)} (\n    {body}\n){cut}",
        *(index.create_sql(table.key, item, concurrently=False) for item in table.indexes),
    )


def column(found: Column) -> str:
    """Gives a column as it stands in CREATE TABLE."""
    if found.default == SERIAL_DEFAULT and found.type in _SERIALS:
        return f"{code.quoted(found.name)} {_SERIALS[found.type]}"
    text = f"{code.quoted(found.name)} {found.type}"
    text += f" COLLATE {code.quoted(found.collation)}" if found.collation else ""
    text += f" DEFAULT {found.default}" if found.default else ""
    text += f" GENERATED {found.identity.upper()} AS IDENTITY" if found.identity else ""
    if found.computed:
        text += f" GENERATED ALWAYS AS ({found.computed}) {'STORED' if found.stored else 'VIRTUAL'}"
    return text if found.nullable else f"{text} NOT NULL"


def primary_key(key: PrimaryKey) -> str:
    """Gives a primary key as it stands after ADD, with its name where it has one."""
    return _named(key.name, f"PRIMARY KEY ({code.listed(key.columns)})")


def check(found: Check, *, validated: bool = True) -> str:
    """Gives a CHECK as it stands after ADD, with its name where it has one."""
    text = f"CHECK ({found.expression})"
    return _named(found.name, text if validated else f"{text} NOT VALID")


def exclude(found: Exclude) -> str:
    """Gives an EXCLUDE constraint as it stands after ADD."""
    return _named(found.name, found.definition)


def unique(key: Unique) -> str:
    """Gives a UNIQUE constraint as it stands after ADD, with its name where it has one."""
    nulls = " NULLS NOT DISTINCT" if key.nulls_not_distinct else ""
    include = f" INCLUDE ({code.listed(key.include)})" if key.include else ""
    tail = " DEFERRABLE" if key.deferrable else ""
    return _named(key.name, f"UNIQUE{nulls} ({code.listed(key.columns)}){include}{tail}")


def foreign_key(key: ForeignKey, *, validated: bool = True) -> str:
    """Gives a foreign key as it stands after ADD, with its name where it has one."""
    text = (
        f"FOREIGN KEY ({code.listed(key.columns)}) "
        f"REFERENCES {code.quoted(key.referred)} ({code.listed(key.referred_columns)})"
    )
    text += f" ON DELETE {key.on_delete}" if key.on_delete else ""
    text += f" ON UPDATE {key.on_update}" if key.on_update else ""
    text += " DEFERRABLE" if key.deferrable else ""
    text += " INITIALLY DEFERRED" if key.initially_deferred else ""
    return _named(key.name, text if validated else f"{text} NOT VALID")


def grants(source: Table, to: Table) -> str:
    """Gives the block that lets roles do with a table what they may do with another one."""
    schema = f"'{source.schema}'" if source.schema else "current_schema()"
    return (
        "DO $$\nDECLARE\n    own record;\nBEGIN\n"
        "    FOR own IN SELECT privilege_type, grantee FROM information_schema.role_table_grants\n"
        f"        WHERE table_schema = {schema} AND table_name = '{source.name}'\n"
        "            AND grantee <> grantor\n    LOOP\n"
        f"        EXECUTE format('GRANT %s ON {code.quoted(to.key)} TO %s', own.privilege_type,\n"
        "            CASE own.grantee WHEN 'PUBLIC' THEN 'PUBLIC'\n"
        "            ELSE quote_ident(own.grantee) END);\n"
        "    END LOOP;\nEND $$"
    )


def _named(name: str | None, text: str) -> str:
    return f"CONSTRAINT {code.quoted(name)} {text}" if name else text

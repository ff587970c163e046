"""Types of a PostgreSQL database that are no enums, as the statements that make them."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.inventory import Ddl
from dbwright.dialects.postgresql import names
from dbwright.dialects.postgresql.question import Row


def type_objects(rows: Sequence[Row]) -> dict[int, Ddl]:
    """Gives domains, composite types and ranges by their oid."""
    found = {}
    for row in rows:
        kind = "domain" if row.type == "d" else "type"
        if row.type == "d":
            sql = f"CREATE DOMAIN {row.named} AS {_domain(row)}"
        elif row.type == "r":
            sql = f"CREATE TYPE {row.named} AS RANGE ({row.range})"
        else:
            sql = f"CREATE TYPE {row.named} AS ({row.fields or ''})"
        name = names.key(row.typname, row.nspname)
        drop = f"DROP {kind.upper()} IF EXISTS {row.named}"
        found[row.id] = Ddl(kind, name, unless_made(sql), None, drop, "before", sql)
    return found


def _domain(row: Row) -> str:
    words = [row.base]
    words += [f"COLLATE {names.quoted(row.collation)}"] if row.collation else []
    words += [f"DEFAULT {row.typdefault}"] if row.typdefault else []
    words += ["NOT NULL"] if row.typnotnull else []
    words += [f"CONSTRAINT {names.quoted(each[0])} {each[1]}" for each in row.checks or ()]
    return " ".join(words)


def unless_made(sql: str) -> str:
    """Gives a CREATE TYPE, which knows no IF NOT EXISTS, as a statement that may run again."""
    return f"DO $do$ BEGIN\n{sql};\nEXCEPTION WHEN duplicate_object THEN NULL;\nEND $do$"

"""Drift mended on SQLite, whose ALTER TABLE knows little: batch mode makes the table anew."""

from __future__ import annotations

import re
import textwrap
from typing import Any

from dbwright.core.compare import Difference
from dbwright.core.schema import Check, ForeignKey, Unique
from dbwright.recipes import code, constraints

TYPE = re.compile(r"([a-z_]+)\s*(\([\d, ]+\))?", re.IGNORECASE)
KNOWN = """BIGINT BLOB BOOLEAN CHAR CLOB DATE DATETIME DECIMAL FLOAT INTEGER JSON NCHAR NUMERIC
    NVARCHAR REAL SMALLINT TEXT TIME TIMESTAMP VARCHAR"""
"""The words of types that SQLAlchemy has a class of, under their own name."""
# https://alembic.sqlalchemy.org/en/latest/batch.html#dropping-unnamed-or-named-foreign-keys
CONVENTION = "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"


def column(difference: Difference, wanted: str | None) -> str | None:
    """Gives the batch that brings one aspect of a column to what is wanted; None: not by ALTER."""
    name = code.literal(difference.name)
    if difference.aspect == "nullability":
        change = f"nullable={wanted != 'NOT NULL'}"
    elif difference.aspect == "default":
        value = f"sa.text({code.literal(wanted)})" if wanted else "None"
        change = f"server_default={value}"
    elif difference.aspect == "type" and (made := sqlalchemy_type(wanted or "")):
        change = f"type_={made}"
    else:
        return None
    return block(difference.table or "", [f"batch_op.alter_column({name}, {change})"])


def sqlalchemy_type(text: str) -> str | None:
    """Gives SQLAlchemy's type of a type in SQL, None where it has no class of that name.

    >>> sqlalchemy_type("varchar(80)"), sqlalchemy_type("integer"), sqlalchemy_type("geometry")
    ('sa.VARCHAR(80)', 'sa.INTEGER()', None)
    """
    found = TYPE.fullmatch(text.strip())
    if found is None or found[1].upper() not in KNOWN.split():
        return None
    return f"sa.{found[1].upper()}{found[2] or '()'}"


def exchange(table: str, old: Any, new: Any) -> str | None:
    """Gives the batch that drops one constraint and adds another; either may be None."""
    lines, convention = [], ""
    if old is not None:
        name = old.name
        if name is None and isinstance(old, ForeignKey):
            convention = f', naming_convention={{"fk": "{CONVENTION}"}}'
            parts = {"table_name": table, "column_0_name": old.columns[0]}
            name = CONVENTION % {**parts, "referred_table_name": old.referred_table}
        if name is None:
            return None
        lines.append(f"batch_op.drop_constraint({code.literal(name)}, type_={_kind(old)})")
    if new is not None:
        lines.append(_create(table, new))
    return block(table, lines, convention)


def block(table: str, lines: list[str], arguments: str = "") -> str:
    """Gives the lines in the batch of a table."""
    opening = f"with op.batch_alter_table({code.literal(table)}{arguments}) as batch_op:\n"
    return opening + textwrap.indent("\n".join(lines), "    ")


def _kind(part: ForeignKey | Unique | Check) -> str:
    return code.literal({ForeignKey: "foreignkey", Unique: "unique", Check: "check"}[type(part)])


def name_of(table: str, part: ForeignKey | Unique | Check) -> str:
    """Gives the name that a constraint has, or the one that it gets."""
    if isinstance(part, Check):
        return constraints.check_name(table, part)
    if isinstance(part, Unique):
        return part.name or code.name_for("uq", table, *part.columns)
    return part.name or code.name_for("fk", table, *part.columns, part.referred_table)


def _create(table: str, part: Any) -> str:
    name = code.literal(name_of(table, part))
    if isinstance(part, Check):
        condition = code.literal(constraints.unwrapped(part.expression))
        return f"batch_op.create_check_constraint({name}, {condition})"
    if isinstance(part, Unique):
        return f"batch_op.create_unique_constraint({name}, {code.names(part.columns)})"
    words = [
        name,
        code.literal(part.referred_table),
        code.names(part.columns),
        code.names(part.referred_columns),
    ]
    words += [f"ondelete={code.literal(part.on_delete)}"] if part.on_delete else []
    words += [f"onupdate={code.literal(part.on_update)}"] if part.on_update else []
    words += ["deferrable=True"] if part.deferrable else []
    words += ['initially="DEFERRED"'] if part.initially_deferred else []
    return f"batch_op.create_foreign_key({', '.join(words)})"

"""SQLAlchemy's code for what the catalogs of SQLite, MySQL and MariaDB have."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dbwright import dialects
from dbwright.core.schema import Column, Schema, Table
from dbwright.recipes import code
from dbwright.recipes.sqlalchemy_code import Style, foreign_key_code

_TYPE = re.compile(r"([a-z][a-z0-9_]*)(?:\((\d+)(?:,(\d+))?\))?( unsigned)?")
_SAME = {
    "bigint": "sa.BigInteger()",
    "smallint": "sa.SmallInteger()",
    "boolean": "sa.Boolean()",
    "date": "sa.Date()",
    "datetime": "sa.DateTime()",
    "float": "sa.Float()",
    "double": "sa.Double()",
    "json": "sa.JSON()",
    "text": "sa.Text()",
    "time": "sa.Time()",
    "timestamp": "sa.TIMESTAMP()",
    "blob": "sa.LargeBinary()",
}
_SQLITE = {
    **_SAME,
    "integer": "sa.Integer()",
    "real": "sa.REAL()",
    "clob": "sa.CLOB()",
    "numeric": "sa.Numeric()",
    "decimal": "sa.DECIMAL()",
    "varchar": "sa.String()",
    "uuid": "sa.UUID()",
}
_MYSQL = {
    **_SAME,
    "int": "sa.Integer()",
    "tinyint(1)": "sa.Boolean()",
    "uuid": "sa.Uuid()",
    **{
        name: f"mysql.{name.upper()}()"
        for name in ("tinyint", "mediumint", "tinytext", "mediumtext", "longtext", "year")
    },
    **{name: f"mysql.{name.upper()}()" for name in ("tinyblob", "mediumblob", "longblob")},
}
_SIZED = {"varchar": "sa.String", "char": "sa.CHAR", "nvarchar": "sa.NVARCHAR", "nchar": "sa.NCHAR"}
_PRECISE = {"numeric": "sa.Numeric", "decimal": "sa.Numeric"}
_OF_MYSQL = ("binary", "varbinary", "bit")
_FRACTIONS = ("datetime", "timestamp", "time")
_INTEGERS = {"int": "INTEGER"}


def type_code(text: str, dialect: str, collation: str | None = None) -> str | None:
    """Gives SQLAlchemy's type of a catalog's type; None where SQLAlchemy has none.

    >>> type_code("varchar(40)", "sqlite"), type_code("int unsigned", "mariadb")
    ('sa.String(length=40)', 'mysql.INTEGER(unsigned=True)')
    >>> type_code("enum('a','b')", "mariadb"), type_code("geometry", "sqlite")
    ("mysql.ENUM('a', 'b')", None)
    """
    made = _plain(text, dialect)
    if made is None or collation is None:
        return made
    comma = "" if made.endswith("()") else ", "
    return f"{made[:-1]}{comma}collation={code.literal(collation)})"


def _plain(text: str, dialect: str) -> str | None:
    known = _SQLITE if dialect == "sqlite" else _MYSQL
    if text in known:
        return known[text]
    if dialect != "sqlite" and text.startswith(("enum(", "set(")):
        labels = dialects.get(dialect).types.labels(text)
        return f"mysql.{text.partition('(')[0].upper()}({', '.join(map(repr, labels))})"
    found = _TYPE.fullmatch(text)
    if found is None:
        return None
    name, first, second, unsigned = found.groups()
    if unsigned:
        kind = _INTEGERS.get(name, name.upper())
        sizes = f"{first}, {second or 0}, " if first else ""
        return f"mysql.{kind}({sizes}unsigned=True)"
    if name in _SIZED and first and not second:
        return f"{_SIZED[name]}(length={first})"
    if name in _PRECISE and first:
        return f"{_PRECISE[name]}(precision={first}, scale={second or 0})"
    if dialect != "sqlite" and name in _OF_MYSQL:
        return f"mysql.{name.upper()}({first or ''})"
    if dialect != "sqlite" and name in _FRACTIONS and first:
        return f"mysql.{name.upper()}(fsp={first})"
    return None


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a table's parts get where the models leave the choice to the database."""

    declared: Schema
    style: Style

    def of(self, table: str, part: Any) -> str | None:
        """Gives the name that the models give to a part, None where they give none."""
        known = self.declared.table(table)
        if known is None or part.name is None:
            return part.name if known is None else None
        own = [known.primary_key, *known.foreign_keys, *known.uniques, *known.checks]
        return part.name if any(each and each.name == part.name for each in own) else None


def column_code(
    column: Column, dialect: str, *, nullable: bool = False, key: bool = False
) -> str | None:
    """Gives `sa.Column(…)`; None for a type that SQLAlchemy does not have.

    `nullable` leaves NOT NULL out; `key` says that the column alone is the key.
    """
    made = type_code(column.type, dialect, column.collation)
    if made is None:
        return None
    words = [code.literal(column.name), made]
    if column.computed:
        words.append(f"sa.Computed({code.literal(column.computed)}, persisted={column.stored})")
    if column.default is not None:
        words.append(f"server_default={default_code(column)}")
    if key and not column.identity and "int" in column.type:
        words.append("autoincrement=False")
    words.append(f"nullable={column.nullable or nullable}")
    words += [f"comment={code.literal(column.comment)}"] if column.comment else []
    return f"sa.Column({', '.join(words)})"


def default_code(column: Column) -> str:
    """Gives the default as code: None, or the text of it."""
    if column.default is None:
        return "None"
    return f"sa.text({code.literal(code.escaped_binds(column.default))})"


def table_code(table: Table, dialect: str, names: Names, options: tuple[str, ...]) -> str | None:
    """Gives `op.create_table(…)`; None where a column has a type that SQLAlchemy does not have."""
    key = table.primary_key
    lines = [code.literal(table.name)]
    for column in table.columns:
        alone = key is not None and key.columns == (column.name,)
        made = column_code(column, dialect, key=alone)
        if made is None:
            return None
        lines.append(made)

    def named(part: Any) -> str:
        name = names.of(table.key, part)
        return f", name={names.style.name(name)}" if name else ""

    for found in table.foreign_keys:
        bare = replace(found, name=names.of(table.key, found))
        lines.append(foreign_key_code(bare, names.style))
    if key:
        listed = ", ".join(map(code.literal, key.columns))
        lines.append(f"sa.PrimaryKeyConstraint({listed}{named(key)})")
    for unique in table.uniques:
        listed = ", ".join(map(code.literal, unique.columns))
        lines.append(f"sa.UniqueConstraint({listed}{named(unique)})")
    for check in table.checks:
        text = code.literal(code.escaped_binds(check.expression))
        lines.append(f"sa.CheckConstraint({text}{named(check)})")
    lines += [f"comment={code.literal(table.comment)}"] if table.comment else []
    lines += options
    inner = "".join(f"    {line},\n" for line in lines)
    return f"op.create_table(\n{inner})"


Quote = Callable[[str], str]

"""SQLAlchemy's code for what PostgreSQL's catalog has: types, columns, constraints."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dbwright.core.schema import (
    SERIAL_DEFAULT,
    Check,
    Column,
    ForeignKey,
    PrimaryKey,
    Schema,
    Table,
    Unique,
    qualified,
)
from dbwright.recipes import code

_PLAIN = {
    "integer": "sa.Integer()",
    "bigint": "sa.BigInteger()",
    "smallint": "sa.SmallInteger()",
    "boolean": "sa.Boolean()",
    "text": "sa.Text()",
    "real": "sa.REAL()",
    "double precision": "sa.Double()",
    "date": "sa.Date()",
    "timestamp without time zone": "sa.DateTime()",
    "timestamp with time zone": "sa.DateTime(timezone=True)",
    "time without time zone": "sa.Time()",
    "time with time zone": "sa.Time(timezone=True)",
    "bytea": "sa.LargeBinary()",
    "uuid": "sa.Uuid()",
    "json": "sa.JSON()",
    "numeric": "sa.Numeric()",
    "character varying": "sa.String()",
    "interval": "sa.Interval()",
}
_POSTGRESQL = (
    *("bit", "cidr", "citext", "daterange", "datemultirange", "hstore", "inet", "int4multirange"),
    *("int4range", "int8multirange", "int8range", "jsonb", "macaddr", "macaddr8", "money", "oid"),
    *("numrange", "nummultirange", "regclass", "tsmultirange", "tsquery", "tsrange", "tsvector"),
    *("tstzmultirange", "tstzrange"),
)
_WITH_NUMBERS = re.compile(r"([a-z ]+?)\((\d+)(?:,(\d+))?\)( with(?:out)? time zone)?")
_QUOTED = re.compile(r"('(?:[^']|'')*')::(.+)")
SERIALS = ("smallint", "integer", "bigint")


@dataclass(frozen=True, slots=True)
class Style:
    """What a project's code is to look like: `convention` names are protected by `op.f()`."""

    schema: Schema
    convention: bool = False

    def name(self, text: str) -> str:
        """Gives a constraint's or an index's name as the code has it."""
        return f"op.f({code.literal(text)})" if self.convention else code.literal(text)


def type_code(text: str, schemas: tuple[Schema, ...]) -> str | None:
    """Gives SQLAlchemy's type of a catalog's type; None where SQLAlchemy has none.

    >>> type_code("character varying(40)", ()), type_code("integer[]", ())
    ('sa.String(length=40)', 'postgresql.ARRAY(sa.Integer())')
    """
    if text.endswith("[]"):
        inner = type_code(text.removesuffix("[]"), schemas)
        return f"postgresql.ARRAY({inner})" if inner else None
    if text in _PLAIN:
        return _PLAIN[text]
    if text in _POSTGRESQL:
        return f"postgresql.{text.upper()}()"
    for schema in schemas:
        for enum in schema.enums:
            if text in (qualified(enum.name, enum.schema), code.quoted(enum.name)):
                where = f", schema={code.literal(enum.schema)}" if enum.schema else ""
                labels = ", ".join(code.literal(label) for label in enum.values)
                name = code.literal(enum.name)
                return f"postgresql.ENUM({labels}, name={name}{where}, create_type=False)"
    return _with_numbers(text)


def _with_numbers(text: str) -> str | None:
    found = _WITH_NUMBERS.fullmatch(text)
    if found is None:
        return None
    name, first, second, zone = found.groups()
    if name == "character varying":
        return f"sa.String(length={first})"
    if name == "character":
        return f"sa.CHAR(length={first})"
    if name == "numeric":
        return f"sa.Numeric(precision={first}, scale={second or 0})"
    if name in ("timestamp", "time"):
        aware = "timezone=True, " if zone == " with time zone" else ""
        return f"postgresql.{name.upper()}({aware}precision={first})"
    if name in ("bit", "bit varying"):
        return f"postgresql.BIT({first}{', varying=True' if name != 'bit' else ''})"
    return None


def default_text(column: Column) -> str | None:
    """Gives the default without the cast that the column's own type makes needless.

    >>> default_text(Column("a", "character varying(9)", default="'x'::character varying"))
    "'x'"
    """
    if column.default is None:
        return None
    found = _QUOTED.fullmatch(column.default)
    plain = column.type.partition("(")[0].removesuffix("[]")
    return found[1] if found and found[2] == plain else column.default


def column_code(
    column: Column, schemas: tuple[Schema, ...], *, plain_key: bool = False, nullable: bool = False
) -> str | None:
    """Gives `sa.Column(…)`; None for a type that SQLAlchemy does not have.

    `plain_key` is whether it is an integer that alone is the key; `nullable` leaves NOT NULL out.
    """
    type_ = type_code(column.type, schemas)
    if type_ is None:
        return None
    serial = column.default == SERIAL_DEFAULT
    if serial and not (plain_key and column.type in SERIALS):
        return None
    if column.collation:
        comma = "" if type_.endswith("()") else ", "
        type_ = f"{type_[:-1]}{comma}collation={code.literal(column.collation)})"
    words = [code.literal(column.name), type_]
    if column.computed:
        words.append(f"sa.Computed({code.literal(column.computed)}, persisted={column.stored})")
    if column.identity:
        words.append(f"sa.Identity(always={column.identity == 'always'})")
    if column.default and not serial:
        words.append(f"server_default=sa.text({code.literal(escaped(default_text(column) or ''))})")
    if plain_key and column.type in SERIALS and not (serial or column.identity):
        words.append("autoincrement=False")
    words.append(f"nullable={column.nullable or nullable}")
    words += [f"comment={code.literal(column.comment)}"] if column.comment else []
    return f"sa.Column({', '.join(words)})"


def escaped(sql: str) -> str:
    """Gives SQL for `sa.text()`, where a colon before a word is a parameter."""
    return code.escaped_binds(sql)


def table_code(table: Table, schemas: tuple[Schema, ...], style: Style) -> str | None:
    """Gives `op.create_table(…)` without the foreign keys that are added later; None: not so."""
    key = table.primary_key
    lines = [code.literal(table.name)]
    for column in table.columns:
        alone = key is not None and key.columns == (column.name,)
        made = column_code(column, schemas, plain_key=alone)
        if made is None:
            return None
        lines.append(made)
    lines += [foreign_key_code(found, style) for found in table.foreign_keys]
    lines += [_primary_key(key, style)] if key else []
    lines += [_unique(found, style) for found in table.uniques]
    lines += [_check(found, style) for found in table.checks]
    lines += [f"schema={code.literal(table.schema)}"] if table.schema else []
    lines += [f"comment={code.literal(table.comment)}"] if table.comment else []
    inner = "".join(f"    {line},\n" for line in lines)
    return f"op.create_table(\n{inner})"


def foreign_key_code(key: ForeignKey, style: Style) -> str:
    """Gives `sa.ForeignKeyConstraint(…)`."""
    referred = tuple(f"{key.referred}.{column}" for column in key.referred_columns)
    words = [code.names(key.columns), code.names(referred), *foreign_key_words(key)]
    words += [f"name={style.name(key.name)}"] if key.name else []
    return f"sa.ForeignKeyConstraint({', '.join(words)})"


def foreign_key_words(key: ForeignKey) -> list[str]:
    """Gives the keywords that say how a foreign key acts."""
    words = [f"ondelete={code.literal(key.on_delete)}"] if key.on_delete else []
    words += [f"onupdate={code.literal(key.on_update)}"] if key.on_update else []
    words += ["deferrable=True"] if key.deferrable else []
    return words + (['initially="DEFERRED"'] if key.initially_deferred else [])


def _primary_key(key: PrimaryKey, style: Style) -> str:
    listed = ", ".join(code.literal(column) for column in key.columns)
    name = f", name={style.name(key.name)}" if key.name else ""
    return f"sa.PrimaryKeyConstraint({listed}{name})"


def _unique(found: Unique, style: Style) -> str:
    words = [code.literal(column) for column in found.columns]
    words += [f"name={style.name(found.name)}"] if found.name else []
    words += ["deferrable=True"] if found.deferrable else []
    words += ["postgresql_nulls_not_distinct=True"] if found.nulls_not_distinct else []
    words += [f"postgresql_include={code.names(found.include)}"] if found.include else []
    return f"sa.UniqueConstraint({', '.join(words)})"


def _check(found: Check, style: Style) -> str:
    name = f", name={style.name(found.name)}" if found.name else ""
    return f"sa.CheckConstraint({code.literal(escaped(found.expression))}{name})"

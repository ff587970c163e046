"""SQLAlchemy's names for SQLite's types, and the words of its tables and indexes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from dbwright.core.declared import Declared, Default, database_type, imported
from dbwright.core.identifiers import spelled
from dbwright.core.inventory import Details, Inventory
from dbwright.core.schema import Column, Index, IndexKey, Table
from dbwright.dialects import without_words
from dbwright.dialects.sqlite import types

BODIES_UNCHECKED = without_words.BODIES_UNCHECKED
REPRINTS = without_words.REPRINTS
counting = without_words.counting
domains = without_words.domains
excludes = without_words.excludes
readable = without_words.readable
sequence_of = without_words.sequence_of
sequences = without_words.sequences
undeclarable = without_words.undeclarable
DIALECT = "sqlalchemy.dialects.sqlite"
PREFIX = "sqlite"
NOTE = "On delete the database acts only where a connection runs PRAGMA foreign_keys = ON."
"""What whoever uses the models has to know of the database."""
SQLALCHEMY_NAMES = ("sqlite",)
"""What SQLAlchemy calls the dialect."""
_PYTHON = {
    **dict.fromkeys(("bigint", "smallint", "integer"), "int"),
    "boolean": "bool",
    **dict.fromkeys(("varchar", "text", "char"), "str"),
    "bytes": "bytes",
    "float": "float",
    "timestamp": imported("datetime", "datetime"),
    "date": imported("datetime", "date"),
    "time": imported("datetime", "time"),
    "numeric": imported("decimal", "Decimal"),
}
_NAMES = {
    "integer": "Integer", "bigint": "BigInteger", "smallint": "SmallInteger",
    "boolean": "Boolean", "text": "Text", "varchar": "String", "date": "Date",
    "datetime": "DateTime", "time": "Time", "timestamp": "TIMESTAMP", "float": "Float",
    "real": "REAL", "double": "Double", "double precision": "DOUBLE_PRECISION",
    "numeric": "Numeric", "decimal": "DECIMAL", "blob": "LargeBinary", "json": "JSON",
    "char": "CHAR", "nvarchar": "NVARCHAR", "clob": "CLOB",
}  # fmt: skip
_PLAIN = {"integer", "boolean", "varchar", "date", "datetime", "time", "float", "numeric", "blob"}
_NUMBERED = re.compile(r"(varchar|char|nvarchar|numeric|decimal|float)\((\d+)(?:,(\d+))?\)")
_LITERAL = re.compile(r"[+-]?[\w.]+|'(?:[^']|'')*'|[xX]'[0-9a-fA-F]*'")
_TEXT = re.compile(r"'((?:[^']|'')*)'")


def declared(column: Column, named: Mapping[str, Declared]) -> Declared:
    """Gives the type of a column; SQLite keeps whatever words stand there."""
    found = _declared(column.type)
    if column.collation is None:
        return found
    inside = f'collation="{column.collation}"'
    if found.code.startswith((imported("sqlalchemy", "String"), imported("sqlalchemy", "Text"))):
        code = f"{found.code[:-1]}, {inside})" if found.code.endswith(")") else None
        return Declared(code or f"{found.code}({inside})", found.python)
    return Declared(database_type(f'{column.type} COLLATE "{column.collation}"'), found.python)


def _declared(text: str) -> Declared:
    python = _PYTHON.get(types.family(text), imported("typing", "Any"))
    if text in _NAMES:
        return Declared(imported("sqlalchemy", _NAMES[text]), python, text in _PLAIN)
    if match := _NUMBERED.fullmatch(text):
        numbers = ", ".join(number for number in match.groups()[1:] if number)
        if match[1] != "float":
            return Declared(f"{imported('sqlalchemy', _NAMES[match[1]])}({numbers})", python)
    return Declared(database_type(text), python if text else imported("typing", "Any"))


def default(column: Column) -> Default | None:
    """Gives the default of a column; an expression stands in parentheses."""
    if column.default is None:
        return None
    text = column.default.strip()
    if (match := _TEXT.fullmatch(text)) and types.affinity(column.type) == "TEXT":
        return Default(match[1].replace("''", "'"), is_text=True)
    return Default(text if _LITERAL.fullmatch(text) else f"({text})")


def generated(
    table: Table, column: Column, details: Details, use: Callable[[str], str]
) -> list[str]:
    """Gives whether SQLAlchemy is to fill a key: INTEGER PRIMARY KEY is the number of the row."""
    key = table.primary_key
    if key is None or key.columns != (column.name,) or column.identity:
        return []
    foreign = any(column.name in each.columns for each in table.foreign_keys)
    whole = column.type in ("integer", "bigint", "smallint")
    return ["autoincrement=False"] if whole and not foreign else []


def names_key_so(table: Table) -> bool:
    """Whether the database gives the key its name unasked: SQLite leaves it without one."""
    return False


def names_classes(index: Index) -> bool:
    """Whether plain columns stand by their names."""
    return True


def index_options(index: Index, literal: Callable[[str], str]) -> list[str]:
    """Gives the words of an index that only SQLite has: none."""
    return []


def index_key(key: IndexKey) -> str:
    """Gives a key of an index in SQL: `email COLLATE NOCASE DESC`."""
    words = [spelled(key.column) if key.column else str(key.expression)]
    words += [f"COLLATE {key.collation}"] if key.collation else []
    return " ".join([*words, *(["DESC"] if key.descending else [])])


def is_made_by_key(table: Table, index: Index) -> bool:
    """Whether the server makes an index with a foreign key: SQLite never does."""
    return False


def table_options(table: Table, inventory: Inventory) -> dict[str, str]:
    """Gives how a table keeps its rows."""
    found = {}
    if table.info.get("autoincrement"):
        found[f"{PREFIX}_autoincrement"] = "True"
    if table.info.get("without_rowid"):
        found[f"{PREFIX}_with_rowid"] = "False"
    if table.info.get("strict"):
        found[f"{PREFIX}_strict"] = "True"
    return found

"""SQLAlchemy's names for MySQL's types, and the words of its tables and indexes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from dbwright.core.declared import Declared, Default, database_type, imported
from dbwright.core.inventory import Details, Inventory
from dbwright.core.schema import Column, Index, IndexKey, Table
from dbwright.dialects import without_words
from dbwright.dialects.mysql import types
from dbwright.dialects.mysql.quoting import quoted

BODIES_UNCHECKED = without_words.BODIES_UNCHECKED
REPRINTS = without_words.REPRINTS
counting = without_words.counting
domains = without_words.domains
excludes = without_words.excludes
readable = without_words.readable
sequence_of = without_words.sequence_of
sequences = without_words.sequences
undeclarable = without_words.undeclarable
DIALECT = "sqlalchemy.dialects.mysql"
PREFIX = "mysql"
SQLALCHEMY_NAMES = ("mysql", "mariadb")
"""What SQLAlchemy calls the dialect: the URL decides which of them."""
NOTE = ""
"""What whoever uses the models has to know of the database."""
_DECIMAL = imported("decimal", "Decimal")
_DATETIME = imported("datetime", "datetime")
_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint")
_NAMES: Mapping[str, tuple[str, str, bool]] = {
    "int": ("Integer", "int", True),
    "bigint": ("BigInteger", "int", False),
    "smallint": ("SmallInteger", "int", False),
    "tinyint(1)": ("Boolean", "bool", True),
    "double": ("Double", "float", False),
    "float": ("Float", "float", True),
    "text": ("Text", "str", False),
    "json": ("JSON", imported("typing", "Any"), False),
    "datetime": ("DateTime", _DATETIME, True),
    "date": ("Date", imported("datetime", "date"), True),
    "time": ("Time", imported("datetime", "time"), True),
    "blob": ("LargeBinary", "bytes", True),
}
_NUMBERED = re.compile(r"(varchar|char|decimal|binary|varbinary)\((\d+)(?:,(\d+))?\)")
_OWN: Mapping[str, str] = {
    **dict.fromkeys(("tinytext", "mediumtext", "longtext"), "str"),
    **dict.fromkeys(("tinyblob", "mediumblob", "longblob"), "bytes"),
    "year": "int",
    "timestamp": _DATETIME,
}
_FRACTIONS = re.compile(r"(datetime|timestamp|time)\((\d)\)")
_LITERAL = re.compile(r"-?[\d.]+(?:e[+-]?\d+)?|'(?:[^']|'')*'|null|true|false", re.IGNORECASE)
_TEXT = re.compile(r"'((?:[^'\\]|'')*)'")
_NOW = re.compile(r"(current_timestamp(?:\(\d?\))?)( on update .*)?", re.IGNORECASE)


def declared(column: Column, named: Mapping[str, Declared]) -> Declared:
    """Gives the type of a column."""
    found = _declared(column.type)
    if column.collation is None or found.python != "str":
        return found
    inside = f'collation="{column.collation}"'
    code = f"{found.code[:-1]}, {inside})" if found.code.endswith(")") else None
    return Declared(code or f"{found.code}({inside})", found.python)


def _declared(text: str) -> Declared:
    if text in _NAMES:
        name, python, plain = _NAMES[text]
        return Declared(imported("sqlalchemy", name), python, plain)
    base, numbers = types.base_of(text)
    unsigned = " unsigned" in text
    if base in _INTEGERS and not numbers:
        name = "INTEGER" if base == "int" else base.upper()
        words = "(unsigned=True)" if unsigned else ""
        return Declared(imported(DIALECT, name) + words, "int")
    if labels := types.labels(text):
        listed = ", ".join(json.dumps(label, ensure_ascii=False) for label in labels)
        python = "str" if base == "enum" else "set[str]"
        return Declared(f"{imported(DIALECT, base.upper())}({listed})", python)
    if match := _FRACTIONS.fullmatch(text):
        python = imported("datetime", "time" if match[1] == "time" else "datetime")
        return Declared(f"{imported(DIALECT, match[1].upper())}(fsp={match[2]})", python)
    if text in _OWN:
        return Declared(imported(DIALECT, text.upper()), _OWN[text])
    return _numbered(text, base) or Declared(database_type(text), imported("typing", "Any"))


def _numbered(text: str, base: str) -> Declared | None:
    match = _NUMBERED.fullmatch(text)
    if match is None:
        return None
    numbers = ", ".join(number for number in match.groups()[1:] if number)
    name, python = {
        "varchar": ("String", "str"),
        "char": ("CHAR", "str"),
        "decimal": ("Numeric", _DECIMAL),
        "binary": ("BINARY", "bytes"),
        "varbinary": ("VARBINARY", "bytes"),
    }[base]
    return Declared(f"{imported('sqlalchemy', name)}({numbers})", python)


def default(column: Column) -> Default | None:
    """Gives the default of a column; an expression stands in parentheses."""
    if column.default is None:
        return None
    text = column.default
    words = types.family(column.type) in ("text", "varchar", "char", "enum")
    if words and (match := _TEXT.fullmatch(text)):
        return Default(match[1].replace("''", "'"), is_text=True)
    if _LITERAL.fullmatch(text) or _NOW.fullmatch(text):
        return Default(text)
    return Default(f"({text})")


def generated(
    table: Table, column: Column, details: Details, use: Callable[[str], str]
) -> list[str]:
    """Gives whether the server counts for a key."""
    key = table.primary_key.columns if table.primary_key else ()
    if column.name not in key or types.base_of(column.type)[0] not in _INTEGERS:
        return []
    foreign = any(column.name in each.columns for each in table.foreign_keys)
    alone = len(key) == 1 and not foreign
    if column.identity:
        return [] if alone else ["autoincrement=True"]
    return ["autoincrement=False"] if alone else []


def names_key_so(table: Table) -> bool:
    """Whether the server gives the key its name unasked: it is always PRIMARY."""
    return True


def names_classes(index: Index) -> bool:
    """Whether plain columns stand by their names, a prefix's length apart from them."""
    return True


def index_options(index: Index, literal: Callable[[str], str]) -> list[str]:
    """Gives the kind of an index, and how many characters of a column it holds."""
    words = []
    if index.method in ("fulltext", "spatial"):
        words.append(f"{PREFIX}_prefix={literal(index.method.upper())}")
    elif index.method != "btree":
        words.append(f"{PREFIX}_using={literal(index.method)}")
    lengths = {key.column: key.opclass for key in index.keys if key.column and key.opclass}
    inner = ", ".join(f"{literal(name)}: {length[1:-1]}" for name, length in lengths.items())
    return [*words, *([f"{PREFIX}_length={{{inner}}}"] if lengths else [])]


def index_key(key: IndexKey) -> str:
    """Gives a key of an index in SQL."""
    words = [quoted(key.column) + (key.opclass or "") if key.column else f"({key.expression})"]
    return " ".join([*words, *(["DESC"] if key.descending else [])])


def is_made_by_key(table: Table, index: Index) -> bool:
    """Whether the server makes an index with a foreign key, under the key's own name."""
    return any(
        key.name == index.name and index.columns == key.columns for key in table.foreign_keys
    )


def table_options(table: Table, inventory: Inventory) -> dict[str, str]:
    """Gives the engine, character set and row format of a table."""
    prefix = inventory.schema.dialect
    options = inventory.details.get((table.key, ""), {})
    return {
        f"{prefix}_{name}": json.dumps(value)
        for name, value in options.items()
        if value != "InnoDB"  # the engine of whoever names none
    }

"""SQLAlchemy's names for PostgreSQL's types, and the words of its tables and indexes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Set
from typing import Any

from dbwright.core.declared import Declared, Default, database_type, imported
from dbwright.core.inventory import EXCLUDED, Details, Inventory
from dbwright.core.naming import object_name
from dbwright.core.schema import SERIAL_DEFAULT, Column, Index, IndexKey, Table, qualified
from dbwright.dialects.postgresql import names

DIALECT = "sqlalchemy.dialects.postgresql"
PREFIX = "postgresql"
INTEGERS = ("smallint", "integer", "bigint")
_ANY = imported("typing", "Any")
_DATE, _TIME = imported("datetime", "date"), imported("datetime", "time")
_DATETIME, _DELTA = imported("datetime", "datetime"), imported("datetime", "timedelta")
_DECIMAL = imported("decimal", "Decimal")


def _sa(name: str) -> str:
    return imported("sqlalchemy", name)


def _pg(name: str) -> str:
    return imported(DIALECT, name)


def _range(python: str) -> str:
    return f"{_pg('Range')}[{python}]"


def _ranges(python: str) -> str:
    return f"list[{_range(python)}]"


_PLAIN: Mapping[str, Declared] = {
    "integer": Declared(_sa("Integer"), "int", plain=True),
    "bigint": Declared(_sa("BigInteger"), "int"),
    "smallint": Declared(_sa("SmallInteger"), "int"),
    "boolean": Declared(_sa("Boolean"), "bool", plain=True),
    "text": Declared(_sa("Text"), "str"),
    "character varying": Declared(_sa("String"), "str", plain=True),
    "real": Declared(_sa("REAL"), "float"),
    "double precision": Declared(_sa("Double"), "float"),
    "numeric": Declared(_sa("Numeric"), _DECIMAL, plain=True),
    "date": Declared(_sa("Date"), _DATE, plain=True),
    "timestamp without time zone": Declared(_sa("DateTime"), _DATETIME, plain=True),
    "timestamp with time zone": Declared(f"{_sa('DateTime')}(timezone=True)", _DATETIME),
    "time without time zone": Declared(_sa("Time"), _TIME, plain=True),
    "time with time zone": Declared(f"{_sa('Time')}(timezone=True)", _TIME),
    "interval": Declared(_sa("Interval"), _DELTA, plain=True),
    "bytea": Declared(_sa("LargeBinary"), "bytes", plain=True),
    "uuid": Declared(_sa("Uuid"), imported("uuid", "UUID"), plain=True),
    "json": Declared(_sa("JSON"), _ANY),
    "jsonb": Declared(_pg("JSONB"), _ANY),
    "hstore": Declared(_pg("HSTORE"), "dict[str, str | None]"),
    "bit varying": Declared(f"{_pg('BIT')}(varying=True)", "str"),
    **{
        name: Declared(_pg(name.upper()), "str")
        for name in (
            "cidr", "citext", "inet", "macaddr", "macaddr8", "money", "tsquery", "tsvector",
        )
    },
    **{
        name: Declared(_pg(name.upper()), "int" if name == "oid" else "str")
        for name in ("oid", "regclass", "regconfig")
    },
    **{
        name: Declared(_pg(name.upper()), wrap(python))
        for kind, python in {
            "int4": "int", "int8": "int", "num": _DECIMAL, "date": _DATE, "ts": _DATETIME,
            "tstz": _DATETIME,
        }.items()
        for name, wrap in ((f"{kind}range", _range), (f"{kind}multirange", _ranges))
    },
}  # fmt: skip
_NUMBERED = re.compile(r"([a-z ]+?)\((\d+)(?:,(\d+))?\)( with(?:out)? time zone)?")
_LABEL = re.compile(r"'(?:[^']|'')*'")
_OF = r"'(?:[^']|'')*'::{0}(?:, '(?:[^']|'')*'::{0})*"
_LIST_OF_TEXTS = re.compile(
    r"(?:\((?P<cast>\w+)\)::text|(?P<plain>(?<![\w.\")])[a-z_]\w*))"
    r" (?:(?P<any>= ANY)|<> ALL) \(\(?ARRAY\[(?P<labels>"
    + _OF.format("character varying")
    + "|"
    + _OF.format("text")
    + r")\](?:\)::text\[\])?\)"
)
_WHOLE_CALL = re.compile(r"[a-z_][\w.]*\([^()']*\)")
_QUOTED = re.compile(r"'((?:[^']|'')*)'::(.+)", re.DOTALL)
_NEXT = re.compile(r"nextval\('((?:[^']|'')*)'::regclass\)")
_INTERVAL = re.compile(r"interval(?: ([a-z ]+?))?(?:\((\d)\))?")


def declared(column: Column, named: Mapping[str, Declared]) -> Declared:
    """Gives the type of a column; `named` are those that the module declares itself."""
    found = _scalar(column.type, named)
    if column.collation is None:
        return found
    inside = f'collation="{column.collation}"'
    if found.code.endswith(")") and found.code.startswith(imported("sqlalchemy", "String")):
        return Declared(f"{found.code[:-1]}, {inside})", found.python)
    if found.code in (_sa("Text"), _sa("String")):
        return Declared(f"{found.code}({inside})", found.python)
    return Declared(database_type(f'{column.type} COLLATE "{column.collation}"'), found.python)


def _scalar(text: str, named: Mapping[str, Declared]) -> Declared:
    if text in named:
        return named[text]
    if text.endswith("[]"):
        inner = _scalar(text.removesuffix("[]"), named)
        return Declared(f"{_sa('ARRAY')}({inner.code})", f"list[{inner.python}]")
    return _PLAIN.get(text) or _numbered(text) or Declared(database_type(text), _ANY)


def default(column: Column) -> Default | None:
    """Gives the default of a column; the cast to the column's own type is left out of a text."""
    if column.default is None:
        return None
    match = _QUOTED.fullmatch(column.default)
    own = column.type.partition("(")[0]
    if match and match[2] in (own, column.type) and "\\" not in match[1]:
        return Default(match[1].replace("''", "'"), is_text=True)
    return Default(column.default)


def sequence_of(sql: str) -> str | None:
    """Gives the sequence whose next value a default is, as it is spelled; else None."""
    match = _NEXT.fullmatch(sql)
    return match[1].replace("''", "'").replace('"', "") if match else None


def _numbered(text: str) -> Declared | None:
    if interval := _INTERVAL.fullmatch(text):
        words = [f'fields="{interval[1].upper()}"'] if interval[1] else []
        words += [f"precision={interval[2]}"] if interval[2] else []
        return Declared(f"{_pg('INTERVAL')}({', '.join(words)})", _DELTA)
    match = _NUMBERED.fullmatch(text)
    if match is None:
        return None
    name, first, second, zone = match.groups()
    aware = "timezone=True, " if zone == " with time zone" else ""
    made = {
        "character varying": (f"{_sa('String')}({first})", "str"),
        "character": (f"{_sa('CHAR')}({first})", "str"),
        "numeric": (f"{_sa('Numeric')}({first}, {second or 0})", _DECIMAL),
        "timestamp": (f"{_pg('TIMESTAMP')}({aware}precision={first})", _DATETIME),
        "time": (f"{_pg('TIME')}({aware}precision={first})", _TIME),
        "bit": (f"{_pg('BIT')}({first})", "str"),
        "bit varying": (f"{_pg('BIT')}({first}, varying=True)", "str"),
    }.get(name)
    return Declared(*made) if made else None


def is_counted_by_key(table: Table, column: Column) -> bool:
    """Whether SQLAlchemy makes the column a serial by itself: an integer in the key."""
    key = table.primary_key
    if column.default != SERIAL_DEFAULT or key is None or column.type not in INTEGERS:
        return False
    # in a key of several columns SQLAlchemy puts the one that counts first
    return column.name == key.columns[0]


def generated(
    table: Table, column: Column, details: Details, use: Callable[[str], str]
) -> list[str]:
    """Gives the arguments that say who counts for a column."""
    counter = details.get((table.key, column.name), {})
    key = table.primary_key.columns if table.primary_key else ()
    if column.identity:
        words = [f"{name}={value}" for name, value in counter.items() if name != "sequence"]
        always = ["always=True"] if column.identity == "always" else []
        return [f"{use('Identity')}({', '.join([*always, *words])})"]
    if column.name not in key or column.type not in INTEGERS:
        return []
    if is_counted_by_key(table, column) and is_plain_serial(table, column, counter):
        return ["autoincrement=True"] if len(key) > 1 else []
    alone = len(key) == 1 and not any(column.name in each.columns for each in table.foreign_keys)
    return ["autoincrement=False"] if alone else []


def is_plain_serial(table: Table, column: Column, counter: Mapping[str, object]) -> bool:
    """Whether the sequence of a serial column is named and counts as the server has it unasked."""
    name = object_name(table.name, column.name, "seq")
    known = {"sequence": qualified(name, table.schema), "type": column.type}
    return dict(counter) in ({}, known)


def names_key_so(table: Table) -> bool:
    """Whether the server gives the key its name where none is said."""
    key = table.primary_key
    return key is not None and key.name == object_name(table.name, "", "pkey")


def names_classes(index: Index) -> bool:
    """Whether a key's operator class is said by `postgresql_ops`, not in the key's own SQL."""
    return True


def index_options(index: Index, literal: Callable[[str], str]) -> list[str]:
    """Gives the method and the operator classes of plain columns; others stand in their SQL."""
    found = {
        key.column: key.opclass
        for key in index.keys
        if key.column and key.opclass and key == IndexKey(key.column, opclass=key.opclass)
    }
    words = [f"{PREFIX}_using={literal(index.method)}"] if index.method != "btree" else []
    inner = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in found.items())
    return [*words, *([f"{PREFIX}_ops={{{inner}}}"] if found else [])]


def is_made_by_key(table: Table, index: Index) -> bool:
    """Whether the server makes an index with a foreign key: PostgreSQL never does."""
    return False


def index_key(key: IndexKey) -> str:
    """Gives a key of an index in SQL: `lower(email) text_pattern_ops DESC`."""
    expression = key.expression or ""
    call = _WHOLE_CALL.fullmatch(expression)
    words = [names.quoted(key.column) if key.column else expression if call else f"({expression})"]
    words += [f"COLLATE {names.quoted(key.collation)}"] if key.collation else []
    words += [key.opclass] if key.opclass else []
    words += ["DESC"] if key.descending else []
    if key.nulls_first is not None:
        words.append("NULLS FIRST" if key.nulls_first else "NULLS LAST")
    return " ".join(words)


def excludes(
    table: Table,
    inventory: Inventory,
    use: Callable[[str, str], str],
    escaped: Callable[[str], str],
    kept: Set[tuple[str, str]],
) -> list[tuple[str, list[str]]]:
    """Gives the EXCLUDE constraints that `kept` does not name, each a function and its arguments.

    SQLAlchemy has no word for the operator class of an expression, for INCLUDE and for storage
    parameters: whoever builds the models finds that such a constraint came out otherwise.
    """
    found = []
    for each in table.excludes:
        key = f"{each.name} of {table.key}"
        detail = inventory.details.get((EXCLUDED, key))
        if detail and ("constraint", key) not in kept:
            found.append(_exclude(each.name, detail, use, escaped))
    return found


def _exclude(
    name: str,
    detail: Mapping[str, Any],
    use: Callable[[str, str], str],
    escaped: Callable[[str], str],
) -> tuple[str, list[str]]:
    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    words = []
    for column, sql, operator in detail["keys"]:
        word = "column" if column else "text"
        made = f"{use('sqlalchemy', word)}({quoted(column or escaped(sql))})"
        words.append(f"({made}, {quoted(operator)})")
    words.append(f"name={quoted(name)}")
    words += [f"using={quoted(detail['method'])}"] if detail["method"] != "gist" else []
    if detail["where"]:
        words.append(f"where={use('sqlalchemy', 'text')}({quoted(escaped(detail['where']))})")
    words += ["deferrable=True"] if detail["deferrable"] else []
    words += ['initially="DEFERRED"'] if detail["deferred"] else []
    return use(DIALECT, "ExcludeConstraint"), words


def table_options(table: Table, inventory: Inventory) -> dict[str, str]:
    """Gives how a table is cut, kept, stored and what it inherits."""
    found: dict[str, str] = {}
    if table.kind == "partitioned" and table.partition:
        cut = table.partition.partition("PARTITION BY ")[2]
        found[f"{PREFIX}_partition_by"] = json.dumps(cut, ensure_ascii=False)
    if parents := inventory.find("inherits", "", table.key):
        listed = parents.value.split(", ")
        found[f"{PREFIX}_inherits"] = json.dumps(listed[0] if len(listed) == 1 else listed)
    if inventory.find("unlogged", "", table.key):
        found["prefixes"] = '["UNLOGGED"]'
    return found


REPRINTS = True
"""Whether the server prints a definition anew, whoever spaced it how."""
BODIES_UNCHECKED = "SET LOCAL check_function_bodies = off"
"""What has functions be made before the tables that they name."""
NOTE = ""
"""What whoever uses the models has to know of the database."""
SQLALCHEMY_NAMES = ("postgresql",)
"""What SQLAlchemy calls the dialect."""


def sequences(inventory: Inventory) -> list[str]:
    """Gives the sequences that the module declares: named ones, and serials unlike the usual."""
    found = [each.name for each in inventory.of("sequence")]
    for table in inventory.schema.tables:
        for column in table.columns:
            counter = inventory.details.get((table.key, column.name), {})
            if column.default != SERIAL_DEFAULT or table.kind == "partition" or not counter:
                continue
            if not (is_counted_by_key(table, column) and is_plain_serial(table, column, counter)):
                found.append(str(counter["sequence"]))
    return found


def counting(inventory: Inventory, key: str, use: Callable[[str], str]) -> list[str]:
    """Gives the words of a sequence: where it starts, how it counts, the type of its numbers."""
    found = dict(inventory.details.get((key, ""), {}))
    if not found:
        found = next((dict(d) for d in inventory.details.values() if d.get("sequence") == key), {})
        found.pop("sequence", None)
    kind = found.pop("type", "bigint")
    words = [f"{name}={value}" for name, value in found.items()]
    other = {"integer": "Integer", "smallint": "SmallInteger"}.get(str(kind))
    return [*words, f"data_type={use(other)}"] if other else words


def domains(inventory: Inventory) -> list[tuple[str, Column]]:
    """Gives each domain as columns spell it, with a column of the type that it is made of."""
    found = []
    for each in inventory.of("domain"):
        schema, _, name = each.name.rpartition(".")
        spelling = qualified(names.quoted(name), names.quoted(schema) if schema else None)
        base = str(inventory.details[each.name, ""]["base"])
        found.append((spelling, Column(name, base)))
    return found


def undeclarable(inventory: Inventory) -> set[tuple[str, str]]:
    """Gives the keys of constraints that SQLAlchemy has no words for."""
    found = inventory.of("constraint")
    return {each.key for each in found if each.value.endswith(" NO INHERIT")}


def readable(condition: str) -> str:
    """Gives a condition as it was written, where the server prints a list in a longer way.

    Run again, the server's own text comes out otherwise each time; what was written does not.

    >>> readable("(kind)::text = ANY ((ARRAY['a'::character varying])::text[])")
    "kind IN ('a')"
    >>> readable("state <> ALL (ARRAY['x'::text, 'y'::text])")
    "state NOT IN ('x', 'y')"
    """
    return _LIST_OF_TEXTS.sub(_as_list, condition)


def _as_list(match: re.Match[str]) -> str:
    word = "IN" if match["any"] else "NOT IN"
    labels = ", ".join(_LABEL.findall(match["labels"]))
    return f"{match['cast'] or match['plain']} {word} ({labels})"

"""Types: how a database spells the SQLAlchemy types that revisions are written with."""

from __future__ import annotations

from typing import Any

from dbwright.collect.revisions_values import Klass, Made, Member, Symbol

USER_DEFINED = "user-defined"

# where the name alone decides; {0} and {1} are the arguments, the second text stands without any
_POSTGRESQL = {
    "string": ("character varying({0})", "character varying"),
    "text": ("text", "text"),
    "char": ("character({0})", "character(1)"),
    "integer": ("integer", "integer"),
    "biginteger": ("bigint", "bigint"),
    "smallinteger": ("smallint", "smallint"),
    "numeric": ("numeric({0},{1})", "numeric"),
    "float": ("double precision", "double precision"),
    "real": ("real", "real"),
    "double": ("double precision", "double precision"),
    "boolean": ("boolean", "boolean"),
    "datetime": ("timestamp without time zone", "timestamp without time zone"),
    "datetime tz": ("timestamp with time zone", "timestamp with time zone"),
    "date": ("date", "date"),
    "time": ("time without time zone", "time without time zone"),
    "time tz": ("time with time zone", "time with time zone"),
    "interval": ("interval", "interval"),
    "binary": ("bytea", "bytea"),
    "json": ("json", "json"),
    "uuid": ("uuid", "uuid"),
}
_SQLITE = {
    "string": ("varchar({0})", "varchar"),
    "text": ("text", "text"),
    "char": ("char({0})", "char"),
    "integer": ("integer", "integer"),
    "biginteger": ("bigint", "bigint"),
    "smallinteger": ("smallint", "smallint"),
    "numeric": ("numeric({0},{1})", "numeric"),
    "float": ("float", "float"),
    "real": ("real", "real"),
    "double": ("double", "double"),
    "boolean": ("boolean", "boolean"),
    "datetime": ("datetime", "datetime"),
    "datetime tz": ("datetime", "datetime"),
    "date": ("date", "date"),
    "time": ("time", "time"),
    "time tz": ("time", "time"),
    "interval": ("datetime", "datetime"),
    "binary": ("blob", "blob"),
    "json": ("json", "json"),
    "uuid": ("char(32)", "char(32)"),
}
_MYSQL = {
    **_SQLITE,
    "integer": ("int", "int"),
    "numeric": ("decimal({0},{1})", "decimal(10,0)"),
    "real": ("double", "double"),
    "boolean": ("tinyint(1)", "tinyint(1)"),
    "char": ("char({0})", "char(1)"),
}
_SPELLINGS = {
    "postgresql": _POSTGRESQL,
    "sqlite": _SQLITE,
    "mysql": _MYSQL,
    "mariadb": {**_MYSQL, "json": ("longtext", "longtext"), "uuid": ("uuid", "uuid")},
}

_FAMILIES = {
    "string": "String Unicode VARCHAR NVARCHAR AutoString EmailType",
    "text": "Text UnicodeText TEXT CLOB LONGTEXT MEDIUMTEXT",
    "char": "CHAR NCHAR",
    "integer": "Integer INTEGER INT",
    "biginteger": "BigInteger BIGINT",
    "smallinteger": "SmallInteger SMALLINT",
    "numeric": "Numeric NUMERIC DECIMAL",
    "float": "Float FLOAT",
    "real": "REAL",
    "double": "Double DOUBLE DOUBLE_PRECISION",
    "boolean": "Boolean BOOLEAN",
    "datetime": "DateTime DATETIME TIMESTAMP",
    "date": "Date DATE",
    "time": "Time TIME",
    "interval": "Interval INTERVAL",
    "binary": "LargeBinary BLOB BINARY VARBINARY BYTEA PickleType LONGBLOB",
    "json": "JSON",
    "uuid": "Uuid UUID",
}
_FAMILY = {name: family for family, names in _FAMILIES.items() for name in names.split()}

# types that only one database has, in its own spelling
_NATIVE = {
    "postgresql": (
        "JSONB CITEXT INET CIDR MACADDR MACADDR8 MONEY OID REGCLASS TSVECTOR TSQUERY HSTORE "
        "INT4RANGE INT8RANGE NUMRANGE DATERANGE TSRANGE TSTZRANGE INT4MULTIRANGE "
        "INT8MULTIRANGE NUMMULTIRANGE DATEMULTIRANGE TSMULTIRANGE TSTZMULTIRANGE"
    ),
    "mysql": "TINYINT MEDIUMINT TINYTEXT TINYBLOB MEDIUMBLOB YEAR LONGTEXT MEDIUMTEXT LONGBLOB",
    "mariadb": "TINYINT MEDIUMINT TINYTEXT TINYBLOB MEDIUMBLOB YEAR LONGTEXT MEDIUMTEXT LONGBLOB "
    "INET4 INET6",
}


# types in capitals go into the statement as they are, and SQLite keeps any word
_AS_WRITTEN = {
    "sqlite": ("TIMESTAMP", "DECIMAL", "UUID", "INT", "NCHAR", "NVARCHAR", "CLOB", "VARBINARY")
}


def spell(value: Any, dialect: str | None) -> str:
    """Gives a type as the database prints it; `user-defined` where the file does not tell.

    >>> spell(Made(Symbol("sqlalchemy.String"), (40,)), "postgresql")
    'character varying(40)'
    """
    value = for_dialect(value, dialect)
    if isinstance(value, Symbol):
        value = Made(value)
    if not isinstance(value, Made) or isinstance(value.what, Member):
        return USER_DEFINED
    if not _is_of_sqlalchemy(value.what):
        return USER_DEFINED
    if value.name in ("Enum", "ENUM"):
        return _enum(value, dialect)
    if value.name == "ARRAY" and value.arguments:
        item = spell(value.arguments[0], dialect)
        return item if item == USER_DEFINED else f"{item}[]"
    if value.name in _NATIVE.get(dialect or "", "").split():
        return value.name.lower()
    return _spelled(value, dialect)


def for_dialect(value: Any, dialect: str | None) -> Any:
    """Gives the type that stands for this database among its `with_variant` forms."""
    while isinstance(value, Made) and isinstance(value.what, Member):
        if value.name == "with_variant" and dialect in value.arguments[1:]:
            return value.arguments[0]
        value = value.what.of
    return value


def _is_of_sqlalchemy(symbol: Symbol) -> bool:
    return symbol.name.partition(".")[0] in ("sqlalchemy", "sqlmodel", "sqlalchemy_citext")


def _spelled(value: Made, dialect: str | None) -> str:
    family = _FAMILY.get(value.name)
    spellings = _SPELLINGS.get(dialect or "", _POSTGRESQL)
    if value.name in _AS_WRITTEN.get(dialect or "", ()):
        given = [str(size) for size in value.arguments if type(size) is int]
        return value.name.lower() + (f"({','.join(given)})" if given else "")
    if value.name == "BIT":
        return _bits(value)
    if family is None:
        return USER_DEFINED
    if family in ("datetime", "time") and _option(value, "timezone", 0) is True:
        family += " tz"
    if family == "float":
        return _float(value, dialect)
    full, bare = spellings[family]
    sizes = _sizes(value, family)
    spelled = full.format(*sizes) if sizes is not None else bare
    return _with_precision(value, spelled) if dialect in _PRECISE else spelled


# databases whose times carry a precision and intervals their fields
_PRECISE = ("postgresql",)


def _with_precision(value: Made, spelled: str) -> str:
    first, space, rest = spelled.partition(" ")
    fields, precision = value.keywords.get("fields"), value.keywords.get("precision")
    if first == "interval" and isinstance(fields, str):
        first = f"{first} {fields.lower()}"
    if first.partition(" ")[0] in ("timestamp", "time", "interval") and isinstance(precision, int):
        first = f"{first}({precision})"
    return first + space + rest


def _bits(value: Made) -> str:
    length = _option(value, "length", 0)
    varying = _option(value, "varying", 1) is True
    # a bit without a length has one
    size = f"({length})" if isinstance(length, int) else "" if varying else "(1)"
    return ("bit varying" if varying else "bit") + size


def _float(value: Made, dialect: str | None) -> str:
    precision = _option(value, "precision", 0)
    # PostgreSQL's float(1) to float(24) are real: www.postgresql.org/docs/current/datatype-numeric
    small = isinstance(precision, int) and precision <= _SINGLE_PRECISION.get(dialect or "", -1)
    family = "real" if small else "float"
    return _SPELLINGS.get(dialect or "", _POSTGRESQL)[family][1]


_SINGLE_PRECISION = {"postgresql": 24}
_ENUMS = {"postgresql": "a type of its own", "mysql": "in the column", "mariadb": "in the column"}


def _sizes(value: Made, family: str) -> tuple[int, ...] | None:
    if family in ("string", "char"):
        length = _option(value, "length", 0)
        return (length,) if isinstance(length, int) else None
    if family == "numeric":
        precision, scale = _option(value, "precision", 0), _option(value, "scale", 1)
        if isinstance(precision, int):
            return precision, scale if isinstance(scale, int) else 0
    return None


def _option(value: Made, name: str, position: int) -> Any:
    if name in value.keywords:
        return value.keywords[name]
    return value.arguments[position] if len(value.arguments) > position else None


def _enum(value: Made, dialect: str | None) -> str:
    name, labels = enum_name(value), enum_labels(value)
    form = _ENUMS.get(dialect or "")
    if value.keywords.get("native_enum") is False or form is None:
        longest = max(map(len, labels), default=0)
        length = value.keywords.get("length")
        length = max(longest, length) if isinstance(length, int) else longest
        return _SPELLINGS.get(dialect or "", _POSTGRESQL)["string"][0].format(length)
    if form == "in the column":
        return "enum({})".format(",".join(f"'{label}'" for label in labels))
    schema = value.keywords.get("schema")
    return (f"{schema}.{name}" if isinstance(schema, str) else name) if name else USER_DEFINED


def enum_name(value: Made) -> str | None:
    """Gives the name of an Enum's type, None where the file does not tell."""
    name = value.keywords.get("name")
    if isinstance(name, Made) and name.arguments:
        name = name.arguments[0]
    if isinstance(name, str):
        return name
    first = value.arguments[0] if value.arguments else None
    return first.name.lower() if isinstance(first, Klass) and name is None else None


def enum_labels(value: Made) -> tuple[str, ...]:
    """Gives the labels of an Enum in order, empty where the file does not tell."""
    first = value.arguments[0] if value.arguments else None
    if isinstance(first, Klass):
        return first.labels
    given = first if len(value.arguments) == 1 and isinstance(first, (list, tuple)) else None
    labels = value.arguments if given is None else given
    return tuple(labels) if all(isinstance(label, str) for label in labels) else ()


def creates_type(value: Any, dialect: str | None) -> bool:
    """Whether creating a table with such a column creates an enumerated type first."""
    value = for_dialect(value, dialect)
    if not isinstance(value, Made) or _ENUMS.get(dialect or "") != "a type of its own":
        return False
    if value.name == "ARRAY" and value.arguments:
        return creates_type(value.arguments[0], dialect)
    asked = value.keywords.get("create_type", True) is not False
    native = value.keywords.get("native_enum", True) is not False
    return value.name in ("Enum", "ENUM") and asked and native and enum_name(value) is not None

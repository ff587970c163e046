"""Names and texts as they stand in SQL: identifiers and string literals."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
# PostgreSQL 18's keywords that it prints in quotes when they are names.
_KEYWORDS = """
all analyse analyze and any array as asc asymmetric authorization between bigint binary bit
boolean both case cast char character check coalesce collate collation column concurrently
constraint create cross current_catalog current_date current_role current_schema current_time
current_timestamp current_user dec decimal default deferrable desc distinct do else end except
exists extract false fetch float for foreign freeze from full grant greatest group grouping
having ilike in initially inner inout int integer intersect interval into is isnull join json
json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
json_serialize json_table json_value lateral leading least left like limit localtime
localtimestamp merge_action national natural nchar none normalize not notnull null nullif
numeric offset on only or order out outer overlaps overlay placing position precision primary
real references returning right row select session_user setof similar smallint some substring
symmetric system_user table tablesample then time timestamp to trailing treat trim true union
unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
"""
_QUOTED = frozenset(_KEYWORDS.split())
# Those of them that may stand unquoted where a column is meant: they are functions and types.
_COLUMN_NAMES = """
between bigint bit boolean char character coalesce dec decimal exists extract float greatest
grouping inout int integer interval json json_array json_arrayagg json_exists json_object
json_objectagg json_query json_scalar json_serialize json_table json_value least merge_action
national nchar none normalize nullif numeric out overlay position precision real row setof
smallint substring time timestamp treat trim values varchar xmlattributes xmlconcat xmlelement
xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
"""
_RESERVED = _QUOTED - frozenset(_COLUMN_NAMES.split())


def spelled(name: str) -> str:
    """Give a name as it stands in SQL, in double quotes where it needs them.

    >>> spelled("total"), spelled("order"), spelled("Full Name")
    ('total', '"order"', '"Full Name"')
    """
    if _PLAIN.fullmatch(name) and name not in _QUOTED:
        return name
    return '"' + name.replace('"', '""') + '"'


def is_reserved(name: str) -> bool:
    """Whether PostgreSQL takes the unquoted name for a word of SQL, never for a table or column.

    >>> is_reserved("order"), is_reserved("position"), is_reserved("orders")
    (True, False, False)
    """
    return name in _RESERVED


def string_literal(text: str) -> str:
    """Give a text as a string literal of standard SQL, which knows no backslash escapes.

    >>> string_literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"

"""What the functions of a statement do: whether they may be called more often, or not at all."""

from __future__ import annotations

from sqlglot import exp

from dbwright.core.query import Query
from dbwright.core.schema import NamedObject
from dbwright.dialects.postgresql import expressions, grammar
from dbwright.dialects.postgresql.functions import HARMLESS
from dbwright.dialects.postgresql.volatility import VOLATILE
from dbwright.recipes.queries import tree

_ROWS = """
    generate_series generate_subscripts json_array_elements json_array_elements_text json_each
    json_each_text json_object_keys json_populate_recordset json_to_recordset
    jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_object_keys
    jsonb_path_query jsonb_populate_recordset jsonb_to_recordset pg_stat_get_activity
    regexp_matches regexp_split_to_table string_to_table unnest
"""
_GIVING_ROWS = frozenset(_ROWS.split())
_LASTING = frozenset(name for name in HARMLESS if name.startswith("pg_")) - {"pg_typeof"}
_STEADY = HARMLESS - VOLATILE - _GIVING_ROWS - _LASTING
_SQLITE_VARYING = (exp.Rand, exp.Uuid)
_OF_SQLITE = """
    char date datetime glob group_concat hex ifnull iif instr json json_array json_array_length
    json_extract json_group_array json_group_object json_object json_type julianday likely max min
    nullif printf quote replace round strftime substr substring sum time total trim typeof unhex
    unicode unixepoch unlikely upper lower length abs coalesce count avg
"""
_SQLITE_NAMES = frozenset(_OF_SQLITE.split())
_OF_MYSQL = """
    adddate addtime ascii bin bit_count conv crc32 datediff elt export_set field find_in_set format
    from_days from_unixtime hex inet_aton inet_ntoa insert instr interval json_contains
    json_extract json_length json_unquote json_value last_day locate lpad ltrim makedate maketime
    mid microsecond oct octet_length ord period_add period_diff position quarter quote repeat
    rpad rtrim sec_to_time soundex space strcmp subdate subtime substring_index time_to_sec
    timediff to_days to_seconds truncate unhex unix_timestamp week weekday weekofyear yearweek
"""
_MYSQL_NAMES = frozenset(_OF_MYSQL.split())
_MYSQL_VARYING = (exp.Rand, exp.Uuid, exp.Parameter, exp.SessionParameter)


def is_steady(query: Query, *nodes: exp.Expr | None) -> bool:
    """Whether all functions called are known to give one value each, the same for the same row.

    False also for what nobody knows here: a function of the user's own that is VOLATILE, that may
    give several rows, or that an extension brought.
    """
    return all(node is None or _is_steady(query, node) for node in nodes)


def _is_steady(query: Query, node: exp.Expr) -> bool:
    if node.find(exp.TableSample, exp.Insert, exp.Update, exp.Delete, exp.Lock):
        return False
    if query.target.dialect == "sqlite":
        return not any(_sqlite_varies(each) for each in node.find_all(exp.Func))
    if query.target.dialect in ("mysql", "mariadb"):
        return not any(_mysql_varies(each) for each in node.walk())
    called = called_in(query, node)
    return called is not None and all(_is_known(query, name) for name in called)


def called_in(query: Query, node: exp.Expr) -> set[tuple[str, ...]] | None:
    """Gives the functions that an expression or a query calls, qualified as written."""
    text = tree.text(query, node)
    try:
        found = grammar.parse(text if isinstance(node, exp.Query) else f"select {text}")
    except (grammar.Failure, ValueError):
        return None
    return {name for each in found for name in expressions.functions(each)}


def _is_known(query: Query, name: tuple[str, ...]) -> bool:
    if len(name) == 1 and name[0] in _STEADY:
        return True
    if len(name) == 2 and name[0] == "pg_catalog" and name[1] in _STEADY:
        return True
    own = user_functions(query, name)
    return bool(own) and all(
        each.volatility in ("immutable", "stable") and not each.gives_rows for each in own
    )


def user_functions(query: Query, name: tuple[str, ...]) -> list[NamedObject]:
    """Gives the user's functions of a name, which may be overloaded."""
    *schema, last = name
    wanted = schema[0] if schema and schema[0] != "public" else None
    return [
        each
        for each in query.schema.others
        if each.kind == "function"
        and each.name.partition("(")[0] == last
        and (each.schema == wanted or not schema)
    ]


def _sqlite_varies(node: exp.Func) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.name.lower() not in _SQLITE_NAMES
    return isinstance(node, _SQLITE_VARYING)


def _mysql_varies(node: exp.Expr) -> bool:
    """Whether it may give another value for the same row: a variable of the session too."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower() not in _MYSQL_NAMES
    return isinstance(node, _MYSQL_VARYING)

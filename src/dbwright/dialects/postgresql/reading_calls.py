"""Calls that are judged by their arguments: settings, types by number, sizes."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.errors import ReadRefused
from dbwright.dialects.postgresql import grammar, names
from dbwright.dialects.postgresql.grammar import Node
from dbwright.dialects.postgresql.reading_functions import setting_problem

_INPUTS = frozenset(
    f"{kind}_{way}"
    for kind in ("domain", "array", "record", "range", "multirange", "enum")
    for way in ("in", "recv")
)
"""They take the type as a number, and run what belongs to the type."""
_BY_NAME = frozenset(("pg_input_is_valid", "pg_input_error_info"))
_REPEATS = frozenset(("repeat", "lpad", "rpad"))
_MOST_CHARACTERS = 1_000_000
"""What is worked out from longer texts may look at no cancel for minutes."""
_MOST_REPEATS = 100_000


def problem(call: Node) -> str | None:
    """Gives the call and why it may not be made, None where its arguments are harmless.

    >>> (tree,) = grammar.parse("select repeat('x', 900000000)")
    >>> problem(tree.select_stmt.target_list[0].res_target.val.func_call)
    'repeat(), and its text would have 900,000,000 characters: 1,000,000 are made'
    """
    name = names.strings(call.funcname)[-1]
    if name == "current_setting" and call.args:
        why = setting_problem(_text(call.args[0]))
        return f"current_setting(), and {why}" if why else None
    if name in _INPUTS:
        return f"{name}(), which takes a type by its number: write value::type"
    if name in _BY_NAME and len(call.args) > 1 and _text(call.args[1]) is None:
        return f"{name}() with a type that is computed: write its name as a constant"
    if name in _REPEATS and len(call.args) > 1:
        return _too_long(name, call.args[0], _number(call.args[1]))
    return None


def _too_long(name: str, text: Node, times: int) -> str | None:
    once = _text(text)
    if name != "repeat":
        size = times
    elif once is None:
        return (
            f"{name}(), {times:,} times: {_MOST_REPEATS:,} are made"
            if times > _MOST_REPEATS
            else None
        )
    else:
        size = times * len(once)
    if size <= _MOST_CHARACTERS:
        return None
    return f"{name}(), and its text would have {size:,} characters: {_MOST_CHARACTERS:,} are made"


def types_named(call: Node) -> Iterator[Node]:
    """Gives, as trees, the types that a call names in a text."""
    if names.strings(call.funcname)[-1] in _BY_NAME and len(call.args) > 1:
        try:
            yield from grammar.parse(f"select null::{_text(call.args[1])}")
        except grammar.Failure as error:
            raise ReadRefused(f"the read is refused: a type cannot be read: {error}") from error


def _text(value: Node) -> str | None:
    constant = value.a_const
    is_text = value.HasField("a_const") and constant.HasField("sval")
    return constant.sval.sval if is_text else None


def _number(value: Node) -> int:
    if value.HasField("type_cast"):
        value = value.type_cast.arg
    constant = value.a_const
    text = constant.fval.fval or constant.sval.sval
    try:
        return constant.ival.ival if constant.HasField("ival") else int(float(text or 0))
    except (ValueError, OverflowError):
        return 0

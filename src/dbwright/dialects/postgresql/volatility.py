"""Whether an expression gives each row another value."""

from __future__ import annotations

from dbwright.core.schema import SERIAL_DEFAULT
from dbwright.dialects.postgresql import expressions, grammar
from dbwright.dialects.postgresql.functions import HARMLESS

VOLATILE = frozenset(
    (
        "random",
        "setseed",
        "nextval",
        "setval",
        "currval",
        "lastval",
        "clock_timestamp",
        "timeofday",
        "gen_random_uuid",
        "gen_random_bytes",
        "gen_salt",
        "uuid_generate_v1",
        "uuid_generate_v1mc",
        "uuid_generate_v4",
        "uuidv4",
        "uuidv7",
        "pg_sleep",
        "set_config",
    )
)


def is_volatile(default: str) -> bool | None:
    """Whether a default is evaluated for each row; None for functions that are not known here.

    >>> is_volatile("now()"), is_volatile("gen_random_uuid()"), is_volatile("billing.mine()")
    (False, True, None)
    """
    if default == SERIAL_DEFAULT:
        return True
    try:
        (tree,) = grammar.parse(f"select {default}")
    except (grammar.Failure, ValueError):
        return None
    called = {name[-1] for name in expressions.functions(tree)}
    if called & VOLATILE:
        return True
    return False if called <= HARMLESS else None

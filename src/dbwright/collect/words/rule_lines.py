"""Lines below an entity that are rules, though no verb opens them."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.tokens import Token

FROZEN = {"immutable", "append-only", "append_only", "insert-only", "read-only"}
"""Words that say of a whole thing that its rows never change."""
_QUANTITIES = {"many", "one", "several", "a", "an", "multiple", "zero", "at"}
RULE_WORDS_IN_LISTS = {"deleted", "overlap", "twice", "million", "newest", "oldest", "overwrite"}
RULE_WORDS = RULE_WORDS_IN_LISTS | {"once", "delete", "per", "first", "tree", "booked", "double",
    "1:n", "n:1", "n:m",
                                    "m:n", "m2m", "1:1", "deletes", "soft-delete", "supplies",
                                    "survive", "versioned",
                                    "append-only", "list", "find", "->"}  # fmt: skip
"""Words of a line below an entity that make it a rule rather than a list of what it has."""


def orders(tokens: Sequence[Token]) -> bool:
    """Whether a line only says which comes first: `arrival after departure`."""
    lows = [token.low for token in tokens]
    signs = {"after", "before", "later", "earlier", "<", "<=", ">", ">="}
    named = [token for token in tokens if token.is_name]
    return (
        len(lows) < 9
        and not {",", "(", "and", "at", "per"} & set(lows)
        and bool(signs & set(lows[1:-1]))
        and len(named) > 1
        and tokens[-1].is_name
    )


def is_rule(tokens: Sequence[Token]) -> bool:
    """Whether a line without a verb that opens it is a rule all the same."""
    if not tokens or tokens[-1].low == "default":
        return False
    lows = {token.low for token in tokens}
    colon = any(token.low in (":", "(") for token in tokens[:4])
    return not colon and (
        bool(lows & (RULE_WORDS if "," not in lows else RULE_WORDS_IN_LISTS))
        or (
            tokens[0].low.endswith(("ed", "es", "s"))
            and len(tokens) > 2
            and tokens[1].low in _QUANTITIES | {"by", "to", "in", "for"}
        )
    )


def says_who_stays(tokens: Sequence[Token]) -> bool:
    """`articles used in a position cannot be deleted`: what refers to a row keeps it."""
    lows = [token.low for token in tokens]
    at = next((n for n, low in enumerate(lows[1:6], 1) if low in _USED), 0)
    rest = lows[at:]
    modal = {"cannot", "must", "may", "should", "can"} & set(rest)
    return bool(at and modal) and rest[-1] in ("deleted", "removed") and "," not in rest


_USED = {"used", "referenced", "referred", "booked", "ordered", "listed", "assigned", "linked",
    "contained", "sold", "mentioned", "named", "stored", "placed"}  # fmt: skip

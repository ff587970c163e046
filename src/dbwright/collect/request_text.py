"""The text of a request: without what is no text, and no longer than can be read."""

from __future__ import annotations

import re
import unicodedata

from dbwright.core.errors import UsageError

LONGEST = 200_000
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|[@-Z\\-_])")
_KEPT = "\n\t"
_HIDDEN = {"Cc", "Cf", "Cs", "Co"}
_SPACES = {"Zs", "Zl", "Zp"}


def cleaned(text: str) -> str:
    """Gives a request as its reader sees it: no escapes, control signs, or signs that turn text.

    UsageError for one that is longer than is read.

    >>> cleaned("drop \\x1b[31mred\\x1b[0m \\u202etxet\\x00")
    'drop red txet'
    """
    if len(text) > LONGEST:
        raise UsageError(
            f"the request has {len(text):,} letters, and up to {LONGEST:,} are read",
            way_out="Ask in a few words, with the part that matters; what is long is read by "
            "dbwright queries review FILE",
        )
    text = _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(map(_shown, text)).strip()


def _shown(sign: str) -> str:
    if sign in _KEPT or " " <= sign <= "~":
        return sign
    kind = unicodedata.category(sign)
    if kind in _SPACES:
        return " "
    return "" if kind in _HIDDEN else sign

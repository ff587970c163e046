"""Placeholders of a statement, each with one name, and what they stand against."""

from __future__ import annotations

from dataclasses import dataclass

from dbwright.dialects.sqlite.reader import tokens

_SIGNS = (":", "@", "$")


@dataclass(frozen=True, slots=True)
class Bound:
    """A placeholder and the expression of a table's columns that its value is held against.

    `operator` is the comparison, `set` for a value that is written.
    """

    name: str
    table: str
    expression: str
    operator: str


def named(sql: str) -> tuple[str, tuple[str, ...]]:
    """Gives the statement with each placeholder as a name (`:p1`), and the names.

    >>> named("select 1 where a = ? and b = ?7 and c = ? and d = :p and e = @p and f = :p")
    ('select 1 where a = :p1 and b = :p7 and c = :p8 and d = :p_p and e = :p_at_p and f = :p_p', \
('p1', 'p7', 'p8', 'p_p', 'p_at_p'))
    """
    pieces, names, end, last = [], [], 0, 0
    words = tokens(sql)
    for place, token in enumerate(words):
        after = words[place + 1] if place + 1 < len(words) else None
        joined = after is not None and after.start == token.end
        if token.text == "?" and token.kind == "sign":
            number = after.text if after and joined and after.text.isdecimal() else ""
            last = max(last, int(number)) if number else last + 1
            name, until = f"p{number or last}", token.end + len(number)
        elif token.text in _SIGNS and after and joined and after.kind in ("word", "number"):
            name = {":": "p_", "@": "p_at_", "$": "p_dollar_"}[token.text] + after.text
            until = after.end
        else:
            continue
        pieces += [sql[end : token.start], f":{name}"]
        names.append(name)
        end = until
    return "".join(pieces) + sql[end:], tuple(dict.fromkeys(names))

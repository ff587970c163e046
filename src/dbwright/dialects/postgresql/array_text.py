"""Arrays as the server spells them in text."""

from __future__ import annotations


def elements(text: str) -> tuple[str | None, ...]:
    r"""Gives the elements of an array of one dimension; an unquoted NULL is None.

    >>> elements('{new,"a \\"b\\", c",NULL,"NULL"}')
    ('new', 'a "b", c', None, 'NULL')
    >>> elements("{}")
    ()

    https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
    """
    found: list[str | None] = []
    item, quoted, inside, at = "", False, False, 1
    while at < len(text):
        sign = text[at]
        if sign == "\\":
            at += 1
            item += text[at : at + 1]
        elif sign == '"':
            quoted, inside = True, not inside
        elif sign in ",}" and not inside:
            if item or quoted or sign == "," or found:
                found.append(None if item == "NULL" and not quoted else item)
            item, quoted = "", False
        else:
            item += sign
        at += 1
    return tuple(found)

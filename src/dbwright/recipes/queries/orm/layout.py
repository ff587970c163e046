"""Code on lines of a readable length."""

from __future__ import annotations

_WIDTH = 88
_OPEN, _CLOSE = "([{", ")]}"


def laid_out(code: str, width: int = _WIDTH) -> str:
    """Gives `name = expression` on several lines where one is too long.

    >>> print(laid_out("s = select(Order.id).where(Order.id > 1).limit(10)", 30))
    s = (
        select(Order.id)
        .where(Order.id > 1)
        .limit(10)
    )
    """
    if len(code) <= width:
        return code
    head, _, tail = code.partition(" = ")
    return f"{head} = {_broken(tail, 0, width, len(head) + 3)}"


def _broken(code: str, depth: int, width: int, before: int = 0) -> str:
    pad = " " * 4 * depth
    if before + len(pad) + len(code) + 1 <= width:
        return code
    links = _links(code)
    if len(links) > 2:
        inner = "\n".join(f"{pad}    {_arguments(link, depth + 1, width)}" for link in links)
        return f"(\n{inner}\n{pad})"
    return _arguments(code, depth, width)


def _arguments(code: str, depth: int, width: int) -> str:
    """Breaks the last bracket that holds several things, or one thing that is long."""
    pad = " " * 4 * depth
    if len(pad) + len(code) <= width:
        return code
    start, end = _longest(code)
    if start < 0:
        return code
    parts = _parts(code[start + 1 : end])
    lines = [f"{pad}    {_broken(part, depth + 1, width)},\n" for part in parts]
    if len(parts) == 1 and "=" not in parts[0][:12] and parts[0].endswith(" for"):
        return code
    return f"{code[: start + 1]}\n{''.join(lines)}{pad}{code[end:]}"


def _links(code: str) -> list[str]:
    """Gives the calls of a chain: `select(…)`, `.where(…)`."""
    cuts, depth = [0], 0
    for place, sign in _signs(code):
        depth += (sign in _OPEN) - (sign in _CLOSE)
        if depth == 0 and sign in " ,":
            return [code]
        if depth == 0 and sign == "." and place and code[place - 1] in _CLOSE:
            cuts.append(place)
    return [code[a:b] for a, b in zip(cuts, [*cuts[1:], len(code)], strict=True)]


def _longest(code: str) -> tuple[int, int]:
    found, begin, depth = (-1, -1), 0, 0
    for place, sign in _signs(code):
        if sign in _OPEN:
            begin = place if depth == 0 else begin
            depth += 1
        elif sign in _CLOSE:
            depth -= 1
            if depth == 0 and place - begin > max(found[1] - found[0], 1):
                found = (begin, place)
    return found


def _parts(code: str) -> list[str]:
    found, start, depth = [], 0, 0
    for place, sign in _signs(code):
        depth += (sign in _OPEN) - (sign in _CLOSE)
        if depth == 0 and sign == ",":
            found.append(code[start:place].strip())
            start = place + 1
    return [part for part in (*found, code[start:].strip()) if part]


def _signs(code: str) -> list[tuple[int, str]]:
    """Gives the characters that stand in no string."""
    found, quote, skip = [], "", False
    for place, sign in enumerate(code):
        if quote:
            if skip:
                skip = False
            elif sign == "\\":
                skip = True
            elif sign == quote:
                quote = ""
        elif sign in "\"'":
            quote = sign
        else:
            found.append((place, sign))
    return found

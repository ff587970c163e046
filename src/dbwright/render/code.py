"""Code in few lines: Python laid out anew for a small screen; its meaning does not change."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

Token = tokenize.TokenInfo
LAYOUT = (tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def squeezed(code: str, width: int) -> list[str]:
    """Gives the lines of the code without blank ones, arguments on as few lines as fit.

    What is not Python, or would not be the same Python, stays as it is.
    """
    before = [line.rstrip() for line in code.splitlines() if line.strip()]
    try:
        after = [line for logical in _logical(code) for line in _laid_out(logical, code, width)]
        same = ast.dump(ast.parse("\n".join(after))) == ast.dump(ast.parse(code))
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError, MemoryError):
        return before
    longer = max(map(len, before), default=0) > width
    return after if same and (longer or len(after) < len(before)) else before


def _logical(code: str) -> Iterator[list[Token]]:
    """Gives the tokens of each logical line; a comment on a line of its own is one."""
    line: list[Token] = []
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
            continue
        if token.type != tokenize.NEWLINE and (token.type != tokenize.NL or line):
            line.append(token)
        ended = token.type == tokenize.NEWLINE or (token.type == tokenize.NL and not depth)
        if ended and line:
            yield line
            line = []
    if line:
        yield line


def _laid_out(tokens: list[Token], code: str, width: int) -> list[str]:
    tokens = [token for token in tokens if token.type not in LAYOUT or token.type == tokenize.NL]
    first = tokens[0].start[1]
    if any(t.type == tokenize.COMMENT and t.start[1] > first for t in tokens[:-1]):
        start, end = tokens[0].start[0], tokens[-1].end[0]
        return [line.rstrip() for line in code.splitlines()[start - 1 : end] if line.strip()]
    pieces = list(_pieces(tokens))
    return _filled(pieces, first, width)


def _pieces(tokens: list[Token]) -> Iterator[str]:
    """Gives the source between the line feeds and behind the commas inside of brackets."""
    text, last, depth = "", None, 0
    for token in tokens:
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        if token.type == tokenize.NL:
            if text:
                yield text
            text, last = "", None
            continue
        if last is not None:
            text += " " * (token.start[1] - last.end[1])
        text += token.string
        last = token
        if token.string == "," and depth:
            yield text
            text, last = "", None
    if text:
        yield text


def _filled(pieces: list[str], indent: int, width: int) -> list[str]:
    lines = (" " * indent + pieces[0]).split("\n")
    start = _opened(lines[0])
    fits = len(pieces) < 2 or start + len(pieces[1].split("\n")[0]) <= width
    hang = start if start <= width // 2 and fits else indent + 4
    for piece in pieces[1:]:
        glued = lines[-1] + piece if _glue(lines[-1], piece) else f"{lines[-1]} {piece}"
        if piece[:1] in ")]}" and lines[-1].endswith(","):
            glued = lines[-1][:-1] + piece
        if len(glued.split("\n")[0]) <= width or piece[:1] in ")]}":
            lines[-1:] = glued.split("\n")
        else:
            lines += (" " * hang + piece).split("\n")
    return lines


def _opened(line: str) -> int:
    """Gives the column behind the last bracket that is open at the line's end, else its length."""
    depth = 0
    for place in range(len(line) - 1, -1, -1):
        depth += (line[place] in ")]}") - (line[place] in "([{")
        if depth < 0:
            return place + 1
    return len(line)


def _glue(line: str, piece: str) -> bool:
    return line.endswith(("(", "[", "{")) or piece[:1] in ")]}"

"""Scripts for psql as plain SQL: its own commands and the rows behind a COPY taken out."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.dialects.postgresql import grammar

_BACKSLASH = ord("\\")
_END_OF_ROWS = "\\."


def plain(text: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """Gives a script without what only psql knows, and its commands, each with its line.

    Blanks stand where it stood, so that all else keeps its place. A command that sends the
    statement before it (`\\g`, `\\gset`) leaves a semicolon.

    >>> plain("select 1 \\\\gset\\n\\\\d orders\\nselect '\\\\d'")
    ("select 1 ;    \\n         \\nselect '\\\\d'", ((1, '\\\\gset'), (2, '\\\\d orders')))
    """
    if "\\" not in text:
        return text, ()
    text = _without_rows(text)
    try:
        content, found = bytearray(text.encode()), []
    except UnicodeError:
        return text, ()
    for start, end in list(_commands(text)):
        command = content[start:end].decode()
        found.append((content.count(b"\n", 0, start) + 1, command.strip()))
        blanks = b" " * (end - start)
        content[start:end] = b";" + blanks[1:] if command.startswith("\\g") else blanks
    return content.decode(), tuple(found)


def _without_rows(text: str) -> str:
    """Gives a script with blank lines for the rows of each `COPY … FROM stdin` on one line."""
    lines = text.split("\n")
    while any(line.rstrip("\r") == _END_OF_ROWS for line in lines):
        end = next(n for n, line in enumerate(lines) if line.rstrip("\r") == _END_OF_ROWS)
        begin = next((n for n in range(end - 1, -1, -1) if _reads_rows(lines[n])), end - 1)
        lines[begin + 1 : end + 1] = [""] * (end - begin)
    return "\n".join(lines)


def _reads_rows(line: str) -> bool:
    if "stdin" not in line.lower():
        return False
    try:
        trees = grammar.parse(line)
    except (grammar.Failure, UnicodeError):
        return False
    copies = [each for tree in trees for each in grammar.all_of(tree, "CopyStmt")]
    return any(each.is_from and not each.filename for each in copies)


def _commands(text: str) -> Iterator[tuple[int, int]]:
    """Gives where each command begins and ends, in bytes: from a backslash to its line's end."""
    content, behind = text.encode(), 0
    for token, start, _ in grammar.tokens(text):
        if token == _BACKSLASH and start >= behind:
            end = content.find(b"\n", start)
            behind = end if end >= 0 else len(content)
            yield start, behind

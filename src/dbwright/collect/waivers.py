"""Waivers: comments in the user's files that allow a finding, with a reason.

`# dbwright: allow RULE because …` allows on its own line, on the statement that it stands in or
behind, or on the statement below it. `# dbwright: allow-file RULE because …` allows in the file.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dbwright.core.source import Source

_NO_CODE = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)


@dataclass(frozen=True, slots=True)
class Waiver:
    """One comment: the rule that it allows, the reason given, and the lines that it is about.

    `reason` is None where none is given, which is an error to report. `lines` is empty when the
    whole file is meant.
    """

    file: str
    line: int
    rule: str
    reason: str | None
    lines: frozenset[int] = frozenset()
    whole_file: bool = False

    def covers(self, rule: str, file: str | None, line: int | None) -> bool:
        """Whether a finding of that rule at that place is allowed."""
        if rule != self.rule or file != self.file:
            return False
        return self.whole_file or line in self.lines


def read_waivers(sources: Iterable[Source]) -> tuple[Waiver, ...]:
    """Gives the waivers in the files; those in a file that does not parse, up to the fault."""
    return tuple(waiver for source in sources for waiver in _in_source(source))


def _in_source(source: Source) -> Iterator[Waiver]:
    if "dbwright:" not in source.text:
        return
    tokens = list(_tokens(source.text))
    spans = list(_spans(tokens))
    for token in tokens:
        if token.type != tokenize.COMMENT:
            continue
        alone = not token.line[: token.start[1]].strip()
        for rule, reason, whole in _parsed(token.string):
            lines = frozenset() if whole else _lines(token.start[0], alone, spans)
            yield Waiver(source.path, token.start[0], rule, reason, lines, whole)


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError):
        return


def _parsed(comment: str) -> Iterator[tuple[str, str | None, bool]]:
    words = comment.lstrip("#").strip()
    mark, colon, rest = words.partition(":")
    if mark.strip() != "dbwright" or not colon:
        return
    command, _, rest = rest.strip().partition(" ")
    if command not in ("allow", "allow-file"):
        return
    names, _, reason = f"{rest} ".partition(" because ")
    for part in filter(str.strip, names.split(",")):
        # words after the rule's name are a reason without its "because": no reason
        name = part.split()[0]
        yield name, reason.strip() or None, command == "allow-file"


def _spans(tokens: list[tokenize.TokenInfo]) -> Iterator[tuple[int, int, bool]]:
    """Gives the first and last line of each statement, and whether it is a decorator."""
    first: tokenize.TokenInfo | None = None
    for token in tokens:
        if token.type == tokenize.NEWLINE:
            if first is not None:
                yield first.start[0], token.start[0], first.string == "@"
            first = None
        elif token.type not in _NO_CODE and first is None:
            first = token


def _lines(line: int, alone: bool, spans: list[tuple[int, int, bool]]) -> frozenset[int]:
    for first, last, _ in spans:
        if first <= line <= last:
            # inside a statement: a comment of its own line is about the line below it too
            own = {first, line} | ({line + 1} if alone else set())
            return frozenset(own) if alone else frozenset(range(first, last + 1))
    return frozenset({line} | _next_statement(line, spans)) if alone else frozenset({line})


def _next_statement(line: int, spans: list[tuple[int, int, bool]]) -> set[int]:
    found: set[int] = set()
    for first, last, decorator in spans:
        if first > line:
            found |= set(range(first, last + 1))
            if not decorator:
                break
    return found

"""The statements of a file of SQL of any length, read piece by piece.

A piece ends where the dialect's words say that no quote, comment or parenthesis is open. Where one
never closes, the statement that it begins in is given as it stands to its line's end, and what
follows is read anew: a stray quote does not swallow the rest of a file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from types import ModuleType
from typing import TypeAlias, TypeVar

from dbwright import dialects
from dbwright.collect.statements import decoded, placed
from dbwright.core.plan import WorkloadStatement

_PIECE = 65_536
"""From so many bytes on a piece is read; twice as many where it does not end with a statement."""
_LONGEST = 16_000_000
"""So many bytes has a statement at most; a longer one is left out."""
_NEAR = 8_192
"""So far a statement is looked for that does not end at its line's end, behind an open quote."""
_Rest = TypeVar("_Rest")
_Found: TypeAlias = Generator[WorkloadStatement, None, _Rest]
_END = re.compile(r";[ \t\r]*(?:\n|\Z)")


class Script:
    """The statements of a file's lines, each with its place; `told` has what was left out."""

    def __init__(
        self, name: str, dialect: str, told: Counter[str], longest: int = _LONGEST
    ) -> None:
        self.name, self.told, self.longest = name, told, longest
        self._words: ModuleType = dialects.get(dialect).statements
        self._line = 1

    def statements(self, lines: Iterable[bytes]) -> Iterator[WorkloadStatement]:
        """Gives the statements; raises CollectError where the file is no UTF-8."""
        held: list[bytes] = []
        size, wanted, passing = 0, _PIECE, False
        for each in lines:
            if passing:
                self._line += each.count(b"\n")
                passing = b";" not in each
                continue
            held.append(each)
            size += len(each)
            if size < wanted:
                continue
            text = b"".join(held)
            rest = yield from self._piece(text, hopeless=size > self.longest)
            passing = len(rest) > self.longest
            if passing:
                self.told[f"statements longer than {self.longest // 1_000_000} MB"] += 1
                self._line += rest.count(b"\n")
                rest = b""
            held, size = [rest], len(rest)
            wanted = max(_PIECE, 2 * size)
        yield from self._last(decoded(b"".join(held), self.name, self._line))

    def _piece(self, text: bytes, *, hopeless: bool) -> _Found[bytes]:
        """Gives the statements of what is read so far; returns the bytes that are none yet."""
        end = max(text.rfind(b";\n"), text.rfind(b";\r\n"))
        end = (end if end >= 0 else text.rfind(b";")) + 1
        whole, rest = text[:end], text[end:]
        if not whole:
            return text
        found = self._words.finished(sql := decoded(whole, self.name, self._line))
        if found is not None:
            yield from self._placed(sql, found)
            return rest
        if not hopeless:
            return text
        return (yield from self._by_lines(sql)).encode() + rest

    def _last(self, text: str) -> Iterator[WorkloadStatement]:
        """Gives the statements of the end, which may lack its semicolon."""
        for sql in (text, f"{text}\n;"):
            found = self._words.finished(sql)
            if found is not None:
                yield from self._placed(text, found)
                return
        rest = yield from self._by_lines(text)
        yield from self._placed(rest, self._words.split(rest))

    def _by_lines(self, text: str) -> _Found[str]:
        """Gives the statements where a quote stays open; returns what has no end of its own."""
        start = 0
        while (end := _END.search(text, start)) is not None:
            found, until = None, end.end()
            for near in _further(text, start):
                found = self._words.finished(text[start:near])
                if found is not None:
                    until = near
                    break
            sql = text[start:until]
            yield from self._placed(sql, found if found is not None else [sql.strip()])
            start = until
        return text[start:]

    def _placed(self, text: str, found: list[str]) -> Iterator[WorkloadStatement]:
        yield from placed(text, found, self.name, self._line)
        self._line += text.count("\n")


def _further(text: str, start: int) -> Iterator[int]:
    """Gives the ends of the first, second, fourth, … line that ends a statement, if near."""
    ends = _END.finditer(text, start, start + _NEAR)
    wanted = 1
    for number, each in enumerate(ends, start=1):
        if number == wanted:
            yield each.end()
            wanted *= 2

"""Marked blocks in text files of others: Markdown and TOML."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from typing import Literal

from dbwright.core.errors import UsageError
from dbwright.frontends.agent.jsonc import BOM
from dbwright.frontends.agent.marks import LEFT, Made

BEGIN, END = "dbwright: begin", "dbwright: end"
_AROUND = {"markdown": ("<!-- ", " -->"), "toml": ("# ", "")}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a block stands, how many signs of a blank line lead to it, and what its mark says."""

    start: int
    end: int
    lead: int
    made: Made
    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A text between two comments, put at the end of a file; clients may share it."""

    kind: Literal["markdown", "toml"]
    body: str
    client: str

    def installed(self, text: str | None, made: Made, where: str) -> str:
        """Gives the file with the block; everything else stays as it is."""
        if text is None:
            return self._put("", made.with_file())
        place = self._find(text, where)
        if place is None:
            self._check(text, where)
            found = self._put(text, made)
        else:
            names = {*place.clients, self.client}
            found = self._again(text, place, names)
        self._check(found, where)
        return found

    def removed(self, text: str, where: str) -> tuple[str | None, Made]:
        """Gives the file without the block, None where nothing is left of a file that was made.

        While another client has it the block stays.
        """
        place = self._find(text, where)
        if place is None or self.client not in place.clients:
            return text, Made()
        others = {*place.clients} - {self.client}
        if others:
            return self._again(text, place, others), Made()
        start = place.start
        if text[start - place.lead : start].strip("\r\n") == "":
            start -= place.lead
        found = text[:start] + text[place.end :]
        if self.kind == "toml":
            self._same(text, found, where)
        return (None if place.made.file and not found.strip() else found), place.made

    def _put(self, text: str, made: Made) -> str:
        eol = "\r\n" if "\r\n" in text else "\n"
        lead = "" if text in ("", BOM) else eol if text.endswith("\n") else eol * 2
        return text + lead + self._text(len(lead), made, {self.client}, eol)

    def _again(self, text: str, place: _Place, clients: set[str]) -> str:
        eol = "\r\n" if "\r\n" in text[place.start : place.end] else "\n"
        block = self._text(place.lead, place.made, clients, eol)
        return text[: place.start] + block + text[place.end :]

    def _text(self, lead: int, made: Made, clients: set[str], eol: str) -> str:
        opening, closing = _AROUND[self.kind]
        names = " ".join(f"for:{name}" for name in sorted(clients))
        said = f"{BEGIN}; written by dbwright install; text:{digest(self.body)} lead:{lead} {names}"
        first = f"{opening}{said} {made.words()}".rstrip() + closing
        lines = [first, *self.body.rstrip("\n").split("\n"), f"{opening}{END}{closing}", ""]
        return eol.join(lines)

    def _find(self, text: str, where: str) -> _Place | None:
        """Where the block begins and ends, and what its mark says."""
        opening, closing = _AROUND[self.kind]
        start = text.find(opening + BEGIN)
        if start < 0:
            return None
        last = opening + END + closing
        end = text.find(last, start)
        if end < 0 or text.find(opening + BEGIN, start + 1) >= 0:
            raise UsageError(f"the marks of dbwright's block in {where} are broken; {LEFT}",
                             way_out="Take the block and its marks out by hand.")  # fmt: skip
        inside = text[start:end].replace("\r\n", "\n")
        first, _, body = inside.partition("\n")
        words = first.removesuffix(closing).split()
        if f"text:{digest(body)}" not in words:
            raise UsageError(f"dbwright's block in {where} was edited; {LEFT}",
                             way_out="Take the block and its marks out by hand.")  # fmt: skip
        end += len(last)
        end += 2 if text[end : end + 2] == "\r\n" else 1 if text[end : end + 1] == "\n" else 0
        lead = next((w.removeprefix("lead:") for w in words if w.startswith("lead:")), "0")
        clients = tuple(w.removeprefix("for:") for w in words if w.startswith("for:"))
        count = int(lead) if lead.isdecimal() else 0
        return _Place(start, end, count, Made.read(words), clients)

    def _check(self, text: str, where: str) -> None:
        if self.kind == "toml":
            _toml(text, where)

    def _same(self, text: str, found: str, where: str) -> None:
        """Refuses to take a block out whose going would change what stands behind it."""
        before, after = _toml(text, where), _toml(found, where)
        for path in _tables(tomllib.loads(self.body)):
            _take(before, path)
        _prune(before)
        _prune(after)
        if before != after:
            raise UsageError(f"something was written behind dbwright's block in {where}; {LEFT}",
                             way_out="Put it under a table of its own first.")  # fmt: skip


def digest(text: str) -> str:
    """Gives what a text is known by."""
    return hashlib.sha256(text.strip("\n").encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _toml(text: str, where: str) -> dict[str, object]:
    try:
        return tomllib.loads(text.removeprefix(BOM).replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"{where} is no TOML, or says the same twice: {error}; nothing was written",
            way_out="Mend it, then run this again.",
        ) from error


def _tables(data: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The second level of a body: the tables that it writes."""
    assert isinstance(data, dict)
    return [(outer, inner) for outer, value in data.items() for inner in value]


def _take(data: dict[str, object], path: tuple[str, ...]) -> None:
    holder = data.get(path[0])
    if isinstance(holder, dict):
        holder.pop(path[1], None)


def _prune(data: dict[str, object]) -> None:
    for name in [name for name, value in data.items() if value == {}]:
        del data[name]

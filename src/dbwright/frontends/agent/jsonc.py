"""JSON with comments, read with the places of its parts, so that an edit touches nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

_SPACE = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_STRINGS = json.JSONDecoder()
_DEEPEST = 100
BOM = "\ufeff"


class JsonError(ValueError):
    """What is wrong with a text, and on which line."""

    def __init__(self, message: str, text: str, at: int) -> None:
        super().__init__(message)
        self.line = text.count("\n", 0, at) + 1


@dataclass(slots=True)
class Member:
    """A member of an object: its key with its place, and its value."""

    key: str
    at: int
    value: Node


@dataclass(slots=True)
class Node:
    """A value with its place in the text; an object has its members."""

    start: int
    end: int = 0
    plain: Any = None
    members: list[Member] | None = None
    items: list[Node] = field(default_factory=list)

    def member(self, key: str) -> Member | None:
        """Gives the member of that key, or None."""
        return next((each for each in self.members or () if each.key == key), None)


def parse(text: str) -> Node:
    """Gives the value of a text; comments and trailing commas are taken. Raises JsonError."""
    reader = _Reader(text)
    at = reader.space(1 if text.startswith(BOM) else 0)
    found = reader.value(at, 0)
    end = reader.space(found.end)
    if end != len(text):
        raise JsonError("there is something behind the value", text, end)
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text

    def space(self, at: int) -> int:
        """Where what is neither space nor comment begins."""
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> Node:
        """The value that begins there."""
        if depth > _DEEPEST:
            raise self.wrong("it is nested too deeply", at)
        sign = self.text[at : at + 1]
        if sign == "{":
            return self._object(at, depth)
        if sign == "[":
            return self._array(at, depth)
        if sign == '"':
            plain, end = self._string(at)
            return Node(at, end, plain)
        scalar = _SCALAR.match(self.text, at)
        if scalar is None:
            raise self.wrong("a value is missing, or is none that JSON knows", at)
        return Node(at, scalar.end(), json.loads(scalar[0]))

    def _object(self, at: int, depth: int) -> Node:
        node = Node(at, plain={}, members=[])
        assert node.members is not None
        position = self.space(at + 1)
        while self.text[position : position + 1] != "}":
            if self.text[position : position + 1] != '"':
                raise self.wrong("a key in double quotes, or the end of the object, is missing",
                                 position)  # fmt: skip
            key, end = self._string(position)
            colon = self.space(end)
            if self.text[colon : colon + 1] != ":":
                raise self.wrong("a colon is missing", colon)
            value = self.value(self.space(colon + 1), depth + 1)
            if key in node.plain:
                raise self.wrong(f"the key {key!r} is there twice", position)
            node.plain[key] = value.plain
            node.members.append(Member(key, position, value))
            position = self._next(value.end, "}")
        node.end = position + 1
        return node

    def _array(self, at: int, depth: int) -> Node:
        node = Node(at, plain=[])
        position = self.space(at + 1)
        while self.text[position : position + 1] != "]":
            value = self.value(position, depth + 1)
            node.plain.append(value.plain)
            node.items.append(value)
            position = self._next(value.end, "]")
        node.end = position + 1
        return node

    def _next(self, at: int, closing: str) -> int:
        """Where the next part begins, or the end is, behind a value."""
        position = self.space(at)
        sign = self.text[position : position + 1]
        if sign == ",":
            return self.space(position + 1)
        if sign != closing:
            raise self.wrong(f"a comma or {closing} is missing", position)
        return position

    def _string(self, at: int) -> tuple[str, int]:
        try:
            plain, end = _STRINGS.raw_decode(self.text, at)
        except json.JSONDecodeError as error:
            raise self.wrong(error.msg.lower(), error.pos) from None
        return str(plain), end

    def wrong(self, message: str, at: int) -> JsonError:
        """The error with its line."""
        return JsonError(message, self.text, min(at, len(self.text)))

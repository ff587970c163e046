"""Python code laid out as formatters do: on one line where it fits, else an argument a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 88


@dataclass(frozen=True, slots=True)
class Call:
    """A call, a tuple or a list: what opens it, its parts, what closes it."""

    head: str
    parts: tuple[Call | str, ...]
    tail: str = ")"

    @property
    def flat(self) -> str:
        """The code on one line."""
        inner = ", ".join(part if isinstance(part, str) else part.flat for part in self.parts)
        # a tuple of one needs its comma
        comma = "," if self.head.endswith("= (") and len(self.parts) == 1 else ""
        return f"{self.head}{inner}{comma}{self.tail}"


def call(head: str, *parts: Call | str) -> Call:
    """Gives a call of what `head` names."""
    return Call(f"{head}(", parts)


def laid_out(node: Call | str, indent: int = 0, room: int = 0) -> str:
    """Gives the code of a node that stands `indent` deep, `room` characters left free behind it."""
    if isinstance(node, str):
        return node
    flat = node.flat
    if "\n" not in flat and indent + len(flat) + room <= WIDTH:
        return flat
    pad = " " * (indent + 4)
    inner = ", ".join(part if isinstance(part, str) else part.flat for part in node.parts)
    block = node.head.endswith("= (")
    if not block and len(pad) + len(inner) <= WIDTH and "\n" not in inner:
        return f"{node.head}\n{pad}{inner}\n{' ' * indent}{node.tail}"
    lines = "".join(f"{pad}{laid_out(part, indent + 4, 1)},\n" for part in node.parts)
    return f"{node.head}\n{lines}{' ' * indent}{node.tail}"


def literal(text: str) -> str:
    """Gives a Python string literal in double quotes, all that does not print escaped.

    >>> print(literal('it"s'), literal("a\\\\b"))
    'it"s' "a\\\\b"
    """
    made = repr(text)
    if made.startswith("'") and '"' not in text:
        return '"' + made[1:-1].replace("\\'", "'") + '"'
    return made


def block_literal(text: str) -> str:
    """Gives a text of several lines as a literal that reads as it is written."""
    plain = all(character.isprintable() or character == "\n" for character in text)
    if "\n" not in text or not plain or '"""' in text or text.endswith('"'):
        return literal(text)
    return '"""\\\n' + text.replace("\\", "\\\\") + '"""'


def strings(texts: Sequence[str]) -> str:
    """Gives a Python list of texts."""
    return f"[{', '.join(map(literal, texts))}]"

"""Lines of Python as a formatter would leave them: calls on one line, or an argument a line."""

from __future__ import annotations

import ast
import io
import sys
import textwrap
import tokenize
from collections.abc import Iterable, Mapping, Sequence

WIDTH = 88
_SQLALCHEMY = """BigInteger Boolean CheckConstraint Column Connection DDL Date DateTime Enum
    ForeignKey ForeignKeyConstraint Identity Index Integer Interval JSON LargeBinary MetaData
    Numeric String Table Text Time UniqueConstraint Uuid event false func inspect text true"""
_ORM = """DeclarativeBase Mapped Mapper mapped_column object_session relationship validates"""
_POSTGRESQL = """ARRAY ExcludeConstraint INET JSONB"""
HOMES = {
    **dict.fromkeys(_SQLALCHEMY.split(), "sqlalchemy"),
    **dict.fromkeys(_POSTGRESQL.split(), "sqlalchemy.dialects.postgresql"),
    **dict.fromkeys(_ORM.split(), "sqlalchemy.orm"),
    "hybrid_property": "sqlalchemy.ext.hybrid",
    "Decimal": "decimal",
    "Any": "typing",
    "UUID": "uuid",
    "uuid4": "uuid",
    "StrEnum": "enum",
}
"""Where each name that generated code may use is imported from."""


def call(head: str, arguments: Sequence[str], lead: str = "", tail: str = "") -> list[str]:
    """Gives the lines of `lead + head(arguments) + tail`, broken where one line is too long."""
    line = f"{lead}{head}({', '.join(arguments)}){tail}"
    if len(line) <= WIDTH and "\n" not in line:
        return [line]
    indent = lead[: len(lead) - len(lead.lstrip())]
    inner = [text for item in arguments for text in broken(item, f"{indent}    ")]
    return [f"{lead}{head}(", *inner, f"{indent}){tail}"]


def broken(code: str, indent: str) -> list[str]:
    """Gives an argument with its comma; a call or a text that is too long is broken too."""
    if len(indent) + len(code) + 1 <= WIDTH:
        return [f"{indent}{code},"]
    name, _, _ = code.partition("=")
    keyword = f"{name}=" if name.isidentifier() and code.startswith(f"{name}=") else ""
    node = ast.parse(code[len(keyword) :], mode="eval").body
    source = code[len(keyword) :]
    if isinstance(node, ast.Call) and _is_chained(node):
        assert isinstance(node.func, ast.Attribute)
        inner_code = ast.get_source_segment(source, node.func.value) or ""
        lines = exploded(inner_code, indent, keyword)
        parts: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        arguments = [_segment(source, item) for item in parts]
        return [*lines[:-1], f"{indent}).{node.func.attr}({', '.join(arguments)}),"]
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Call):
        return exploded(source, indent, keyword)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _text(node.value, indent, keyword)
    return [f"{indent}{code},"]


def _is_chained(node: ast.Call) -> bool:
    """Whether it is a method of what another call gives: `Index(…).ddl_if(…)`."""
    return isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call)


def exploded(source: str, indent: str, keyword: str) -> list[str]:
    """Gives a call with an argument a line, and a comma behind it."""
    node = ast.parse(source, mode="eval").body
    assert isinstance(node, ast.Call)
    head = ast.get_source_segment(source, node.func) or ""
    inner: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    arguments = [_segment(source, item) for item in inner]
    lines = [line for item in arguments for line in broken(item, f"{indent}    ")]
    return [f"{indent}{keyword}{head}(", *lines, f"{indent}),"]


def _segment(source: str, node: ast.expr | ast.keyword) -> str:
    if isinstance(node, ast.keyword):
        return f"{node.arg}={ast.get_source_segment(source, node.value)}"
    return ast.get_source_segment(source, node) or ""


def _text(value: str, indent: str, keyword: str) -> list[str]:
    """A long text as several that stand below each other."""
    room = WIDTH - len(indent) - (8 if keyword else 4)
    parts = textwrap.wrap(value, room, drop_whitespace=False, break_long_words=False)
    quoted = [string(part) for part in parts]
    if keyword:
        return [f"{indent}{keyword}(", *(f"{indent}    {part}" for part in quoted), f"{indent}),"]
    return [*(f"{indent}{part}" for part in quoted[:-1]), f"{indent}{quoted[-1]},"]


def string(text: str) -> str:
    """Gives a Python string literal in the quotes that need no backslash, double ones first."""
    if '"' in text and "'" not in text and "\\" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def prose(text: str, indent: str, mark: str = "# ") -> list[str]:
    """Gives a text as comment lines."""
    return textwrap.wrap(text, WIDTH, initial_indent=indent + mark, subsequent_indent=indent + mark)


def docstring(text: str, indent: str) -> list[str]:
    """Gives a docstring, on several lines where it is long."""
    text = " ".join(text.split()).replace("\\", "\\\\").replace('"""', "'''")
    text = text if text.endswith((".", "?", "!", ":")) else f"{text}."
    text = f"{text[:1].upper()}{text[1:]}"
    if text.endswith('"'):
        text += " "
    if len(indent) + len(text) + 6 <= WIDTH:
        return [f'{indent}"""{text}"""']
    lines = textwrap.wrap(text, WIDTH - len(indent) - 3)
    return [f'{indent}"""{lines[0]}', *(f"{indent}{line}" for line in lines[1:]), f'{indent}"""']


def used_names(text: str) -> set[str]:
    """Gives the names that a piece of Python reads."""
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name))
    return {node.id for node in found if isinstance(node.ctx, ast.Load)}


def imports(
    text: str,
    aliases: Mapping[str, str],
    own: Iterable[str] = (),
    homes: Mapping[str, str] | None = None,
) -> list[str]:
    """Gives the import lines that the code needs, in isort's order.

    `aliases` are names that are imported under another one, `own` modules of the project with
    the names to take: `"shop.models import Base"`. `homes` are where further names are from.
    """
    used = used_names(text)
    back = {alias: name for name, alias in aliases.items()}
    wanted: dict[str, set[str]] = {}
    for name in used:
        real = back.get(name, name)
        home = HOMES.get(real) or (homes or {}).get(real)
        if home and (name in back or real not in aliases):
            shown = f"{real} as {name}" if name in back else real
            wanted.setdefault(home, set()).add(shown)
    standard = ["import datetime as dt"] if "dt" in used else []
    first = [home for home in sorted(wanted) if home.partition(".")[0] in sys.stdlib_module_names]
    rest = [home for home in sorted(wanted) if home not in first]
    groups = [
        [*standard, *(line for home in first for line in _from(home, wanted[home]))],
        [line for home in rest for line in _from(home, wanted[home])],
        sorted(own),
    ]
    lines: list[str] = []
    for group in groups:
        lines += [*group, ""] if group else []
    return lines


def _from(home: str, found: set[str]) -> list[str]:
    ordered = in_order(name for name in found if " as " not in name)
    renames = sorted(found.difference(ordered))
    blocks = [(name, [f"from {home} import (", f"    {name},", ")"]) for name in renames]
    blocks += [(ordered[0], from_lines(home, ordered))] if ordered else []
    return [line for _, lines in sorted(blocks, key=lambda item: _order(item[0])) for line in lines]


def from_lines(home: str, names: Iterable[str], indent: int = 0) -> list[str]:
    """Gives the import of names from a module, none without names."""
    ordered, lead = in_order(names), " " * indent
    if not ordered:
        return []
    line = f"{lead}from {home} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return [line]
    inner = [f"{lead}    {name}," for name in ordered]
    return [f"{lead}from {home} import (", *inner, f"{lead})"]


def in_order(names: Iterable[str]) -> list[str]:
    """Gives names as import sorters list them: constants, classes, functions."""
    return sorted(names, key=_order)


def _order(name: str) -> tuple[bool, bool, str]:
    return (not name.partition(" ")[0].isupper(), not name[:1].isupper(), name)


def renamed(code: str, aliases: Mapping[str, str]) -> str:
    """Gives code with the names of libraries under their other names."""
    if not any(name in code for name in aliases):
        return code
    lines = code.splitlines(keepends=True)
    before, found = "", []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.NAME and before != "." and token.string in aliases:
            found.append(token)
        before = token.string
    for token in reversed(found):
        (row, start), (_, end) = token.start, token.end
        line = lines[row - 1]
        lines[row - 1] = f"{line[:start]}{aliases[token.string]}{line[end:]}"
    return "".join(lines)

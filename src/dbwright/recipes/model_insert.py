"""New statements put into a file of models where they belong; all other text stays as it is."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Sequence

from dbwright.core.source import Source
from dbwright.recipes import model_source, model_splice, model_syntax
from dbwright.recipes.model_style import COLUMNS, Style, call_in, columns_in, relations_in
from dbwright.recipes.model_write import wrapped

Imports = Sequence[tuple[str, str]]


def column(
    text: str, style: Style, code: str, *, first: bool = False, before: str = ""
) -> str | None:
    """Gives the text with a column behind the last one of the class, or `before` another one.

    With `first`, as dataclasses want it, before the first attribute that has a default.
    """
    if style.kind == "table":
        return _table_column(text, style, code)
    node = _class(text, style.mapper.name)
    if node is None:
        return None
    columns = [*columns_in(node)]
    named = next((item for item in columns if before and before in names_of(item)), None)
    if named is not None and style.kind != "dataclass":
        return _lines_in(text, named.lineno - 1, _indented(text, code, node))
    if style.kind == "dataclass" and first and (at := _first_default(node)) is not None:
        return _lines_in(text, at.lineno - 1, _indented(text, code, node))
    if columns:
        last = columns[-1]
        return _lines_in(text, last.end_lineno or last.lineno, _indented(text, code, node))
    return _lines_in(text, _head_end(node), _spaced(text, code, node))


def names_of(item: ast.stmt) -> set[str]:
    """Gives the names that a statement of a class sets."""
    if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {item.name}
    targets: list[ast.expr] = []
    if isinstance(item, ast.Assign):
        targets = item.targets
    elif isinstance(item, ast.AnnAssign):
        targets = [item.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def broken_anew(text: str, line: int, width: int) -> str:
    """Gives the text with the statement at a line broken as formatters do.

    One that fits its line, or that holds a comment, stays as it is.
    """
    node = model_syntax.statement(Source("", text), line)
    if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
        return text
    lines = text.splitlines(keepends=True)
    first, last = node.lineno - 1, node.end_lineno or node.lineno
    own = lines[first:last]
    end = "\r\n" if own[-1].endswith("\r\n") else "\n"
    rest = own[-1].encode()[node.end_col_offset or 0 :].decode().rstrip("\r\n")
    whole = "".join(own)
    fits = len(own) == 1 and len(own[0].rstrip()) <= width
    if fits or "#" in whole.removesuffix(rest + end) or '"""' in whole:
        return text
    body = whole.rstrip("\r\n")
    body = body[: len(body) - len(rest)] if rest else body
    flat = re.sub(r",\s*\)", ")", re.sub(r"\(\s+", "(", re.sub(r"\s*\r?\n\s*", " ", body.strip())))
    flat = re.sub(r"\s+\)", ")", flat)
    made = wrapped(flat, width, node.col_offset)
    indent = own[0][: len(own[0]) - len(own[0].lstrip())]
    code = textwrap.indent(made, indent).replace("\n", end)
    return "".join([*lines[:first], f"{code}{rest}{end}", *lines[last:]])


def relationship(text: str, style: Style, code: str) -> str | None:
    """Gives the text with a relationship behind the last one of the class, or its columns."""
    node = _class(text, style.mapper.name)
    if node is None:
        return None
    found = [*relations_in(node)]
    columns = [*columns_in(node)]
    if found:
        last = found[-1]
        return _lines_in(text, last.end_lineno or last.lineno, _indented(text, code, node))
    at = (columns[-1].end_lineno or columns[-1].lineno) if columns else _head_end(node)
    return _lines_in(text, at, "\n" + _indented(text, code, node))


def behind_class(text: str, name: str, code: str) -> str | None:
    """Gives the text with statements behind a class of the module."""
    node = _class(text, name)
    if node is None:
        return None
    lines = text.splitlines(keepends=True)
    at = node.end_lineno or node.lineno
    lines[at - 1] = lines[at - 1].rstrip("\r\n") + "\n"
    return "".join([*lines[:at], f"\n\n{code.rstrip()}\n", *lines[at:]])


def before_class(text: str, name: str, code: str) -> str | None:
    """Gives the text with statements in front of a class of the module."""
    return model_splice.before_class(text, name, code)


def imports(text: str, needed: Imports, own: frozenset[str] = frozenset()) -> str:
    """Gives the text with the imports that it lacks, before those of the project's `own` code."""
    by_module: dict[str, list[str]] = {}
    for module, name in needed:
        if f"from {module} import *" not in text:
            by_module.setdefault(module, []).append(name)
    for module, names in by_module.items():
        text = model_source.add_import(text, module, *dict.fromkeys(names), own=own)
    return text


def for_types(text: str, style: Style, module: str, name: str) -> str:
    """Gives the text with a class of another file imported for annotations alone.

    It stands under `if TYPE_CHECKING:`, for the two files may import each other.
    """
    source = Source("", text)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
            return text
        if isinstance(node, ast.ClassDef) and node.name == name:
            return text
    statement = f"from {relative(style, module)} import {name}"
    block = next((node for node in source.tree.body if _is_type_checking(node)), None)
    if block is not None:
        assert isinstance(block, ast.If)
        module = relative(style, module)
        level = len(module) - len(module.lstrip("."))
        for node in block.body:
            if (
                isinstance(node, ast.ImportFrom)
                and node.level == level
                and (node.module == module[level:] and node.lineno == node.end_lineno)
            ):
                names = sorted([*(alias.name for alias in node.names), name])
                lines = text.splitlines(keepends=True)
                lines[node.lineno - 1] = f"    from {module} import {', '.join(names)}\n"
                return "".join(lines)
        for node in block.body:  # where it sorts in
            absolute = isinstance(node, ast.ImportFrom) and not level and not node.level
            if absolute and isinstance(node, ast.ImportFrom) and (node.module or "") > module:
                return _lines_in(text, node.lineno - 1, f"    {statement}\n") or text
        last = block.body[-1]
        return _lines_in(text, last.end_lineno or last.lineno, f"    {statement}\n") or text
    text = model_source.add_import(text, "typing", "TYPE_CHECKING")
    body = Source("", text).tree.body
    imported = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    at = (imported[-1].end_lineno or imported[-1].lineno) if imported else 0
    return _lines_in(text, at, f"\nif TYPE_CHECKING:\n    {statement}\n") or text


def relative(style: Style, module: str) -> str:
    """Gives the module as the file imports those beside it: `.orders`, or whole."""
    own = style.mapper.qualified.rpartition(".")[0]
    package, _, last = module.rpartition(".")
    if style.relative and package and package == own.rpartition(".")[0]:
        return f".{last}"
    return module


def _is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and model_syntax.dotted(node.test).endswith("TYPE_CHECKING")


def _table_column(text: str, style: Style, code: str) -> str | None:
    """The column behind the last one of the Table() call, on a line of its own as they stand."""
    call = table_call(text, style.mapper.table)
    if call is None:
        return None
    columns = [arg for arg in call.args if isinstance(arg, ast.Call) and _is_column(arg)]
    if not columns:
        return None
    last = columns[-1]
    lines = text.splitlines(keepends=True)
    line, at = (last.end_lineno or last.lineno) - 1, last.end_col_offset or 0
    encoded = lines[line].encode()
    head, tail = encoded[:at].decode(), encoded[at:].decode()
    if last.lineno == call.lineno:
        lines[line] = f"{head}, {code}{tail}"
        return "".join(lines)
    indent = " " * last.col_offset
    comma, rest = ("", tail[1:]) if tail.startswith(",") else ("", tail)
    lines[line] = (
        f"{head},{comma}\n{indent}{code},{rest}"
        if rest.strip(" \n") == ""
        else (f"{head},\n{indent}{code}{tail}")
    )
    return "".join(lines)


def table_call(text: str, table: str) -> ast.Call | None:
    """Gives the call `Table("name", …)` of a table, None where the text has none."""
    wanted = table.rpartition(".")[2]
    for node in ast.walk(Source("", text).tree):
        if isinstance(node, ast.Call) and model_syntax.dotted(node.func).endswith("Table"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and first.value == wanted:
                return node
    return None


def _is_column(node: ast.Call) -> bool:
    return model_syntax.dotted(node.func).rpartition(".")[2] == "Column"


def _first_default(node: ast.ClassDef) -> ast.stmt | None:
    """The first attribute that `__init__` takes and that has a default."""
    for item in node.body:
        call = call_in(item, (*COLUMNS, "relationship"))
        if call is None:
            continue
        words = {keyword.arg: keyword.value for keyword in call.keywords}
        init = words.get("init")
        if isinstance(init, ast.Constant) and init.value is False:
            continue
        if words.keys() & {"default", "default_factory", "insert_default"}:
            return item
    return None


def _class(text: str, name: str) -> ast.ClassDef | None:
    return model_syntax.class_named(Source("", text), name)


def _head_end(node: ast.ClassDef) -> int:
    """The line behind the docstring and the dunder attributes of a class."""
    at = node.body[0].lineno - 1
    for item in node.body:
        docstring = isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant)
        targets = item.targets if isinstance(item, ast.Assign) else []
        dunder = any(isinstance(t, ast.Name) and t.id.startswith("__") for t in targets)
        if not (docstring or dunder):
            break
        at = item.end_lineno or item.lineno
    return at


def _spaced(text: str, code: str, node: ast.ClassDef) -> str:
    """The first column of a class, with an empty line before it and before what follows."""
    at = _head_end(node)
    only = all((item.end_lineno or item.lineno) <= at for item in node.body)
    return "\n" + _indented(text, code, node) + ("" if only else "\n")


def _indented(text: str, code: str, node: ast.ClassDef) -> str:
    """The code as far to the right as the class's own statements, by their tabs or spaces."""
    first = node.body[0]
    line = text.splitlines()[first.lineno - 1]
    own = line[: len(line) - len(line.lstrip())]
    indent = own if len(own) == first.col_offset else " " * first.col_offset
    return textwrap.indent(code.rstrip("\n") + "\n", indent)


def _lines_in(text: str, at: int, code: str) -> str:
    """The text with code behind a line; the file's own line ends are kept."""
    lines = text.splitlines(keepends=True)
    if "\r\n" in text:
        code = re.sub(r"(?<!\r)\n", "\r\n", code)
    if at and not lines[at - 1].endswith(("\n", "\r")):
        lines[at - 1] += "\n"
    return "".join([*lines[:at], code, *lines[at:]])

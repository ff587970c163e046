"""Edits of a revision file that keep the user's formatting and comments, by libcst.

Each function takes the file's text and gives the whole new text. A form that cannot be edited
without guessing (a loop, a helper, a name that is no literal) raises FixError; the advice then
carries code for the reader and no edit.
"""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Sequence
from typing import cast

import libcst as cst

from dbwright.core.errors import FixError
from dbwright.core.source import Source
from dbwright.recipes.revision_tree import Statement, Where, called, tree_of

__all__ = ["Where"]


def statement(text: str, where: Where) -> str:
    """Gives the code of one statement, dedented; FixError when it is not to be found."""
    bare = tree_of(text).find(where).node.with_changes(leading_lines=[])
    return textwrap.dedent(cst.Module(body=[bare]).code).strip("\n")


def holds(text: str, where: Where) -> bool:
    """Whether the statement is there, once, and can be edited."""
    try:
        tree_of(text).find(where)
    except FixError:
        return False
    return True


def replace(text: str, where: Where, code: str) -> str:
    """Gives the text with other code in the statement's place; no code takes it away."""
    return tree_of(text).exchange(where, lambda found: _led(_parsed(code), found))


def remove(text: str, where: Where) -> str:
    """Gives the text without the statement, and without a block that it leaves empty."""
    return tree_of(text).exchange(where, lambda found: [])


def exchange_all(text: str, changes: Sequence[tuple[Where, str]]) -> str:
    """Gives the text with each statement exchanged, found where it stands in the old text."""
    tree = tree_of(text)
    found = [(where.function, tree.find(where), code) for where, code in changes]
    return tree.put(
        [(function, spot.path, _led(_parsed(code), spot.node)) for function, spot, code in found]
    )


def replace_outside(text: str, where: Where, code: str) -> str:
    """Gives the text with other code for the statement, in front of the block that holds it."""
    return tree_of(text).move_out(where, _parsed(code))


def insert_before(text: str, where: Where, code: str) -> str:
    """Gives the text with code in front of the statement."""
    return tree_of(text).exchange(
        where, lambda found: [*_led(_parsed(code), found), found.with_changes(leading_lines=[])]
    )


def insert_after(text: str, where: Where, code: str) -> str:
    """Gives the text with code behind the statement."""
    return tree_of(text).exchange(where, lambda found: [found, *_parsed(code)])


def wrap(text: str, where: Where, header: str) -> str:
    """Gives the text with the statement inside a block: `with …:`."""

    def wrapped(found: Statement) -> list[Statement]:
        block = cast(cst.With, cst.parse_statement(f"{header}\n    pass\n"))
        inner = block.body.with_changes(body=[found.with_changes(leading_lines=[])])
        return [block.with_changes(body=inner, leading_lines=found.leading_lines)]

    return tree_of(text).exchange(where, wrapped)


def add_keyword(text: str, where: Where, call: str, keyword: str, value: str) -> str:
    """Gives the text with `keyword=value` in the one call of that name in the statement."""

    def changed(found: Statement) -> list[Statement]:
        editor = _KeywordAdder(call, keyword, value)
        result = cast(Statement, found.visit(editor))
        if editor.count != 1:
            raise FixError(f"there is not one call of {call} to edit")
        return [result]

    return tree_of(text).exchange(where, changed)


def broken_assignment(code: str) -> str:
    """Gives `name = call(…)` with each argument on a line of its own."""
    name, _, call = code.partition(" = ")
    return f"{name} = {broken(call)}"


def broken(code: str) -> str:
    """Gives a call on one line with each argument on a line of its own."""
    line = cst.parse_module(code).body[0]
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.Expr) or not isinstance(small.value, cst.Call):
        return code
    module, call = cst.Module([]), small.value
    bare = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in call.args]
    inner = "".join(f"    {module.code_for_node(arg).strip()},\n" for arg in bare)
    return f"{module.code_for_node(call.func)}(\n{inner})"


def wrap_body(text: str, function: str, header: str) -> str:
    """Gives the text with all that the function does inside a block: `with …:`."""

    def changed(body: list[Statement]) -> list[Statement]:
        first = 1 if body and _is_docstring(body[0]) else 0
        block = cast(cst.With, cst.parse_statement(f"{header}\n    pass\n"))
        inner = block.body.with_changes(body=body[first:])
        return [*body[:first], block.with_changes(body=inner)]

    return tree_of(text).with_body(function, changed)


def set_body(text: str, function: str, code: str) -> str:
    """Gives the text with another body of the function."""
    return tree_of(text).with_body(function, lambda body: _parsed(code))


def prepend(text: str, function: str, code: str) -> str:
    """Gives the text with code at the start of the function, behind its docstring."""

    def changed(body: list[Statement]) -> list[Statement]:
        kept = _without_pass(body)
        first = 1 if kept and _is_docstring(kept[0]) else 0
        return [*kept[:first], *_parsed(code), *kept[first:]]

    return tree_of(text).with_body(function, changed)


def append(text: str, function: str, code: str) -> str:
    """Gives the text with code at the end of the function; a lone `pass` gives way."""
    return tree_of(text).with_body(function, lambda body: [*_without_pass(body), *_parsed(code)])


def set_names(text: str, **values: object) -> str:
    """Gives the text with other values of module variables (`revision`), the docstring too."""
    module = tree_of(text).module
    for name, value in values.items():
        code = cst.parse_expression(repr(value).replace("'", '"'))
        body = [_assigned(item, name, code) for item in module.body]
        if [new is old for new, old in zip(body, module.body, strict=True)].count(False) != 1:
            raise FixError(f"the file sets {name} not once")
        module = module.with_changes(body=body)
    old = _names(text)
    result = module.code
    for label, name in (("Revision ID", "revision"), ("Revises", "down_revision")):
        if isinstance(values.get(name), str) and isinstance(old.get(name), str):
            result = result.replace(f"{label}: {old[name]}", f"{label}: {values[name]}", 1)
    return result


def is_only(text: str, where: Where) -> bool:
    """Whether the function does nothing else than this statement."""
    tree = tree_of(text)
    found = tree.find(where).node
    body = [item for item in tree.body(where.function) if not _is_docstring(item)]
    return len(body) == 1 and body[0] is found


def is_empty(text: str, function: str) -> bool:
    """Whether the function is missing or only passes."""
    for node in Source("", text).tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return all(
                isinstance(item, ast.Pass)
                or (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))
                for item in node.body
            )
    return True


def imports_of(text: str, names: Sequence[str]) -> list[str]:
    """Gives the import lines that bind these names; FixError when one is made otherwise."""
    module = ast.parse(text)
    lines: list[str] = []
    bound: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            own = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            if own & set(names):
                lines.append(ast.unparse(node))
                bound |= own
    if missing := set(names) - bound:
        raise FixError(f"{', '.join(sorted(missing))} would be missing in the new revision")
    return lines


def free_names(code: str) -> set[str]:
    """Gives the names that code reads and does not bind itself, built-in ones left out."""
    tree = ast.parse(code)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    read = {node.id for node in nodes if isinstance(node.ctx, ast.Load)}
    bound = {node.id for node in nodes if not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return read - bound - set(dir(builtins))


class _KeywordAdder(cst.CSTTransformer):
    def __init__(self, call: str, keyword: str, value: str) -> None:
        self.call, self.keyword, self.value, self.count = call, keyword, value, 0

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        if called(original_node) != self.call:
            return updated_node
        self.count += 1
        return _with_keyword(updated_node, self.keyword, self.value)


def _assigned(item: Statement, name: str, value: cst.BaseExpression) -> Statement:
    """The statement of the module with another value, where it sets that name."""
    if not isinstance(item, cst.SimpleStatementLine) or len(item.body) != 1:
        return item
    small = item.body[0]
    target: cst.BaseExpression | None = None
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target = small.targets[0].target
    elif isinstance(small, cst.AnnAssign):
        target = small.target
    if not isinstance(target, cst.Name) or target.value != name:
        return item
    return item.with_changes(body=[small.with_changes(value=value)])


def _with_keyword(call: cst.Call, keyword: str, value: str) -> cst.Call:
    expression = cst.parse_expression(value)
    kept = [arg for arg in call.args if not (arg.keyword and arg.keyword.value == keyword)]
    new = cst.Arg(
        expression,
        keyword=cst.Name(keyword),
        equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
    )
    if not kept:
        return call.with_changes(args=[new])
    last = kept[-1]
    between = _space_between(call, kept)
    new = new.with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    kept[-1] = last.with_changes(
        comma=cst.Comma(whitespace_after=between), whitespace_after_arg=cst.SimpleWhitespace("")
    )
    return call.with_changes(args=[*kept, new])


def _space_between(call: cst.Call, args: Sequence[cst.Arg]) -> cst.BaseParenthesizableWhitespace:
    if len(args) > 1 and isinstance(args[0].comma, cst.Comma):
        return args[0].comma.whitespace_after
    if isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace):
        return call.whitespace_before_args
    return cst.SimpleWhitespace(" ")


def _parsed(code: str) -> list[Statement]:
    # Parsed inside a function, so that blocks of SQL in it are indented as the code around them.
    inner = textwrap.indent(textwrap.dedent(code).strip("\n"), "    ")
    function = cst.parse_module(f"def body():\n{inner}\n").body[0] if inner else None
    if not isinstance(function, cst.FunctionDef):
        return []
    block = cast(cst.IndentedBlock, function.body)
    return list(cast(Sequence[Statement], block.body))


def _led(new: list[Statement], old: Statement) -> list[Statement]:
    if not new:
        return new
    lines = [*old.leading_lines, *new[0].leading_lines]
    return [new[0].with_changes(leading_lines=lines), *new[1:]]


def _is_docstring(item: cst.CSTNode) -> bool:
    return (
        isinstance(item, cst.SimpleStatementLine)
        and isinstance(item.body[0], cst.Expr)
        and isinstance(item.body[0].value, cst.SimpleString | cst.ConcatenatedString)
    )


def _without_pass(body: list[Statement]) -> list[Statement]:
    return [
        item
        for item in body
        if not (isinstance(item, cst.SimpleStatementLine) and isinstance(item.body[0], cst.Pass))
    ]


def _names(text: str) -> dict[str, object]:
    values: dict[str, object] = {}
    for node in ast.parse(text).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        target = node.target if isinstance(node, ast.AnnAssign) else target
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            values[target.id] = value.value
    return values

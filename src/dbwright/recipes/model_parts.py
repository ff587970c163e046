"""Further edits of model source: parts of calls, of class bodies and of strings, by libcst.

As in model_source, each function gives the whole new text, or None where the source has not the
expected form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from dbwright.recipes import model_splice, model_syntax
from dbwright.recipes.model_source import (
    COLUMN_CALLS,
    AtLine,
    Editor,
    assignment,
    call_name,
    change_call,
    edited,
    is_docstring,
)

Expressions = Callable[[cst.BaseExpression], cst.BaseExpression | None]


def set_type(text: str, line: int, old: Sequence[str], new: str) -> str | None:
    """Gives the text with the type of a column's call replaced, or put in where none stands.

    `old` are the class names that may stand there (`Float`, `REAL`), bare or called, under the
    names that the text imports them by.
    """
    known = model_syntax.renamed(text)
    expression = cst.parse_expression(new)

    def change(call: cst.Call) -> cst.Call:
        arguments = list(call.args)
        for number, argument in enumerate(arguments):
            plain = argument.keyword is None or argument.keyword.value == "type_"
            name = _names(argument.value)
            if plain and known.get(name, name) in old:
                arguments[number] = argument.with_changes(value=expression)
                return call.with_changes(args=arguments)
        first = bool(arguments) and isinstance(arguments[0].value, cst.SimpleString)
        comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        last = first and len(arguments) == 1
        new_argument = cst.Arg(expression)
        if last:
            arguments[0] = arguments[0].with_changes(comma=comma)
        elif arguments:
            new_argument = new_argument.with_changes(comma=comma)
        arguments.insert(1 if first else 0, new_argument)
        return call.with_changes(args=arguments)

    return change_call(text, line, COLUMN_CALLS, change)


def drop_type(text: str, line: int, old: Sequence[str]) -> str | None:
    """Gives the text without the type of a column's call, where one of these names stands."""
    known = model_syntax.renamed(text)

    def change(call: cst.Call) -> cst.Call:
        def is_type(argument: cst.Arg) -> bool:
            plain = argument.keyword is None or argument.keyword.value == "type_"
            name = _names(argument.value)
            return plain and known.get(name, name) in old

        left = [argument for argument in call.args if not is_type(argument)]
        if left and len(left) < len(call.args):
            left[-1] = left[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return call.with_changes(args=left)

    return change_call(text, line, COLUMN_CALLS, change)


def wrap_type(text: str, line: int, names: Sequence[str], wrapper: str) -> str | None:
    """Gives the text with the type of the column's call at a line put into a call of `wrapper`.

    `names` are the class names that may stand there. None where no such type stands there.
    """
    known = model_syntax.renamed(text)
    done: list[str] = []

    def change(call: cst.Call) -> cst.Call:
        arguments = list(call.args)
        for number, argument in enumerate(arguments):
            plain = argument.keyword is None or argument.keyword.value in ("type_", "sa_type")
            name = _names(argument.value)
            if plain and known.get(name, name) in names:
                wrapped = cst.Call(cst.parse_expression(wrapper), [cst.Arg(argument.value)])
                arguments[number] = argument.with_changes(value=wrapped)
                done.append(name)
                return call.with_changes(args=arguments)
        return call

    for calls in (("Column", "mapped_column"), ("Field",)):
        after = change_call(text, line, calls, change)
        if done:
            return after
    return None


def change_keyword(
    text: str, line: int, calls: Sequence[str], keyword: str, change: Expressions
) -> str | None:
    """Gives the text with a keyword's value changed; None when the change refuses the value."""
    refused: list[str] = []

    def changed(call: cst.Call) -> cst.Call:
        arguments = list(call.args)
        for number, argument in enumerate(arguments):
            if argument.keyword is not None and argument.keyword.value == keyword:
                value = change(argument.value)
                if value is not None:
                    arguments[number] = argument.with_changes(value=value)
                    return call.with_changes(args=arguments)
        refused.append(keyword)
        return call

    after = change_call(text, line, calls, changed)
    return None if refused else after


def append_argument(text: str, line: int, calls: Sequence[str], code: str) -> str | None:
    """Gives the text with a positional argument put behind the last one of a call."""
    expression = cst.parse_expression(code)

    def change(call: cst.Call) -> cst.Call:
        arguments = list(call.args)
        at = sum(1 for argument in arguments if argument.keyword is None and not argument.star)
        if at == 0:
            return call.with_changes(args=[cst.Arg(expression), *arguments])
        before = arguments[at - 1]
        between = arguments[0].comma if at > 1 else cst.MaybeSentinel.DEFAULT
        if not isinstance(between, cst.Comma):
            between = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        arguments[at - 1] = before.with_changes(comma=between)
        arguments.insert(at, cst.Arg(expression, comma=before.comma))
        return call.with_changes(args=arguments)

    return change_call(text, line, calls, change)


def remove_table_argument(text: str, class_name: str, name: str) -> str | None:
    """Gives the text without the call in `__table_args__` that carries this name."""
    return model_splice.at_class(text, class_name, lambda node: _without(node, name))


def remove_argument(text: str, line: int, call: str, name: str) -> str | None:
    """Gives the text without the call among a call's arguments that carries this name."""
    refused: list[str] = []

    def change(node: cst.Call) -> cst.Call:
        kept = [item for item in node.args if not _carries(item.value, name)]
        if len(kept) == len(node.args):
            refused.append(name)
        elif kept and kept[-1] is not node.args[-1]:
            kept[-1] = kept[-1].with_changes(comma=node.args[-1].comma)
        return node.with_changes(args=kept)

    after = change_call(text, line, (call,), change)
    return None if refused else after


def add_class_statement(text: str, class_name: str, code: str) -> str | None:
    """Gives the text with a statement put first into a class, behind its docstring."""
    statement = cst.parse_statement(f"{code}\n")
    return model_splice.at_class(text, class_name, lambda node: _with_first(node, statement))


def add_column(text: str, class_name: str, code: str) -> str | None:
    """Gives the text with a column put behind the primary key of a class, else first in it."""
    statement = cst.parse_statement(f"{code}\n")
    return model_splice.at_class(text, class_name, lambda node: _behind_key(node, statement))


def add_last(text: str, class_name: str, code: str) -> str | None:
    """Gives the text with a statement put behind the last assignment of a class's body."""
    statement = cst.parse_statement(f"{code}\n")
    return model_splice.at_class(text, class_name, lambda node: _behind_last(node, statement))


def replace_string(text: str, old: str, new: str) -> str | None:
    """Gives the text with each string literal of one value replaced by another value."""
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError:
        return None
    after = edited(MetadataWrapper(module, unsafe_skip_copy=True), _StringEditor(old, new))
    return after.code if after else None


def insert_before_class(text: str, class_name: str, code: str) -> str | None:
    """Gives the text with statements put in front of a class of the module."""
    return model_splice.before_class(text, class_name, code)


def replace_call_function(text: str, line: int, old: str, new: str) -> str | None:
    """Gives the text with what is called at the line replaced: `random.choice` by another."""
    return model_splice.at_statement(
        text, line, lambda piece, at: edited(piece, _FunctionEditor(piece, at, old, new))
    )


def mask_in_fstring(text: str, line: int, expression: str) -> str | None:
    """Gives the text with one expression of an f-string replaced by three stars."""
    return model_splice.at_statement(
        text, line, lambda piece, at: edited(piece, _Mask(piece, at, expression))
    )


def _names(node: cst.BaseExpression) -> str:
    inner = node.func if isinstance(node, cst.Call) else node
    if isinstance(inner, cst.Attribute):
        return inner.attr.value
    return inner.value if isinstance(inner, cst.Name) else ""


def _without(node: cst.ClassDef, name: str) -> cst.ClassDef | None:
    body = node.body
    if not isinstance(body, cst.IndentedBlock):
        return None
    statements = list(body.body)
    at = assignment(statements, "__table_args__")
    line = statements[at] if at is not None else None
    assign = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
    if at is None or not isinstance(assign, cst.Assign | cst.AnnAssign):
        return None
    if not isinstance(line, cst.SimpleStatementLine) or not isinstance(assign.value, cst.Tuple):
        return None
    kept = [item for item in assign.value.elements if not _carries(item.value, name)]
    if len(kept) == len(assign.value.elements):
        return None
    if kept and kept[-1] is not assign.value.elements[-1]:
        kept[-1] = kept[-1].with_changes(comma=assign.value.elements[-1].comma)
    if len(kept) == 1 and not isinstance(kept[0].comma, cst.Comma):
        kept[0] = kept[0].with_changes(comma=cst.Comma())
    if kept:
        value = assign.value.with_changes(elements=kept)
        statements[at] = line.with_changes(body=[assign.with_changes(value=value)])
    else:
        statements.pop(at)
    return node.with_changes(body=body.with_changes(body=statements))


def _carries(node: cst.BaseExpression, name: str) -> bool:
    """Whether the element is the call of a constraint or index of that name."""
    if not isinstance(node, cst.Call):
        return False
    named = [item.value for item in node.args if item.keyword and item.keyword.value == "name"]
    first = [item.value for item in node.args[:1] if item.keyword is None]
    values = named or (first if call_name(node) == "Index" else [])
    return any(
        isinstance(value, cst.SimpleString) and value.evaluated_value == name for value in values
    )


def _with_first(node: cst.ClassDef, statement: cst.BaseStatement) -> cst.ClassDef | None:
    body = node.body
    if not isinstance(body, cst.IndentedBlock):
        return None
    statements = list(body.body)
    only = statements[0] if len(statements) == 1 else None
    if isinstance(only, cst.SimpleStatementLine) and isinstance(only.body[0], cst.Pass):
        statements = []
    statements.insert(1 if is_docstring(statements) else 0, statement)
    return node.with_changes(body=body.with_changes(body=statements))


def _behind_key(node: cst.ClassDef, statement: cst.BaseStatement) -> cst.ClassDef | None:
    body = node.body
    if not isinstance(body, cst.IndentedBlock):
        return None
    statements = list(body.body)
    keys = [n for n, item in enumerate(statements) if _is_key(item)]
    at = assignment(statements, "__tablename__")
    first = at + 1 if at is not None else int(is_docstring(statements))
    statements.insert(keys[-1] + 1 if keys else first, statement)
    return node.with_changes(body=body.with_changes(body=statements))


def _behind_last(node: cst.ClassDef, statement: cst.BaseStatement) -> cst.ClassDef | None:
    body = node.body
    if not isinstance(body, cst.IndentedBlock):
        return None
    statements = list(body.body)
    simple = [n for n, one in enumerate(statements) if isinstance(one, cst.SimpleStatementLine)]
    statements.insert(simple[-1] + 1 if simple else len(statements), statement)
    return node.with_changes(body=body.with_changes(body=statements))


def _is_key(statement: cst.BaseStatement) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and "primary_key=True" in (
        cst.Module([statement]).code
    )


class _StringEditor(Editor):
    def __init__(self, old: str, new: str) -> None:
        super().__init__()
        self.old = old
        self.new = new

    def leave_SimpleString(
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.SimpleString:
        if original_node.evaluated_value != self.old:
            return updated_node
        self.done = True
        return updated_node.with_changes(value=original_node.value.replace(self.old, self.new))


class _FunctionEditor(AtLine):
    def __init__(self, wrapper: MetadataWrapper, line: int, old: str, new: str) -> None:
        super().__init__(wrapper, line)
        self.old = old
        self.new = new

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        place = self.positions[original_node]
        near = place.start.line <= self.line <= place.end.line
        code = cst.Module([]).code_for_node(original_node.func)
        if not self.inside or not near or code != self.old:
            return updated_node
        self.done = True
        return updated_node.with_changes(func=cst.parse_expression(self.new))


class _Mask(Editor):
    def __init__(self, wrapper: MetadataWrapper, line: int, expression: str) -> None:
        super().__init__()
        self.positions = wrapper.resolve(PositionProvider)
        self.line = line
        self.expression = expression

    def leave_FormattedStringExpression(
        self,
        original_node: cst.FormattedStringExpression,
        updated_node: cst.FormattedStringExpression,
    ) -> cst.BaseFormattedStringContent:
        code = cst.Module([]).code_for_node(original_node.expression)
        if self.positions[original_node].start.line != self.line or code != self.expression:
            return updated_node
        self.done = True
        return cst.FormattedStringText("***")

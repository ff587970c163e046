"""Edits of model source that keep the user's formatting, by libcst.

Each function gives the file's whole new text, or None where the source has not the expected
form; then the advice carries code for the reader and no edit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from dbwright.recipes import model_splice, model_sqlmodel

_LONG = 70
_STEP = "    "
COLUMN_CALLS = ("mapped_column", "Column", "Field")


def set_keyword(
    text: str, line: int, calls: Sequence[str], keyword: str, value: str | None
) -> str | None:
    """Gives the text with `keyword=value` in the call of the statement at the line.

    `calls` are the names of calls to look for (`mapped_column`); the outermost counts. A value
    of None takes the keyword away. A bare annotation `x: Mapped[int]` gets `= mapped_column(…)`.
    """
    expression = None if value is None else cst.parse_expression(value)
    return change_call(text, line, calls, lambda call: _with_keyword(call, keyword, expression))


def change_call(
    text: str, line: int, calls: Sequence[str], change: Callable[[cst.Call], cst.BaseExpression]
) -> str | None:
    """Gives the text with one call of the statement at the line changed."""
    return model_splice.at_statement(
        text, line, lambda piece, at: edited(piece, _CallEditor(piece, at, tuple(calls), change))
    )


def replace_annotation(text: str, line: int, annotation: str) -> str | None:
    """Gives the text with the annotation of the assignment at the line replaced."""
    return model_splice.at_statement(
        text, line, lambda piece, at: edited(piece, _AnnotationEditor(piece, at, annotation))
    )


def add_table_argument(text: str, class_name: str, code: str) -> str | None:
    """Gives the text with one more element in the class's `__table_args__`.

    A missing `__table_args__` is put behind `__tablename__`, or first in the class.
    """
    arguments = _TableArguments(cst.parse_expression(code))
    return model_splice.at_class(text, class_name, arguments.added_to)


def add_import(text: str, module: str, *names: str, own: frozenset[str] = frozenset()) -> str:
    """Gives the text with `from module import names`, unless it stands there already.

    Without names it is `import module`. `own` are the project's own packages, which come last.
    """
    return model_splice.with_import(text, module, names, own)


def remove_statement(text: str, line: int) -> str | None:
    """Gives the text without the simple statement at the line."""
    return model_splice.without_lines(text, line)


def call_name(call: cst.Call) -> str:
    """Gives the last part of what is called: `mapped_column` of `orm.mapped_column(…)`.

    An alias with underscores in front (`_Column`) counts as the name itself.
    """
    function = call.func
    if isinstance(function, cst.Attribute):
        return function.attr.value
    return function.value.lstrip("_") if isinstance(function, cst.Name) else ""


class Editor(cst.CSTTransformer):
    """A transformer that says whether it changed what it was made for."""

    done = False


class AtLine(Editor):
    """Keeps whether the visitor stands inside the simple statement at a line."""

    def __init__(self, wrapper: MetadataWrapper, line: int) -> None:
        super().__init__()
        self.positions = wrapper.resolve(PositionProvider)
        self.line = line
        self.inside = False
        self.starts = False

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> None:
        place = self.positions[node]
        self.inside = place.start.line <= self.line <= place.end.line
        self.starts = place.start.line == self.line


class _CallEditor(AtLine):
    def __init__(
        self,
        wrapper: MetadataWrapper,
        line: int,
        calls: tuple[str, ...],
        change: Callable[[cst.Call], cst.BaseExpression],
    ) -> None:
        super().__init__(wrapper, line)
        self.calls = calls
        self.change = change
        self.chosen: cst.Call | None = None
        self.columns: list[cst.Call] = []

    def visit_Call(self, node: cst.Call) -> None:
        place = self.positions[node]
        near = place.start.line <= self.line <= place.end.line
        if near and call_name(node) in COLUMN_CALLS:
            self.columns.append(node)
        wanted = self.inside and self.chosen is None and call_name(node) in self.calls
        if wanted and (near or self.columns or self.starts):
            self.chosen = node

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        if self.columns and self.columns[-1] is original_node:
            self.columns.pop()
        if original_node is not self.chosen or self.done:
            return updated_node
        self.done = True
        return self.change(updated_node)

    def leave_AnnAssign(
        self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign
    ) -> cst.AnnAssign:
        bare = self.inside and not self.done and original_node.value is None
        if not bare or "mapped_column" not in self.calls:
            return updated_node
        self.done = True
        value = self.change(cst.Call(func=cst.Name("mapped_column")))
        return updated_node.with_changes(value=value, equal=cst.AssignEqual())


class _AnnotationEditor(AtLine):
    def __init__(self, wrapper: MetadataWrapper, line: int, annotation: str) -> None:
        super().__init__(wrapper, line)
        self.annotation = annotation

    def leave_AnnAssign(
        self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign
    ) -> cst.AnnAssign:
        if not self.inside or self.done:
            return updated_node
        self.done = True
        expression = cst.parse_expression(self.annotation)
        kept = updated_node.annotation.with_changes(annotation=expression)
        return updated_node.with_changes(annotation=kept)


class _TableArguments:
    """Puts one element into the `__table_args__` of a class."""

    def __init__(self, element: cst.BaseExpression) -> None:
        self.element = element
        self.is_long = len(cst.Module([]).code_for_node(element)) > _LONG

    def added_to(self, node: cst.ClassDef) -> cst.ClassDef | None:
        """Gives the class with the element, None where the arguments have another form."""
        body = node.body
        if not isinstance(body, cst.IndentedBlock):
            return None
        statements = list(body.body)
        at = assignment(statements, "__table_args__")
        if at is None:
            where = assignment(statements, "__tablename__")
            first = 1 if is_docstring(statements) else 0
            new = self._new()
            if where is None and first:
                new = new.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
            statements.insert(first if where is None else where + 1, new)
        else:
            changed = self._extended(cast(cst.SimpleStatementLine, statements[at]))
            if changed is None:
                return None
            statements[at] = changed
        return node.with_changes(body=body.with_changes(body=statements))

    def _new(self) -> cst.SimpleStatementLine:
        value = cst.Tuple([cst.Element(self.element, comma=cst.Comma())])
        if self.is_long:
            value = self._on_lines(value)
        target = cst.AssignTarget(cst.Name("__table_args__"))
        return cst.SimpleStatementLine([cst.Assign([target], value)])

    def _extended(self, line: cst.SimpleStatementLine) -> cst.SimpleStatementLine | None:
        assign = line.body[0]
        if not isinstance(assign, (cst.Assign, cst.AnnAssign)):
            return None
        value = assign.value
        if isinstance(value, cst.Dict):
            pair = cst.Tuple([cst.Element(self.element, comma=_comma()), cst.Element(value)])
            made = self._on_lines(pair) if self.is_long or _is_long(pair) else pair
        elif isinstance(value, cst.Tuple):
            made = self._joined(value, self.is_long)
            made = self._joined(value, True) if _is_long(made) else made
        else:
            return None
        return line.with_changes(body=[assign.with_changes(value=made)])

    def _joined(self, value: cst.Tuple, on_lines: bool) -> cst.Tuple:
        """The new element goes last, before a dict; line breaks follow those that stand."""
        if on_lines:
            value = self._on_lines(value)
        elements = list(value.elements)
        last_is_dict = bool(elements) and isinstance(elements[-1].value, cst.Dict)
        at = len(elements) - 1 if last_is_dict else len(elements)
        if at == 0:
            elements.insert(0, cst.Element(self.element, comma=_comma()))
            return value.with_changes(elements=elements)
        before = elements[at - 1]
        present = before.comma if isinstance(before.comma, cst.Comma) else None
        separator = _separator(elements, value)
        elements[at - 1] = before.with_changes(comma=separator)
        comma = separator if last_is_dict else (present or cst.MaybeSentinel.DEFAULT)
        elements.insert(at, cst.Element(self.element, comma=comma))
        return value.with_changes(elements=elements)

    @staticmethod
    def _on_lines(value: cst.Tuple) -> cst.Tuple:
        """Gives a tuple that stands on one line with each element on a line of its own."""
        opening = value.lpar[0].whitespace_after if value.lpar else None
        if isinstance(opening, cst.ParenthesizedWhitespace):
            return value
        inner = cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(_STEP))
        outer = cst.ParenthesizedWhitespace(indent=True)
        last = len(value.elements) - 1
        elements = [
            item.with_changes(comma=cst.Comma(whitespace_after=outer if number == last else inner))
            for number, item in enumerate(value.elements)
        ]
        return value.with_changes(
            elements=elements, lpar=[cst.LeftParen(whitespace_after=inner)], rpar=[cst.RightParen()]
        )


def _is_long(value: cst.Tuple) -> bool:
    """Whether a tuple on one line is too long for it."""
    text = cst.Module([]).code_for_node(value)
    return "\n" not in text and len(text) > _LONG


def _separator(elements: Sequence[cst.BaseElement], value: cst.Tuple) -> cst.Comma:
    """The comma between two elements, with the line break that the tuple uses."""
    for element in elements[:-1]:
        if isinstance(element.comma, cst.Comma):
            return element.comma
    opening = value.lpar[0].whitespace_after if value.lpar else None
    if isinstance(opening, cst.ParenthesizedWhitespace):
        return cst.Comma(whitespace_after=opening)
    return _comma()


def edited(piece: MetadataWrapper, editor: Editor) -> cst.Module | None:
    """Gives a piece of source after an editor went through it, None when it changed nothing."""
    module = piece.module.visit(editor)
    return module if editor.done else None


def _with_keyword(call: cst.Call, keyword: str, value: cst.BaseExpression | None) -> cst.Call:
    keyword, value = model_sqlmodel.held(call, call_name(call), keyword, value)
    kept: list[cst.Arg] = []
    found = False
    for argument in call.args:
        if argument.keyword is None or argument.keyword.value != keyword:
            kept.append(argument)
        elif value is not None:
            found = True
            kept.append(argument.with_changes(value=value))
    if value is not None and not found:
        tight = cst.SimpleWhitespace("")
        equal = cst.AssignEqual(whitespace_before=tight, whitespace_after=tight)
        new = cst.Arg(value=value, keyword=cst.Name(keyword), equal=equal)
        kept = _appended(kept, new, call.whitespace_before_args)
    if value is None and kept and kept[-1] is not call.args[-1]:
        # the last one keeps what stood behind the last one: nothing, or the line break
        kept[-1] = kept[-1].with_changes(comma=call.args[-1].comma)
    return call.with_changes(args=kept)


def _appended(
    arguments: list[cst.Arg], new: cst.Arg, opening: cst.BaseParenthesizableWhitespace
) -> list[cst.Arg]:
    """The new argument goes last, on a line of its own where the others stand so."""
    if not arguments:
        return [new]
    last = arguments[-1]
    trailing = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else None
    broken = cst.ParenthesizedWhitespace
    if isinstance(trailing, broken) and isinstance(opening, broken):
        between = trailing.with_changes(last_line=opening.last_line, indent=opening.indent)
        plain = trailing.with_changes(first_line=cst.TrailingWhitespace())
        new = new.with_changes(comma=cst.Comma(whitespace_after=plain))
        comma = cst.Comma(whitespace_after=between)
    elif isinstance(opening, broken) and _is_broken(arguments[0]):
        comma = cst.Comma(whitespace_after=opening)
    else:
        comma = _comma()
    return [*arguments[:-1], last.with_changes(comma=comma), new]


def _is_broken(argument: cst.Arg) -> bool:
    comma = argument.comma
    space = comma.whitespace_after if isinstance(comma, cst.Comma) else None
    return isinstance(space, cst.ParenthesizedWhitespace)


def _comma() -> cst.Comma:
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def assignment(statements: Sequence[cst.BaseStatement], name: str) -> int | None:
    """Gives the number of the statement that sets a name."""
    for number, statement in enumerate(statements):
        if not isinstance(statement, cst.SimpleStatementLine):
            continue
        first = statement.body[0]
        targets: list[cst.BaseExpression] = []
        if isinstance(first, cst.Assign):
            targets = [target.target for target in first.targets]
        elif isinstance(first, cst.AnnAssign):
            targets = [first.target]
        if any(isinstance(target, cst.Name) and target.value == name for target in targets):
            return number
    return None


def is_docstring(statements: Sequence[cst.BaseStatement]) -> bool:
    """Whether the first statement is a docstring."""
    if not statements or not isinstance(statements[0], cst.SimpleStatementLine):
        return False
    first = statements[0].body[0]
    strings = (cst.SimpleString, cst.ConcatenatedString)
    return isinstance(first, cst.Expr) and isinstance(first.value, strings)

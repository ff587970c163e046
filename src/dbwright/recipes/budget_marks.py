"""`@pytest.mark.dbwright_budget(statements=…)` above test functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dbwright.recipes import model_splice

MARK = "dbwright_budget"
Path = tuple[str, ...]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def with_budgets(text: str, budgets: dict[Path, int]) -> tuple[str, list[Path]]:
    """Gives a file's text with the marks, and the paths (class, function) that it has not.

    A mark that is there gets the new number; all else stays as it is.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return text, list(budgets)
    functions = dict(_functions(tree, ()))
    lines = text.splitlines(keepends=True)
    found = [(functions[path], number) for path, number in budgets.items() if path in functions]
    for function, number in sorted(found, key=lambda each: -each[0].lineno):
        _mark(lines, function, number)
    after = "".join(lines)
    if after != text:
        after = model_splice.with_import(after, "pytest", ())
    return after, [path for path in budgets if path not in functions]


def _functions(node: ast.Module | ast.ClassDef, path: Path) -> Iterator[tuple[Path, Function]]:
    for each in node.body:
        if isinstance(each, Function):
            yield (*path, each.name), each
        elif isinstance(each, ast.ClassDef):
            yield from _functions(each, (*path, each.name))


def _mark(lines: list[str], function: Function, number: int) -> None:
    code = f"@pytest.mark.{MARK}(statements={number})"
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Attribute) and called.attr == MARK:
            first, last = decorator.lineno, decorator.end_lineno or decorator.lineno
            indent = _indent(lines[first - 1])
            if " ".join(ast.unparse(decorator).split()) != code[1:]:
                lines[first - 1 : last] = [f"{indent}{code}\n"]
            return
    at = min([function.lineno, *(each.lineno for each in function.decorator_list)])
    lines.insert(at - 1, f"{_indent(lines[at - 1])}{code}\n")


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]

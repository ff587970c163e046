"""What a project's functions are called with: a value that is always a constant is no danger."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass

from dbwright.core.source import Source
from dbwright.recipes import model_syntax


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls in a project's files, tests included."""

    sources: tuple[Source, ...]

    def are_constant(self, function: str, parameter: str, position: int) -> bool:
        """Whether the function is called, and each call gives this parameter a constant."""
        told = [source for source in self.sources if f"{function}(" in source.text]
        calls = [call for source in told for call in _of_file(source.text).get(function, [])]
        return bool(calls) and all(_is_constant(call, parameter, position) for call in calls)


@functools.lru_cache(maxsize=4096)
def _of_file(text: str) -> dict[str, list[ast.Call]]:
    found: dict[str, list[ast.Call]] = {}
    for source in model_syntax.readable([Source("", text)]):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call):
                name = model_syntax.dotted(node.func).rpartition(".")[2]
                found.setdefault(name, []).append(node)
    return found


def _is_constant(call: ast.Call, parameter: str, position: int) -> bool:
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return False
    for word in call.keywords:
        if word.arg is None:
            return False
        if word.arg == parameter:
            return _fixed(word.value)
    method = isinstance(call.func, ast.Attribute)
    places = [position - 1, position] if method else [position]
    given = [call.args[place] for place in places if 0 <= place < len(call.args)]
    return all(_fixed(value) for value in given)


def _fixed(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return True
    name = model_syntax.dotted(node)
    return name.rpartition(".")[2].isupper() or name.endswith(("__tablename__", "__table__"))

"""Who calls a project's functions, and with what: calls matched by name, import and signature."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass

from dbwright.core.source import Source
from dbwright.recipes import model_syntax
from dbwright.recipes.model_syntax import Function, dotted

_LATER = {"delay", "send", "s", "si", "kiq", "defer", "enqueue", "apply"}
_HANDED = {"to_thread", "run_in_threadpool", "partial", "submit", "greenlet_spawn", "call_soon"}


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A function in its file, with its class and the functions around it, innermost first."""

    source: Source
    function: Function | None
    owner: ast.ClassDef | None
    around: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call, where it stands, and the positional and named values that it gives."""

    at: Place
    args: tuple[ast.expr, ...]
    words: tuple[tuple[str | None, ast.expr], ...]
    func: ast.expr


@dataclass(frozen=True, slots=True)
class _File:
    calls: dict[str, list[Call]]
    places: dict[Function, Place]
    imported: dict[str, tuple[str, str]]  # local name: the module, and the name there


class Calls:
    """The calls in a project's files."""

    def __init__(self, sources: tuple[Source, ...]) -> None:
        self.sources = [source for source in sources if not model_syntax.is_test(source.path)]

    def place(self, source: Source, function: Function) -> Place:
        """Gives where a function stands."""
        return _of_file(source.path, source.text).places[function]

    def of(self, place: Place) -> list[Call]:
        """Gives the calls that can only be of this function, or that nothing tells from it."""
        function = place.function
        if function is None:
            return []
        name = function.name
        if name == "__init__" and place.owner:
            name = place.owner.name
        found: list[Call] = []
        for source in self.sources:
            if name in source.text:
                found += self._in(source, name, place)
        return found

    def _in(self, source: Source, name: str, place: Place) -> Iterator[Call]:
        file = _of_file(source.path, source.text)
        local = {own for own, (_, original) in file.imported.items() if original == name}
        for called in {name, *local}:
            for call in file.calls.get(called, ()):
                if _reaches(call, called, source, file, place) and _fits(call, place):
                    yield call


def _reaches(call: Call, name: str, source: Source, file: _File, place: Place) -> bool:
    head = dotted(call.func).rpartition(".")[0]
    method = place.owner is not None and place.function and place.function.name != "__init__"
    if isinstance(call.func, ast.Name):
        if method:
            return False
        told = file.imported.get(name)
        return source.path == place.source.path if told is None else _is_of(told[0], place)
    root = head.partition(".")[0]
    told = file.imported.get(root)
    if not method:
        return told is not None and _is_of(f"{told[0]}.{told[1]}", place)
    if told is not None and not told[1]:
        return _is_of(told[0], place)
    if root in {"self", "cls"} and head == root and call.at.owner is not None:
        return _are_kin(call.at.owner, place.owner, name)
    return True


def _are_kin(one: ast.ClassDef, other: ast.ClassDef | None, method: str) -> bool:
    """Whether `self.method` in one class may be the other's."""
    if other is None or one.name == other.name:
        return one is other or other is not None
    own = {item.name for item in one.body if isinstance(item, Function)}
    return method not in own or one.name in {dotted(base) for base in other.bases}


def _is_of(module: str, place: Place) -> bool:
    """Whether a module that is imported from can be the place's file, or pass it on."""
    parts = place.source.path.removesuffix(".py").split("/")
    told = [part for part in module.split(".") if part]
    return not told or any(part in parts for part in told)


def _fits(call: Call, place: Place) -> bool:
    """Whether the signature takes what the call gives."""
    assert place.function is not None
    arguments = place.function.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)][bound(place) :]
    if any(isinstance(value, ast.Starred) for value in call.args):
        return True
    if len(call.args) > len(names) and arguments.vararg is None:
        return False
    known = {*names, *(one.arg for one in arguments.kwonlyargs)}
    words = {word for word, _ in call.words if word is not None}
    if not words <= known and arguments.kwarg is None:
        return False
    if any(word is None for word, _ in call.words):
        return True
    needed = names[: len(names) - len(arguments.defaults)] if arguments.defaults else names
    return set(needed) <= {*names[: len(call.args)], *words}


def bound(place: Place) -> int:
    """How many of the function's first parameters a call does not write: self, cls."""
    if place.owner is None or place.function is None:
        return 0
    decorators = {dotted(node) for node in place.function.decorator_list}
    return 0 if "staticmethod" in decorators else 1


def given(call: Call, place: Place, parameter: str) -> list[ast.expr]:
    """Gives the expressions that a call hands to a parameter; none where its default stands."""
    assert place.function is not None
    arguments = place.function.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)][bound(place) :]
    for word, value in call.words:
        if word == parameter:
            return [value]
    spread = [value for word, value in call.words if word is None]
    starred = [value.value for value in call.args if isinstance(value, ast.Starred)]
    if parameter in names:
        index = names.index(parameter)
        plain = call.args[: index + 1]
        if len(plain) > index and not any(isinstance(value, ast.Starred) for value in plain):
            return [call.args[index]]
    elif arguments.vararg is not None and arguments.vararg.arg == parameter:
        return list(call.args[len(names) :])
    elif arguments.kwarg is not None and arguments.kwarg.arg == parameter:
        return [value for word, value in call.words if word not in names]
    return spread + starred


@functools.lru_cache(maxsize=4096)
def _of_file(path: str, text: str) -> _File:
    source = Source(path, text)
    file = _File({}, {}, {})
    for readable in model_syntax.readable([source]):
        _walk(readable.tree, Place(source, None, None, ()), file)
    return file


def _walk(node: ast.AST, at: Place, file: _File) -> None:
    for child in ast.iter_child_nodes(node):
        here = at
        if isinstance(child, Function):
            around = (at.function, *at.around) if at.function else ()
            here = Place(at.source, child, None if at.function else at.owner, around)
            file.places[child] = here
        elif isinstance(child, ast.ClassDef):
            here = Place(at.source, None, child, ())
        elif isinstance(child, ast.Call):
            _note(child, at, file)
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                module = "." * child.level + (child.module or "")
                file.imported[alias.asname or alias.name] = (module, alias.name)
        elif isinstance(child, ast.Import):
            for alias in child.names:
                file.imported[alias.asname or alias.name.partition(".")[0]] = (alias.name, "")
        _walk(child, here, file)


def _note(node: ast.Call, at: Place, file: _File) -> None:
    words = tuple((word.arg, word.value) for word in node.keywords)
    called, args = node.func, tuple(node.args)
    last = dotted(called).rpartition(".")[2]
    file.calls.setdefault(last, []).append(Call(at, args, words, called))
    if last in _LATER and isinstance(called, ast.Attribute):
        name = dotted(called.value).rpartition(".")[2]
        file.calls.setdefault(name, []).append(Call(at, args, words, called.value))
    elif last in _HANDED:
        for number, argument in enumerate(args[:2]):
            name = dotted(argument).rpartition(".")[2]
            if name:
                call = Call(at, args[number + 1 :], words, argument)
                file.calls.setdefault(name, []).append(call)

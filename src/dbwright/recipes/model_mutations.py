"""Changes inside of an attribute's value, as the code makes them: `user.tags.append("x")`."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from dbwright.core.mapping import Attribute, Mapper
from dbwright.core.place import Place
from dbwright.core.source import Source
from dbwright.recipes import model_syntax, model_words

_OF_LIST = {"append", "extend", "insert", "remove", "sort", "reverse"}
_OF_DICT = {"update", "setdefault", "popitem"}
_OF_BOTH = {"pop", "clear"}


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change in place: of `owner.attribute`, in a function of the class `within`, if any.

    `known` is the owner's class where its annotation or the call that made it names one.
    """

    attribute: str
    owner: str
    known: str | None
    within: str | None
    kind: Literal["dict", "list", "either"]
    place: Place


def of(sources: Iterable[Source], mapper: Mapper, attribute: Attribute) -> Mutation | None:
    """Gives the first change in place of a mapper's attribute outside of tests, None without one.

    The owner has to be known: `self` in the class, an annotation, a name like the class's.
    """
    for source in sources:
        told = attribute.name in _dotted(source.text) and not model_syntax.is_test(source.path)
        for found in _mutations(source.path, source.text) if told else ():
            if found.attribute == attribute.name and _is_of(source, found, mapper, attribute):
                return found
    return None


@functools.lru_cache(maxsize=4096)
def _dotted(text: str) -> frozenset[str]:
    """The names behind a dot: a text of many classes is not searched for each of their columns."""
    return frozenset(re.findall(r"\.(\w+)", text))


def _is_of(source: Source, found: Mutation, mapper: Mapper, attribute: Attribute) -> bool:
    if found.owner == "self":
        if found.within == mapper.name:
            return True
        node = model_syntax.class_named(source, found.within or "")
        place = attribute.place
        same = node is not None and place is not None and place.file == source.path
        return bool(
            same and node and place and node.lineno <= (place.line or 0) <= (node.end_lineno or 0)
        )
    if found.known is not None:
        return found.known == mapper.name
    own, said = model_words.words(mapper.name), model_words.words(found.owner)
    return said[-len(own) :] == own


@functools.lru_cache(maxsize=4096)
def _mutations(path: str, text: str) -> tuple[Mutation, ...]:
    found: list[Mutation] = []
    for name, function in model_syntax.functions(Source(path, text)):
        parts = name.split(".")
        within = parts[-2] if len(parts) > 1 else None
        settled = _settled(function)
        classes = _classes(function)
        made = {owner for owner, (_, new) in classes.items() if new}
        for owner, attribute, kind, line in _changes(function):
            if (owner, attribute) in settled or owner in made:
                continue
            known = classes.get(owner, (None, False))[0]
            place = Place(path, line)
            found.append(Mutation(attribute, owner, known, within, kind, place))
    return tuple(found)


def _settled(function: model_syntax.Function) -> set[tuple[str, str]]:
    """The attributes that the function gives a new value to, or flags as changed."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            plain = [item for item in targets if isinstance(item, ast.Attribute)]
            found |= {(model_syntax.dotted(item.value), item.attr) for item in plain}
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            called = model_syntax.dotted(node.func).rpartition(".")[2]
            named = node.args[1]
            if called == "flag_modified" and isinstance(named, ast.Constant):
                found.add((model_syntax.dotted(node.args[0]), str(named.value)))
    return found


def _classes(function: model_syntax.Function) -> dict[str, tuple[str, bool]]:
    """The classes of the function's variables, and whether it makes the object itself."""
    found: dict[str, tuple[str, bool]] = {}
    arguments = [*function.args.args, *function.args.kwonlyargs, *function.args.posonlyargs]
    for argument in arguments:
        names = [
            n.id for n in ast.walk(argument.annotation or ast.Pass()) if isinstance(n, ast.Name)
        ]
        if len(names) == 1:
            found[argument.arg] = (names[0], False)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            called = model_syntax.dotted(node.value.func).rpartition(".")[2]
            for target in node.targets:
                if isinstance(target, ast.Name) and called[:1].isupper():
                    found[target.id] = (called, True)
    return found


def _changes(
    function: model_syntax.Function,
) -> Iterator[tuple[str, str, Literal["dict", "list", "either"], int]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Delete):
            targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
            for target in targets:
                base = _base(target)
                if base is not None:
                    yield model_syntax.dotted(base.value), base.attr, "either", node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            held, method = node.func.value, node.func.attr
            if isinstance(held, ast.Attribute) and method in _OF_LIST | _OF_DICT | _OF_BOTH:
                kind: Literal["dict", "list", "either"] = "either"
                kind = "list" if method in _OF_LIST else "dict" if method in _OF_DICT else kind
                yield model_syntax.dotted(held.value), held.attr, kind, node.lineno


def _base(target: ast.expr) -> ast.Attribute | None:
    """The attribute in `x.attribute[…] = …`, however deep."""
    if not isinstance(target, ast.Subscript):
        return None
    inner: ast.expr = target
    while isinstance(inner, ast.Subscript):
        inner = inner.value
    return inner if isinstance(inner, ast.Attribute) else None

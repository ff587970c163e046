"""How a project's code uses its models, read from syntax trees: each file is read once."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable
from typing import Literal

from dbwright.core.mapping import Mapping
from dbwright.core.source import Source
from dbwright.recipes import model_syntax, model_words

_SESSION_DELETE = re.compile(r"[sS]ession\w*(?:\(\))?\.delete\(\s*(?:self\.)?(\w+)")
_ANY = {"obj", "object", "instance", "entity", "item", "row", "model", "record", "o", "x"}
Strings = dict[str, tuple[str, ...]]


def deleted_in_bulk(sources: Iterable[Source]) -> frozenset[str]:
    """Gives the names of classes that `delete(X)` or `query(X).delete()` is sent for."""
    found: set[str] = set()
    for source in sources:
        if "delete(" in source.text and not model_syntax.is_test(source.path):
            found |= _deleted(source.text)
    return frozenset(found)


def values_of(sources: Iterable[Source], owner: str, attribute: str) -> tuple[str, ...]:
    """Gives the texts that the code compares with or assigns to an attribute of that name.

    In the order in which they are met, from files that name the class too; tests count, since
    they know the values as well.
    """
    found: dict[str, None] = {}
    for source in sources:
        if attribute in source.text and owner in source.text:
            found |= dict.fromkeys(_compared(source.text).get(attribute, ()))
    return tuple(found)


def deleted_objects(mapping: Mapping) -> frozenset[str] | None:
    """Gives the names of the variables that `session.delete()` is called with.

    None where only the files of the models were read: then nothing is known.
    """
    models = {mapper.place.file for mapper in mapping.mappers if mapper.place}
    others = [source for source in mapping.sources if source.path not in models]
    if not any(not model_syntax.is_migration(source.path) for source in others):
        return None
    found: set[str] = set()
    for source in mapping.sources:
        if not model_syntax.is_test(source.path):
            found |= set(_SESSION_DELETE.findall(source.text))
    return frozenset(found)


def deletion(name: str, deleted: frozenset[str] | None) -> Literal["likely", "possible", "no"]:
    """Gives how sure it is that code deletes objects of a class, by the names of its variables.

    `obj` and the like may be of any class; without the code deletion is taken for likely.
    """
    if deleted is None:
        return "likely"
    said = set(model_words.words(name))
    if any(set(model_words.words(name)) <= said for name in deleted if model_words.words(name)):
        return "likely"
    return "possible" if deleted & _ANY else "no"


def stored_names(sources: Iterable[Source], attribute: str) -> frozenset[str]:
    """Gives the names of the functions and variables whose values are stored in an attribute."""
    found: set[str] = set()
    for source in sources:
        if attribute in source.text:
            found |= set(_calls(source.text).get(attribute, ()))
    return frozenset(found)


def is_opened(sources: Iterable[Source], attribute: str) -> bool:
    """Whether code opens the file that an attribute, or an entry of that name, is the path of."""
    return any(attribute in _opened(s.text) for s in sources if attribute in s.text)


def is_asked_for_none(sources: Iterable[Source], attribute: str) -> bool:
    """Whether code tells None from the other values: `X.done.is_(None)`, `x.done is None`."""
    return any(attribute in _asked(s.text) for s in sources if attribute in s.text)


def is_assigned(sources: Iterable[Source], attribute: str) -> bool:
    """Whether code outside of tests gives an attribute of that name a new value.

    `x.updated_at = …`, `values(updated_at=…)`, `{"updated_at": …}` and `setattr(x, "updated_at")`
    count; the keywords of a class's own call (`Page(updated_at=…)`) do not: they make a row.
    """
    told = (source for source in sources if attribute in source.text)
    return any(
        attribute in _assigned(source.text)
        for source in told
        if not model_syntax.is_test(source.path)
    )


@functools.lru_cache(maxsize=4096)
def _opened(text: str) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(_tree(text)) if "open(" in text else ():
        if not isinstance(node, ast.Call) or model_syntax.dotted(node.func) != "open":
            continue
        for path in node.args[:1]:
            if isinstance(path, ast.Attribute):
                found.add(path.attr)
            elif isinstance(path, ast.Subscript) and _is_text(path.slice):
                found.add(path.slice.value)  # type: ignore[attr-defined]
    return frozenset(found)


@functools.lru_cache(maxsize=4096)
def _asked(text: str) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(_tree(text)):
        if isinstance(node, ast.Compare) and _is_none(node.comparators[:1]):
            asked: ast.expr = node.left
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"is_", "is_not", "isnot"}
            and _is_none(node.args)
        ):
            asked = node.func.value
        else:
            continue
        if isinstance(asked, ast.Attribute):
            found.add(asked.attr)
    return frozenset(found)


def _is_none(nodes: list[ast.expr]) -> bool:
    return len(nodes) == 1 and isinstance(nodes[0], ast.Constant) and nodes[0].value is None


@functools.lru_cache(maxsize=4096)
def _assigned(text: str) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(_tree(text)):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {item.attr for item in targets if isinstance(item, ast.Attribute)}
        elif isinstance(node, ast.Dict):
            found |= {key.value for key in node.keys if _is_text(key)}  # type: ignore[union-attr]
        elif isinstance(node, ast.Call):
            name = model_syntax.dotted(node.func).rpartition(".")[2]
            if name in ("values", "update"):
                found |= {word.arg for word in node.keywords if word.arg}
            elif name == "setattr" and len(node.args) > 1 and _is_text(node.args[1]):
                found.add(node.args[1].value)  # type: ignore[attr-defined]
    return frozenset(found)


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@functools.lru_cache(maxsize=4096)
def _tree(text: str) -> ast.Module:
    try:
        return Source("", text).tree
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


@functools.lru_cache(maxsize=4096)
def _deleted(text: str) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(_tree(text)):
        if not isinstance(node, ast.Call):
            continue
        name = model_syntax.dotted(node.func)
        if name.rpartition(".")[2] == "delete" and not node.args:
            found |= _queried(node.func)
        bare = name in {"delete", "sa.delete", "sqlalchemy.delete"}
        if bare and node.args and isinstance(node.args[0], ast.Name):
            found.add(node.args[0].id)
    return frozenset(found)


def _queried(node: ast.expr) -> set[str]:
    """The class in `session.query(X).filter(…)` below a `.delete`."""
    for item in ast.walk(node):
        queries = isinstance(item, ast.Call) and model_syntax.dotted(item.func).endswith("query")
        if isinstance(item, ast.Call) and queries and item.args:
            return {model_syntax.dotted(item.args[0]).rpartition(".")[2]}
    return set()


@functools.lru_cache(maxsize=4096)
def _compared(text: str) -> Strings:
    found: dict[str, list[str]] = {}
    for node in ast.walk(_tree(text)):
        if isinstance(node, ast.Compare) and len(node.comparators) == 1:
            _note(found, node.left, node.comparators[0])
            _note(found, node.comparators[0], node.left)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                _note(found, target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            _note_column(found, node.target, node.value)
        elif isinstance(node, ast.Call):
            _note_call(found, node)
        if isinstance(node, ast.Assign):
            _note_column(found, node.targets[0], node.value)
    return {name: tuple(values) for name, values in found.items()}


def _note(found: dict[str, list[str]], place: ast.expr, value: ast.expr) -> None:
    if isinstance(place, ast.Attribute):
        found.setdefault(place.attr, []).extend(_texts(value))


def _note_call(found: dict[str, list[str]], node: ast.Call) -> None:
    """`X.status.in_([…])`, and keywords: `Order(status="paid")`, `values(status="paid")`."""
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"in_", "not_in", "notin_"}:
        for argument in node.args:
            _note(found, node.func.value, argument)
    for keyword in node.keywords:
        if keyword.arg:
            found.setdefault(keyword.arg, []).extend(_texts(keyword.value))


def _note_column(found: dict[str, list[str]], target: ast.expr, value: ast.expr) -> None:
    """The defaults in `status = mapped_column(default="new")`."""
    if not isinstance(target, ast.Name) or not isinstance(value, ast.Call):
        return
    for keyword in value.keywords:
        if keyword.arg in {"default", "server_default"}:
            found.setdefault(target.id, []).extend(_texts(keyword.value))


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and node.value else []
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [text for item in node.elts for text in _texts(item)]
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    return []


@functools.lru_cache(maxsize=4096)
def _calls(text: str) -> Strings:
    found: dict[str, list[str]] = {}
    for node in ast.walk(_tree(text)):
        pairs: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.Assign):
            pairs = [(t.attr, node.value) for t in node.targets if isinstance(t, ast.Attribute)]
        elif isinstance(node, ast.Call):
            pairs = [(word.arg, word.value) for word in node.keywords if word.arg]
        for name, value in pairs:
            called = [model_syntax.dotted(part) for part in ast.walk(value)]
            found.setdefault(name, []).extend(called)
    return {name: tuple(values) for name, values in found.items()}

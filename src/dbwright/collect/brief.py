"""Reads a brief from YAML or JSON; what is wrong names the file, the line and the way out."""

from __future__ import annotations

import types
import typing
from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path as FilePath
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from dbwright.core.brief import BRIEF_VERSION, Brief
from dbwright.core.errors import CollectError
from dbwright.recipes.design import problems, surroundings
from dbwright.recipes.design.problem import Path, Problem, near
from dbwright.recipes.design.spellings import KINDS, TYPES

LARGEST = 4_000_000
SCHEMA = "The whole of it:  dbwright models design --schema"


def read(path: FilePath, database: str = "postgresql", known: Collection[str] = ()) -> Brief:
    """Gives the brief in a file; CollectError with file and line where there is none."""
    try:
        if path.stat().st_size > LARGEST:
            raise CollectError("is too large for a brief", file=str(path), way_out="Split it.")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CollectError(f"cannot be read: {error.strerror}", file=str(path)) from error
    except UnicodeDecodeError as error:
        raise CollectError(
            "is not UTF-8 text", file=str(path), way_out="Save it as UTF-8."
        ) from error
    return parse(text, str(path), database, known)


def parse(
    text: str,
    file: str = "brief.yaml",
    database: str = "postgresql",
    known: Collection[str] = (),
) -> Brief:
    """Gives the brief that a text holds, checked; CollectError for the first thing wrong.

    `known` are classes that are there already, which it may name as well.
    """
    reader = _Reader(file)
    root = reader.composed(text)
    brief: Brief = reader.value(Brief, root, ())
    if brief.version != BRIEF_VERSION:
        reader.fail(("version",), f"version {brief.version} is not known", f"Say {BRIEF_VERSION}.")
    found = problems.of(surroundings.among(brief, known), database)
    if found:
        raise reader.error(found)
    return brief


class _Reader:
    """Turns the nodes of a YAML document into the dataclasses of a brief, keeping their lines."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {(): 1}

    def composed(self, text: str) -> Any:
        import yaml  # type: ignore[import-untyped]

        if self.file.endswith(".json"):
            text = text.replace("\t", " ")  # white space to JSON, an error to YAML
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = mark.line + 1 if mark else None
            raise CollectError(
                f"is no YAML: {error.problem or error.context}", file=self.file, line=line
            ) from error
        except (yaml.YAMLError, RecursionError) as error:
            raise CollectError(f"is no YAML: {error}", file=self.file) from error
        if node is None:
            raise CollectError("the brief is empty", file=self.file, way_out=SCHEMA)
        return node

    def fail(self, path: Path, message: str, way_out: str = "") -> typing.NoReturn:
        raise CollectError(message, file=self.file, line=self.line(path), way_out=way_out or None)

    def line(self, path: Path) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def error(self, found: list[Problem]) -> CollectError:
        """The first problem as the error, the others below it."""
        first, *others = found
        more = [f"line {self.line(item.path)}: {item.message}. {item.way_out}" for item in others]
        if len(more) > 9:
            more = [*more[:9], f"and {len(more) - 9} more"]
        way_out = "\n".join(text.rstrip() for text in [first.way_out, *more] if text)
        return CollectError(
            first.message, file=self.file, line=self.line(first.path), way_out=way_out
        )

    def value(self, hint: Any, node: Any, path: Path) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if is_dataclass(hint):
            return self._dataclass(hint, node, path)
        origin, arguments = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return self._union(arguments, node, path)
        if origin is Literal:
            return self._literal(arguments, node, path)
        if origin is tuple:
            return self._sequence(arguments[0], node, path)
        if origin is dict:
            return self._mapping(arguments[1], node, path)
        return self._scalar(hint, node, path)

    def _pairs(self, node: Any, path: Path) -> Iterator[tuple[str, Any, Any]]:
        if node.id != "mapping":
            self.fail(path, f"{_place(path)} must be a mapping (key: value)", SCHEMA)
        seen: set[str] = set()
        for key, value in node.value:
            if key.id != "scalar":
                self.fail(path, f"{_place(path)} has a key that is no text")
            if key.value in seen:
                self.lines[(*path, key.value)] = key.start_mark.line + 1
                self.fail((*path, key.value), f"{key.value} is there twice in {_place(path)}")
            seen.add(key.value)
            yield key.value, key, value

    def _dataclass(self, cls: Any, node: Any, path: Path) -> Any:
        hints = get_type_hints(cls)
        names = [field.name for field in fields(cls)]
        needed = names[0] if cls is not Brief else None
        if node.id == "scalar" and needed == "name" and _tag(node) == "str":
            return cls(name=node.value)
        given: dict[str, Any] = {}
        flipped = False
        for name, key, value in self._pairs(node, path):
            if name not in hints:
                self.lines[(*path, name)] = key.start_mark.line + 1
                text = f"{name} is no key of {_what(cls)}"
                self.fail((*path, name), text, near(name, names))
            if name == "kind" and value.id == "scalar" and value.value in KINDS:
                value.value, turned = KINDS[value.value]
                flipped = turned
            given[name] = self.value(hints[name], value, (*path, name))
        for field in fields(cls):
            required = field.default.__class__.__name__ == "_MISSING_TYPE" and (
                field.default_factory.__class__.__name__ == "_MISSING_TYPE"
            )
            if required and field.name not in given:
                self.fail(path, f"{_what(cls)} needs {field.name}", SCHEMA)
        made = cls(**given)
        return replace(made, source=made.target, target=made.source) if flipped else made

    def _union(self, arguments: tuple[Any, ...], node: Any, path: Path) -> Any:
        if _tag(node) == "null" and type(None) in arguments:
            return None
        options = [item for item in arguments if item is not type(None)]
        if len(options) == 1:
            return self.value(options[0], node, path)
        literals = [
            value for item in options if get_origin(item) is Literal for value in get_args(item)
        ]
        if literals:
            return self._literal(tuple(literals), node, path)
        several = next((item for item in options if get_origin(item) is tuple), None)
        if node.id == "sequence" and several is not None:
            return self._sequence(get_args(several)[0], node, path)
        if node.id != "scalar":
            many = " or a list of values" if several is not None else ""
            self.fail(path, f"{_place(path)} must be one value{many}", SCHEMA)
        kinds = {"bool": bool, "int": int, "float": float}
        kind = kinds.get(_tag(node), str)
        return self._scalar(kind, node, path) if kind in options else node.value

    def _literal(self, options: tuple[Any, ...], node: Any, path: Path) -> Any:
        text = node.value if node.id == "scalar" else None
        if text not in options and text in TYPES and TYPES[text] in options:
            return TYPES[text]
        if text not in options:
            shown = text if text is not None else "a list or mapping"
            self.fail(path, f"{_place(path)} cannot be {shown}", near(str(text), options))
        return text

    def _sequence(self, hint: Any, node: Any, path: Path) -> tuple[Any, ...]:
        if node.id == "scalar" and hint is str and _tag(node) != "null":
            return (self.value(hint, node, (*path, 0)),)
        if node.id != "sequence":
            self.fail(path, f"{_place(path)} must be a list", SCHEMA)
        return tuple(
            self.value(hint, item, (*path, number)) for number, item in enumerate(node.value)
        )

    def _mapping(self, hint: Any, node: Any, path: Path) -> dict[str, Any]:
        return {
            name: self.value(hint, value, (*path, name))
            for name, _, value in self._pairs(node, path)
        }

    def _scalar(self, hint: Any, node: Any, path: Path) -> Any:
        if node.id != "scalar":
            self.fail(path, f"{_place(path)} must be {_kind(hint)}, not a list or mapping", SCHEMA)
        tag, text = _tag(node), node.value
        if hint is str and tag != "null":
            return text
        if hint is bool and tag == "bool":
            return text.lower() in ("true", "yes", "on")
        if hint in (int, float) and tag in ("int", "float"):
            number = float(text.replace("_", ""))
            if hint is float:
                return number
            if number == int(number):
                return int(number)
        return self.fail(path, f"{_place(path)} must be {_kind(hint)}, not {text!r}", SCHEMA)


def _tag(node: Any) -> str:
    return str(node.tag).rpartition(":")[2]


def _place(path: Path) -> str:
    shown = [str(part) if isinstance(part, str) else f"[{part + 1}]" for part in path]
    return ".".join(shown).replace(".[", "[") or "the brief"


def _what(cls: Any) -> str:
    name = cls.__name__.removeprefix("Brief").lower()
    return f"a {name}" if name and name[0] not in "aeiou" else f"an {name}" if name else "a brief"


def _kind(hint: Any) -> str:
    return {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}[hint]

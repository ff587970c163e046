"""The published JSON schema of a brief (draft 2020-12), taken from the dataclasses themselves."""

from __future__ import annotations

import inspect
import re
import types
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from dbwright.core.brief import BRIEF_VERSION, Brief
from dbwright.recipes.design.spellings import KINDS, TYPES

_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": ["string", "number", "boolean"]},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
}


def brief_schema() -> dict[str, Any]:
    """Gives the schema that a brief in YAML or JSON satisfies."""
    found: dict[str, Any] = {}
    top = _object(Brief, found)
    top["properties"]["version"] = {"const": BRIEF_VERSION}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dbwright brief",
        **top,
        "$defs": dict(sorted(found.items())),
    }


def _object(cls: Any, found: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    meanings = _meanings(cls)
    properties = {}
    for item in fields(cls):
        schema = _of(hints[item.name], found)
        if item.name in meanings:
            schema = {**schema, "description": meanings[item.name]}
        properties[item.name] = schema
    return {
        "description": (inspect.getdoc(cls) or "").partition("\n")[0],
        "type": "object",
        "properties": properties,
        "required": [item.name for item in fields(cls) if _is_needed(item)],
        "additionalProperties": False,
    }


def _is_needed(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _of(hint: Any, found: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return _reference(hint, found)
    if origin is Literal:
        return {"enum": _spellings(arguments)}
    if origin in (Union, types.UnionType):
        return _union(arguments, found)
    if origin is tuple:
        items = _of(arguments[0], found)
        many = {"type": "array", "items": items}
        return {"anyOf": [many, items]} if arguments[0] is str else many
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1], found)}
    return dict(_PLAIN[hint])


def _spellings(values: tuple[Any, ...]) -> list[Any]:
    """The values, and other words for them that the reader takes."""
    others = [word for word, meant in TYPES.items() if meant in values]
    if "many-to-one" in values:
        others += list(KINDS)
    return [*values, *(word for word in others if word not in values)]


def _union(arguments: tuple[Any, ...], found: dict[str, Any]) -> dict[str, Any]:
    literals = [value for item in arguments for value in get_args(item)
                if get_origin(item) is Literal]  # fmt: skip
    if literals:
        return {"enum": literals}
    many = [item for item in arguments if get_origin(item) is tuple]
    if many:
        one = _union(tuple(item for item in arguments if item not in many), found)
        return {"anyOf": [one, *(_of(item, found) for item in many)]}
    options = [_of(item, found) for item in arguments]
    kinds = [option.get("type") for option in options]
    if all(kinds):
        flat = [name for kind in kinds for name in (kind if isinstance(kind, list) else [kind])]
        return {"type": list(dict.fromkeys(flat))}
    return {"anyOf": options}


def _reference(cls: Any, found: dict[str, Any]) -> dict[str, Any]:
    name = cls.__name__.removeprefix("Brief").lower()
    if name not in found:
        found[name] = {}
        found[name] = _object(cls, found)
    reference = {"$ref": f"#/$defs/{name}"}
    if fields(cls)[0].name == "name":  # a name alone says all that is needed
        return {"anyOf": [reference, {"type": "string"}]}
    return reference


def _meanings(cls: Any) -> dict[str, str]:
    """What the docstring says of each field: `name: meaning` up to the next one."""
    text = " ".join((inspect.getdoc(cls) or "").split())
    names = [item.name for item in fields(cls)]
    listed = "|".join(names)
    marks = list(re.finditer(rf"(?:^|[.;] |` )((?:{listed})(?:(?:, | and )(?:{listed}))*): ", text))
    found: dict[str, str] = {}
    for mark, after in zip(marks, [*marks[1:], None], strict=False):
        meaning = text[mark.end() : after.start() if after else None].strip(" .;")
        for name in re.split(r", | and ", mark[1]):
            found[name] = meaning
    return found

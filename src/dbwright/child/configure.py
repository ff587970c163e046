"""Configures the mappers as the application's first query would, and notes what goes wrong."""

from __future__ import annotations

import re
import warnings
import weakref
from typing import Any

from . import places

MOST = 200  # broken mappers that are reported
_noted: weakref.WeakKeyDictionary[Any, list[dict[str, Any]]] = weakref.WeakKeyDictionary()


def configured(found: list[Any]) -> list[dict[str, Any]]:
    """Configures every mapper; gives each error and warning as JSON of MappingProblem.

    SQLAlchemy stops at the first broken mapper and stays broken; here that mapper is set aside
    and the others go on, so that all problems come at once. It configures once in a process:
    what was found the first time is given again.
    """
    from sqlalchemy.exc import SAWarning

    problems: list[dict[str, Any]] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SAWarning)
        for _ in range(MOST):
            error = _first_error(found)
            if error is None:
                break
            problems.append(_error(error, found))
            if not _set_aside(found):
                break
    return noted(found, problems + warned(caught, found))


def noted(found: list[Any], problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Takes down problems of these mappers, and gives all that are known of them."""
    known: list[dict[str, Any]] = []
    for registry in {id(mapper.registry): mapper.registry for mapper in found}.values():
        known += [item for item in _noted.get(registry, []) if item not in known]
    known += [item for item in problems if item not in known]
    for mapper in found:
        _noted[mapper.registry] = known
    return list(known)


def warned(caught: list[Any], found: list[Any]) -> list[dict[str, Any]]:
    """Gives the SQLAlchemy warnings among those caught, each text once."""
    from sqlalchemy.exc import SAWarning

    texts: dict[str, Any] = {}
    for item in caught:
        if issubclass(item.category, SAWarning):
            texts.setdefault(str(item.message), item)
    return [_warning(text, item, found) for text, item in texts.items()]


def _first_error(found: list[Any]) -> Exception | None:
    from sqlalchemy.orm import configure_mappers

    try:
        configure_mappers()
    except Exception as error:
        return error
    for mapper in found:
        if not mapper.configured:
            try:
                mapper._check_configure()
            except Exception as error:
                return error
    return None


def _set_aside(found: list[Any]) -> bool:
    from sqlalchemy.orm.mapper import _all_registries

    broken = [
        mapper
        for registry in _all_registries()
        for mapper in registry.mappers
        if "_configure_failed" in mapper.__dict__
    ]
    for mapper in broken:
        del mapper._configure_failed
        mapper.configured = True
    return bool(broken)


def _error(error: Exception, found: list[Any]) -> dict[str, Any]:
    text = str(error).split("\n(Background on this error")[0]
    mapper, attribute = _at_fault(text, found) or _named(text, found)
    if mapper is None:
        mapper = next((item for item in found if "_configure_failed" in item.__dict__), None)
    if mapper is not None and attribute is None:
        attribute = _by_target(mapper, text)
    return _problem("error", type(error).__name__, text, mapper, attribute)


def _warning(text: str, item: Any, found: list[Any]) -> dict[str, Any]:
    mapper, attribute = _named(text, found)
    text = re.split(r" \(This warning originated|\s\(Background on", text)[0]
    return _problem("warning", item.category.__name__, text, mapper, attribute)


def _problem(
    severity: str, kind: str, text: str, mapper: Any, attribute: str | None
) -> dict[str, Any]:
    place = None
    if mapper is not None:
        member = places.member(mapper.class_, attribute) if attribute else None
        place = member[0] if member else places.of_class(mapper.class_)
    return {
        "severity": severity,
        "type": kind,
        "message": text.strip(),
        "mapper": qualified(mapper.class_) if mapper is not None else None,
        "attribute": attribute,
        "place": place,
    }


def qualified(cls: type) -> str:
    """Gives the class's name with its module in front."""
    return f"{cls.__module__}.{cls.__qualname__}"


_MAPPER = re.compile(r"[Mm]apper\[(\w+)\(|[Mm]apper '?(?:Mapper\[)?(\w+)")
_ATTRIBUTE = re.compile(r"'?\b([A-Z_]\w*)\.(\w+)\b'?")


_DIRECTION = re.compile(r"(\w+)\.(\w+) and back-reference (\w+)\.(\w+) are both of the same dir")
_PROPERTY = re.compile(r"Mapper\[(\w+)\(.*\]'? has no property '(\w+)'")


def _at_fault(text: str, found: list[Any]) -> tuple[Any, str] | None:
    """Gives the relationship to change where the message names the other side first."""
    sides = _DIRECTION.search(text)
    if sides:
        pairs = [(sides[1], sides[2]), (sides[3], sides[4])]
        for mapper in found:
            for name, attribute in pairs:
                if mapper.class_.__name__ == name and _is_one(mapper, attribute):
                    return mapper, attribute
    missing = _PROPERTY.search(text)
    for mapper in found if missing else ():
        for key, prop in mapper._props.items():
            other = getattr(prop, "back_populates", None)
            if missing and other == missing[2] and _target(mapper, key) == missing[1]:
                return mapper, str(key)
    return None


def _is_one(mapper: Any, attribute: str) -> bool:
    """Whether the attribute is the parent's side of a tree: one object, by annotation or name."""
    prop = mapper._props.get(attribute)
    member = places.member(mapper.class_, attribute)
    annotation = (member[1].annotation if member else None) or ""
    if re.search(r"\b([Ll]ist|[Ss]et|Sequence|Collection)\[", annotation):
        return False
    if annotation or getattr(prop, "uselist", None) is False:
        return True
    one = {"parent", "up", "above", "root", "manager", "boss", "owner", "superior", "mother"}
    return attribute in one or not attribute.endswith(("s", "children"))


def _target(mapper: Any, attribute: str) -> str | None:
    """The name of the class that a relationship points at, whether configured or not."""
    argument = getattr(mapper._props[attribute], "argument", None)
    if isinstance(argument, str):
        return argument.rpartition(".")[2]
    if isinstance(argument, type):
        return argument.__name__
    member = places.member(mapper.class_, attribute)
    annotation = (member[1].annotation if member else None) or ""
    words = [word for word in re.findall(r"\w+", annotation) if word[:1].isupper()]
    return words[-1] if words else None


def _named(text: str, found: list[Any]) -> tuple[Any, str | None]:
    """Gives the mapper and the attribute that a message names."""
    by_name = {mapper.class_.__name__: mapper for mapper in found}
    for match in _ATTRIBUTE.finditer(text):
        mapper = by_name.get(match[1])
        if mapper is not None and match[2] in mapper._props:
            return mapper, match[2]
    for match in _MAPPER.finditer(text):
        mapper = by_name.get(match[1] or match[2])
        if mapper is not None:
            return mapper, None
    return None, None


def _by_target(mapper: Any, text: str) -> str | None:
    """Gives the relationship whose argument the message quotes ('Pots' failed to locate)."""
    quoted = set(re.findall(r"'([\w.]+)'", text))
    for name, prop in mapper._props.items():
        argument = getattr(prop, "argument", None)
        shown = argument if isinstance(argument, str) else getattr(argument, "arg", None)
        if shown in quoted or name in quoted:
            return str(name)
    for name in mapper._props:
        member = places.member(mapper.class_, name)
        annotation = (member[1].annotation if member else None) or ""
        if any(word in re.findall(r"\w+", annotation) for word in quoted):
            return str(name)
    return None

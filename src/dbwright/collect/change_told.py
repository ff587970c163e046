"""A step of a change request in a sentence, for the one who wrote the request."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.change_names import listed, plural
from dbwright.core.brief import BriefAttribute
from dbwright.core.mapping import Mapping
from dbwright.core.model_change import (
    AddBag,
    AddColumn,
    AddIndex,
    AddModel,
    AddRelationship,
    ChangeColumn,
    RemoveColumn,
    RemoveModel,
    RenameColumn,
    Step,
)


def told(step: Step, mapping: Mapping) -> str:
    """Gives what a step does."""
    match step:
        case AddColumn():
            return f"a new column {_name(step.model, mapping)}.{step.attribute.name}: {_of(step)}"
        case AddModel():
            columns = ", ".join(column.attribute.name for column in step.columns)
            return f"a new model {step.name}" + (f" with {columns}" if columns else "")
        case AddBag():
            known = ", ".join(column.attribute.name for column in step.known)
            named = f" ({known})" if known else ""
            return f"{step.topic} of each {_name(step.model, mapping)}{named}"
        case AddRelationship():
            return _relationship(step, mapping)
        case AddIndex():
            columns = ", ".join(step.attributes)
            kind = "a unique index" if step.unique else "an index"
            return f"{kind} on {_name(step.model, mapping)}: {columns}"
        case RenameColumn():
            return f"{_name(step.model, mapping)}.{step.attribute} becomes {step.to}"
        case RemoveColumn():
            return f"{_name(step.model, mapping)}.{step.attribute} goes, with its values"
        case RemoveModel():
            return f"{_name(step.model, mapping)} goes, with its table"
        case ChangeColumn():
            return f"{_name(step.model, mapping)}.{step.attribute}: {_changed(step)}"


def told_of_many(steps: Sequence[Step], mapping: Mapping) -> list[str]:
    """Gives what steps do that are the same for several models, each thing once."""
    by_meaning: dict[str, list[str]] = {}
    for step in steps:
        owner = _name(getattr(step, "model", getattr(step, "source", "")), mapping)
        meaning = told(step, mapping).replace(f"{owner}.", "", 1)
        by_meaning.setdefault(meaning, []).append(owner)
    return [f"{meaning}, in {listed(owners, 'and')}" for meaning, owners in by_meaning.items()]


def _relationship(step: AddRelationship, mapping: Mapping) -> str:
    source, target = _name(step.source, mapping), _name(step.target, mapping)
    named = f" as {step.name}" if step.name else ""
    if step.kind == "many-to-many":
        return (
            f"{_a(source)} has many {plural(target)}, and {_a(target)} many {plural(source)}{named}"
        )
    one = "exactly one" if step.required else "at most one" if step.required is False else "one"
    back = f"at most one {source}" if step.kind == "one-to-one" else f"many {plural(source)}"
    return f"{_a(source)} refers to {one} {target}{named}; {_a(target)} has {back}"


def _a(name: str) -> str:
    return f"an {name}" if name[:1].lower() in "aeio" else f"a {name}"


def _of(step: AddColumn) -> str:
    attribute = step.attribute
    words = [step.sql or _type(attribute)]
    words += ["required"] if step.required else ["nullable"] if step.required is False else []
    words += ["unique"] if attribute.unique else []
    words += ["indexed"] if step.indexed else []
    words += ["set anew at each update"] if step.on_update else []
    words += [f"default {attribute.default}"] if attribute.default is not None else []
    words += [f"at least {attribute.minimum:g}"] if attribute.minimum is not None else []
    words += [f"at most {attribute.maximum:g}"] if attribute.maximum is not None else []
    words += [f"more than {attribute.above:g}"] if attribute.above is not None else []
    return ", ".join(words)


def _type(attribute: BriefAttribute) -> str:
    if attribute.values:
        return f"one of {', '.join(attribute.values)}"
    size = ""
    if attribute.length:
        size = f"({attribute.length})"
    elif attribute.precision:
        size = f"({attribute.precision},{attribute.scale or 0})"
    return f"{attribute.type}{size}"


def _changed(step: ChangeColumn) -> str:
    words = []
    if step.required is not None:
        words.append("required" if step.required else "nullable")
    if step.unique is not None:
        words.append("unique" if step.unique else "no longer unique")
    if step.indexed is not None:
        words.append("indexed" if step.indexed else "no longer indexed")
    if step.retyped is not None:
        words.append(f"it becomes {step.sql or _type(step.retyped)}")
    if step.default is not None:
        words.append(f"default {step.default}")
    return ", ".join(words)


def _name(model: str, mapping: Mapping) -> str:
    found = mapping.mapper(model)
    return found.name if found else model

"""Collections that code loads only to count them, or to ask whether there is anything in them."""

from __future__ import annotations

from dbwright.core.recording import Group, Recording, Relationship, Use, UseKind

MANY = 100
"""So many rows of one collection are too many to be loaded for their number."""
_FEW = 10


def collection(recording: Recording, owner: str, name: str) -> Relationship | None:
    """Gives a relationship to many; None for another one."""
    mapped = recording.classes.get(owner)
    found = mapped.relationships.get(name) if mapped is not None else None
    return found if found is not None and found.many else None


def kind(recording: Recording, group: Group) -> UseKind | None:
    """Gives how a late load is used where that is counting alone; None for anything else.

    All uses in the function count: one that is listed too is loaded for that.
    """
    place, name = group.place, group.names[0] if group.names else ""
    if place is None or collection(recording, group.owner, name) is None:
        return None
    named = [each for each in recording.uses if each.name == name and each.file == place.file]
    here = [each for each in named if each.line <= place.line <= each.last]
    functions = {each.function for each in here}
    return _only([each for each in named if each.function in functions]) if here else None


def eager(recording: Recording, owner: str, name: str, rows: int) -> Use | None:
    """Gives where a collection that was loaded ahead is counted; None where that is not all."""
    if rows < _FEW or collection(recording, owner, name) is None:
        return None
    named = [each for each in recording.uses if each.name == name]
    return named[0] if _only(named) else None


def _only(found: list[Use]) -> UseKind | None:
    kinds = {each.kind for each in found}
    if not kinds or "other" in kinds:
        return None
    return "counted" if "counted" in kinds else "asked"

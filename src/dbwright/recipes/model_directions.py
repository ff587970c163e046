"""Relationships of a table with itself whose direction is not the one that their name says."""

from __future__ import annotations

from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.recipes import model_syntax, models


def is_backwards(mapping: Mapping, mapper: Mapper, found: Relationship) -> bool:
    """Whether `parent`, over parent_id of the same table, leads to the children instead.

    Without remote_side SQLAlchemy takes a table's relationship with itself for one-to-many.
    """
    if found.target_table != mapper.table or found.direction != "ONETOMANY" or found.viewonly:
        return False
    if found.inherited or len(found.pairs) != 1 or found.place is None:
        return False
    column = found.pairs[0][1]
    if column not in (f"{found.name}_id", f"{found.name}_uuid", f"{found.name}_key"):
        return False
    call = models.call_at(mapping, found.place, "relationship", "Relationship")
    return call is None or model_syntax.keyword(call, "remote_side") is None

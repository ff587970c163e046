"""Library models: classes, tables and relationships that a library makes at run time.

SQLAlchemy-Continuum, for one, gives each versioned model a second table and class, and each model
a relationship to them. Nobody can change them in the project, and what is wrong in a copy is told
of its original.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from dbwright.core.finding import Recommendation
from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.core.place import Place
from dbwright.core.schema import Table


def without_libraries(mapping: Mapping, found: Iterable[Recommendation]) -> list[Recommendation]:
    """Gives the recommendations about what the project itself declares."""
    made = made_by_libraries(mapping)
    return [item for item in found if not _is_about(item.location.object or "", made)]


def made_by_libraries(mapping: Mapping) -> frozenset[str]:
    """Gives the tables, classes and `Class.relationship`s that no file of the project declares.

    Where all are installed, the project itself is: none is a library's then.
    """
    if mapping.mappers and all(
        mapper.place is not None and _is_installed(mapper.place) for mapper in mapping.mappers
    ):
        return frozenset()
    return frozenset([*_tables(mapping), *_classes(mapping), *_relationships(mapping)])


def _is_about(name: str, made: frozenset[str]) -> bool:
    return name in made or name.rpartition(".")[0] in made


def _tables(mapping: Mapping) -> Iterable[str]:
    for table in mapping.schema.tables:
        mappers = mapping.mappers_of(table.key)
        if mappers and all(_is_made(mapping, mapper) for mapper in mappers):
            yield table.key


def _classes(mapping: Mapping) -> Iterable[str]:
    return (mapper.name for mapper in mapping.mappers if _is_made(mapping, mapper))


def _relationships(mapping: Mapping) -> Iterable[str]:
    for mapper in mapping.mappers:
        for relationship in mapper.relationships:
            other = mapping.mapper(relationship.target)
            if other and _is_made(mapping, other) and not _is_written(other, relationship):
                yield f"{mapper.name}.{relationship.name}"


def _is_written(other: Mapper, relationship: Relationship) -> bool:
    """Whether the project's source has it, or the other side that brings it along."""
    back = other.relationship(relationship.back_populates or "")
    return relationship.place is not None or bool(back and back.place)


def _is_made(mapping: Mapping, mapper: Mapper) -> bool:
    if mapper.place is not None:
        return _is_installed(mapper.place)
    written = [attribute.place for attribute in mapper.attributes if attribute.place]
    if written:
        return all(map(_is_installed, written))
    table = mapping.schema.table(mapper.table)
    return table is not None and _is_copy(mapping, table)


def _is_installed(place: Place) -> bool:
    return bool({"site-packages", "dist-packages"}.intersection(PurePath(place.file).parts))


def _is_copy(mapping: Mapping, table: Table) -> bool:
    """Whether its name and columns are another table's with something added."""
    columns = {column.name for column in table.columns}
    return any(
        table.name.startswith(f"{other.name}_")
        and other.schema == table.schema
        and columns.issuperset(column.name for column in other.columns)
        for other in mapping.schema.tables
    )

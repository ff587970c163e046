"""Fixes of models: the edited source, and the migration that takes it to the database."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from dbwright.core.finding import Edit, Fix, Location, Undo
from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.core.place import Place
from dbwright.core.schema import ForeignKey, Table
from dbwright.recipes import model_migrations, model_parts, model_source, model_syntax
from dbwright.recipes.model_draft import Draft


def text_of(mapping: Mapping, location: Location) -> str | None:
    """Gives the text of the location's file, or None when it was not read."""
    source = mapping.source(location.file) if location.file else None
    return source.text if source else None


def add_index(mapping: Mapping, table: str, columns: Sequence[str], location: Location) -> Fix:
    """Gives the fix that indexes columns: `index=True` for one, an Index for several."""
    name = f"ix_{table.replace('.', '_')}_{'_'.join(columns)}"
    if len(columns) == 1:
        draft = Draft(mapping).keyword(location, "index", "True")
        element = f"{columns[0]} = mapped_column(…, index=True)"
    else:
        listed = ", ".join(f'"{column}"' for column in columns)
        element = f'Index("{name}", {listed})'
        draft = Draft(mapping).table_argument(table, element, "Index")
    return draft.fix(
        f"index {', '.join(columns)}",
        otherwise=element,
        migration=model_migrations.create_index(name, table, columns),
    )


def index_migration(name: str, table: str, columns: Sequence[str], unique: bool = False) -> str:
    """Gives Alembic code that builds an index without stopping writes."""
    return model_migrations.create_index(name, table, columns, unique=unique)


def with_migration(code: str, migration: str) -> str:
    """Gives the model's code and, below it, the migration in a revision of its own."""
    return f"{code}\n# and in a revision of its own:\n{migration}" if migration else code


def undo(fix: Fix, text: str) -> Undo:
    """Gives the undo of a fix by edits: the former contents."""
    return Undo(text, tuple(Edit(edit.path, edit.after, edit.before) for edit in fix.edits))


def comment_at(mapping: Mapping, place: Place | None) -> str:
    """Gives the comment of the user's that stands at a place, empty without one."""
    source = mapping.source(place.file) if place else None
    return model_syntax.commented(source, place.line) if source and place else ""


def is_child_column(mapping: Mapping, table: Table, column: str) -> bool:
    """Whether only a class of single-table inheritance has the column: others leave it NULL."""
    mappers = mapping.mappers_of(table.key)
    if not any(mapper.inheritance == "single" for mapper in mappers):
        return False
    roots = [mapper for mapper in mappers if mapper.inheritance != "single"]
    return all(mapper.attribute_of(column) is None for mapper in roots)


def call_at(mapping: Mapping, place: Place | Location | None, *names: str) -> ast.Call | None:
    """Gives the syntax of the call of one of these names at a place, None when it is not there."""
    source = mapping.source(place.file) if place and place.file else None
    return model_syntax.call(source, place.line, *names) if source and place else None


def without_unique(
    draft: Draft, mapping: Mapping, table: str, columns: Sequence[str], name: str | None
) -> Draft:
    """Gives the draft with a unique constraint taken out of the model: keyword or argument."""
    mappers = mapping.mappers_of(table)
    found = mapping.schema.table(table)
    if found is None or not mappers or mappers[0].place is None:
        return replace(draft, spoiled=True)
    place = mapping.place_of(found, columns[0])
    call = call_at(mapping, place, *model_source.COLUMN_CALLS)
    if len(columns) == 1 and model_syntax.keyword(call, "unique") is not None:
        return draft.keyword(place, "unique", None)
    if name is None:
        return replace(draft, spoiled=True)
    owner = mappers[0]
    return draft.change(
        Place(mappers[0].place.file, 0),
        lambda text: model_parts.remove_table_argument(text, owner.name, name),
    )


def relationship_place(mapping: Mapping, mapper: Mapper, found: Relationship) -> Place | None:
    """Gives where a relationship is declared: for one made by backref=, on the other side."""
    if found.place is not None:
        return found.place
    other = mapping.mapper(found.target)
    back = other.relationship(found.back_populates or "") if other else None
    return (back.place if back else None) or mapper.place


def relationship_calls(found: Relationship) -> tuple[str, ...]:
    """Gives the names of the call that holds a relationship's settings."""
    return ("relationship", "Relationship") if found.place is not None else ("backref",)


def key_of(mapping: Mapping, relationship: Relationship) -> ForeignKey | None:
    """Gives the foreign key of the target's table that a one-to-many relationship follows."""
    table = mapping.schema.table(relationship.target_table)
    remote = {column for _, column in relationship.pairs}
    for foreign_key in table.foreign_keys if table else ():
        if set(foreign_key.columns) == remote:
            return foreign_key
    return None


def cascading(
    draft: Draft, mapping: Mapping, table: Table, foreign_key: ForeignKey
) -> tuple[Draft, str]:
    """Gives the draft with ON DELETE CASCADE on a foreign key, and the migration for it."""
    place = mapping.place_of(table, foreign_key.columns[0])
    if len(foreign_key.columns) == 1:
        draft = draft.keyword(place, "ondelete", '"CASCADE"', ("ForeignKey",))
    else:
        draft = replace(draft, spoiled=True)
    name = foreign_key.name or f"{table.name}_{'_'.join(foreign_key.columns)}_fkey"
    migration = model_migrations.foreign_key(
        mapping,
        name,
        table.key,
        foreign_key.columns,
        foreign_key.referred,
        foreign_key.referred_columns,
        on_delete="CASCADE",
        replaces=name,
    )
    return draft, migration


def without_index(draft: Draft, mapping: Mapping, table: str, name: str) -> Draft:
    """Gives the draft with an index taken out of the model, wherever it was declared."""
    found = mapping.schema.table(table)
    index = next((item for item in found.indexes if item.name == name), None) if found else None
    if found is None or index is None:
        return replace(draft, spoiled=True)
    column = index.keys[0].column if len(index.keys) == 1 else None
    place = mapping.place_of(found, column) if column else None
    call = call_at(mapping, place, *model_source.COLUMN_CALLS)
    if model_syntax.keyword(call, "index") is not None:
        return draft.keyword(place, "index", None)
    at = found.place.line if found.place else None
    if not mapping.mappers_of(table) or call_at(mapping, found.place, "Table") is not None:
        return draft.change(
            found.place, lambda text: model_parts.remove_argument(text, at or 0, "Table", name)
        )
    owners = mapping.mappers_of(table)
    owner = owners[0] if owners and owners[0].place else None
    line = index.place.line if index.place else None
    source = mapping.source(index.place.file) if index.place else None
    node = model_syntax.statement(source, line) if source else None
    if isinstance(node, ast.Expr) and line is not None:
        return draft.change(index.place, lambda text: model_source.remove_statement(text, line))
    if owner is None or owner.place is None:
        return replace(draft, spoiled=True)
    return draft.change(
        Place(owner.place.file, 0),
        lambda text: model_parts.remove_table_argument(text, owner.name, name),
    )


def names_type(mapping: Mapping, place: Place | Location | None, names: Sequence[str]) -> bool:
    """Whether the column's call at a place has one of these types, bare or called."""
    call = call_at(mapping, place, "mapped_column", "Column", "Field")
    source = mapping.source(place.file) if place and place.file else None
    if call is None or source is None:
        return False
    known = model_syntax.renamed(source.text)
    values = [*call.args, *(word.value for word in call.keywords if word.arg == "type_")]
    heads = [value.func if isinstance(value, ast.Call) else value for value in values]
    found = [model_syntax.dotted(head).rpartition(".")[2] for head in heads]
    return any(known.get(name, name) in names for name in found)

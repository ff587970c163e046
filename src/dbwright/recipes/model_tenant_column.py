"""The tenant column for a table that lacks it, written as the project's other tables have it."""

from __future__ import annotations

import ast

from dbwright.core.finding import Fix, Location
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.schema import Column, ForeignKey
from dbwright.recipes import (
    code,
    model_migrations,
    model_parts,
    model_syntax,
    models,
    sqlalchemy_code,
)
from dbwright.recipes.model_draft import Draft

_PYTHON = {"integer": "int", "bigint": "int", "smallint": "int"}


def added(mapping: Mapping, table: str, column: str, location: Location) -> Fix:
    """Gives the fix that adds the column to the model, and the migration that fills it first."""
    like, key = _like(mapping, column)
    text, draft = _drafted(mapping, table, like, key, location)
    return draft.fix(
        f"say in each row which {column.rpartition('_')[0]} it belongs to",
        otherwise=text,
        migration=_migration(mapping, table, like, key),
    )


def _like(mapping: Mapping, name: str) -> tuple[Column, ForeignKey | None]:
    """The column as another table has it, and its key to the tenants where one has it."""
    found: list[tuple[Column, ForeignKey | None]] = []
    for table in mapping.schema.tables:
        column = table.column(name)
        if column is not None:
            key = next((key for key in table.foreign_keys if key.columns == (name,)), None)
            found.append((column, key))
    return next((pair for pair in found if pair[1] is not None), found[0])


def _drafted(
    mapping: Mapping, table: str, like: Column, key: ForeignKey | None, location: Location
) -> tuple[str, Draft]:
    """The column's code, and the edit where a foreign key gives the column its type."""
    place = Place(location.file, location.line or 0) if location.file else None
    target = f"{key.referred}.{key.referred_columns[0]}" if key else None
    draft = Draft(mapping)
    if models.call_at(mapping, place, "Table") or not mapping.mappers_of(table):
        argument = ", ".join(filter(None, [code.literal(like.name), _key(target)]))
        text = f"Column({argument}, nullable=False, index=True)"
        if target is None:
            return text, draft.change(None, str)
        line = (place.line or 0) if place else 0
        draft = draft.change(
            place, lambda file: model_parts.append_argument(file, line, ("Table",), text)
        )
        return text, draft.imports(place, "sqlalchemy", "Column", "ForeignKey")
    owner = mapping.mappers_of(table)[0].name
    text = _statement(mapping, place, owner, like, target)
    if target is None or like.type not in _PYTHON:
        return text, draft.change(None, str)
    draft = draft.change(place, lambda file: model_parts.add_column(file, owner, text))
    return text, draft if " = Field(" in text else draft.imports(place, "sqlalchemy", "ForeignKey")


def _key(target: str | None) -> str:
    return f"ForeignKey({code.literal(target)})" if target else ""


def _statement(
    mapping: Mapping, place: Place | None, owner: str, like: Column, target: str | None
) -> str:
    """The column in the style of the class: annotated, SQLModel's or of 1.4."""
    source = mapping.source(place.file) if place else None
    node = model_syntax.class_named(source, owner) if source else None
    text = ast.unparse(node) if node else ""
    python = _PYTHON.get(like.type, "str")
    key = f"{_key(target)}, " if target else ""
    if "Field(" in text and "Mapped[" not in text:
        word = f"foreign_key={code.literal(target)}, " if target else ""
        return f"{like.name}: {python} = Field({word}index=True)"
    if "Mapped[" not in text and "Column(" in text:
        return f"{like.name} = Column({key}nullable=False, index=True)"
    return f"{like.name}: Mapped[{python}] = mapped_column({key}index=True)"


def _migration(mapping: Mapping, table: str, like: Column, key: ForeignKey | None) -> str:
    schema, _, bare = table.rpartition(".")
    kind = sqlalchemy_code.type_code(like.type, ()) or "sa.Integer()"
    extra = f', schema="{schema}"' if schema else ""
    parts = [
        f'op.add_column("{bare}", sa.Column("{like.name}", {kind}){extra})',
        model_migrations.not_null(mapping, table, like.name, None),
    ]
    if key is not None:
        name = f"fk_{bare}_{like.name}"
        there = list(key.referred_columns)
        parts.append(
            model_migrations.foreign_key(mapping, name, table, [like.name], key.referred, there)
        )
    parts.append(model_migrations.create_index(f"ix_{bare}_{like.name}", table, [like.name]))
    return "\n".join(parts)

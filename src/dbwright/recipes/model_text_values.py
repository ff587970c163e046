"""Values that have a type of their own, told from the names of text columns."""

from __future__ import annotations

from dataclasses import dataclass

from dbwright.core.finding import Fix, Location
from dbwright.core.mapping import Mapping
from dbwright.core.schema import Column
from dbwright.recipes import model_annotations, model_migrations, model_words
from dbwright.recipes.model_draft import Draft

_TEXTS = ("String", "Text", "Unicode", "UnicodeText", "VARCHAR", "TEXT", "CHAR", "AutoString")
_THEIRS = {"display", "formatted", "label", "original", "raw", "text"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: in words, a text that is none, and its types in SQL and SQLAlchemy.

    `python` is what the annotation becomes, None where the attribute stays a str.
    """

    words: str
    wrong: str
    sql: str
    type: str
    module: str
    python: str | None = None


DATE = Kind("a date", "soon", "date", "Date", "sqlalchemy", "date")
MOMENT = Kind("a time", "soon", "timestamptz", "DateTime(timezone=True)", "sqlalchemy", "datetime")
UUID = Kind("a UUID", "not-a-uuid", "uuid", "Uuid(as_uuid=False)", "sqlalchemy")
ADDRESS = Kind("an IP address", "nowhere", "inet", "INET", "sqlalchemy.dialects.postgresql")
JSON = Kind("JSON", "{broken", "jsonb", "JSONB", "sqlalchemy.dialects.postgresql", "dict")


def kind(column: Column) -> Kind | None:
    """Gives what a text column holds by its name, None where it may be any text."""
    said = model_words.words(column.name)
    if not said or model_words.is_external(column.name) or _THEIRS.intersection(said[:-1]):
        return JSON if said[-1:] == ("json",) and not model_words.is_external(column.name) else None
    if said[-1] in ("uuid", "guid"):
        return UUID
    if said in {("ip",), ("ip", "address"), ("ip", "addr")} or said[-2:] == ("ip", "address"):
        return ADDRESS
    if len(said) == 2 and said[1] == "ip":
        return ADDRESS
    if said[-1] == "json":
        return JSON
    if said[-1] == "date" or said in {("birthday",), ("birthdate",), ("dob",)}:
        return DATE
    return MOMENT if len(said) > 1 and said[-1] == "at" else None


def typed(mapping: Mapping, place: Location, table: str, column: str, kind: Kind) -> Fix:
    """Gives the fix that gives the column its type, and the migration that converts its values."""
    name = kind.type.partition("(")[0]
    draft = Draft(mapping).column_type(place, _TEXTS, kind.type).imports(place, kind.module, name)
    attribute = mapping.attribute(table, column)
    if attribute and attribute.annotation and kind.python:
        new = model_annotations.replaced(attribute.annotation, "str", kind.python)
        draft = draft.annotation(place, new)
        if kind.python != "dict":
            draft = draft.imports(place, "datetime", kind.python)
    spelled = f"sa.{kind.type}" if kind.module == "sqlalchemy" else f"postgresql.{kind.type}()"
    return draft.fix(
        f"store it as {kind.sql}",
        otherwise=f"{column} = mapped_column({kind.type})",
        migration=model_migrations.change_type(
            mapping, table, column, spelled, f"{column}::{kind.sql}"
        ),
    )

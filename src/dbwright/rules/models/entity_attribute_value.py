"""Values of every kind stand as texts beside the name of their attribute.

## What it does

Looks for tables of (row, attribute, value) whose value is a text: `article_attributes(article_id,
name, value)`. Settings, translations, logs and typed values are left alone.

## Why is this bad?

The database stores "soon" as a date and "-5 kg" as a number without a word. One object is as many
rows as it has attributes, so a search for two of them joins the table twice, and no attribute can
be required.

## When to leave it

When the users themselves invent the attributes and only people read the values.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_migrations, model_types, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
MOST = 7
SURE = {"attribute", "attribute_name", "property", "property_name", "field_name", "attr_name"}
NAMES = {"name", "key", "attr", "field"}
VALUES = {"value", "val", "attribute_value", "property_value", "field_value"}
TABLES = {"attribute", "attributes", "properties", "property", "eav", "fields", "field"}
TEXTS = ("String", "Text", "Unicode", "UnicodeText", "VARCHAR", "TEXT")

BAD = ModelsExample(
    code="""
class Article(Base):
    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)

class ArticleAttribute(Base):
    __tablename__ = "article_attributes"
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
""",
    claims=("accepts_bad_row",),
    object="article_attributes",
)
GOOD = ModelsExample(
    code="""
class Article(Base):
    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)

class ArticleAttribute(Base):
    __tablename__ = "article_attributes"
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(postgresql.JSONB)

class ArticleSetting(Base):
    __tablename__ = "article_settings"
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each table of attributes and texts."""
    for table in mapping.schema.tables:
        if table.kind != "table" or len(table.columns) > MOST or not table.foreign_keys:
            continue
        if model_words.is_diary(table.name) or table.comment:
            continue
        name, value = _name(table), _value(table)
        if name is not None and value is not None:
            yield _finding(mapping, table, name, value)


def _name(table: Table) -> Column | None:
    held = {name for key in table.foreign_keys for name in key.columns}
    said = bool(TABLES.intersection(model_words.words(table.name)[-1:]))
    for column in table.columns:
        if column.name in held or not model_types.is_text(column.type):
            continue
        if column.name in SURE or (said and column.name in NAMES):
            return column
    return None


def _value(table: Table) -> Column | None:
    found = [column for column in table.columns if column.name in VALUES]
    return next((column for column in found if model_types.is_text(column.type)), None)


def _finding(mapping: Mapping, table: Table, name: Column, value: Column) -> Finding:
    probe = RowProbe(table.key, ({name.name: "birthday", value.name: "soon"},))
    place = next((one.place for one in mapping.mappers_of(table.key)), None)
    return Finding(
        message=f"any text is a {value.name}: a birthday of 'soon' was stored",
        location=Location.at(place or mapping.place_of(table), table.key),
        claims=(Claim("accepts_bad_row", table.key, column=value.name, probe=probe),),
        details={"table": table.key, "name": name.name, "value": value.name,
                 "nullable": value.nullable},
    )  # fmt: skip


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives values that keep their type, in JSON; columns where the attributes are known."""
    table, value = finding.details["table"], finding.details["value"]
    found = mapping.schema.table(table)
    place = mapping.place_of(found, value) if found else None
    attribute = mapping.attribute(table, value)
    draft = Draft(mapping).column_type(place, TEXTS, "JSON", "JSON")
    if attribute is not None and attribute.annotation is not None:
        optional = " | None" if finding.details["nullable"] else ""
        draft = draft.annotation(place, f"int | float | bool | str{optional}")
    fix = draft.fix(
        "keep each value with its type",
        otherwise=f"{value} = mapped_column(JSON)",
        migration=model_migrations.change_type(
            mapping, table, value, "sa.JSON", f"to_json({value})"
        ),
    )
    parent = found.foreign_keys[0].referred if found else "its parent"
    return Advice(
        reason="a text column has one type for all attributes, and it is the one that checks "
        "nothing",
        fix=fix,
        alternatives=(
            Alternative(
                f"plain columns of {parent} for the attributes that are known",
                "each new one is a migration; each can be NOT NULL, checked and indexed",
            ),
            Alternative(
                f"one JSONB column of {parent} with a GIN index",
                "no join at all; a CHECK on the document is all that holds it in form",
            ),
        ),
        risk=Risk(
            f"code that reads {value} gets numbers and booleans where it had texts",
            "the migration makes JSON texts of the old values; give them their types by name",
        ),
        undo=models.undo(fix, f"make a text of {value} again"),
        tests="a number comes back as the number that was stored",
        backup=f"keep the old column until the last reader of {value} is gone",
    )

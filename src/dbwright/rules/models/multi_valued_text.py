"""A text holds a list of values, so the database can neither check nor find one of them.

## What it does

Looks for text columns named `…_ids`, and for those whose comment or code says that they hold
values separated by commas.

## Why is this bad?

`'12,12,x'` is stored without a word. To find the rows that have 12 every row is read and cut up,
`like '%12%'` finds 112 too, and no foreign key can keep the ids right.

## When to leave it

When the text is only ever shown, or a type of your own cuts it up in one place (left alone).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_migrations, model_syntax, model_types, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
SEPARATORS = {",": "commas", ";": "semicolons", "|": "bars"}
SAID = re.compile(r"\b(comma|semicolon|pipe|space)[- ]?(separated|delimited)|\bcsv\b", re.I)
TEXTS = ("String", "Text", "Unicode", "UnicodeText", "VARCHAR", "TEXT")
_ARRAYS = frozenset({"postgresql"})

BAD = ModelsExample(
    code="""
class Trip(Base):
    __tablename__ = "trips"
    id: Mapped[int] = mapped_column(primary_key=True)
    driver_ids: Mapped[str] = mapped_column(String(200))
""",
    claims=("accepts_bad_row",),
    object="trips.driver_ids",
)
BAD_SPLIT = ModelsExample(
    code="""
class Artist(Base):
    __tablename__ = "artists"
    id = Column(Integer, primary_key=True)
    aliases = Column(String(400), nullable=False)

    def names(self):
        return self.aliases.split(",")
""",
    claims=("accepts_bad_row",),
    object="artists.aliases",
)
GOOD = ModelsExample(
    code="""
class Commas(TypeDecorator):
    impl = String
    cache_ok = True

class Artist(Base):
    __tablename__ = "artists"
    __table_args__ = (Index("ix_artists_tags", "tags", postgresql_using="gin"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    keywords: Mapped[str]
    tags: Mapped[List[str]] = mapped_column(ARRAY(String(40)))
    member_ids: Mapped[str] = mapped_column(Commas(200))

    def words(self) -> List[str]:
        return self.keywords.split()
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each text that holds a list."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned") or model_words.keeps_history(table.name):
            continue
        held = {name for key in table.foreign_keys for name in key.columns}
        for column in table.columns:
            if not model_types.is_text(column.type) or column.name in held:
                continue
            attribute = mapping.attribute(table.key, column.name)
            if attribute is not None and _is_own_type(attribute):
                continue
            why = _why(mapping, table, column, attribute)
            if why:
                yield _finding(mapping, table, column, why)


def _is_own_type(attribute: Attribute) -> bool:
    """Whether a type of the project's makes the list; AutoString is SQLModel's plain text."""
    kind = attribute.type
    return kind.name != "AutoString" and kind.is_a("TypeDecorator", "Enum", "JSON")


def _why(mapping: Mapping, table: Table, column: Column, attribute: Attribute | None) -> str:
    """What says that the text is a list, empty when nothing does."""
    place = mapping.place_of(table, column.name)
    call = models.call_at(mapping, place, "mapped_column", "Column", "Field")
    doc = model_syntax.keyword(call, "doc")
    texts = [column.comment or "", models.comment_at(mapping, place)]
    texts.append(str(getattr(doc, "value", "")))
    if any(SAID.search(text) for text in texts):
        return "its comment says that it holds a list"
    cut = _cut_at(mapping, table, attribute.name if attribute else column.name)
    if cut:
        return f"the code cuts it up at its {SEPARATORS[cut]}"
    return "it holds a list of ids" if model_words.words(column.name)[-1:] == ("ids",) else ""


def _cut_at(mapping: Mapping, table: Table, name: str) -> str:
    """The separator with which a method of the class calls `self.name.split(",")`, or nothing."""
    for mapper in mapping.mappers_of(table.key):
        source = mapping.source(mapper.place.file) if mapper.place else None
        told = source is not None and ".split(" in source.text
        node = model_syntax.class_named(source, mapper.name) if source and told else None
        for item in ast.walk(node) if node else ():
            if not isinstance(item, ast.Call) or not item.args:
                continue
            first = item.args[0]
            at = str(first.value).strip() if isinstance(first, ast.Constant) else ""
            if at in SEPARATORS and model_syntax.dotted(item.func) == f"self.{name}.split":
                return at
    return ""


def _finding(mapping: Mapping, table: Table, column: Column, why: str) -> Finding:
    probe = RowProbe(table.key, ({column.name: "7,7,x"},))
    ids = model_words.words(column.name)[-1:] == ("ids",)
    return Finding(
        message=f"{why}, which no constraint can check and no index can search",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("accepts_bad_row", table.key, column=column.name, probe=probe),),
        details={"table": table.key, "column": column.name, "ids": ids,
                 "nullable": column.nullable},
    )  # fmt: skip


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives an array (JSON where there are none), and the table of links as the other way."""
    table, column, ids = (finding.details[name] for name in ("table", "column", "ids"))
    place = finding.location
    attribute = mapping.attribute(table, column)
    item, python = ("Integer", "int") if ids else ("Text", "str")
    arrays = mapping.schema.dialect in _ARRAYS
    new = f"ARRAY({item})" if arrays else "JSON"
    names = ("ARRAY", item) if arrays else ("JSON",)
    draft = Draft(mapping).column_type(place, TEXTS, new, *names)
    if attribute is not None and attribute.annotation is not None:
        none = " | None" if finding.details["nullable"] else ""
        draft = draft.annotation(place, f"list[{python}]{none}")
    using = f"string_to_array({column}, ',')" + ("::integer[]" if ids else "")
    fix = draft.fix(
        f"keep {column} as a list",
        otherwise=f"{column}: Mapped[list[{python}]] = mapped_column({new})",
        migration=model_migrations.change_type(
            mapping, table, column, f"sa.{new.replace('(', '(sa.')}", using if arrays else "…"
        ),
    )
    bare = model_words.singular(table.rpartition(".")[2])
    base = column.removesuffix("_ids") if ids else model_words.singular(column)
    return Advice(
        reason="a list in a text has no members for the database, only letters",
        fix=fix,
        alternatives=(
            Alternative(
                f"a table {bare}_{base}s ({bare}_id, {base}_id), both foreign keys, its key the "
                "pair",
                "the database keeps the ids right; one more join",
            )
            if ids
            else Alternative(
                f"a table {bare}_{base}s with one row for each value, unique with its {bare}",
                "values can be counted, renamed and indexed; one more join",
            ),
        ),
        risk=Risk(
            "code that splits and joins the text has to change with it",
            f"search for .{column}; a value with a comma of its own was two values already",
        ),
        undo=models.undo(fix, f"make a text of it again: array_to_string({column}, ',')"),
        tests=f"{column} comes back as the list that was stored; a GIN index finds one value",
        backup=f"keep the old column until the last reader of {column} is gone",
    )

"""A text has no length, so MySQL cannot create its table.

## What it does

Looks for `String` without a length on MySQL and MariaDB. Columns that only take their type from
the annotation have one cause, the base's type map, and are one finding.

## Why is this bad?

MySQL's VARCHAR needs a length: `create_all()` and the migration stop with a CompileError, while
the same models work on SQLite in the tests.

## When to leave it

Never on MySQL; Text needs no length.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_base, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("mysql", "mariadb"))
SEVERITY = "error"
TYPES = ("String", "Unicode", "VARCHAR", "NVARCHAR", "AutoString")

BAD = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String)
""",
    claims=("create_fails",),
    object="products.title",
    dialect="mariadb",
)
BAD_EVERYWHERE = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    story: Mapped[Optional[str]]
""",
    claims=("create_fails",),
    object="Base",
    dialect="mariadb",
)
GOOD = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    story: Mapped[str] = mapped_column(Text)
""",
    dialect="mariadb",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each cause of texts without a length."""
    found = [
        attribute
        for mapper in mapping.mappers
        for attribute in mapper.attributes
        if _is_open(attribute)
    ]
    base = model_base.base_class(mapping)
    by_map = [one for one in found if base and not _has_type(mapping, one)]
    for attribute in found:
        if attribute not in by_map:
            name = f"{attribute.table}.{attribute.column}"
            text = "it has no length, so the table cannot be created"
            yield _finding(attribute, text, attribute.place, name, {})
    if by_map and base:
        names = [f"{one.table}.{one.column}" for one in by_map]
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        text = f"str has no length in its type map, so tables cannot be created: {shown}"
        yield _finding(by_map[0], text, base[1], base[0], {"base": base[0]})


def _is_open(attribute: Attribute) -> bool:
    kind = attribute.type
    if attribute.inherited or kind.length is not None or kind.is_a("Text", "Enum"):
        return False
    return kind.is_a("String") and not kind.is_decorated


def _has_type(mapping: Mapping, attribute: Attribute) -> bool:
    """Whether the source names a type for the column, so that its own line is the cause."""
    return attribute.annotation is None or models.names_type(mapping, attribute.place, TYPES)


def _finding(
    attribute: Attribute, message: str, place: Place | None, name: str, details: dict[str, str]
) -> Finding:
    probe = MapperProbe("compile_fails", table=attribute.table)
    return Finding(
        message=message,
        location=Location.at(place, name),
        claims=(Claim("create_fails", attribute.table, probe=probe),),
        details={"column": attribute.column, **details},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives String(255), in the type map or in the column."""
    place = finding.location
    if "base" in finding.details:
        base = finding.details["base"]
        draft = model_base.mapped_type(Draft(mapping), place, base, "str", "String(255)")
        draft = draft.imports(place, "sqlalchemy", "String")
        otherwise = "type_annotation_map = {str: String(255)}"
    else:
        draft = Draft(mapping).column_type(place, TYPES, "String(255)", "String")
        otherwise = f"{finding.details['column']} = mapped_column(String(255))"
    fix = draft.fix("give it a length", otherwise=otherwise)
    return Advice(
        reason="VARCHAR is a type of a length on MySQL; 255 is what an index can hold in utf8mb4",
        fix=fix,
        alternatives=(
            Alternative(
                "Text, for what may be long",
                "an index needs a prefix length, and it can have no plain default",
            ),
        ),
        risk=Risk(
            "longer values are refused, or cut where the SQL mode is not strict",
            "choose the length by what people enter; names and titles fit into 255",
        ),
        undo=models.undo(fix, "take the length away"),
        tests="metadata.create_all() on MySQL works",
        backup="none needed: the table could not exist yet",
    )

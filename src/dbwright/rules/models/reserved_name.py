"""A table or a column is called as a word of SQL, so every query that is not the ORM's quotes it.

## What it does

Looks for names that PostgreSQL reserves: order, user, group, end, limit and the like. A table is a
warning, columns are a remark, one for each table.

## Why is this bad?

`select * from order` is a syntax error. `select * from user` is worse: it works, and gives the
name of the database user instead of the rows.

## When to leave it

When everything goes through SQLAlchemy, which quotes such names by itself, and the table is old.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core import identifiers
from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import model_columns, model_parts, model_words, models
from dbwright.recipes.model_draft import Change, Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "order"
    id: Mapped[int] = mapped_column(primary_key=True)

class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)
""",
    claims=("query_fails",),
    object="order",
)
BAD_COLUMN = ModelsExample(
    code="""
class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    end: Mapped[int]
""",
    claims=("query_fails",),
    object="lines.end",
)
GOOD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    type: Mapped[str]
    end: Mapped[int] = mapped_column("order_end")
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each reserved table name, and one for the columns of a table."""
    for table in mapping.schema.tables:
        if identifiers.is_reserved(table.name):
            yield _table(mapping, table)
        names = [one.name for one in table.columns if identifiers.is_reserved(one.name)]
        if names:
            yield _columns(mapping, table, names)


def _table(mapping: Mapping, table: Table) -> Finding:
    column = table.columns[0].name if table.columns else "1"
    probe = SqlProbe((f"select {column} from {table.key}",), "error")
    return Finding(
        message=f"{table.name} is a word of SQL: a query that does not quote it fails or means "
        "something else",
        location=Location.at(mapping.place_of(table), table.key),
        claims=(Claim("query_fails", table.key, probe=probe),),
        details={"table": table.key, "columns": []},
    )


def _columns(mapping: Mapping, table: Table, names: list[str]) -> Finding:
    # a reserved word is refused after a dot's absence, or it is a function such as user
    probe = SqlProbe(
        (
            "select bool_and(catcode in ('R', 'T')) from pg_get_keywords() "
            f"where word in ({', '.join(map(repr, names))})",
        )
    )
    shown = ", ".join(names)
    is_are = "is a word" if len(names) == 1 else "are words"
    return Finding(
        message=f"{shown} {is_are} of SQL, so a query written by hand has to quote it",
        location=Location.at(mapping.place_of(table, names[0]), f"{table.key}.{', '.join(names)}"),
        claims=(Claim("query_fails", table.key, column=names[0], probe=probe),),
        severity="info",
        details={"table": table.key, "columns": names},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the table the plural, or the column a name with its table's in front."""
    table, columns = finding.details["table"], finding.details["columns"]
    bare = table.rpartition(".")[2]
    if columns:
        draft, steps = Draft(mapping), []
        for column in columns:
            new = f"{model_words.singular(bare)}_{column}"
            draft = model_columns.named(draft, mapping, table, column, new)
            steps.append(f'op.alter_column("{bare}", "{column}", new_column_name="{new}")')
        code = f'{columns[0]} = mapped_column("{new}", …)'
    else:
        new = f"{bare}s"
        draft = _renamed(mapping, table, new)
        steps = [f'op.rename_table("{bare}", "{new}")']
        code = f'__tablename__ = "{new}"'
    fix = draft.fix(f"call it {new}", otherwise=code, migration="\n".join(steps))
    return Advice(
        reason="PostgreSQL keeps these words for itself wherever they are not quoted",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the name and quote it wherever SQL is written by hand",
                "each new report and each colleague finds out by an error, or by a wrong answer",
            ),
        ),
        risk=Risk(
            "SQL and other programs that use the old name fail from the moment of the rename",
            "a view of the old name carries them over the release; drop it afterwards",
        ),
        undo=models.undo(fix, "rename it back"),
        tests=f"select 1 from {new} works without quotes"
        if not columns
        else f"select {new} from {table} works without quotes",
        backup="none needed: a rename changes no row",
    )


def _renamed(mapping: Mapping, table: str, new: str) -> Draft:
    """The table's own name, and the strings of foreign keys that point at it."""
    found = mapping.schema.table(table)
    place = mapping.place_of(found) if found else None
    draft = Draft(mapping)
    if found is None or place is None or found.schema:
        return draft.change(None, lambda text: None)
    draft = draft.change(place, lambda text: _named(text, place, found.name, new))
    for column in found.columns:
        old = f"{found.name}.{column.name}"
        for source in mapping.sources:
            if f'"{old}"' in source.text or f"'{old}'" in source.text:
                draft = draft.change(Place(source.path, 0), _replacer(old, f"{new}.{column.name}"))
    return draft


def _replacer(old: str, new: str) -> Change:
    return lambda text: model_parts.replace_string(text, old, new)


def _named(text: str, place: Place, old: str, new: str) -> str | None:
    """The first string of the table's name from its class or its Table() on."""
    lines = text.splitlines(keepends=True)
    first = place.line or 1
    for number in range(first - 1, min(first + 20, len(lines))):
        for mark in ('"', "'"):
            if f"{mark}{old}{mark}" in lines[number]:
                lines[number] = lines[number].replace(f"{mark}{old}{mark}", f"{mark}{new}{mark}", 1)
                return "".join(lines)
    return None

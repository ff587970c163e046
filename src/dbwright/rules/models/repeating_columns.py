"""A column is there three times or more, numbered, instead of once in rows of its own.

## What it does

Looks for three or more numbered columns of one name and type (`phone1`, `phone2`, `phone3`) that
may be NULL. Lines of an address, quarters, coordinates and the like are left alone.

## Why is this bad?

A look-up has to search every one of them, nothing keeps the same value from standing in two, and
the fourth value needs a migration.

## When to leave it

When the number means something of its own, as the three lines that a label has room for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dbwright.core.claim import Claim, ProbeValue, RowProbe, Sql
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_columns, model_types, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
LEAST = 3
NUMBERED = re.compile(r"(?P<base>[A-Za-z_]*[A-Za-z])_?(?P<number>\d{1,2})(?P<rest>_[a-z]+)?")
MEANT = {
    "addr", "address", "attr", "axis", "band", "bit", "byte", "ch", "channel", "code", "coef",
    "col", "column", "custom", "day", "dim", "feature", "field", "free", "header", "hour", "ipv",
    "key", "l", "lat", "level", "line", "lon", "md", "month", "param", "point", "q", "quarter",
    "register", "row", "score", "sha", "street", "tier", "udf", "v", "week", "weight", "x", "y",
    "year", "z",
}  # fmt: skip

BAD = ModelsExample(
    code="""
class Contact(Base):
    __tablename__ = "contacts"
    id: Mapped[int] = mapped_column(primary_key=True)
    phone1: Mapped[Optional[str]] = mapped_column(String(30))
    phone2: Mapped[Optional[str]] = mapped_column(String(30))
    phone3: Mapped[Optional[str]] = mapped_column(String(30))
""",
    claims=("accepts_bad_row",),
    object="contacts.phone1",
)
GOOD = ModelsExample(
    code="""
class Contact(Base):
    __tablename__ = "contacts"
    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[Optional[str]] = mapped_column(String(30))
    phone2: Mapped[Optional[str]] = mapped_column(String(30))
    address_line1: Mapped[Optional[str]] = mapped_column(String(30))
    address_line2: Mapped[Optional[str]] = mapped_column(String(30))
    address_line3: Mapped[Optional[str]] = mapped_column(String(30))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each group of numbered columns."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned") or model_words.keeps_history(table.name):
            continue
        for group in _groups(table):
            if not models.comment_at(mapping, mapping.place_of(table, group[0].name)):
                yield _finding(mapping, table, group)


def _groups(table: Table) -> Iterator[list[Column]]:
    found: dict[tuple[str, str, str], list[tuple[int, Column]]] = {}
    for column in table.columns:
        match = NUMBERED.fullmatch(column.name)
        if match is None or not _is_value(column):
            continue
        words = set(model_words.words(match["base"]))
        if MEANT.intersection(words) or len(match["base"]) < LEAST:
            continue
        family = model_types.family(column.type)
        key = (match["base"], match["rest"] or "", family)
        found.setdefault(key, []).append((int(match["number"]), column))
    for numbered in found.values():
        numbers = [number for number, _ in numbered]
        follows = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        empty = all(column.nullable for _, column in numbered[1:])
        if len(numbered) >= LEAST and numbers[0] in (0, 1) and follows and empty:
            yield [column for _, column in numbered]


def _is_value(column: Column) -> bool:
    """Texts and keys repeat; measured numbers beside each other are a vector."""
    words = model_words.words(column.name)
    return not column.comment and (model_types.is_text(column.type) or "id" in words)


def _finding(mapping: Mapping, table: Table, group: list[Column]) -> Finding:
    names = [column.name for column in group]
    values: dict[str, ProbeValue] = dict.fromkeys(names[:2], _value(table, group[0]))
    probe = RowProbe(table.key, (values,))
    return Finding(
        message=f"{names[0]} to {names[-1]} are one list in {len(names)} columns: the same value "
        "may stand in two of them",
        location=Location.at(mapping.place_of(table, names[0]), f"{table.key}.{names[0]}"),
        claims=(Claim("accepts_bad_row", table.key, column=names[0], probe=probe),),
        details={"table": table.key, "columns": names, "type": group[0].type},
    )


def _value(table: Table, column: Column) -> ProbeValue:
    """A value that both columns can hold: of a foreign key one that exists."""
    for key in table.foreign_keys:
        if key.columns == (column.name,):
            return Sql(f"(select min({key.referred_columns[0]}) from {key.referred})")
    return "x-1" if model_types.is_text(column.type) else 7


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a table of its own for the values, and takes the columns out of the class."""
    table, columns = finding.details["table"], finding.details["columns"]
    bare = table.rpartition(".")[2]
    one, item = model_words.singular(bare), _item(columns[0])
    new = f"{one}_{item}s"
    copies = " UNION ALL ".join(
        f"SELECT id, {number}, {name} FROM {table} WHERE {name} IS NOT NULL"
        for number, name in enumerate(columns, 1)
    )
    fix = _draft(mapping, finding, new, one, item).fix(
        f"keep them as rows of {new}",
        otherwise=f'class {_camel(f"{one}_{item}")}(Base):\n    __tablename__ = "{new}"\n'
        f"    # ({one}_id, position) is its key, {item} its value",
        migration=f'op.create_table("{new}", …)\n'
        f'op.execute("INSERT INTO {new} ({one}_id, position, {item}) {copies}")\n'
        f"# when no code reads {columns[0]} any more:\n"
        + "\n".join(f'op.drop_column("{bare}", "{name}")' for name in columns),
    )
    return Advice(
        reason="a list has as many rows as it has values, a table as many columns as it was made "
        "with",
        fix=fix,
        alternatives=(
            Alternative(
                f"one column {item}s with an array or JSON",
                "no join; nothing keeps its values distinct, and a foreign key cannot look inside",
            ),
        ),
        risk=Risk(
            f"code that reads {columns[0]} has to change with it",
            "let it write both for one release, then drop the columns",
        ),
        undo=models.undo(fix, f"drop {new}; the columns are there until you drop them"),
        tests=f"a {one} keeps as many {item}s as it is given, and the same one twice is refused "
        "where that is wanted",
        backup=f"keep {columns[0]} to {columns[-1]} until the last reader is gone",
    )


def _item(column: str) -> str:
    match = NUMBERED.fullmatch(column)
    return (match["base"] if match else column).rstrip("_").removesuffix("_id").lower()


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _draft(mapping: Mapping, finding: Finding, new: str, one: str, item: str) -> Draft:
    table, columns = finding.details["table"], finding.details["columns"]
    owner = model_columns.owner(mapping, table)
    found = mapping.schema.table(table)
    key = found.primary_key.columns if found and found.primary_key else ()
    text = model_types.is_text(finding.details["type"])
    spoiled = Draft(mapping).change(None, lambda now: None)
    if owner is None or not text or len(key) != 1 or "." in table:
        return spoiled
    if not model_columns.is_annotated(mapping, table, columns):
        return spoiled
    child = _camel(f"{one}_{item}")
    code = (
        f'class {child}(Base):\n    __tablename__ = "{new}"\n'
        f"    {one}_id: Mapped[int] = mapped_column(\n"
        f'        ForeignKey("{table}.{key[0]}", ondelete="CASCADE"), primary_key=True\n    )\n'
        "    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)\n"
        f"    {item}: Mapped[str] = mapped_column(String(30))"
    )
    place = finding.location
    draft = model_columns.without(Draft(mapping), mapping, table, columns)
    draft = draft.change(
        Location(file=place.file, line=0), lambda now: model_columns.at_end(now, code)
    )
    return draft.imports(place, "sqlalchemy", "ForeignKey", "String")

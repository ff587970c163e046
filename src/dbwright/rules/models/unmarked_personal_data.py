"""Columns that tell of persons are not marked, so nobody can list what has to be deleted.

## What it does

Looks for columns named as personal data (e-mail, phone, date of birth, address, passport) without
`info={"pii": …}`. In a project that marks none it is one remark, from five such columns on.

## Why is this bad?

Whoever asks for his data, or wants it deleted, gets what somebody remembers. Exports and copies
for tests carry names and addresses along because nothing says which columns they are.

## When to leave it

Where another list of such columns is kept and checked.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapping
from dbwright.core.rule import Applies, ModelsExample, Reasoned
from dbwright.recipes import model_types, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "info"
REASONED = Reasoned("which columns tell of persons is the reader's to say")
LEAST = 5
PERSONAL = {
    ("birth", "date"), ("birthdate",), ("birthday",), ("date", "of", "birth"), ("dob",),
    ("email",), ("email", "address"), ("family", "name"), ("first", "name"), ("full", "name"),
    ("given", "name"), ("home", "address"), ("iban",), ("last", "name"), ("maiden", "name"),
    ("mobile",), ("mobile", "phone"), ("passport", "number"), ("phone",), ("phone", "number"),
    ("street", "address"), ("surname",),
}  # fmt: skip

BAD = ModelsExample(
    code="""
class Patient(Base):
    __tablename__ = "patients"
    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    phone: Mapped[Optional[str]] = mapped_column(String(30))
    birthday: Mapped[datetime.date]
    home_address: Mapped[Optional[str]] = mapped_column(String(200))
""",
    object="patients.first_name",
)
GOOD = ModelsExample(
    code="""
class Patient(Base):
    __tablename__ = "patients"
    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str] = mapped_column(String(80), info={"pii": "name"})
    last_name: Mapped[str] = mapped_column(String(80), info={"pii": "name"})
    phone: Mapped[Optional[str]] = mapped_column(String(30), info={"pii": "contact"})
    ward: Mapped[str] = mapped_column(String(30))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields one remark for a project that marks none, else one for each that was forgotten."""
    found = [a for mapper in mapping.mappers for a in mapper.attributes if _is_personal(mapping, a)]
    left = [one for one in found if "pii" not in one.info]
    if len(left) == len(found) and len(found) >= LEAST:
        yield _finding(left)
    elif len(left) < len(found):
        yield from (_finding([one]) for one in left)


def _is_personal(mapping: Mapping, attribute: Attribute) -> bool:
    if attribute.inherited or model_words.words(attribute.column) not in PERSONAL:
        return False
    table = mapping.schema.table(attribute.table)
    column = table.column(attribute.column) if table else None
    return column is not None and (
        model_types.is_text(column.type) or column.type in ("date", "bytea")
    )


def _finding(left: list[Attribute]) -> Finding:
    names = [f"{one.table}.{one.column}" for one in left]
    more = f", and so are {len(names) - 1} more" if len(names) > 1 else ""
    return Finding(
        message=f"it tells of a person and is not marked so{more}",
        location=Location.at(left[0].place, names[0]),
        evidence=tuple(names[1:21]),
        details={"columns": [[one.table, one.column] for one in left]},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives info={"pii": True} on each column."""
    draft = Draft(mapping)
    for table, column in finding.details["columns"]:
        attribute = mapping.attribute(table, column)
        place = attribute.place if attribute else None
        draft = draft.keyword(place, "info", '{"pii": True}')
    fix = draft.fix(
        "mark what tells of persons",
        otherwise='mapped_column(…, info={"pii": True})',
    )
    return Advice(
        reason="info stands in the model, changes no table, and can be read by a program",
        fix=fix,
        alternatives=(
            Alternative(
                "a comment on the column",
                "the database knows it too; a migration is needed to set it",
            ),
        ),
        risk=Risk(
            "a list that is not used is soon wrong",
            "a test that compares the marked columns with what the export and the deletion handle",
        ),
        undo=models.undo(fix, "take the marks away"),
        tests="each marked column is in the export of a person's data and in its deletion",
        backup="none needed: no table changes",
    )

"""A key is a serial among identities, so a role that may insert here is refused all the same.

## What it does

Looks for keys that SQLAlchemy makes as `serial` (an integer key without `Identity()`) in models
where most of the counted keys are identities.

## Why is this bad?

A serial is a sequence of its own behind a default. The right to insert into the table is not the
right to use the sequence, so a role that gets INSERT still fails with "permission denied for
sequence"; `DROP DEFAULT` leaves the sequence behind. An identity belongs to its column.

## When to leave it

When serials are the custom of the project (left alone: most of its counted keys are serials), or
in an old table whose sequence other code names.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.identifiers import string_literal
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_migrations, model_probes, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "info"
NOT_ALLOWED = "42501"

_OTHERS = """
class Country(Base):
    __tablename__ = "countries"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)

class Region(Base):
    __tablename__ = "regions"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
"""
BAD = ModelsExample(
    code=f"""{_OTHERS}
class City(Base):
    __tablename__ = "cities"
    id: Mapped[int] = mapped_column(primary_key=True)
    mayor: Mapped[str]
""",
    claims=("refuses_statement",),
    object="cities.id",
)
BAD_KEY_ALONE = ModelsExample(
    code=f"""{_OTHERS}
class Ticket(Base):
    __tablename__ = "tickets"
    id = Column(BigInteger, primary_key=True)
""",
    claims=("refuses_statement",),
    object="tickets.id",
)
GOOD = ModelsExample(
    code=f"""{_OTHERS}
class City(Base):
    __tablename__ = "cities"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    mayor: Mapped[str]

class Capital(Base):
    __tablename__ = "capitals"
    country_id: Mapped[int] = mapped_column(ForeignKey("countries.id"), primary_key=True)
    name: Mapped[str]
""",
)
GOOD_CUSTOM = ModelsExample(
    code="""
class Country(Base):
    __tablename__ = "countries"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)

class City(Base):
    __tablename__ = "cities"
    id: Mapped[int] = mapped_column(primary_key=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each serial key where identities are the custom."""
    counted = [pair for table in mapping.schema.tables if (pair := _counted(table)) is not None]
    serials = [(table, column) for table, column in counted if not column.identity]
    identities = [column for _, column in counted if column.identity]
    if len(identities) <= len(serials):
        return
    always = sum(column.identity == "always" for column in identities) * 2 > len(identities)
    told = set()
    for table, column in serials:
        place = mapping.place_of(table, column.name)
        # a mixin's key is written once
        if place is None or place not in told:
            told.add(place)
            yield _finding(mapping, table, column, len(identities), always)


def _counted(table: Table) -> tuple[Table, Column] | None:
    """The table's key, when it is one column that the database counts up."""
    key = table.primary_key
    if table.kind != "table" or key is None or len(key.columns) != 1:
        return None
    column = table.column(key.columns[0])
    if column is None or not (column.identity or _is_serial(table, column)):
        return None
    return table, column


def _is_serial(table: Table, column: Column) -> bool:
    """Whether SQLAlchemy makes the default itself, which is the column's own sequence."""
    return column.default == f"nextval('{table.key}_{column.name}_seq'::regclass)"


def _finding(mapping: Mapping, table: Table, column: Column, others: int, always: bool) -> Finding:
    _, key = model_probes.quoted(mapping.schema.dialect, column.name, table.key)
    rest = ", ".join(
        model_probes.quoted(mapping.schema.dialect, other.name, table.key)[0]
        for other in table.columns
        if other.name != column.name and not other.computed
    )
    row = f"({rest}) select {rest} from {key} limit 1" if rest else "default values"
    sequence = f"pg_get_serial_sequence({string_literal(key)}, {string_literal(column.name)})"
    # the owner without its right on the sequence stands for a role that has INSERT alone
    revoked = f"execute 'revoke all on sequence ' || {sequence} || ' from current_user'"
    statements = (f"do $$ begin {revoked}; end $$", f"insert into {key} {row}")
    claim = Claim(
        "refuses_statement",
        table.key,
        column=column.name,
        probe=SqlProbe(statements, "error", NOT_ALLOWED),
    )
    return Finding(
        message=f"it is a serial, where {others} other keys are identities: the right to insert "
        "is not enough to insert",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(claim,),
        details={"table": table.key, "column": column.name, "always": always},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the key an identity of the kind that the others have."""
    table, column = finding.details["table"], finding.details["column"]
    always = finding.details["always"]
    identity = "Identity(always=True)" if always else "Identity()"
    draft = Draft(mapping).argument(finding.location, identity, ("mapped_column", "Column"))
    fix = draft.imports(finding.location, "sqlalchemy", "Identity").fix(
        f"make {column} an identity as the others are",
        otherwise=f"{column} = mapped_column({identity}, primary_key=True)",
        migration=model_migrations.identity(table, column, always=always),
    )
    return Advice(
        reason="an identity's sequence is part of its column: no right, owner or name of its own",
        fix=fix,
        alternatives=(
            Alternative(
                f"grant usage on the sequence of {table}.{column} to each role that inserts",
                "each new role and each new table needs it again",
            ),
        ),
        risk=Risk(
            "code that calls nextval() of the old sequence by its name fails"
            + (", and so does an INSERT that gives the key itself" if always else ""),
            f"search for {table.rpartition('.')[2]}_{column}_seq first; the table is locked for a "
            "moment, no row is written",
        ),
        undo=models.undo(fix, "drop the identity and give the column a sequence as its default"),
        tests="insert a row as a role that has INSERT on the table alone",
        backup="none needed: no row changes",
    )

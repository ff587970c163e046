"""The downgrade fails, so that there is no way back from this revision.

## What it does
Reports a downgrade that stopped with an error when it ran on a scratch database with rows.

## Why is this bad?
It is needed when something has gone wrong already. Common reasons: the steps stand in the wrong
order, a constraint has no name, NOT NULL comes back over rows that have NULL by then, or an
enumerated type loses a label that rows have.

## When to leave it
Never; where there is no way back, or none over some rows, a `raise` in the downgrade says so and is
not reported: `raise NotImplementedError("…why…")`.
A widened type that goes back to the narrow one while no row needs the width is not reported either:
the database refuses by itself, and nothing is lost.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk
from dbwright.core.rule import Applies, RevisionExample
from dbwright.core.trace import Rehearsal
from dbwright.recipes import inverse, revision

APPLIES = Applies()
SEVERITY = "error"
TABLES = "create table orders (id bigint primary key, note varchar(200));"
CREATE = """
    op.create_table("carriers", sa.Column("id", sa.BigInteger(), primary_key=True))
    op.create_table(
        "parcels",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("carrier_id", sa.BigInteger(), sa.ForeignKey("carriers.id")),
    )
    """

ROWS_DO_NOT_FIT = ("22", "23")
"""The classes of SQLSTATE that tell of values: data exceptions, and constraints."""

BAD = RevisionExample(
    before=TABLES,
    upgrade=CREATE,
    downgrade="""
        op.drop_table("carriers")
        op.drop_table("parcels")
        """,
    claims=("downgrade_fails",),
)
BAD_NO_NAME = RevisionExample(
    before="create table users (id bigint primary key, email text);",
    upgrade="""
        op.create_check_constraint(None, "users", "id IS NOT NULL", postgresql_not_valid=True)
        """,
    downgrade='op.drop_constraint(None, "users", type_="check")',
    claims=("downgrade_fails",),
)
BAD_ROWS = RevisionExample(
    before="create table invoices (id bigint primary key, number integer);",
    upgrade='op.alter_column("invoices", "number", type_=sa.Text)',
    downgrade="""
        op.alter_column(
            "invoices", "number", type_=sa.Integer, postgresql_using="number::integer"
        )
        """,
    claims=("downgrade_fails",),
)
BAD_LABEL_IN_USE = RevisionExample(
    before="""
        create type size as enum ('s', 'm');
        create table shirts (id bigint primary key, size size not null);
        """,
    upgrade="""op.execute("ALTER TYPE size ADD VALUE 'l'")""",
    downgrade="""
        op.execute("ALTER TYPE size RENAME TO size_old")
        op.execute("CREATE TYPE size AS ENUM ('s', 'm')")
        op.execute("ALTER TABLE shirts ALTER COLUMN size TYPE size USING size::text::size")
        op.execute("DROP TYPE size_old")
        """,
    claims=("downgrade_fails",),
)
BAD_MARIADB = RevisionExample(
    before=TABLES,
    upgrade=CREATE,
    downgrade="""
        op.drop_table("carriers")
        op.drop_table("parcels")
        """,
    claims=("downgrade_fails",),
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade=CREATE,
    downgrade="""
        op.drop_table("parcels")
        op.drop_table("carriers")
        """,
)

GOOD_GUARD = RevisionExample(
    before="create table teams (id bigint primary key, name varchar(80));",
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.add_column("teams", sa.Column("area", sa.Text()))
        """,
    downgrade="""
        if op.get_bind().scalar(sa.text("select count(*) from teams where area is not null")):
            raise RuntimeError("teams have areas by now: merge them first")
        op.drop_column("teams", "area")
        """,
)
GOOD_LABEL_MAPPED = RevisionExample(
    before="""
        create type weight as enum ('light', 'heavy');
        create table boxes (id bigint primary key, weight weight not null);
        """,
    upgrade="""
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE weight ADD VALUE IF NOT EXISTS 'bulky'")
        """,
    downgrade="""
        op.execute("UPDATE boxes SET weight = 'heavy' WHERE weight = 'bulky'")
        op.execute("ALTER TYPE weight RENAME TO weight_old")
        op.execute("CREATE TYPE weight AS ENUM ('light', 'heavy')")
        op.execute("ALTER TABLE boxes ALTER COLUMN weight TYPE weight USING weight::text::weight")
        op.execute("DROP TYPE weight_old")
        """,
)
GOOD_WIDENING = RevisionExample(
    before="create table items (id bigint primary key, price numeric(8, 2), note varchar(20));",
    upgrade="""
        op.execute("SET LOCAL lock_timeout = '5s'")
        op.alter_column("items", "price", type_=sa.Numeric(12, 2))
        op.alter_column("items", "note", type_=sa.Text)
        """,
    downgrade="""
        op.alter_column("items", "note", type_=sa.String(20))
        op.alter_column("items", "price", type_=sa.Numeric(8, 2))
        """,
)


def check(rehearsal: Rehearsal) -> Iterator[Finding]:
    down, migration = rehearsal.down, rehearsal.migration
    if down is None or down.error is None or down.on_purpose:
        return
    text = down.sql_error.message if down.sql_error else down.error
    first = text.strip().splitlines()[0]
    file, _, line = (down.error_place or "").rpartition(":")
    if migration is not None and file != migration.path:
        # env.py's COMMIT, or a helper: the reader looks for the revision
        file, line = migration.path, str(migration.place.line)
    location = Location(
        file or None, int(line) if line.isdigit() else None, rehearsal.revision, rehearsal.revision
    )
    yield Finding(
        f"the downgrade fails: {first}",
        location,
        (Claim("downgrade_fails"),),
        evidence=(text,),
    )


def advise(finding: Finding, rehearsal: Rehearsal) -> Advice:
    fix = _fix(rehearsal)
    return Advice(
        reason="it ran on a scratch database behind the upgrade, with rows, and stopped: "
        f"{finding.message}.",
        fix=fix,
        alternatives=(
            Alternative(
                'raise NotImplementedError("…why…")',
                "a rollback stops with a reason; going back needs a backup",
            ),
        ),
        risk=Risk(
            "a downgrade drops what was added, with the values written since",
            "take a backup of them before going back",
        ),
        undo=revision.undo(fix, "put the old function back."),
        tests="upgrade, downgrade and upgrade again on a copy with rows.",
        backup="none needed for the fix; before a downgrade, the columns and tables it drops.",
    )


def _fix(rehearsal: Rehearsal) -> Fix:
    migration, down = rehearsal.migration, rehearsal.down
    if migration is None:
        return Fix("Write the downgrade anew", "…")
    error = down.sql_error if down else None
    if error is not None and error.code.startswith(ROWS_DO_NOT_FIT):
        return inverse.stop(migration, f"rows written since do not fit: {error.message}")
    return inverse.write(migration)

"""The downgrade loses rows or values that were there before the upgrade.

## What it does
Reports rows and values that stood before the upgrade, were there after it, and are gone or changed
after the downgrade, seen on a scratch database with rows. Values that the upgrade itself changes
count where an UPDATE of the downgrade sets all of them, and not to what they were.

## Why is this bad?
Who goes back expects what was there before. A downgrade that deletes by too wide a condition, or
drops the wrong column, turns a rollback into a loss. And where the upgrade makes one value of two
(`lower(name)`), no expression can tell afterwards which of them it was.

## When to leave it
The values are of no use to the old code.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk
from dbwright.core.operation import Data
from dbwright.core.rule import Applies, RevisionExample
from dbwright.core.trace import Rehearsal, RowLoss, Trace
from dbwright.recipes import inverse, revision

APPLIES = Applies()
SEVERITY = "error"
TABLES = "create table currencies (code varchar(20) primary key);"

BAD = RevisionExample(
    before=TABLES,
    upgrade="""op.execute("INSERT INTO currencies (code) VALUES ('EUR')")""",
    downgrade='op.execute("DELETE FROM currencies")',
    claims=("lossy_downgrade",),
    object="currencies",
)
BAD_MERGED = RevisionExample(
    before="create table cities (id bigint primary key, name varchar(80));",
    upgrade='op.execute("UPDATE cities SET name = lower(name)")',
    downgrade='op.execute("UPDATE cities SET name = initcap(name)")',
    claims=("lossy_downgrade",),
    object="cities.name",
)
BAD_MARIADB = RevisionExample(
    before=TABLES,
    upgrade="""op.execute("INSERT INTO currencies (code) VALUES ('EUR')")""",
    downgrade='op.execute("DELETE FROM currencies")',
    claims=("lossy_downgrade",),
    object="currencies",
    dialect="mariadb",
)
GOOD = RevisionExample(
    before=TABLES,
    upgrade="""op.execute("INSERT INTO currencies (code) VALUES ('EUR')")""",
    downgrade="""op.execute("DELETE FROM currencies WHERE code = 'EUR'")""",
)
GOOD_BROUGHT_BACK = RevisionExample(
    before="create table seats (id bigint primary key, row_number integer not null);",
    upgrade="""
        op.execute("UPDATE seats SET row_number = -row_number WHERE id BETWEEN 1 AND 9")
        """,
    downgrade='op.execute("UPDATE seats SET row_number = -row_number WHERE id BETWEEN 1 AND 9")',
)


def check(rehearsal: Rehearsal) -> Iterator[Finding]:
    down, up = rehearsal.down, rehearsal.up
    if down is None or down.error is not None:
        return
    # A column that the upgrade has dropped comes back empty: that is the upgrade's loss.
    before = {(loss.table, loss.column) for loss in up.losses} if up else set()
    for loss in down.losses:
        if (loss.table, loss.column) in before and not _sets_all(down, loss):
            continue
        what = "rows" if loss.column is None else f"values of {loss.column}"
        name = f"{loss.table}.{loss.column}" if loss.column else loss.table
        path = rehearsal.migration.path if rehearsal.migration else None
        yield Finding(
            f"the downgrade loses {loss.lost} of {loss.of} {what} that were there before",
            Location(path, None, rehearsal.revision, name),
            (Claim("lossy_downgrade", loss.table, column=loss.column),),
            evidence=(f"for example {loss.example}",) if loss.example else (),
        )


def _sets_all(down: Trace, loss: RowLoss) -> bool:
    """Whether the downgrade means to bring a column's values back, of every row."""
    return any(
        isinstance(found, Data)
        and (found.action, found.table, found.bounded) == ("update", loss.table, False)
        and loss.column in found.columns
        for trace in down.statements
        for found in trace.statement.operations
    )


def advise(finding: Finding, rehearsal: Rehearsal) -> Advice:
    name, migration = finding.location.object, rehearsal.migration
    fix = inverse.refuse(migration, str(name)) if migration else Fix("Narrow it", "…")
    return Advice(
        reason=f"{name} held these before the upgrade, and still after it; the downgrade takes "
        "them away.",
        fix=fix,
        alternatives=(
            Alternative(
                "name the rows: a WHERE that only those meet which the upgrade has added",
                "a downgrade that works and loses nothing; the condition must be right",
            ),
            Alternative(
                "keep the old values in a column or table of their own, and restore from there",
                "goes back to each value; somebody must drop the copy later",
            ),
        ),
        risk=Risk(
            "until it is narrowed there is no way back but a backup",
            "name exactly the keys that the upgrade inserts, and take the raise away",
        ),
        undo=revision.undo(fix, "put the old function back."),
        tests=f"count {name} before the upgrade and after the downgrade: the same.",
        backup=f"dump {name} before every downgrade until this is mended.",
    )

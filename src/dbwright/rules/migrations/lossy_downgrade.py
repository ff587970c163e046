"""The downgrade loses rows or values that were there before the upgrade.

## What it does
Reports rows and values that stood before the upgrade, were there after it, and are gone or changed
after the downgrade, seen on a scratch database with rows.

## Why is this bad?
Who goes back expects what was there before. A downgrade that deletes by too wide a condition, or
drops the wrong column, turns a rollback into a loss.

## When to leave it
The values are of no use to the old code.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk
from dbwright.core.rule import Applies, RevisionExample
from dbwright.core.trace import Rehearsal
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


def check(rehearsal: Rehearsal) -> Iterator[Finding]:
    down, up = rehearsal.down, rehearsal.up
    if down is None or down.error is not None:
        return
    # A column that the upgrade has dropped comes back empty: that is the upgrade's loss.
    before = {(loss.table, loss.column) for loss in up.losses} if up else set()
    for loss in down.losses:
        if (loss.table, loss.column) in before:
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
        ),
        risk=Risk(
            "until it is narrowed there is no way back but a backup",
            "name exactly the keys that the upgrade inserts, and take the raise away",
        ),
        undo=revision.undo(fix, "put the old function back."),
        tests=f"count {name} before the upgrade and after the downgrade: the same.",
        backup=f"dump {name} before every downgrade until this is mended.",
    )

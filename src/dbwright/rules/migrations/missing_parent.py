"""A revision stands on a parent that no file has, and every Alembic command fails.

## What it does
Reports a `down_revision` that no revision file claims.

## Why is this bad?
"Can't locate revision": neither upgrade nor history nor heads work, for anybody.

## When to leave it
Never; where old revisions were squashed, the first one left has `down_revision = None`.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.migration import History
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import graph, revision

APPLIES = Applies()
SEVERITY = "error"
ORPHAN = '''"""A revision whose parent was left behind."""

from alembic import op

revision = "0b51c7e30e2f"
down_revision = "7d1e9a2c4b60"
branch_labels = ("orphan",)
depends_on = None


def upgrade() -> None:
    op.execute("SELECT 1")


def downgrade() -> None:
    pass
'''

BAD = RevisionExample(
    before="",
    upgrade='op.execute("SELECT 1")',
    files=(("migrations/versions/0b51c7e30e2f_orphan.py", ORPHAN),),
    claims=("graph_missing_parent",),
    object="0b51c7e30e2f",
)
GOOD = RevisionExample(before="", upgrade='op.execute("SELECT 1")')


def check(history: History) -> Iterator[Finding]:
    for name, parents in sorted(history.missing.items()):
        yield Finding(
            f"no file has its parent {', '.join(parents)}, so that no Alembic command works",
            Location.at(history.places.get(name), name, name),
            (Claim("graph_missing_parent"),),
            details={"revision": name, "parents": list(parents)},
        )


def advise(finding: Finding, history: History) -> Advice:
    name, parents = finding.details["revision"], ", ".join(finding.details["parents"])
    others = [head for head in history.heads if head != name]
    fix = graph.reparent(history, name, others[0] if len(others) == 1 else None)
    return Advice(
        reason=f"{name} names {parents} as what it stands on, and that file is not here.",
        fix=fix,
        alternatives=(
            Alternative(
                f"bring back the file of {parents}: git log --all -- '*{parents}*'",
                "right where it was left out of a commit; the graph stays as it was meant",
            ),
        ),
        risk=Risk(
            f"{name} may need what {parents} did",
            "read what it changes, and run the whole chain on an empty database",
        ),
        undo=revision.undo(fix, "put the old down_revision back."),
        tests="alembic history and alembic heads work; upgrade head on an empty database.",
        backup="none needed: no row changes.",
    )

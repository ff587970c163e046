"""Two files claim the same revision id, and Alembic runs only one of them.

## What it does
Reports a revision id that stands in more than one file, or will once the work is merged into its
branch, as git knows it.

## Why is this bad?
Alembic warns, keeps the file it read last, and never runs the other one: which of them production
gets depends on the order of the folder.

## When to leave it
Never.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.migration import History, MergeTarget
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import graph, revision

APPLIES = Applies()
SEVERITY = "error"
FILE = '''"""A revision."""

from alembic import op

revision = "0b51c7e30e2f"
down_revision = None
branch_labels = ("{0}",)
depends_on = None


def upgrade() -> None:
    op.execute("SELECT {0}")


def downgrade() -> None:
    pass
'''

BAD = RevisionExample(
    before="",
    upgrade='op.execute("SELECT 1")',
    files=(
        ("migrations/versions/0b51c7e30e2f_first.py", FILE.format(1)),
        ("migrations/versions/0b51c7e30e2f_second.py", FILE.format(2)),
    ),
    claims=("graph_duplicate_revision",),
    object="0b51c7e30e2f",
)
GOOD = RevisionExample(before="", upgrade='op.execute("SELECT 1")')


def check(history: History) -> Iterator[Finding]:
    for name, paths in sorted(history.duplicates.items()):
        yield Finding(
            f"{len(paths)} files claim this id, and Alembic runs only one of them: "
            f"{', '.join(paths)}",
            Location(paths[-1], None, name, name),
            (Claim("graph_duplicate_revision"),),
            details={"revision": name, "path": paths[-1]},
        )
    target = history.target or MergeTarget("")
    for name, paths in sorted(target.duplicates.items()):
        place = history.places.get(name)
        if place is None or name in history.duplicates:
            continue
        yield Finding(
            f"once it is merged into {target.name}, {len(paths)} files claim this id, and "
            f"Alembic runs only one of them: {', '.join(paths)}",
            Location.at(place, name, name),
            (Claim("graph_duplicate_revision"),),
            details={"revision": name, "path": place.file, "target": True},
        )


def advise(finding: Finding, history: History) -> Advice:
    name, path = finding.details["revision"], finding.details["path"]
    cure = graph.own_id_before_merge if "target" in finding.details else graph.own_id
    fix = cure(history, name, path)
    return Advice(
        reason=f"Alembic keeps one file for {name} and ignores the other.",
        fix=fix,
        alternatives=(Alternative(f"delete {path}", "right where it is a copy of the other file"),),
        risk=Risk(
            f"databases that have {name} may have run either file",
            "look which of the two changes is there before giving out a new id",
        ),
        undo=revision.undo(fix, "put the old id back."),
        tests="alembic history prints no warning; alembic heads prints one line.",
        backup="none needed: no row changes.",
    )

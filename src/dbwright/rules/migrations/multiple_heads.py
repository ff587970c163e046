"""The revisions have several heads, and `alembic upgrade head` refuses to run.

## What it does
Reports more than one head, unless branch labels make each of them deliberate; also heads that
will be two once the work is merged into its branch, as git knows it: what `GITHUB_BASE_REF` or
`CI_MERGE_REQUEST_TARGET_BRANCH_NAME` names, `origin/HEAD`, `main` or `master`. Fetch it first.

## Why is this bad?
Two branches were merged that each added a revision on the same parent. "Multiple head revisions
are present": the next deploy stops before it starts.

## When to leave it
The branches are meant to live on: then give them labels.
"""

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.migration import History
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import graph, revision

APPLIES = Applies()
SEVERITY = "error"
OTHER = '''"""A revision of another branch."""

from alembic import op

revision = "0b51c7e30e2f"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SELECT 1")


def downgrade() -> None:
    pass
'''

BAD = RevisionExample(
    before="",
    upgrade='op.execute("SELECT 1")',
    files=(("migrations/versions/0b51c7e30e2f_other.py", OTHER),),
    claims=("graph_multiple_heads",),
)
GOOD = RevisionExample(before="", upgrade='op.execute("SELECT 1")')


def check(history: History) -> Iterator[Finding]:
    labelled = {
        item.revision for item in history.migrations if item.branch_labels and history.branches
    }
    heads = [head for head in history.heads if head not in labelled]
    if len(history.heads) < 2:
        yield from _behind_the_merge(history)
    if len(history.heads) < 2 or not heads:
        return
    theirs = history.target.heads if history.target else ()
    newest = [head for head in heads if head not in theirs] or heads
    place = history.places.get(newest[-1])
    names = ", ".join(sorted(history.heads))
    yield Finding(
        f"alembic upgrade head refuses to run: there are {len(history.heads)} heads, {names}",
        Location.at(place, newest[-1], newest[-1]),
        (Claim("graph_multiple_heads"),),
    )


def _behind_the_merge(history: History) -> Iterator[Finding]:
    target = history.target
    if target is None or target.labels or not target.arriving or len(target.heads) != 1:
        return
    first = graph.first_of_own(history, target)
    if len(target.merged_heads) < 2 or first is None:
        return
    names = ", ".join(sorted(target.merged_heads))
    yield Finding(
        f"once it is merged into {target.name}, alembic upgrade head refuses to run: there will "
        f"be {len(target.merged_heads)} heads, {names}",
        Location.at(first.place, first.revision, first.revision),
        (Claim("graph_multiple_heads"),),
        details={"target": target.name},
    )


def advise(finding: Finding, history: History) -> Advice:
    if "target" in finding.details:
        return _advise_rebase(finding, history)
    fix = graph.merge(history)
    heads = " and ".join(sorted(history.heads))
    return Advice(
        reason=f"{heads} have no revision that follows both.",
        fix=fix,
        alternatives=(
            Alternative(
                f'set down_revision of {finding.location.object} to the other head ("rebase")',
                "a straight line and no extra file; only while nobody has applied it",
            ),
        ),
        risk=Risk(
            "both branches may change the same table",
            "read them side by side, and run each order on a scratch database",
        ),
        undo=revision.undo(fix, "delete the merge revision."),
        tests="alembic heads prints one line; upgrade a database that stands on each of them.",
        backup="none needed: a merge revision changes no table.",
    )


def _advise_rebase(finding: Finding, history: History) -> Advice:
    assert history.target is not None
    target, first = history.target, finding.location.object
    fix = graph.rebase(history, history.target)
    return Advice(
        reason=f"{target.name} has a revision on the same parent since: {target.heads[0]}.",
        fix=fix,
        alternatives=(
            Alternative(
                "join the two by `alembic merge heads` behind the merge",
                "nothing to edit, also where somebody has applied yours already; an extra file",
            ),
        ),
        risk=Risk(
            f"a database that has {first} already does not run {target.heads[0]} any more",
            f"alembic downgrade {first}@{graph.parent_of(history, first)} there first",
        ),
        undo=revision.undo(fix, "put the old down_revision back."),
        tests="alembic heads prints one line; run this review again.",
        backup="none needed: no table changes.",
    )

"""What became of the script that `alembic upgrade --sql` writes in the place of a revision."""

from __future__ import annotations

from dbwright.verify.claims_case import Case, Unseen, one_line

_NONE = "no script was written: env.py has no offline mode, or the revision asks nothing"


def fails_offline(case: Case) -> str | Unseen:
    """The script was not written to its end."""
    for script in case.rehearsal.scripts:
        if script.error is not None:
            return f"`alembic {script.direction} --sql` stopped: {one_line(script.error)}"
    return Unseen("the script was written" if case.rehearsal.scripts else _NONE, refutes=True)


def differs_offline(case: Case) -> str | Unseen:
    """The script, run in the place of the revision, left another database."""
    for script in case.rehearsal.scripts:
        if script.difference:
            more = f"; and {len(script.difference) - 2} more" if len(script.difference) > 2 else ""
            said = "; ".join(script.difference[:2])
            return f"after the script of `alembic {script.direction} --sql`: {said}{more}"
    same = "the script leaves the database that the revision leaves"
    return Unseen(same if case.rehearsal.scripts else _NONE, refutes=True)

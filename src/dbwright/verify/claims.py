"""Claims about revisions held against their rehearsal: what was seen, in a reviewer's words."""

from __future__ import annotations

from collections.abc import Callable

from dbwright.core.claim import Claim, ClaimKind, Proof, ProofLevel
from dbwright.core.migration import Migration
from dbwright.core.target import Target
from dbwright.core.trace import Rehearsal
from dbwright.verify import claims_downgrade, claims_locks, claims_outcome, claims_scripts
from dbwright.verify.claims_case import Case, Unseen
from dbwright.verify.unexplained import unexplained

__all__ = ["prove", "unexplained"]

_SAYS: dict[ClaimKind, str] = {
    "blocks_reads": "reads of {} wait",
    "blocks_writes": "writes to {} wait",
    "full_scan_locked": "every row of {} is read under a lock that others wait for",
    "lock_held_over_work": "{} stays locked against reads while another table is read whole",
    "table_rewrite": "{} is written anew",
    "long_row_locks": "the rows of {} stay locked until the transaction ends",
    "lock_no_timeout": "{} is locked with no lock_timeout set",
    "breaks_old_code": "deployed code that uses {} fails on the new schema",
    "data_loss": "rows or values of {} are lost",
    "drops_unnamed": "CASCADE takes {} along, which no statement names",
    "fails_on_data": "the upgrade fails on rows that {} may hold",
    "fails_at_runtime": "the upgrade fails",
    "fails_offline": "no script can be written of the revision by --sql",
    "differs_offline": "the script that --sql writes does something else than the revision",
    "non_transactional": "once it has stopped in the middle, the upgrade cannot be run again",
    "downgrade_fails": "the downgrade fails",
    "lossy_downgrade": "the downgrade does not bring the rows of {} back",
    "irreversible_downgrade": "the downgrade does not bring the schema back",
    "rename_as_drop_add": "what was meant as a rename of {} drops its values",
    "leaves_object_behind": "something of {} is left behind",
    "schema_differs": "the schema is not the one that is wanted",
    "attribute_lost": "{} loses an attribute that nothing asked for",
    "refuses_good_row": "the next row of {} is refused",
    "graph_multiple_heads": "the revisions end in several heads",
    "graph_duplicate_revision": "several files claim one revision",
    "graph_missing_parent": "a revision follows one that no file has",
}
_SEEN_BY: dict[ClaimKind, Callable[[Case], str | Unseen]] = {
    "blocks_reads": claims_locks.blocks_reads,
    "blocks_writes": claims_locks.blocks_writes,
    "full_scan_locked": claims_locks.full_scan_locked,
    "lock_held_over_work": claims_locks.lock_held_over_work,
    "table_rewrite": claims_locks.table_rewrite,
    "long_row_locks": claims_locks.long_row_locks,
    "lock_no_timeout": claims_locks.lock_no_timeout,
    "breaks_old_code": claims_outcome.breaks_old_code,
    "data_loss": claims_outcome.data_loss,
    "drops_unnamed": claims_outcome.drops_unnamed,
    "fails_on_data": claims_outcome.fails_on_data,
    "fails_at_runtime": claims_outcome.fails_at_runtime,
    "fails_offline": claims_scripts.fails_offline,
    "differs_offline": claims_scripts.differs_offline,
    "non_transactional": claims_outcome.non_transactional,
    "rename_as_drop_add": claims_outcome.rename_as_drop_add,
    "refuses_good_row": claims_outcome.refuses_good_row,
    "downgrade_fails": claims_downgrade.downgrade_fails,
    "lossy_downgrade": claims_downgrade.lossy_downgrade,
    "irreversible_downgrade": claims_downgrade.irreversible_downgrade,
    "leaves_object_behind": claims_downgrade.leaves_object_behind,
    "schema_differs": claims_downgrade.schema_differs,
    "attribute_lost": claims_outcome.attribute_lost,
}


def prove(claim: Claim, migration: Migration, rehearsal: Rehearsal | None, target: Target) -> Proof:
    """Gives how far a claim about a revision is proved by its rehearsal.

    Seen on the target's major version: verified; on another, or through a stand-in: observed;
    the revision ran with rows and it was not seen: refuted; could not be seen: reasoned, and why.
    """
    says = _SAYS.get(claim.kind, claim.kind).format(_named(claim))
    if claim.kind.startswith("graph_"):
        return Proof("verified", says, "the revision files", "the files themselves say so")
    if rehearsal is None or rehearsal.up is None:
        why = (rehearsal and rehearsal.not_run) or "the revision was not run"
        return Proof("reasoned", says, why=why)
    seen_by = _SEEN_BY.get(claim.kind)
    if seen_by is None:
        return Proof("reasoned", says, why="a rehearsal of a revision cannot show this")
    seen = seen_by(Case(claim, migration, rehearsal))
    scope = _scope(claim, rehearsal, target)
    if isinstance(seen, str):
        return Proof(_level(rehearsal, target), says, scope, seen)
    if seen.refutes:
        return Proof("refuted", says, scope, seen.why)
    return Proof("reasoned", says, scope, why=seen.why)


def _named(claim: Claim) -> str:
    if claim.relation is None:
        return "a table"
    return f"{claim.relation}.{claim.column}" if claim.column else claim.relation


def _level(rehearsal: Rehearsal, target: Target) -> ProofLevel:
    same = target.dialect == rehearsal.dialect
    if same and target.dialect == "postgresql" and target.major is not None:
        same = target.major == rehearsal.server_major
    if same and target.dialect in ("mysql", "mariadb"):
        same = _is_of(target, rehearsal)
    return "verified" if same and not rehearsal.stand_ins else "observed"


def _is_of(target: Target, rehearsal: Rehearsal) -> bool:
    """Whether a run on MySQL or MariaDB was on the target's own server: MariaDB 10.11."""
    family, _, version = rehearsal.server.partition(" ")
    if family.lower() != target.dialect:
        return False
    return target.version is None or ".".join(map(str, target.version[:2])) == version


def _scope(claim: Claim, rehearsal: Rehearsal, target: Target) -> str:
    rows = rehearsal.rows.get(claim.relation or "")
    parts = [rehearsal.server]
    if rows is not None:
        parts.append(f"{rows} generated rows in {claim.relation}")
    if rehearsal.dialect == "postgresql" and target.major not in (None, rehearsal.server_major):
        parts.append(f"the target is {target}")
    if rehearsal.dialect in ("mysql", "mariadb") and not _is_of(target, rehearsal):
        parts.append(f"the target is {target}")
    if rehearsal.stand_ins:
        parts.append(f"with a stand-in for {', '.join(rehearsal.stand_ins)}")
    return "; ".join(parts)

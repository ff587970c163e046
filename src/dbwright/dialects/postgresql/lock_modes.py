"""Table lock modes of PostgreSQL and what each keeps others from doing.

https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
"""

from __future__ import annotations

ACCESS_SHARE = "AccessShareLock"
ROW_SHARE = "RowShareLock"
ROW_EXCLUSIVE = "RowExclusiveLock"
SHARE_UPDATE_EXCLUSIVE = "ShareUpdateExclusiveLock"
SHARE = "ShareLock"
SHARE_ROW_EXCLUSIVE = "ShareRowExclusiveLock"
EXCLUSIVE = "ExclusiveLock"
ACCESS_EXCLUSIVE = "AccessExclusiveLock"

# In the server's order (src/include/storage/lockdefs.h); the numbers of LOCK's modes are these.
MODES = (
    ACCESS_SHARE,
    ROW_SHARE,
    ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    EXCLUSIVE,
    ACCESS_EXCLUSIVE,
)
_BLOCK_WRITES = frozenset({SHARE, SHARE_ROW_EXCLUSIVE, EXCLUSIVE, ACCESS_EXCLUSIVE})
# Statements that an operation only names by their tag.
REWRITING = (
    "ALTER TABLE SET LOGGED",
    "ALTER TABLE SET UNLOGGED",
    "ALTER TABLE SET ACCESS METHOD",
)
OF_TAGS = {
    "ALTER TABLE SET STATISTICS": SHARE_UPDATE_EXCLUSIVE,
    "ALTER TABLE SET OPTIONS": SHARE_UPDATE_EXCLUSIVE,
    "ALTER TABLE RESET OPTIONS": SHARE_UPDATE_EXCLUSIVE,
    "ALTER TABLE SET REL OPTIONS": SHARE_UPDATE_EXCLUSIVE,
    "ALTER TABLE RESET REL OPTIONS": SHARE_UPDATE_EXCLUSIVE,
    "ALTER TABLE CLUSTER ON": SHARE_UPDATE_EXCLUSIVE,
    "ALTER TABLE DROP CLUSTER": SHARE_UPDATE_EXCLUSIVE,
    "ALTER VIEW": ACCESS_EXCLUSIVE,
    "CREATE STATISTICS": SHARE_UPDATE_EXCLUSIVE,
    "COMMENT": SHARE_UPDATE_EXCLUSIVE,
    "CREATE TRIGGER": SHARE_ROW_EXCLUSIVE,
    "CREATE POLICY": ACCESS_EXCLUSIVE,
    "CREATE RULE": ACCESS_EXCLUSIVE,
    "DROP TRIGGER": ACCESS_EXCLUSIVE,
    "DROP POLICY": ACCESS_EXCLUSIVE,
    "DROP RULE": ACCESS_EXCLUSIVE,
}


def blocks_reads(mode: str) -> bool:
    """Whether a SELECT waits for a lock of this mode.

    >>> blocks_reads("AccessExclusiveLock"), blocks_reads("ShareLock")
    (True, False)
    """
    return mode == ACCESS_EXCLUSIVE


def blocks_writes(mode: str) -> bool:
    """Whether an INSERT, UPDATE or DELETE waits for a lock of this mode.

    >>> blocks_writes("ShareLock"), blocks_writes("ShareUpdateExclusiveLock")
    (True, False)
    """
    return mode in _BLOCK_WRITES


def strongest(modes: list[str]) -> str:
    """Give the mode that stands last in the server's order."""
    return max(modes, key=MODES.index)

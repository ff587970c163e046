"""Whether a statement lets others write meanwhile, asked of the server itself.

A statement that names ALGORITHM and LOCK is refused where the server would need more, and the
refusal says why: "LOCK=NONE is not supported. Reason: Cannot change column type INPLACE. Try
LOCK=SHARED". So it is run on a copy of its table, the least demanding form first. Nothing here
depends on how long anything takes.

https://mariadb.com/kb/en/innodb-online-ddl-overview/
https://dev.mysql.com/doc/refman/8.0/en/innodb-online-ddl-operations.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pymysql

from dbwright.core.operation import DropIndex
from dbwright.dialects.mysql.quoting import quoted, quoted_key
from dbwright.dialects.mysql.statements import parse, split

if TYPE_CHECKING:
    from dbwright.dialects.mysql.server import Connection

_REFUSED = (1845, 1846)
_UNKNOWN_ALGORITHM = (1064, 1800)
_COMMENT = r"(?:\s|--\s[^\n]*\n|\#[^\n]*\n|/\*.*?\*/)*"
_ALTER = re.compile(_COMMENT + r"alter\s+(?:online\s+)?(?:ignore\s+)?table\b", re.I | re.S)
_INDEX = re.compile(
    _COMMENT + r"(?:create\s+(?:or\s+replace\s+)?(?:\w+\s+)?|drop\s+)index\b", re.I | re.S
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the server needs for a statement.

    `mode` is the metadata lock that is held over the work, as `locks` names it; `rewrites` is
    None where the server cannot be asked; `why` is its own reason for keeping writers out.
    """

    mode: str
    rewrites: bool | None = False
    why: str = ""


def can_ask(sql: str) -> bool:
    """Whether the statement is one that takes ALGORITHM and LOCK."""
    return bool(_ALTER.match(sql) or _INDEX.match(sql))


def ask(connection: Connection, sql: str) -> Verdict | None:
    """Give what the server needs for a statement; it is run, so its table must be a copy.

    None where the statement fails whatever it needs: on the rows, or because it is wrong.
    """
    try:
        if _runs(connection, sql, "instant", None) is None:
            return Verdict("EXCLUSIVE")
        refusal = _runs(connection, sql, "nocopy", "none")
        if refusal is None:
            return Verdict("SHARED_UPGRADABLE")
        unknown = refusal == ""
        refusal = _runs(connection, sql, "inplace", "none")
        if refusal is None:
            return Verdict("SHARED_UPGRADABLE", None if unknown else True)
        why = _reason(refusal)
        if _runs(connection, sql, "inplace", "shared") is None:
            return Verdict("SHARED_NO_WRITE", False, why)
        return Verdict("SHARED_NO_WRITE", True, why)
    except pymysql.err.Error:
        return None


def _runs(connection: Connection, sql: str, algorithm: str, lock: str | None) -> str | None:
    """Runs a statement with its demands; gives the refusal, None where it ran.

    The refusal is empty where the server does not know the algorithm. Other errors are raised.
    """
    try:
        connection.execute(demanding(sql, algorithm, lock))
    except pymysql.err.Error as error:
        number = error.args[0] if error.args else 0
        if number in _REFUSED:
            return str(error.args[1])
        if number in _UNKNOWN_ALGORITHM and algorithm == "nocopy":
            return ""
        raise
    return None


def demanding(sql: str, algorithm: str, lock: str | None) -> str:
    """Give the statement with ALGORITHM and LOCK asked for.

    >>> demanding("ALTER TABLE t ADD x INT;", "instant", None)
    'ALTER TABLE t ADD x INT\\n, algorithm=instant'
    >>> demanding("create index i on t (x)", "inplace", "none")
    'create index i on t (x)\\n algorithm=inplace lock=none'
    """
    text = _as_alter((split(sql) or [sql])[0])
    comma = "," if _ALTER.match(text) else ""
    parts = [f"algorithm={algorithm}", *([f"lock={lock}"] if lock else [])]
    return f"{text}\n{comma} {f'{comma} '.join(parts)}"


def _as_alter(sql: str) -> str:
    """Give DROP INDEX as the ALTER TABLE that it is: MariaDB's own form takes no demands."""
    operations = parse(sql)
    if len(operations) != 1 or not isinstance(operations[0], DropIndex) or _ALTER.match(sql):
        return sql
    dropped = operations[0]
    if dropped.table is None:
        return sql
    return f"alter table {quoted_key(dropped.table)} drop index {quoted(dropped.index)}"


def _reason(refusal: str) -> str:
    """Give the server's reason without its advice."""
    return refusal.strip().rstrip(".")

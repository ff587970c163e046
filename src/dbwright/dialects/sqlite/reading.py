"""The guard of reads on SQLite: its own authorizer sees all that a statement would do."""

from __future__ import annotations

import contextlib
import sqlite3

from dbwright.core.errors import ReadRefused
from dbwright.core.reading import Allowed
from dbwright.dialects.sqlite.reader import tokens

WAY_OUT = (
    "A read is one SELECT, VALUES, a PRAGMA that shows something, or EXPLAIN of one. A write goes "
    "through a plan that a human approves:  dbwright apply"
)
_LONGEST = 200_000
_BEGINS = ("SELECT", "VALUES", "WITH", "EXPLAIN", "PRAGMA")
_FUNCTIONS = frozenset(
    ("load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "zipfile", "lsdir")
)
"""They reach files or code of the machine, in builds that have them."""
_SHOWS_NAMES = """
table_info table_xinfo table_list index_list index_info index_xinfo foreign_key_list
foreign_key_check integrity_check quick_check
"""
_SHOWS = frozenset(_SHOWS_NAMES.split())
"""Pragmas that take the name of what they show."""
_TELLS_NAMES = """
application_id auto_vacuum busy_timeout cache_size collation_list compile_options
database_list data_version encoding foreign_keys freelist_count function_list
journal_mode journal_size_limit max_page_count mmap_size module_list page_count page_size
pragma_list query_only recursive_triggers schema_version secure_delete synchronous temp_store
trusted_schema user_version wal_autocheckpoint
"""
_TELLS = _SHOWS | frozenset(_TELLS_NAMES.split())
"""Pragmas that change nothing without a value."""
_DOES = {
    sqlite3.SQLITE_INSERT: "it writes rows (INSERT)",
    sqlite3.SQLITE_UPDATE: "it writes rows (UPDATE)",
    sqlite3.SQLITE_DELETE: "it writes rows (DELETE)",
    sqlite3.SQLITE_ATTACH: "it opens another file (ATTACH)",
    sqlite3.SQLITE_DETACH: "it closes a database (DETACH)",
    sqlite3.SQLITE_TRANSACTION: "it controls the transaction, which is dbwright's",
    sqlite3.SQLITE_SAVEPOINT: "it controls the transaction, which is dbwright's",
}


def allowed(
    connection: sqlite3.Connection, sql: str, analyze: bool = False, seconds: float = 60
) -> Allowed:
    """Gives the statement as it may run; ReadRefused names what in it may not, and the way out.

    The connection's own deadline holds here too. From here on it refuses whatever is no read.
    Raises sqlite3.Error for what SQLite does not understand.
    """
    words = tokens(sql)
    if len(sql) > _LONGEST:
        raise ReadRefused(f"the statement is longer than {_LONGEST:,} characters")
    first = words[0].word if words else ""
    if first not in _BEGINS:
        raise ReadRefused(
            f"the read is refused: it begins with {first or 'nothing'}", way_out=WAY_OUT
        )
    # EXPLAIN has the statement compiled, which is when SQLite asks, and runs nothing of it
    compiled = sql if first == "EXPLAIN" else f"explain {sql}"
    if all(word.word != "PRAGMA" for word in words):
        # virtual tables declare themselves when they are first named, which looks like a write;
        # some pragmas work when they are compiled
        with contextlib.suppress(sqlite3.Error):
            connection.execute(compiled).close()
    authorizer = Authorizer()
    connection.set_authorizer(authorizer)
    try:
        connection.execute(compiled).close()
    except sqlite3.Error as error:
        if authorizer.why:
            raise ReadRefused(f"the read is refused: {authorizer.why}", way_out=WAY_OUT) from error
        if "one statement" in str(error):
            raise ReadRefused("the text holds several statements, and one is run",
                              way_out=WAY_OUT) from error  # fmt: skip
        if not _lacks_values(error):
            raise
    kind = {"EXPLAIN": "plan", "PRAGMA": "list"}.get(first, "rows")
    return Allowed(sql, kind)


def _lacks_values(error: sqlite3.Error) -> bool:
    """Whether it was compiled, and only the values of its parameters were not there."""
    return isinstance(error, sqlite3.ProgrammingError) and "binding" in str(error).lower()


class Authorizer:
    """What SQLite asks for each thing that a statement does; `why` is what was refused first."""

    def __init__(self) -> None:
        self.why = ""

    def __call__(
        self, action: int, one: str | None, two: str | None, database: str | None, by: str | None
    ) -> int:
        """Gives SQLITE_OK for what reads, SQLITE_DENY for all else."""
        why = _problem(action, one, two)
        if why is None:
            return sqlite3.SQLITE_OK
        self.why = self.why or (f"the view or trigger {by}: {why}" if by else why)
        return sqlite3.SQLITE_DENY


def _problem(action: int, one: str | None, two: str | None) -> str | None:
    if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE):
        return None
    if action == sqlite3.SQLITE_FUNCTION:
        name = (two or "").lower()
        return f"it calls {name}(), which reaches outside" if name in _FUNCTIONS else None
    if action == sqlite3.SQLITE_PRAGMA:
        name = (one or "").lower()
        shown = name in _SHOWS or (name in _TELLS and two is None)
        return None if shown else f"PRAGMA {name} changes something, or is not known to only show"
    return _DOES.get(action, "it makes or drops something")

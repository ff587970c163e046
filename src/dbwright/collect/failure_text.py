"""An error that was pasted: its classes, its message, and the line of the user's code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from dbwright.core.failure import Failure, Frame
from dbwright.core.place import Place

LONGEST = 200_000
MOST_FRAMES = 200
_FRAME = re.compile(
    r'^\s*(?:E\s+)?File "(?P<file>[^"\n]{1,500})", line (?P<line>\d{1,9})(?:, in '
    r"(?P<in>\S{1,200}))?"
)
_RAISED = re.compile(
    r"^\s*(?:E\s+|FAILED:\s*|ERROR:\s*)?(?P<name>(?:[A-Za-z_]\w{0,80}\.){1,8}[A-Z]\w{1,80}|[A-Z]\w{1,60}(?:Error|Exception|Violation))"
    r"(?:\s*:\s*(?P<said>.*))?$"
)  # fmt: skip
_NAMED = re.compile(r"(?P<name>\w{1,80})\s*:\s*(?P<said>.*)$")
_INNER = re.compile(
    r"^\((?P<name>[\w.]{3,120})\)\s*(?P<said>.*)$|"
    r"^<class '(?P<other>[\w.]{3,120})'>:\s*(?P<told>.*)$",
    re.DOTALL,
)
_DETAIL = re.compile(r"^\s*DETAIL:\s*(.{1,2000})", re.MULTILINE)
_SQL = re.compile(r"\[SQL: (.{1,20000}?)\](?:\n|$)", re.DOTALL)
_ALEMBIC = re.compile(
    r"(Multiple head revisions are present[^\n]{0,300}|Multiple heads are present[^\n]{0,300}|"
    r"Can't locate revision identified by ['\"]?[\w.@-]{1,80}['\"]?|"
    r"Target database is not up to date|"
    r"No such revision or branch ['\"]?[\w.@-]{1,80}['\"]?|"
    r"Revision [\w.@-]{1,80} is present more than once|"
    r"overlaps with other requested revisions)",
    re.IGNORECASE,
)
_LIBRARY = re.compile(r"(^|/)(site-packages|dist-packages|lib/python[\d.]+|lib64/python[\d.]+)/|^<")
_PACKAGES = (
    "sqlalchemy.", "alembic.", "psycopg.", "psycopg2.", "asyncpg.", "pymysql.", "MySQLdb.",
    "mysql.", "sqlite3.", "aiosqlite.", "asyncmy.", "mariadb.",
)  # fmt: skip
_SAID = (
    ("UniqueViolation", r"duplicate key value violates unique constraint"
     r"|Duplicate entry '[^'\n]{0,200}' for key"),
    ("ForeignKeyViolation", r"(?:insert or update|update or delete) on table \"\w{1,80}\" violates "
     r"foreign key constraint"),
    ("NotNullViolation", r"null value in column \"\w{1,80}\"[^\n]{0,200}violates not-null"),
    ("CheckViolation", r"new row for relation \"\w{1,80}\" violates check constraint"),
    ("StringDataRightTruncation", r"value too long for type character"),
    ("UndefinedTable", r"relation \"[\w.]{1,120}\" does not exist"),
    ("UndefinedColumn", r"column \"?[\w.]{1,120}\"? does not exist"),
    ("DuplicateTable", r"relation \"[\w.]{1,120}\" already exists"),
    ("DuplicateColumn", r"column \"\w{1,80}\" of relation \"\w{1,80}\" already exists"),
    ("DeadlockDetected", r"deadlock detected"),
    ("LockNotAvailable", r"canceling statement due to lock timeout"),
    ("InFailedSqlTransaction", r"current transaction is aborted, commands ignored"),
)  # fmt: skip
"""What PostgreSQL and MySQL say, by the name that their drivers give it."""
_ORM = (
    "MissingGreenlet",
    "DetachedInstanceError",
    "PendingRollbackError",
    "InFailedSqlTransaction",
)


def read_failure(text: str, root: Path) -> Failure | None:
    """Gives the error that a text holds, None where it holds none of a database or its libraries.

    >>> found = read_failure("sqlite3.IntegrityError: UNIQUE constraint failed: a.b", Path())
    >>> found.kind, found.message
    ('IntegrityError', 'UNIQUE constraint failed: a.b')
    """
    text = text[:LONGEST]
    frames = tuple(_frames(text.splitlines(), root))
    own = next((f for f in reversed(frames) if not _LIBRARY.search(f.place.file)), None)
    told = _alembic(text)
    raised = [item for item in _raised(text) if item[0].startswith(_PACKAGES) or _is_orm(item[0])]
    raised = raised or list(_server_said(text))
    if not raised and told is None:
        return None
    detail = _DETAIL.search(text)
    sql = _SQL.search(text)
    parts = (detail[1].strip() if detail else "", sql[1].strip() if sql else "", frames, own)
    if told is not None:
        return Failure("CommandError", told, "", *parts)
    name, said = raised[-1]
    inner = _INNER.match(said)
    wrapper = ""
    if inner is not None:
        wrapper, name = _last(name), inner["name"] or inner["other"]
        said = inner["said"] or inner["told"] or ""
        deeper = _INNER.match(said)  # asyncpg's stand inside of SQLAlchemy's
        if deeper is not None:
            name, said = deeper["name"] or deeper["other"], deeper["said"] or deeper["told"] or ""
    return Failure(_last(name), said.strip(), wrapper, *parts)


def _server_said(text: str) -> Iterator[tuple[str, str]]:
    """The message of a server without the class that a driver gives it, as in psql or a log."""
    for name, pattern in _SAID:
        found = re.search(pattern, text, re.IGNORECASE)
        if found is not None:
            yield name, text[found.start() :].partition("\n")[0].strip(" `'")
            return


def other_error(text: str) -> str:
    """Gives the class of a traceback's error that is none of a database, "" where there is none."""
    text = text[:LONGEST]
    if "Traceback (most recent call last)" not in text and not _FRAME.search(text):
        return ""
    names = [name for name, _ in _raised(text)]
    return _last(names[-1]) if names else ""


def _is_orm(name: str) -> bool:
    return _last(name) in _ORM or name.endswith("Violation")


def _alembic(text: str) -> str | None:
    found = _ALEMBIC.search(text)
    return found[0].strip() if found else None


def _raised(text: str) -> Iterator[tuple[str, str]]:
    """Each error that lines of a text name, with what it says; the next lines up to a mark too."""
    lines = text.splitlines()
    for number, line in enumerate(lines[:20_000]):
        found = _RAISED.match(line[:5000]) or _within(line[:5000])
        if found is None:
            continue
        said = [found["said"] or ""]
        for more in lines[number + 1 : number + 4]:
            if not more.strip() or more.lstrip().startswith(
                ("[", "DETAIL", "LINE", "File", "HINT")
            ):
                break
            said.append(more.strip())
        yield found["name"], "\n".join(said).strip()


def _within(line: str) -> re.Match[str] | None:
    """An error inside a line, where it names a database's library."""
    for package in _PACKAGES:
        at = line.find(package)
        if at > 0 and not (line[at - 1].isalnum() or line[at - 1] in "._/("):
            return _RAISED.match(line[at:])
    for name in _ORM:
        at = line.find(f"{name}:")
        if at > 0 and not (line[at - 1].isalnum() or line[at - 1] == "_"):
            return _NAMED.match(line[at:])
    return None


def _frames(lines: Sequence[str], root: Path) -> Iterator[Frame]:
    count = 0
    for number, line in enumerate(lines):
        found = _FRAME.match(line)
        if found is None:
            continue
        count += 1
        if count > MOST_FRAMES:
            return
        code = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if _FRAME.match(code) or _RAISED.match(code):
            code = ""
        file = in_project(found["file"], root)
        yield Frame(Place(file, int(found["line"])), found["in"] or "", code)


def in_project(file: str, root: Path) -> str:
    """Gives a file of a traceback as the project names it: the longest end of it that is there."""
    path = file.replace("\\", "/")
    if _LIBRARY.search(path) or "\0" in path:
        return path
    parts = PurePosixPath(path).parts
    for start in range(len(parts)):
        tail = "/".join(parts[start:]).lstrip("/")
        if tail and ".." not in parts and (root / tail).is_file():
            return tail
    return path


def _last(name: str) -> str:
    return name.rpartition(".")[2]

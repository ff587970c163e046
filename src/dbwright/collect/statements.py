"""Statements: SQL that the user names, as text or as a file."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from dbwright import dialects
from dbwright.collect import psql_script
from dbwright.collect.plans import read_plan
from dbwright.core.errors import CollectError, PlanError
from dbwright.core.explained import Explained
from dbwright.core.place import Place
from dbwright.core.plan import WorkloadStatement
from dbwright.core.statement_kind import BROKEN
from dbwright.dialects.postgresql import statements

_LARGEST = 2_000_000
_SUFFIXES = (".sql", ".txt", ".json", ".jsonl", ".plan", ".log", ".xml", ".yaml", ".yml")


def read_statements(argument: str, dialect: str, root: Path) -> tuple[WorkloadStatement, ...]:
    """Gives the statements of a text, or of a file when the text is the path of one.

    A statement's place is its first line in the file. What holds no statement raises
    CollectError.
    """
    text, name = read_text(argument, root)
    commands: tuple[tuple[int, str], ...] = ()
    if dialect == "postgresql":
        text, commands = psql_script.plain(text)
    found = (
        *(WorkloadStatement(sql, place=Place(name, at) if name else None) for at, sql in commands),
        *placed(text, dialects.get(dialect).statements.split(text), name),
    )
    if not found:
        raise CollectError(
            "there is no SQL statement to review",
            file=name,
            way_out='Give one as text, dbwright queries review "SELECT …", or a file of SQL.',
        )
    return found


def read_text(argument: str, root: Path) -> tuple[str, str | None]:
    """Gives the text of an argument, and the name of the file that it is in, if it names one."""
    file = _file(argument, root)
    return (_read(file), argument) if file else (argument, None)


def given_plan(argument: str, root: Path) -> Explained | None:
    """Gives the plan that an argument, or the file that it names, holds; None for what is none.

    What begins as a plan and cannot be read as one raises PlanError.
    """
    text, name = read_text(argument, root)
    if statements.kind(text) != BROKEN:
        return None
    try:
        return read_plan(text, name)
    except PlanError:
        if looks_like_plan(text):
            raise
        return None


def looks_like_plan(text: str) -> bool:
    """Whether a text has the marks of EXPLAIN: `(cost=`, `(actual`, "Node Type", QUERY PLAN."""
    return any(mark in text for mark in _MARKS)


_MARKS = ("(cost=", "(actual", '"Node Type"', "QUERY PLAN", "Node-Type", "Node Type:")


def _file(argument: str, root: Path) -> Path | None:
    if "\n" in argument or len(argument) > 1000 or "\0" in argument:
        return None
    path = Path(root, argument)
    for place in (path, Path(argument)):
        with contextlib.suppress(OSError):  # a statement that is longer than a name may be
            if place.is_file():
                return place
    if path.suffix in _SUFFIXES and " " not in argument:
        raise CollectError(
            "there is no such file",
            file=argument,
            way_out='Name a file of SQL, or give the statement itself: "SELECT …"',
        )
    return None


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > _LARGEST:
            raise CollectError(
                f"the file is larger than {_LARGEST // 1_000_000} MB and was not read",
                file=str(file),
                way_out="Give the statements, or the plan, that matter in a smaller file.",
            )
        content = file.read_bytes()
    except OSError as error:
        raise CollectError(f"cannot be read: {error.strerror}", file=str(file)) from error
    return decoded(content.removeprefix(codecs.BOM_UTF8), str(file))


def decoded(content: bytes, name: str, line: int = 1) -> str:
    """Gives a file's bytes as text; what is no UTF-8 raises CollectError with its line.

    `line` is the line that the bytes begin at.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise CollectError(
            "is not UTF-8 text",
            file=name,
            line=line + content.count(b"\n", 0, error.start),
            way_out="Save the file as UTF-8.",
        ) from error
    if "\0" in text:
        raise CollectError(
            "holds a NUL character, which no SQL and no plan may",
            file=name,
            line=line + text.count("\n", 0, text.index("\0")),
            way_out="Take it out; of another encoding, save the file as UTF-8.",
        )
    return text


def placed(
    text: str, found: Iterable[str], name: str | None, line: int = 1
) -> Iterator[WorkloadStatement]:
    """Gives the statements that were found in a text, each with its first line of the file `name`.

    `line` is the line that the text begins at.
    """
    position = 0
    for sql in found:
        start = text.find(sql, position)
        if start >= 0:
            line += text.count("\n", position, start)
        yield WorkloadStatement(
            sql, place=Place(name, line if start >= 0 else None) if name else None
        )
        if start >= 0:
            line += sql.count("\n")
            position = start + len(sql)

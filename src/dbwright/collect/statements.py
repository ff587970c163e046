"""Statements: SQL that the user names, as text or as a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dbwright import dialects
from dbwright.core.errors import CollectError
from dbwright.core.place import Place
from dbwright.core.plan import WorkloadStatement

_LARGEST = 2_000_000


def read_statements(argument: str, dialect: str, root: Path) -> tuple[WorkloadStatement, ...]:
    """Gives the statements of a text, or of a file when the text is the path of one.

    A statement's place is its first line in the file. What holds no statement raises
    CollectError.
    """
    file = _file(argument, root)
    text = _read(file) if file else argument
    name = argument if file else None
    found = tuple(_placed(text, dialect, name))
    if not found:
        raise CollectError(
            "there is no SQL statement to review",
            file=name,
            way_out='Give one as text, dbwright queries review "SELECT …", or a file of SQL.',
        )
    return found


def _file(argument: str, root: Path) -> Path | None:
    if "\n" in argument or len(argument) > 1000 or "\0" in argument:
        return None
    path = Path(root, argument)
    if path.is_file():
        return path
    if path.suffix == ".sql" and " " not in argument:
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
                way_out="Give the statements that matter in a smaller file.",
            )
        content = file.read_bytes()
    except OSError as error:
        raise CollectError(f"cannot be read: {error.strerror}", file=str(file)) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CollectError(
            "is not UTF-8 text",
            file=str(file),
            line=content.count(b"\n", 0, error.start) + 1,
            way_out="Save the file as UTF-8.",
        ) from error


def _placed(text: str, dialect: str, name: str | None) -> Iterator[WorkloadStatement]:
    position = 0
    for sql in dialects.get(dialect).statements.split(text):
        start = text.find(sql, position)
        if start >= 0:
            position = start + len(sql)
        line = text.count("\n", 0, start) + 1 if start >= 0 else None
        yield WorkloadStatement(sql, place=Place(name, line) if name else None)

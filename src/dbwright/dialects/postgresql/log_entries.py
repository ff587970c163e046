"""The entries of a server's log, read from its lines: csvlog, jsonlog and the text of stderr.

Lines are bytes as they stand in the file. Nothing here is remembered but the entry that is being
read, and no entry is longer than `LONGEST`.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

LONGEST = 16_000_000
"""So many bytes has an entry at most; a longer one is left out."""
CUT = "entries of the log that were cut off"
TOO_LONG = f"entries of the log longer than {LONGEST // 1_000_000} MB"

Lines = Iterable[bytes]
Told = Counter[str]


class Entry(NamedTuple):
    """One entry: its severity, message and DETAIL, and what tells its session from others."""

    severity: str
    message: str
    detail: str
    session: bytes | str


_TIME = rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,\"\r\n]{1,40},"
_CSV_START = re.compile(_TIME)
# Inside of a quoted field every quote is doubled, or ends it before a comma: a line like this
# one is no part of the field before it.
_CSV_CERTAIN = re.compile(_TIME + rb'"[^",\r\n]')
_CSV_COLUMNS = range(22, 31)
_FIELD = re.compile(r'(?:^|,)(?:"([^"]*(?:""[^"]*)*)"|([^,"]*))')


def csv_entries(lines: Lines, told: Told) -> Iterator[Entry]:
    """Gives the entries of csvlog; a quoted field may go over lines."""
    for record in _csv_records(lines, told):
        row = _row(_text(record))
        if len(row) in _CSV_COLUMNS:
            yield Entry(row[11], row[13], row[14], row[5])
        else:
            told[CUT] += 1


def _csv_records(lines: Lines, told: Told) -> Iterator[bytes]:
    held: list[bytes] = []
    size, odd = 0, False
    for line in lines:
        if held and _CSV_CERTAIN.match(line):
            told[CUT] += 1
            held, size, odd = [], 0, False
        if not held and not _CSV_START.match(line):
            continue
        held.append(line)
        size += len(line)
        odd ^= line.count(b'"') & 1 == 1
        if size > LONGEST:
            told[TOO_LONG] += 1
        elif odd or not line.endswith(b"\n"):
            continue
        else:
            yield b"".join(held) if len(held) > 1 else line
        held, size, odd = [], 0, False
    if held:
        yield b"".join(held)


def _row(record: str) -> list[str]:
    if len(record) < csv.field_size_limit() and "\r" not in record:
        try:
            return next(csv.reader([record]))
        except (csv.Error, StopIteration):
            return []
    fields = _FIELD.finditer(record)
    return [found[1].replace('""', '"') if found[1] else found[2] or "" for found in fields]


def json_entries(lines: Lines, told: Told) -> Iterator[Entry]:
    """Gives the entries of jsonlog, one a line."""
    for line in whole(lines, told):
        try:
            data = json.loads(line.decode("utf-8", "replace"))
            found = (data.get(name, "") for name in ("error_severity", "message", "detail"))
            severity, message, detail = (str(one) for one in found)
            session = str(data.get("session_id") or data.get("pid"))
        except (ValueError, AttributeError, RecursionError):
            told[CUT] += bool(line.strip())
            continue
        yield Entry(severity, message, detail, session)


def whole(lines: Lines, told: Told) -> Iterator[bytes]:
    """Gives whole lines from pieces of them; one that is too long is left out."""
    held: list[bytes] = []
    size = 0
    for line in lines:
        if not held and line.endswith(b"\n"):
            yield line
            continue
        size += len(line)
        held = [*held, line] if size <= LONGEST else [b""]
        if line.endswith(b"\n"):
            if size <= LONGEST:
                yield b"".join(held)
            else:
                told[TOO_LONG] += 1
            held, size = [], 0
    if held and size <= LONGEST:
        yield b"".join(held)


_OWN = rb"DEBUG[1-5]?|INFO|NOTICE|WARNING|LOG|ERROR|FATAL|PANIC"
_FURTHER = rb"DETAIL|HINT|QUERY|CONTEXT|LOCATION|BACKTRACE|STATEMENT"
TAG = re.compile(rb"(?<![A-Za-z])(?:(" + _OWN + rb")|(" + _FURTHER + rb")):  ")
"""What stands between an entry's prefix and its text, on the first line of each of its parts."""


def text_entries(lines: Lines, told: Told) -> Iterator[Entry]:
    """Gives the entries of a text log, whatever `log_line_prefix` is.

    A further line of a message begins with a tab; the other parts of an entry stand behind it.
    """
    part: list[bytes] = []
    parts: dict[bytes, list[bytes]] = {}
    severity, prefix, size = b"", b"", 0
    for line in lines:
        if line.startswith(b"\t"):
            size += len(line)
            if size <= LONGEST:
                part.append(line[1:])
            continue
        tag = TAG.search(line)
        if tag is None:
            # another program's line, or a further piece of a line that is very long
            part = part if part and not part[-1].endswith(b"\n") else []
            size += len(line)
            if part and size <= LONGEST:
                part.append(line)
            continue
        part = [line[tag.end() :]]
        size += len(line)
        if tag[1]:
            if severity:
                yield from _text_entry(severity, prefix, parts, size - len(line), told)
            severity, prefix, size = tag[1], line[: tag.start()], len(line)
            parts = {b"": part}
        else:
            parts[tag[2]] = part
    if severity:
        yield from _text_entry(severity, prefix, parts, size, told)


def _text_entry(
    severity: bytes, prefix: bytes, parts: dict[bytes, list[bytes]], size: int, told: Told
) -> Iterator[Entry]:
    if size > LONGEST:
        told[TOO_LONG] += 1
        return
    message, detail = _text(b"".join(parts[b""])), _text(b"".join(parts.get(b"DETAIL", ())))
    yield Entry(severity.decode(), message, detail, prefix)


def _text(written: bytes) -> str:
    """Gives what was written in lines, which may end as those of Windows do."""
    if b"\r\n" in written:
        written = written.replace(b"\r\n", b"\n")
    return written.decode("utf-8", "replace").rstrip("\n")


_MOMENT = re.compile(
    rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?[A-Z]{1,5}\b| ?[+-]\d\d(?::?\d\d)?)?"
    rb"|\b\d{10}\.\d{3}\b|\[\d+-\d+\]"
)
_SESSION = re.compile(rb"\[(\d+)\]|\b([0-9a-f]{8}\.[0-9a-f]+)\b")


def session(entry: Entry) -> bytes | str:
    """Gives what an entry's session is told by: its id; of a prefix the process, else the rest.

    >>> session(Entry("LOG", "", "", b"2026-01-01 10:00:00.123 UTC [4711] me@shop "))
    b'4711'
    >>> session(Entry("LOG", "", "", b"2026-01-01 10:00:00 UTC [4711-3] 4711 me@shop "))
    b'  4711 me@shop '
    """
    if isinstance(entry.session, str):
        return entry.session
    prefix = _MOMENT.sub(b"", entry.session)
    found = _SESSION.search(prefix)
    return found[1] or found[2] if found else prefix


Reader = Callable[[Lines, Told], Iterator[Entry]]
READERS: dict[str, Reader] = {
    "csvlog": csv_entries,
    "jsonlog": json_entries,
    "stderr": text_entries,
}
"""How the entries of each format are read."""

"""Files of a workload: what each one holds, told from its content, and its lines one by one."""

from __future__ import annotations

import contextlib
import glob
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from dbwright.core.errors import CollectError
from dbwright.core.options import Progress
from dbwright.dialects.postgresql.log_entries import READERS, TAG

_HEAD = 65_536
_LINE = 1_000_000
"""A longer line comes in pieces."""
_OFTEN = 8_192
_GZIP = b"\x1f\x8b"
_UNREAD = {
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"PK\x03\x04": "zip",
    b"\x04\x22\x4d\x18": "lz4",
}
Stream = BufferedReader | gzip.GzipFile
_CSV = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,\"\r\n]{1,40},")
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?")
_BARS = 20
_A_LINE = (
    'A workload has an object a line, {"sql": "select …", "calls": 120}; jsonlog has `timestamp` '
    "and `error_severity` in each."
)
_KNOWN = (
    "Give PostgreSQL's csvlog, jsonlog or text log, JSON lines with `sql`, or a file of SQL; "
    "what gzip has packed is read as it is."
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file and what it holds: "csvlog", "jsonlog", "stderr", "lines" (of JSON) or "sql"."""

    path: Path
    name: str
    holds: str
    since: bytes = b""
    why: str = ""
    packed: bool = False


def sources(argument: str, root: Path) -> list[Source]:
    """Gives the files that a path, a folder or a pattern names, in the order of their times.

    Nothing where it names none. A folder's files that hold neither statements nor a log have the
    format "" with the reason; a single file like that raises CollectError.
    """
    paths = _paths(argument, root)
    found = []
    for path in paths:
        name = argument if len(paths) == 1 else path.name
        try:
            found.append(_told(path, name))
        except CollectError as error:
            if len(paths) == 1:
                raise
            found.append(Source(path, name, "", why=error.message))
    return sorted(found, key=lambda each: (each.since, _natural(each.name)))


def _paths(argument: str, root: Path) -> list[Path]:
    if "\n" in argument or "\0" in argument or len(argument) > 1000:
        return []
    path = Path(root, argument)
    try:
        if path.is_file():
            return [path]
        if path.is_dir():
            inside = (each for each in path.iterdir() if each.is_file())
            return sorted(each for each in inside if each.stat().st_size)
    except OSError:
        return []
    if not set("*?[") & set(argument):
        return []
    named = (Path(root, each) for each in glob.glob(argument, root_dir=root))
    return sorted(each for each in named if each.is_file())


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def _told(path: Path, name: str) -> Source:
    try:
        with open(path, "rb") as raw, _unpacked(raw, name) as stream:
            head, packed = _head(stream), stream is not raw
    except (OSError, EOFError, zlib.error) as error:
        raise CollectError(f"cannot be read: {error}", file=name) from error
    moment = _MOMENT.search(head)
    return Source(path, name, _holds(head, name), moment[0] if moment else b"", packed=packed)


def _head(stream: Stream) -> bytes:
    """Gives the first bytes; of what is packed and ends too early those that there are."""
    head = b""
    with contextlib.suppress(EOFError):
        while len(head) < _HEAD and (more := stream.read1(_HEAD)):
            head += more
    return head


@contextlib.contextmanager
def _unpacked(raw: BufferedReader, name: str) -> Iterator[Stream]:
    start = raw.read(6)
    raw.seek(0)
    for magic, words in _UNREAD.items():
        if start.startswith(magic):
            way_out = f"Unpack it first. {_KNOWN}"
            raise CollectError(f"is packed as {words}", file=name, way_out=way_out)
    if start.startswith(_GZIP):
        with gzip.GzipFile(fileobj=raw) as stream:
            yield stream
        return
    yield raw


def _holds(head: bytes, name: str) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CollectError("is UTF-16 text", file=name, way_out="Save it as UTF-8.")
    if b"\0" in head[:4096]:
        raise CollectError("is no text", file=name, way_out=_KNOWN)
    lines = [line for line in head.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
    first = next(iter(lines), b"")
    if first.lstrip().startswith(b"["):
        raise CollectError("holds a list of JSON", file=name, way_out=_A_LINE)
    objects = [line for line in lines if line.lstrip(b" ").startswith(b"{")]
    if objects and 2 * len(objects) >= len(lines):
        return _json(objects, name)
    if any(_CSV.match(line) and line.count(b",") >= 15 for line in lines):
        return "csvlog"
    return "stderr" if _is_log(lines) else "sql"


def _json(objects: Sequence[bytes], name: str) -> str:
    keys: set[str] = set()
    for line in objects:
        with contextlib.suppress(ValueError, RecursionError):
            keys = set(json.loads(line))
            break
    else:
        keys = set(re.findall(r'"(\w+)"\s*:', objects[0].decode("utf-8", "replace")))
    if "sql" in keys:
        return "lines"
    if keys >= {"timestamp", "error_severity"} or keys >= {"timestamp", "pid", "backend_type"}:
        return "jsonlog"
    shown = ", ".join(sorted(keys)[:6]) or "none"
    raise CollectError(
        f"holds JSON that is neither a workload nor PostgreSQL's jsonlog: its keys are {shown}",
        file=name,
        way_out=_A_LINE,
    )


def _is_log(lines: Sequence[bytes]) -> bool:
    """Whether at least half of the lines that continue no other begin as a log's do."""
    begun = [line for line in lines if not line.startswith(b"\t")]
    tagged = [line for line in begun if (found := TAG.search(line)) and found.start() < 500]
    return bool(tagged) and 2 * len(tagged) >= len(begun)


class Reading:
    """The lines of files, read one by one with word of how far it is; `lines` counts them."""

    def __init__(self, files: Sequence[Source], progress: Progress) -> None:
        self.progress = progress
        self.lines = 0
        self.cut: list[str] = []
        self._bytes = sum(each.path.stat().st_size for each in files) or 1
        self._before = 0

    def of(self, file: Source) -> Iterator[bytes]:
        """Gives the lines of one file; a line of more than a million bytes comes in pieces.

        Raises CollectError where it cannot be read; one that is packed and ends too early is
        read so far, and named in `cut`.
        """
        try:
            with open(file.path, "rb") as raw, _unpacked(raw, file.name) as stream:
                yield from self._lines(stream, raw, file.name)
                self._before += raw.tell()
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self.cut.append(f"the rest of {file.name} from line {self.lines:,}: {error}")
        except OSError as error:
            raise CollectError(f"cannot be read: {error.strerror}", file=file.name) from error

    def _lines(self, stream: Stream, raw: BufferedReader, name: str) -> Iterator[bytes]:
        line = stream.readline(_LINE).removeprefix(b"\xef\xbb\xbf")
        while line:
            yield line
            self.lines += 1
            if not self.lines % _OFTEN:
                self._tell(name, raw.tell())
            line = stream.readline(_LINE)

    def _tell(self, name: str, position: int) -> None:
        share = min(1.0, (self._before + position) / self._bytes)
        bar = "#" * round(share * _BARS)
        self.progress(f"reading {name}: [{bar:.<{_BARS}}] {share:.0%}, {self.lines:,} lines")


def is_log(file: Source) -> bool:
    """Whether a file holds a server's log."""
    return file.holds in READERS

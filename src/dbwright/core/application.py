"""Application: what a project's code does with its models again and again, read from its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.source import Source

RepeatKind = Literal[
    "lazy", "counted", "deferred", "get", "select", "count", "refresh", "write", "commit", "flush"
]
Step = tuple[str, str, str]
"""A loader option: loader, class, attribute."""


@dataclass(frozen=True, slots=True)
class Root:
    """The statement that objects came from: its class, and where its `select(…)` call ends.

    `end` is the line and the column behind it, in UTF-8 bytes; `said` is the class as the code
    there names it, `options` the chains that the statement has.
    """

    place: Place
    class_: str
    end: tuple[int, int]
    said: str
    options: tuple[tuple[Step, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Repeat:
    """A line that sends a statement for each turn of a loop.

    `object` is what it is about in the reader's words: `Post.author`, `Account`. A load has the
    class that owns the attribute, the statement that the objects came from, and the chain of
    options that loads it there; the first `loaded` steps of it are loaded already. `keys` are the
    attributes of a statement that are compared with what the loop gives.
    """

    kind: RepeatKind
    place: Place
    object: str
    loop: Place | None = None
    owner: str = ""
    attribute: str = ""
    root: Root | None = None
    chain: tuple[Step, ...] = ()
    loaded: int = 0
    keys: tuple[str, ...] = ()
    through: str = ""


Span = tuple[int, int, int, int]
"""A part of a file: line and column in UTF-8 bytes, to line and column."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A line that takes all rows of a statement, and does nothing but count them.

    `object` is the class that they are of, `owner` its qualified name. `code` is what counts in the
    database; `edits` are the parts of the file that become another text for it, none where a count
    may give another number. `imports` says that `func` is to be imported. `function` is where it
    stands, `root` the line where its statement begins; `sql` and `counting` are that statement and
    the count as SQL, where they are known.
    """

    place: Place
    object: str
    owner: str
    code: str
    edits: tuple[tuple[Span, str], ...] = ()
    imports: bool = False
    function: str = ""
    root: int = 0
    sql: str = ""
    counting: str = ""


@dataclass(frozen=True)
class Application:
    """The code of a project that uses its models, and what it does with them in vain."""

    mapping: Mapping
    sources: tuple[Source, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    counted: tuple[Counted, ...] = ()

    def line(self, place: Place) -> str:
        """The text of a line, empty where its file is not known."""
        for source in self.sources:
            if source.path == place.file and place.line:
                lines = source.lines
                return lines[place.line - 1].strip() if place.line <= len(lines) else ""
        return ""

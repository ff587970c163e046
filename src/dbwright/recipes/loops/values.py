"""Abstract values: what an expression may stand for, as far as statements and rows go.

None is a value that nothing is known of: nothing is said of it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import Any

from dbwright.core.application import Root, Step

Chain = tuple[Step, ...]
Path = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Class:
    """A mapped class, by its qualified name."""

    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a mapped class: `Post.author`."""

    owner: str
    name: str


@dataclass(frozen=True, slots=True)
class TableOf:
    """A table, by its key."""

    key: str


@dataclass(frozen=True, slots=True)
class Option:
    """Loader options: one chain, or several."""

    chains: tuple[Chain, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """A class of pydantic's, by its module's path and its name; `many`: a list of them."""

    path: str
    name: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement before it is run.

    `items` is what a row has: Class, Attribute or None each; `opaque` says that something was done
    to it that is not understood; `few` that it gives a handful of rows at most, `paged` that it
    gives a page or a batch; `keys` are the attributes compared for equality, each with the loops
    that the other side depends on, `loops` all loops that anything of it depends on.
    """

    verb: str
    items: tuple[Any, ...] = ()
    root: Root | None = None
    chains: tuple[Chain, ...] = ()
    opaque: bool = False
    few: bool = False
    paged: bool = False
    filtered: bool = False
    legacy: bool = False
    counts: bool = False
    ranged: bool = False
    about: str = ""
    keys: tuple[tuple[str, str, frozenset[int]], ...] = ()
    joins: tuple[str, ...] = ()
    loops: frozenset[int] = frozenset()
    session: ast.expr | None = None

    @property
    def entity(self) -> str | None:
        """The class of a statement that gives objects of one class."""
        if len(self.items) == 1 and isinstance(self.items[0], Class):
            return self.items[0].name
        return None


@dataclass(frozen=True, slots=True)
class Element:
    """An object: its class, its way from the statement, and the loop that it is one turn of."""

    class_: str
    statement: Statement
    path: Path = ()
    loop: int | None = None
    several: bool = False


@dataclass(frozen=True, slots=True)
class Many:
    """Rows or a collection; `row` says that each one is a row, which holds the object."""

    of: Any
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class Tuple:
    """A row or tuple of several values."""

    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What execute() gives: rows of a statement, with `scalars` only the first of each."""

    statement: Statement
    scalars: bool = False
    loops: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the project: its tree, its module and class, and what it is bound to."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    path: str
    owner: ast.ClassDef | None = None
    bound: Any = None


@dataclass(frozen=True, slots=True)
class Template:
    """A template by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the code."""

    text: str


@dataclass(frozen=True, slots=True)
class Values:
    """A list or tuple that the code spells out."""

    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """A module, or a name of one, that is not the project's."""

    dotted: str


@dataclass(slots=True)
class Loop:
    """A loop: where it begins, and whether a query in each turn of it may be said."""

    number: int
    line: int
    path: str
    asks: bool


@dataclass(slots=True)
class Frame:
    """The names of one function: values, the loops that each depends on and was bound in.

    `set_` are the attributes that the function sets itself, `selected` the classes that it has
    selected as a list; `calls` is how deep the call is.
    """

    path: str
    names: dict[str, Any] = field(default_factory=dict)
    depends: dict[str, frozenset[int]] = field(default_factory=dict)
    bound_in: dict[str, frozenset[int]] = field(default_factory=dict)
    outer: Frame | None = None
    owner: ast.ClassDef | None = None
    calls: int = 0
    returned: list[Any] = field(default_factory=list)
    set_: set[tuple[str, str]] = field(default_factory=set)
    selected: dict[str, Any] = field(default_factory=dict)

    def holder(self, name: str) -> Frame | None:
        """Gives the frame that has a name, this one or one around it."""
        frame: Frame | None = self
        while frame is not None and name not in frame.names:
            frame = frame.outer
        return frame


def in_loop(value: Any, loop: int | None) -> Any:
    """Gives what one turn of a loop sees of a value."""
    if isinstance(value, Element):
        return replace(value, loop=loop, several=True)
    if isinstance(value, Tuple):
        return Tuple(tuple(in_loop(item, loop) for item in value.items))
    return value

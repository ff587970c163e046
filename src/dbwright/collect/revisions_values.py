"""Values: what an expression of a revision file is worth, as far as reading can tell.

Literals are themselves (`str`, `int`, `list`, …). What is not a literal is one of the classes
here; `UNKNOWN` is whatever only a run could tell.
"""

from __future__ import annotations

import ast
import builtins
import operator
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LARGEST = 200_000


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something imported or built in, by its full name: `sqlalchemy.String`."""

    name: str

    @property
    def last(self) -> str:
        """The name without its modules."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of a value that was made: the `with_variant` of `sa.JSON().with_variant`."""

    of: Any
    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """A call kept as it is written: `sa.Column("id", sa.Integer())`."""

    what: Symbol | Member
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None

    @property
    def name(self) -> str:
        """The last part of what is called: `Column`."""
        return self.what.last if isinstance(self.what, Symbol) else self.what.name

    @property
    def root(self) -> Made:
        """The first call of a chain: `table("t")` of `table("t").update().where(…)`."""
        found = self
        while isinstance(found.what, Member) and isinstance(found.what.of, Made):
            found = found.what.of
        return found


@dataclass(frozen=True, slots=True)
class Routine:
    """A function of the same file, with the names it sees."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    names: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Klass:
    """A class of the project; `labels` are its members when it is an Enum.

    `attributes` are the texts and classes in its body, `__tablename__` among them.
    """

    name: str
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """The `batch_op` of a batch_alter_table block."""

    table: Any
    schema: Any = None


CONNECTION = Symbol("connection")
CONTEXT = Symbol("context")
SESSION = Symbol("session")


def is_plain(value: Any) -> bool:
    """Whether the value is a literal that prints as itself."""
    return value is None or isinstance(value, (str, int, float, bool))


def is_known(value: Any) -> bool:
    """Whether nothing inside the value is unknown; a value too large to look through is not."""
    pending, seen = [value], 0
    while pending:
        item = pending.pop()
        seen += 1
        if item is UNKNOWN or seen > LARGEST:
            return False
        if isinstance(item, (list, tuple, set, frozenset)):
            pending.extend(item)
        elif isinstance(item, dict):
            pending.extend(item.values())
        elif isinstance(item, Made):
            pending.extend((*item.arguments, *item.keywords.values()))
    return True


def binary(sign: ast.operator, left: Any, right: Any) -> Any:
    """Gives the value of `left sign right`, UNKNOWN where it is not cheap and certain."""
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    try:
        if isinstance(sign, ast.Add):
            return _added(left, right)
        if isinstance(sign, ast.Mod) and isinstance(left, str):
            return _percent(left, right)
        if _is_number(left) and _is_number(right):
            return _arithmetic(sign, left, right)
        if isinstance(sign, ast.Mult) and isinstance(left, (str, list, tuple)):
            small = isinstance(right, int) and 0 <= right * len(left) <= LARGEST
            return left * right if small else UNKNOWN
    except (TypeError, ValueError, ArithmeticError, KeyError):
        return UNKNOWN
    return UNKNOWN


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) < 10**18


def _added(left: Any, right: Any) -> Any:
    if _is_number(left) and _is_number(right):
        return left + right
    same = isinstance(left, (str, list, tuple)) and type(left) is type(right)
    fits = same and len(left) + len(right) <= LARGEST
    return operator.add(left, right) if fits else UNKNOWN


def _arithmetic(sign: ast.operator, left: Any, right: Any) -> Any:
    if isinstance(sign, ast.Sub):
        return left - right
    if isinstance(sign, ast.Mult):
        return left * right
    if isinstance(sign, ast.FloorDiv):
        return left // right
    if isinstance(sign, ast.Mod):
        return left % right
    return UNKNOWN


def _percent(template: str, right: Any) -> Any:
    values = right if isinstance(right, tuple) else (right,)
    if isinstance(right, dict):
        values = tuple(right.values())
    if not all(is_plain(value) for value in values) or _has_width(template):
        return UNKNOWN
    text = template % right
    return text if len(text) <= LARGEST else UNKNOWN


def _has_width(template: str) -> bool:
    # "%1000000000d" is a gigabyte; nobody writes a width in SQL
    return any(part[:1].isdigit() or part[:1] == "*" for part in template.split("%")[1:])


def formatted(template: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Gives `template.format(…)` where all that is put in is plain, else UNKNOWN."""
    try:
        for _, name, spec, _ in string.Formatter().parse(template):
            if name is not None and (spec or not (name.isidentifier() or _is_index(name))):
                return UNKNOWN
        if not all(is_plain(value) for value in (*arguments, *keywords.values())):
            return UNKNOWN
        text = template.format(*arguments, **keywords)
    except (ValueError, IndexError, KeyError, TypeError):
        return UNKNOWN
    return text if len(text) <= LARGEST else UNKNOWN


def _is_index(name: str) -> bool:
    return name == "" or (name.isdigit() and len(name) < 4)


_STRING_METHODS = frozenset(
    [
        "strip",
        "lstrip",
        "rstrip",
        "upper",
        "lower",
        "title",
        "capitalize",
        "startswith",
        "endswith",
        "split",
        "splitlines",
        "removeprefix",
        "removesuffix",
        "isdigit",
        "swapcase",
        "partition",
        "rpartition",
    ]
)


def string_method(text: str, name: str, arguments: tuple[Any, ...]) -> Any:
    """Gives the result of a harmless method of a string, else UNKNOWN."""
    if not all(is_known(argument) for argument in arguments):
        return UNKNOWN
    try:
        if name in _STRING_METHODS:
            return getattr(text, name)(*arguments)
        if name == "join" and len(arguments) == 1:
            parts = list(arguments[0])
            total = sum(map(len, parts)) + len(text) * len(parts)
            return text.join(parts) if total <= LARGEST else UNKNOWN
        if name == "replace" and len(arguments) == 2:
            fits = (len(text) + 1) * (len(arguments[1]) + 1) <= LARGEST * 100
            return text.replace(*arguments) if fits else UNKNOWN
    except (TypeError, ValueError):
        return UNKNOWN
    return UNKNOWN


_BUILTINS = frozenset(
    [
        "list",
        "tuple",
        "set",
        "frozenset",
        "dict",
        "sorted",
        "reversed",
        "enumerate",
        "zip",
        "len",
        "str",
        "int",
        "bool",
        "min",
        "max",
    ]
)


def builtin(name: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Gives the result of a harmless built-in function, else UNKNOWN; iterators become lists."""
    if not all(argument is not UNKNOWN for argument in (*arguments, *keywords.values())):
        return UNKNOWN
    try:
        if name == "range":
            steps = range(*arguments)
            return list(steps) if len(steps) <= 10_000 else UNKNOWN
        if name == "dict" and not arguments:
            return dict(keywords)
        if name not in _BUILTINS or keywords or not all(map(_is_data, arguments)):
            return UNKNOWN
        if name in ("str", "int", "bool") and not all(map(is_plain, arguments)):
            return UNKNOWN
        result = getattr(builtins, name)(*arguments)
        return list(result) if name in ("reversed", "enumerate", "zip") else result
    except (TypeError, ValueError, ArithmeticError, RecursionError):
        return UNKNOWN


def _is_data(value: Any) -> bool:
    return is_plain(value) or isinstance(value, (list, tuple, dict, set, frozenset))


def dictionary_method(data: dict[Any, Any], name: str, arguments: tuple[Any, ...]) -> Any:
    """Gives the result of a reading method of a dict, else UNKNOWN; views become lists."""
    if name in ("items", "keys", "values") and not arguments:
        return list(getattr(data, name)())
    if name == "get" and 1 <= len(arguments) <= 2:
        try:
            return data.get(*arguments)
        except TypeError:
            return UNKNOWN
    return UNKNOWN


def subscript(value: Any, index: Any) -> Any:
    """Gives `value[index]` of a literal, else UNKNOWN."""
    if index is UNKNOWN or not isinstance(value, (str, list, tuple, dict)):
        return UNKNOWN
    try:
        return value[index]
    except (TypeError, LookupError, ValueError):
        return UNKNOWN


def truth(value: Any) -> bool | None:
    """Gives whether the value counts as true, None where that is not known."""
    if value is UNKNOWN or isinstance(value, (Symbol, Member, Made, Routine, Klass, Batch)):
        return None
    return bool(value)

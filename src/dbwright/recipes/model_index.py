"""An index as the models declare it: `Index(…)` as code, and the name that a project gives it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dbwright import dialects
from dbwright.core.schema import Index, IndexKey
from dbwright.recipes import code

Attribute = Callable[[str], str | None]
LONGEST = 63
_TOKEN = re.compile(r"%\((\w+)\)s")
_COLUMNS = re.compile(r"column_(\d+)(_?N)?_(name|key|label)")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a file spells what an index is made of, and how long its lines may be.

    `margin` is the column that the call starts in, `added` what of it the place itself adds to
    each further line: libcst has the body of a class by its own indent.
    """

    index: str = "Index"
    text: str = "text"
    width: int = 88
    margin: int = 0
    added: int = 0


def by_names(index: Index, spelling: Spelling) -> str:
    """Gives `Index("name", "a", text("b DESC"))`, for `__table_args__` and for a Table()."""
    keys = [_named(key, spelling) for key in index.keys]
    return _call(index, keys, spelling)


def by_attributes(index: Index, spelling: Spelling, attribute: Attribute) -> str | None:
    """Gives `Index("name", Order.a, Order.b.desc())`, to stand behind the class.

    `attribute` gives the code of a column's attribute. None where no key is such a one: nothing
    would tell the index its table.
    """
    keys = [_mapped(key, attribute) for key in index.keys]
    if not any(keys):
        return None
    both = zip(index.keys, keys, strict=True)
    return _call(index, [found or _named(key, spelling) for key, found in both], spelling)


def uses_text(index: Index, attributes: bool = False) -> bool:
    """Whether the code has a `text(…)`."""
    named = all(_is_ordered(key) if attributes else _is_plain(key) for key in index.keys)
    return bool(index.predicate) or not named


def _call(index: Index, keys: Sequence[str], spelling: Spelling) -> str:
    words = [code.literal(index.name), *keys, *_options(index, spelling)]
    line = f"{spelling.index}({', '.join(words)})"
    if len(line) + spelling.margin + 1 <= spelling.width:
        return line
    outer = " " * (spelling.margin - spelling.added)
    lines = "".join(f"{outer}    {word},\n" for word in words)
    return f"{spelling.index}(\n{lines}{outer})"


def _options(index: Index, spelling: Spelling) -> Iterator[str]:
    declared = dialects.get("postgresql").declared
    if index.unique:
        yield "unique=True"
    yield from declared.index_options(index, code.literal)
    if index.include:
        yield f"postgresql_include={code.names(index.include)}"
    if index.nulls_not_distinct:
        yield "postgresql_nulls_not_distinct=True"
    if index.options:
        pairs = (option.partition("=")[::2] for option in index.options)
        inner = ", ".join(f"{code.literal(name)}: {code.literal(value)}" for name, value in pairs)
        yield f"postgresql_with={{{inner}}}"
    if index.predicate:
        yield f"postgresql_where={_text(index.predicate, spelling)}"


def _named(key: IndexKey, spelling: Spelling) -> str:
    if key.column and _is_plain(key):
        return code.literal(key.column)
    return _text(dialects.get("postgresql").declared.index_key(key), spelling)


def _mapped(key: IndexKey, attribute: Attribute) -> str:
    """A key by its attribute, empty where that cannot say all of it."""
    found = attribute(key.column) if key.column and _is_ordered(key) else None
    if found is None:
        return ""
    found += ".desc()" if key.descending else ""
    if key.nulls_first is not None:
        found += ".nulls_first()" if key.nulls_first else ".nulls_last()"
    return found


def _is_plain(key: IndexKey) -> bool:
    return key.column is not None and key == IndexKey(key.column, opclass=key.opclass)


def _is_ordered(key: IndexKey) -> bool:
    plain = key.column is not None and key.collation is None and key.opclass is None
    return plain or _is_plain(key)


def _text(sql: str, spelling: Spelling) -> str:
    return f"{spelling.text}({code.literal(code.escaped_binds(sql))})"


def conventional(convention: str, table: str, index: Index, advised: str) -> str:
    """Gives an index's name as the metadata's convention for `ix` has it.

    What the convention does not tell apart (a condition, another method) stands behind it, as
    the advised name has it. One that names what an expression has not gives the advised name.

    >>> key = IndexKey("user_id")
    >>> conventional("idx_%(table_name)s_%(column_0_N_name)s", "orders", Index("x", (key,)), "x")
    'idx_orders_user_id'
    """
    columns = [key.column for key in index.keys]
    if not convention or not all(columns):
        return advised
    known = [column for column in columns if column is not None]
    try:
        named = _TOKEN.sub(lambda found: _token(found[1], table, known), convention)
    except KeyError:
        return advised
    whole = [f"_{table.rpartition('.')[2]}", *(f"_{column}" for column in known)]
    start = f"ix{''.join(whole)}"
    plain = not (index.predicate or index.include or index.method != "btree")
    rest = "" if plain else advised.removeprefix(start)
    named += rest if rest.startswith("_") else f"_{rest}" if rest else ""
    if len(named.encode()) <= LONGEST:
        return named
    digest = hashlib.sha256(named.encode()).hexdigest()[:6]
    return f"{named.encode()[: LONGEST - 7].decode(errors='ignore').rstrip('_')}_{digest}"


def _token(token: str, table: str, columns: Sequence[str]) -> str:
    """A token of a naming convention, as SQLAlchemy fills it in; KeyError for another one."""
    if token == "table_name":
        return table.rpartition(".")[2]
    found = _COLUMNS.fullmatch(token)
    if found is None or int(found[1]) >= len(columns):
        raise KeyError(token)
    prefix = f"{table.replace('.', '_')}_" if found[3] == "label" else ""
    several = [f"{prefix}{column}" for column in columns[int(found[1]) :]]
    if found[2] is None:
        return several[0]
    return ("_" if found[2] == "_N" else "").join(several)

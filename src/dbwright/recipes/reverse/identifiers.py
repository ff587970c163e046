"""Names of the database as names of Python: classes, attributes, members of enums."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Iterable, Set

from dbwright.core.nouns import last_word

# A class body or an annotation would find the attribute where it means the type.
_IN_ANNOTATIONS = {"int", "str", "bool", "float", "bytes", "list", "dict", "tuple", "object"}
_OF_MAPPERS = {"metadata", "registry"}
RESERVED = frozenset({*keyword.kwlist, *_IN_ANNOTATIONS, *_OF_MAPPERS})


def words(name: str) -> list[str]:
    """Gives the words of a name in lower case.

    >>> words("createdAt"), words("HTTPServer_log"), words("2nd-try")
    (['created', 'at'], ['http', 'server', 'log'], ['2nd', 'try'])
    """
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", text)
    return [word.lower() for word in re.split(r"[\W_]+", text) if word]


def snake(name: str) -> str:
    """Gives a name as Python writes those of attributes; `column` where nothing is left of it."""
    return "_".join(words(name)) or "column"


def class_name(table: str) -> str:
    """Gives the class of a table: one row of it.

    >>> class_name("order_lines"), class_name("User"), class_name("2fa_codes")
    ('OrderLine', 'User', 'Model2faCode')
    """
    found = "".join(word[:1].upper() + word[1:] for word in last_word(snake(table)).split("_"))
    if not found.isidentifier():
        found = f"Model{found}"
    return f"{found}Model" if keyword.iskeyword(found) or hasattr(builtins, found) else found


def attribute(column: str) -> str:
    """Gives the attribute of a column, the column's own name wherever that can be.

    >>> attribute("uuid"), attribute("metadata"), attribute("class"), attribute("Mixed Case")
    ('uuid', 'metadata_', 'class_', 'mixed_case')
    """
    own = unicodedata.normalize("NFKC", column)
    kept = own.isidentifier() and own == own.lower() and not own.startswith("__")
    found = own if kept and not own.startswith("_sa_") else snake(column)
    if not found.isidentifier() and not keyword.iskeyword(found):
        found = f"column_{found}"
    return f"{found}_" if found in RESERVED else found


def member(label: str) -> str:
    """Gives the member of an enum for a label.

    >>> member("in transit"), member("2nd"), member("+"), member("mro")
    ('IN_TRANSIT', 'VALUE_2ND', 'VALUE', 'MRO')
    """
    found = "_".join(words(label)).upper() or "VALUE"
    return found if found.isidentifier() else f"VALUE_{found}"


def free(name: str, taken: Set[str] | Iterable[str]) -> str:
    """Gives the name, with the first number behind it that makes it new where it is taken."""
    known = set(taken)
    if name not in known:
        return name
    number = 2
    while f"{name}_{number}" in known:
        number += 1
    return f"{name}_{number}"

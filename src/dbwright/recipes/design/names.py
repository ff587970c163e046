"""Names of tables, classes and columns: words, plurals, what Python or SQL keep for themselves."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata

from dbwright.core.abilities import ABILITIES
from dbwright.core.identifiers import spelled
from dbwright.core.nouns import last_word

_SHADOWS = {
    *keyword.kwlist,
    *(name for name in dir(builtins) if name.islower() and not name.startswith("_")),
    "metadata", "registry", "mapped_column", "relationship", "validates", "func", "false", "true",
    "dt", "hybrid_property", "inspect", "self",
}  # fmt: skip
# builtins that neither an annotation nor a method of a generated class needs
_HARMLESS = {"id", "type", "hash", "format", "input", "range", "filter", "map", "max", "min", "sum",
             "order", "iter", "next", "open", "print", "object", "license", "copyright", "credits",
             "help", "vars", "dir", "round", "slice", "abs", "all", "any", "bin", "chr", "ord",
             "hex", "oct", "pow", "eval", "exec", "exit", "quit", "zip", "sorted", "reversed",
             "callable", "compile", "delattr", "enumerate", "getattr", "globals", "hasattr",
             "locals", "repr", "setattr", "super", "property", "classmethod", "staticmethod",
             "memoryview", "bytearray", "frozenset", "complex", "divmod", "len", "issubclass",
             "isinstance", "ascii", "breakpoint", "aiter", "anext"}  # fmt: skip


def words(name: str) -> list[str]:
    """Gives the words of a name in lower case.

    >>> words("OrderItem"), words("HTTPRequest log"), words("SKU")
    (['order', 'item'], ['http', 'request', 'log'], ['sku'])
    """
    text = unicodedata.normalize("NFC", name)
    text = re.sub(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][^\W\d_A-Z])", " ", text)
    return [word.lower() for word in re.split(r"[\W_]+", text) if word]


def snake(name: str) -> str:
    """Gives the name as a column or table is called.

    >>> snake("OrderItem"), snake("due date")
    ('order_item', 'due_date')
    """
    found = "_".join(words(name))
    return f"_{found}" if found[:1].isdigit() else found


def class_name(name: str) -> str:
    """Gives the name as a class is called.

    >>> class_name("order item"), class_name("SKU"), class_name("OrderItem")
    ('OrderItem', 'SKU', 'OrderItem')
    """
    text = unicodedata.normalize("NFC", name)
    if text.isidentifier() and text[:1].isupper() and "_" not in text:
        found = text
    else:
        found = "".join(word[:1].upper() + word[1:] for word in words(name))
    if found[:1].isdigit():
        found = f"_{found}"
    return f"{found}_" if keyword.iskeyword(found) else found


def plural(word: str) -> str:
    """Gives the plural of a name in snake case; one that is plural already stays.

    >>> plural("category"), plural("order_item"), plural("person"), plural("opening_hours")
    ('categories', 'order_items', 'people', 'opening_hours')
    """
    return last_word(word, "plural")


def singular(word: str) -> str:
    """Gives the singular of a name in snake case, as far as its ending tells.

    >>> singular("categories"), singular("friends"), singular("people"), singular("address")
    ('category', 'friend', 'person', 'address')
    """
    return last_word(word)


def attribute(name: str) -> str:
    """Gives the name of a column's attribute in Python, with an underscore where it is taken.

    >>> attribute("metadata"), attribute("class"), attribute("type"), attribute("email")
    ('metadata_', 'class_', 'type', 'email')
    """
    return f"{name}_" if name in _SHADOWS and name not in _HARMLESS else name


def quoted(name: str, database: str) -> str:
    """Gives a column's name as it stands in SQL text, quoted where the database needs it."""
    found = spelled(name)
    mark = ABILITIES[database].quote
    return found if found == name else f"{mark}{name}{mark}"


def phrase(name: str) -> str:
    """Gives the words of a name with an article: `an order item`."""
    text = " ".join(words(name))
    return (
        f"an {text}" if text[:1] in "aeiou" and not text.startswith(("us", "uni")) else f"a {text}"
    )

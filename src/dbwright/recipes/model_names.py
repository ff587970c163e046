"""English nouns as the names of classes, tables and attributes."""

from __future__ import annotations

import re

from dbwright.core import nouns


def singular(word: str) -> str:
    """Gives the singular of an English noun.

    >>> [singular(word) for word in ("categories", "boxes", "orders", "status", "addresses")]
    ['category', 'box', 'order', 'status', 'address']
    """
    return nouns.last_word(word)


def plural(word: str) -> str:
    """Gives the plural of an English noun.

    >>> [plural(word) for word in ("category", "box", "order", "day", "person")]
    ['categories', 'boxes', 'orders', 'days', 'people']
    """
    return nouns.last_word(word, "plural")


def snake(name: str) -> str:
    """Gives a name as an attribute is called.

    >>> snake("LineItem"), snake("date of birth"), snake("IP")
    ('line_item', 'date_of_birth', 'ip')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.strip())
    return re.sub(r"[\s\-]+", "_", parted).strip("_").lower()


def camel(name: str) -> str:
    """Gives a name as a class is called, in the singular.

    >>> camel("line items"), camel("Invoice"), camel("API key")
    ('LineItem', 'Invoice', 'APIKey')
    """
    words = [word for word in re.split(r"[\s_\-]+", name.strip()) if word]
    if not words:
        return ""
    last = words[-1]
    lowered = singular(last.lower())
    words[-1] = last[: len(lowered)] if last.lower().startswith(lowered) else lowered
    return "".join(word[:1].upper() + word[1:] for word in words)

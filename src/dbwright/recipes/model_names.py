"""English nouns as the names of classes, tables and attributes."""

from __future__ import annotations

import re


def singular(word: str) -> str:
    """Gives the singular of an English noun.

    >>> [singular(word) for word in ("categories", "boxes", "orders", "status", "addresses")]
    ['category', 'box', 'order', 'status', 'address']
    """
    irregular = {"people": "person", "children": "child", "men": "man", "women": "woman"}
    for plural_form, one in irregular.items():
        if word.endswith(plural_form):
            return word[: -len(plural_form)] + one
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 2:
        return word[:-1]
    return word


def plural(word: str) -> str:
    """Gives the plural of an English noun.

    >>> [plural(word) for word in ("category", "box", "order", "day", "person")]
    ['categories', 'boxes', 'orders', 'days', 'people']
    """
    irregular = {"person": "people", "child": "children", "man": "men", "woman": "women"}
    for one, many in irregular.items():
        if word == one or word.endswith(f"_{one}"):
            return word[: -len(one)] + many
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh", "z")) else f"{word}s"


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

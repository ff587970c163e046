"""English nouns in the names of tables: one of many, many of one."""

from __future__ import annotations

import re

_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "feet": "foot",
    "teeth": "tooth",
    "mice": "mouse",
    "geese": "goose",
    "criteria": "criterion",
    "phenomena": "phenomenon",
    "indices": "index",
    "vertices": "vertex",
    "matrices": "matrix",
    "quizzes": "quiz",
    "movies": "movie",
    "cookies": "cookie",
    "caches": "cache",
    "aches": "ache",
    "lives": "life",
    "knives": "knife",
    "wives": "wife",
    "leaves": "leaf",
    "shelves": "shelf",
    "halves": "half",
    "potatoes": "potato",
    "heroes": "hero",
    "echoes": "echo",
    "vetoes": "veto",
    "axes": "axis",
    "buses": "bus",
    "gases": "gas",
    "lenses": "lens",
    "aliases": "alias",
    "canvases": "canvas",
    "atlases": "atlas",
    "curricula": "curriculum",
    "tomatoes": "tomato",
    "wolves": "wolf",
}
_PLURALS = {one: many for many, one in _IRREGULAR.items()} | {"index": "indexes"}
_COUNTLESS = {
    "money", "stock", "inventory", "furniture", "luggage", "merchandise", "software", "hardware",
    "sheep", "fish", "goods", "hours", "mathematics", "logistics",
}  # fmt: skip
_COUNTED = {"alias", "canvas", "lens", "atlas", "bias", "pass", "history", "previous", "gas"}
"""Those that end as many do and name one: they have a plural."""
_SAME = {
    "data", "metadata", "news", "series", "species", "info", "information", "media", "equipment",
    "staff", "feedback", "history", "settings", "preferences", "credentials", "stats", "statistics",
    "alias", "sms", "dns", "gps", "os", "https", "tls", "aws", "has", "was", "is", "canvas", "lens",
    "analytics", "physics", "sales", "always", "previous", "chaos", "atlas", "bias", "pass", "as",
    *_COUNTLESS, *_COUNTED,
}  # fmt: skip
_SINGULAR_ENDS = ("ss", "us", "is", "ous")


def singular(noun: str) -> str:
    """Gives one of what a noun in lower case names many of; one that names one comes back.

    >>> [singular(word) for word in ("orders", "categories", "boxes", "status", "analyses")]
    ['order', 'category', 'box', 'status', 'analysis']
    """
    if noun in _SAME or noun.endswith(_SINGULAR_ENDS) or not noun.endswith(("s", *_IRREGULAR)):
        return noun
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if re.search(r"[^aeiou]ies$", noun) and len(noun) > 4:
        return f"{noun[:-3]}y"
    if re.search(r"(analy|the|cri|ba|diagno|hypothe|parenthe|synop|empha)ses$", noun):
        return f"{noun[:-2]}is" if not noun.endswith("bases") else noun[:-1]
    if re.search(r"(ss|sh|ch|x|zz|tus|rus|nus|ius)es$", noun):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and len(noun) > 2 else noun


def plural(noun: str) -> str:
    """Gives many of what a noun in lower case names; one that already names many comes back.

    >>> [plural(word) for word in ("order", "category", "box", "status", "hours", "orders")]
    ['orders', 'categories', 'boxes', 'statuses', 'hours', 'orders']
    """
    if (noun in _SAME and noun not in _COUNTED) or singular(noun) != noun:
        return noun
    if noun in _PLURALS:
        return _PLURALS[noun]
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    if noun.endswith("sis"):
        return f"{noun[:-2]}es"
    return f"{noun}es" if noun.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"


def last_word(name: str, change: str = "singular") -> str:
    """Gives a name in snake_case with its last word in the singular or the plural.

    >>> last_word("order_lines"), last_word("user_profile", "plural")
    ('order_line', 'user_profiles')
    """
    head, line, tail = name.rpartition("_")
    changed = singular(tail) if change == "singular" else plural(tail)
    return f"{head}{line}{changed}"

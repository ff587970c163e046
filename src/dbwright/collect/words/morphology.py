"""English words: their singular and plural, verbs and participles, numbers, names of code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from dbwright.collect.words.keywords import listed

_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "feet": "foot",
    "teeth": "tooth", "geese": "goose", "mice": "mouse", "criteria": "criterion",
    "phenomena": "phenomenon", "indices": "index", "vertices": "vertex", "matrices": "matrix",
    "appendices": "appendix", "analyses": "analysis", "bases": "base", "crises": "crisis",
    "diagnoses": "diagnosis", "theses": "thesis", "hypotheses": "hypothesis",
    "syntheses": "synthesis", "parentheses": "parenthesis", "leaves": "leaf", "shelves": "shelf",
    "halves": "half", "knives": "knife", "lives": "life", "wives": "wife", "wolves": "wolf",
    "quizzes": "quiz", "movies": "movie", "cookies": "cookie", "ties": "tie", "pies": "pie",
    "buses": "bus", "gases": "gas", "caches": "cache", "heroes": "hero", "potatoes": "potato",
    "tomatoes": "tomato", "echoes": "echo", "vetoes": "veto", "staff": "staff",
    "curricula": "curriculum", "memoranda": "memorandum", "axes": "axis", "oxen": "ox",
    "databases": "database", "purchases": "purchase", "releases": "release",
    "expenses": "expense", "courses": "course", "houses": "house", "warehouses": "warehouse",
    "licenses": "license", "responses": "response", "phases": "phase", "cases": "case",
    "nurses": "nurse", "horses": "horse", "leases": "lease", "exercises": "exercise",
    "franchises": "franchise", "enterprises": "enterprise", "causes": "cause", "uses": "use",
    "clauses": "clause", "pauses": "pause", "invoices": "invoice", "premises": "premise",
    "sizes": "size", "prizes": "prize", "axles": "axle", "aches": "ache", "purses": "purse",
    "verses": "verse", "universes": "universe", "showcases": "showcase", "codes": "code",
}  # fmt: skip
_SAME = {
    "series", "species", "data", "metadata", "news", "information", "equipment", "feedback",
    "money", "stock", "inventory", "software", "hardware", "media", "staff", "sms", "mathematics",
    "physics", "status", "address", "process", "access", "class", "bonus", "campus", "virus",
    "business", "canvas", "atlas", "lens", "basis", "analysis", "bus", "gas", "progress",
    "census", "corpus", "focus", "menus", "radius", "success", "mattress", "thesis", "diagnosis",
    "crisis", "tennis", "chess", "pass", "boss", "glass", "glasses", "is", "was", "has",
    "this", "its", "does", "axis", "plus", "minus", "always", "less", "us", "gps", "dns", "css",
    "https", "iris", "cactus", "octopus", "apparatus", "consensus", "details", "settings",
    "preferences", "credentials", "analytics", "logistics", "bytes", "likes",
}  # fmt: skip
_SINGULAR_S = {"details": "detail", "settings": "setting", "preferences": "preference",
               "likes": "like", "credentials": "credential", "menus": "menu"}  # fmt: skip
_PLURALS = {singular: plural for plural, singular in _IRREGULAR.items()} | {
    "staff": "staff", "person": "people", "child": "children",
}  # fmt: skip
_COUNTLESS = {
    "series", "species", "data", "metadata", "news", "information", "equipment", "feedback",
    "money", "stock", "inventory", "software", "hardware", "media", "staff",
}  # fmt: skip
_NUMBERS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100,
    "thousand": 1000,
}  # fmt: skip
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "millions": 1e6,
           "bn": 1e9, "billion": 1e9, "billions": 1e9, "hundred": 100.0}  # fmt: skip
_PARTICIPLES = {
    "written": "write", "sent": "send", "made": "make", "sold": "sell", "bought": "buy",
    "paid": "pay", "held": "hold", "given": "give", "taken": "take", "taught": "teach",
    "led": "lead", "kept": "keep", "shipped": "ship", "begun": "begin", "done": "do",
    "drawn": "draw", "driven": "drive", "seen": "see", "met": "meet", "run": "run",
    "built": "build", "brought": "bring", "won": "win", "lent": "lend", "left": "leave",
    "submitted": "submit", "tagged": "tag", "enrolled": "enroll", "canceled": "cancel",
    "cancelled": "cancel", "labelled": "label", "planned": "plan", "posted": "post",
}  # fmt: skip
FINAL_PARTICIPLE = re.compile(
    r"(?!(?:bed|seed|feed|shed|speed|breed|need|weed|garden|kitten|kitchen|oven|token|town)$)"
    r"(?:[a-z]+(?:ed|awn|own|ught|[td]en|[vk]en)|[a-z]*(?:sent|spent|lent|sold|told|paid|made|held))$"
)


@cache
def singular(word: str) -> str:
    """Gives the singular of a noun in lower case, the word itself where it is one.

    >>> [singular(word) for word in ("people", "statuses", "addresses", "series", "categories")]
    ['person', 'status', 'address', 'series', 'category']
    """
    if word in _SINGULAR_S:
        return _SINGULAR_S[word]
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _SAME or len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes", "uses")):
        return word[:-2]
    return word[:-1]


@cache
def plural(word: str) -> str:
    """Gives the plural of a singular noun in lower case.

    >>> [plural(word) for word in ("person", "status", "address", "series", "category", "day")]
    ['people', 'statuses', 'addresses', 'series', 'categories', 'days']
    """
    if word in _COUNTLESS:
        return word
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith("y") and word[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return word[:-1] + "ies"
    return word + "es" if word.endswith(("s", "sh", "ch", "x", "z")) else word + "s"


def is_plural(word: str) -> bool:
    """Whether a noun is a plural, as far as its form says."""
    return singular(word) != word or (word in _COUNTLESS and word != "stock")


def parts(text: str) -> tuple[str, ...]:
    """Gives the words of a name in lower case.

    >>> parts("OrderItem"), parts("check-in_date"), parts("SKU")
    (('order', 'item'), ('check', 'in', 'date'), ('sku',))
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return tuple(word.lower() for word in re.split(r"[\W_]+", parted) if word)


def snake(words: Iterable[str]) -> str:
    """Gives an attribute's name for its words."""
    return "_".join(part for word in words for part in parts(word))


def class_name(key: str) -> str:
    """Gives an entity's name for its words joined by underscores.

    >>> class_name("order_item")
    'OrderItem'
    """
    return "".join(part[:1].upper() + part[1:] for part in key.split("_"))


def noun_key(words: Sequence[str]) -> str:
    """Gives the words of a noun joined by underscores, the last in the singular.

    >>> noun_key(["Order", "Items"]), noun_key(["OrderItems"]), noun_key(["order_items"])
    ('order_item', 'order_item', 'order_item')
    """
    found = [part for word in words for part in parts(word)]
    return "_".join([*found[:-1], singular(found[-1])]) if found else ""


def number(words: Sequence[str]) -> float | None:
    """Gives the number that words say, None where they say none.

    >>> number(["10", "million"]), number(["1,000"]), number(["1.5", "k"]), number(["three"])
    (10000000.0, 1000.0, 1500.0, 3.0)
    """
    if not words:
        return None
    first, scale = words[0].replace("_", ""), 1.0
    match = re.fullmatch(r"(-?\d[\d,]*(?:\.\d+)?)(k|m|bn)?", first)
    if match:
        value, scale = float(match[1].replace(",", "")), _SCALES.get(match[2] or "", 1.0)
    elif first in _NUMBERS:
        value = float(_NUMBERS[first])
    else:
        return None
    for word in words[1:]:
        if word not in _SCALES:
            return None
        scale *= _SCALES[word]
    return value * scale


def scaled(word: str) -> bool:
    """Whether a word makes a number before it larger: million."""
    return word in _SCALES


def verb_of(word: str) -> str:
    """Gives a verb's plain form: writes, written and writing are write.

    >>> [verb_of(word) for word in ("writes", "written", "placed", "enrolled", "issued", "replies")]
    ['write', 'write', 'place', 'enroll', 'issue', 'reply']
    """
    if word in _PARTICIPLES:
        return _PARTICIPLES[word]
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("ied"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches")):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    if word.endswith("ed") and len(word) > 4:
        return _stem(word[:-2])
    return _stem(word[:-3]) if word.endswith("ing") and len(word) > 5 else word


_SILENT = tuple(
    listed(
        """
        ac ad ag ak am ap ar as at dg ib id ik il in ir is iz ob od ok os ot rg rs u uc ud ur us
        ut v yz
        """
    )
)
_PLAIN = listed(
    """
    add admin alert appear assign attend audit begin book borrow check claim clear comment
    commit contain credit deposit design detail edit email exit explain fail inherit join
    lead limit load look mail maintain need obtain offer order own permit pin plan post rain
    read record remain repeat retain sell sign submit train treat upload visit
    """
)
"""Verbs that end as those with a silent e do, and have none."""


def _stem(stem: str) -> str:
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return stem[:-1]
    return stem if stem in _PLAIN or not stem.endswith(_SILENT) else stem + "e"

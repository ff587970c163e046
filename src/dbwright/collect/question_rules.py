"""Which rules a question means: by the words of their pages, the rare ones counting most."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from dbwright.recipes.model_names import singular

ENOUGH = 0.7
"""How much of a question, by the weight of its words, a page has to cover."""
NEAR = 0.96
_EMPTY = frozenset(
    """a an the of in on at to for by with without no not any all each every some my our your their
    its it is are was were be been do does did has have had can could would should will may might
    there that this these those which what who whose where when why how and or so if than then as
    me us you we i show shown shows tell give find count much model column table field class
    attribute project database schema place anything something one use used using still yet ever
    never always only just also too get got keep kept from out into over under hold held s t don
    doesn isn aren""".split()  # noqa: SIM905
)
_ALIKE = (
    ("money", "amount", "price"),
    ("datetime", "timestamp"),
    ("utcnow", "utc"),
    ("differ", "mismatch", "another"),
    ("circular", "cycle", "circle"),
    ("duplicate", "twice", "redundant"),
    ("pk", "key"),
    ("fk", "foreign"),
    ("varchar", "text", "string"),
    ("password", "secret"),
    ("pickle", "pickled"),
    ("timezone", "zone"),
    ("tz", "zone"),
)


def meant(question: str, pages: Mapping[str, str]) -> Sequence[str]:
    """Gives the names of the rules that a question means, the nearest first; none for none.

    `pages` are the rules' pages by name.

    >>> pages = {"float-money": "An amount of money is stored as a float.", "weak-random": "x"}
    >>> meant("which columns hold money as float?", pages)
    ['float-money']
    """
    said = terms(question)
    index = {name: _page_terms(name, page) for name, page in pages.items()}
    seen = Counter(word for words in index.values() for word in words)
    weight = {word: _rarity(seen[word], len(pages)) for word in said}
    whole = sum(weight.values()) or 1.0
    found = {name: _covered(said, words, weight) / whole for name, words in index.items()}
    best = max(found.values(), default=0.0)
    near = [name for name in found if found[name] >= max(ENOUGH, NEAR * best)]
    near = [name for name in near if said & terms(name.replace("-", " "))]
    return sorted(near, key=lambda name: (-found[name], name))


def terms(text: str) -> frozenset[str]:
    """Gives the words of a text that say something, without their endings.

    >>> sorted(terms("Which timestamps have no time zone?"))
    ['datetime', 'time', 'zone']
    """
    words = re.findall(r"[a-z]+", text.lower())
    return frozenset(_stem(word) for word in words if not {word, singular(word)} & _EMPTY)


def _covered(said: frozenset[str], page: Mapping[str, float], weight: Mapping[str, float]) -> float:
    return sum(weight[word] * page.get(word, 0.0) for word in said)


def _page_terms(name: str, page: str) -> Mapping[str, float]:
    """A page's words: those of its name and first line whole, the others less."""
    head, _, rest = page.strip().partition("\n")
    does = rest.partition("## What it does")[2].partition("##")[0]
    why = rest.partition("## Why is this bad?")[2].partition("##")[0]
    found = dict.fromkeys(terms(why), 0.6) | dict.fromkeys(terms(does), 0.85)
    found |= dict.fromkeys(terms(head), 0.95)
    return found | dict.fromkeys(terms(name.replace("-", " ")), 1.0)


def _rarity(count: int, pages: int) -> float:
    return math.log(1 + pages / (1 + count))


@cache
def _stem(word: str) -> str:
    word = singular(word)
    for ending, least in (("ing", 3), ("ed", 3), ("ly", 3), ("e", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            word = word[: -len(ending)]
            break
    for group in _ALIKE:
        if word in {_bare(item) for item in group}:
            return group[0]
    return word


def _bare(word: str) -> str:
    for ending in ("ing", "ed", "ly", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word

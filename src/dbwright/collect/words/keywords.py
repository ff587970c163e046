"""The grammar's key words, and words that are one letter away from one."""

from __future__ import annotations

from functools import cache


def listed(text: str) -> frozenset[str]:
    """Gives the words of a text."""
    return frozenset(text.split())


KEYWORDS = listed(
    """
    unique optional required mandatory nullable default belongs references contains consists
    includes between maximum minimum greater characters exactly multiple several deleted
    delete deleting overlap nothing cannot encrypted immutable relationship relationships
    database integer string boolean decimal datetime timestamp varchar numeric currency
    authentication timestamps password model models table tables
    """
)
_KNOWN = listed(
    """
    uniquely border borders ordered produce deletes defaults default reference contain
    consist include included strings integers booleans decimals passwords currencies
    relation relations overlaps optionally multiples several severely databases internet
    intern string strings stringy number numbers member members
    mode modes modem modems modal tablet tablets tabled
    """
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST = 6


@cache
def _without() -> dict[str, tuple[str, ...]]:
    """Key words by what is left of them without one letter."""
    found: dict[str, list[str]] = {}
    for word in sorted(KEYWORDS):
        for at in range(len(word)):
            found.setdefault(word[:at] + word[at + 1 :], []).append(word)
    return {key: tuple(dict.fromkeys(words)) for key, words in found.items()}


def corrected(word: str) -> str:
    """Gives the one key word that a word is a slip of the pen away from, else the word.

    >>> corrected("uniqe"), corrected("optoinal"), corrected("belogns"), corrected("border")
    ('unique', 'optional', 'belongs', 'border')
    """
    if len(word) < _SHORTEST - 1 or len(word) > 20 or word in KEYWORDS or word in _KNOWN:
        return word
    near = {found for found in _neighbours(word) if _one_slip(word, found)}
    near = {found for found in near if found[0] == word[0] and len(found) >= _SHORTEST - 1}
    return near.pop() if len(near) == 1 else word


def _neighbours(word: str) -> set[str]:
    without = _without()
    found = set(without.get(word, ()))
    for at in range(len(word)):
        less = word[:at] + word[at + 1 :]
        found.update(without.get(less, ()))
        if less in KEYWORDS:
            found.add(less)
    return found


def _one_slip(word: str, right: str) -> bool:
    """Whether one letter is missing, too many, wrong or two neighbours are exchanged."""
    if abs(len(word) - len(right)) > 1:
        return False
    same = 0
    while same < min(len(word), len(right)) and word[same] == right[same]:
        same += 1
    rest, wanted = word[same:], right[same:]
    if len(rest) == len(wanted):
        swapped = rest[1:2] + rest[:1] + rest[2:]
        return rest[1:] == wanted[1:] or swapped == wanted
    longer, shorter = (rest, wanted) if len(rest) > len(wanted) else (wanted, rest)
    # An s at the end makes a plural of a word, no slip.
    return longer[1:] == shorter and not (longer == "s" or (shorter == "" and longer in "sd"))

"""What a line of a session says of the last answer: full, why, apply, another way, a number."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "new", "full", "why", "diff", "apply", "undo", "way", "choice", "help", "another"
]  # fmt: skip
_WORDS: dict[str, Kind] = {
    "full": "full", "more": "full", "all": "full", "everything": "full", "details": "full",
    "why": "why", "how so": "why", "why so": "why", "reasons": "why",
    "diff": "diff", "show the diff": "diff", "show diff": "diff",
    "apply": "apply", "apply it": "apply", "write": "apply", "write it": "apply", "do it": "apply",
    "yes": "apply", "go": "apply", "ok do it": "apply", "save": "apply",
    "undo": "undo", "undo it": "undo", "revert": "undo", "take it back": "undo",
    "help": "help", "?": "help", "h": "help",
}  # fmt: skip
_WAY = re.compile(
    r"(?:the\s+)?(?:other|another|alternative)?\s*(?:way|option|choice|alternative)\s*#?(?P<n>\d)?",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"^(?:and|also|now|same|the same|what about|how about|do (?:it|that|the same)|ok and)\b"
    r".{0,60}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a line asks for; `number` is that of a way or of an option."""

    kind: Kind
    number: int = 0


def read(text: str, has_last: bool, choices: int) -> Said:
    """Gives what a line of a session asks for.

    >>> read("why?", True, 0), read("2", True, 3), read("other way 2", True, 0)
    (Said(kind='why', number=0), Said(kind='choice', number=2), Said(kind='way', number=2))
    >>> read("review my models", True, 0)
    Said(kind='new', number=0)
    """
    said = " ".join(text.lower().split())
    bare = said.rstrip("?!. ") or said
    if bare in _WORDS:
        return Said(_WORDS[bare])
    if re.fullmatch(r"#?\d", bare):
        number = int(bare.lstrip("#"))
        return Said("choice", number) if 1 <= number <= choices else Said("way", number)
    way = _WAY.fullmatch(bare)
    if way is not None:
        return Said("way", int(way["n"] or 1))
    if has_last and _ANOTHER.match(said) and len(said.split()) <= 8:
        return Said("another")
    return Said("new")


def for_another(request: str, text: str, names: Collection[str]) -> str | None:
    """Gives the last request with the model that a line names in place of its own.

    >>> for_another("add a phone to User", "and for Order too?", {"User", "Order"})
    'add a phone to Order'
    """
    known = {name.lower() for name in names} | {f"{name.lower()}s" for name in names}
    wanted = [word for word in re.findall(r"[A-Za-z_]\w*", text) if word.lower() in known]
    had = [word for word in re.findall(r"[A-Za-z_]\w*", request) if word.lower() in known]
    if len(wanted) != 1 or not had:
        return None
    return re.sub(rf"\b{re.escape(had[0])}\b", wanted[0], request)

"""What an item refers to: a thing by its name, by what is pointed at, by the part it plays."""

from __future__ import annotations

from dbwright.collect.words.draft import Draft, attribute_name, spelled
from dbwright.collect.words.item import Item
from dbwright.collect.words.morphology import is_plural, noun_key, parts, singular
from dbwright.collect.words.verbs import ALL_VERBS, PERSONS, ROLE_NOUNS
from dbwright.collect.words.vocabulary import CHOICES, NAME_TYPES, THINGS, type_by_name

PARTS = {"item", "line", "entry", "position", "part", "step", "member", "option", "version",
    "image", "photo", "section",
          "chapter", "lesson", "unit", "variant", "component", "participant", "attachment", "log",
          "event"}  # fmt: skip


def target_of(draft: Draft, owner: str, listed: bool, item: Item) -> tuple[str, str]:
    """The entity that an item refers to and the name under which, "" for none."""
    if item.marks.get("self"):
        return owner, attribute_name(item.words) or "parent"
    if item.target:
        return _pointed(draft, item)
    if not item.words or ("type" in item.said and not _is_id(item)) or "values" in item.said:
        return "", ""
    words = [token.low for token in item.words[1:]]
    if "per" in words or words[:2] == ["number", "of"]:
        return "", ""  # `a maximum number of participants`
    key = noun_key([spelled(token) for token in item.words])
    if _is_id(item):
        stem = key.rpartition("_")[0]
        return _by_name(draft, owner, listed, stem, item)
    if item.marks.get("table") or item.marks.get("linked"):
        return draft.alias(key) or key, ""
    if key in ("parent", *(start + owner for start in ("parent_", "sub", "sub_", "child_"))):
        return owner, "parent"
    if _things_after_all(listed, key, item):
        return draft.alias(key) or key, ""
    many = item.quantity is not None and item.quantity.many
    if not many and (part := _part_played(draft, owner, listed, item)):
        return part
    if known := _known(draft, owner, listed, key, item):
        return known, ""
    least_one = item.quantity is not None and item.quantity.many and item.quantity.required
    if many and (is_plural(item.words[-1].low) or least_one) and not item.said:
        return key, ""
    if item.marks.get("with") and is_plural(item.words[-1].low) and not item.said and not listed:
        return key, ""
    role = _role(draft, owner, listed, key)
    if role[0]:
        return role
    if (
        not listed
        and not item.said
        and is_plural(item.words[-1].low)
        and singular(item.words[-1].low) in PARTS
    ):
        return (f"{owner}_{key}" if key == "line" else key), ""
    if (
        key in THINGS
        and item.phrase not in NAME_TYPES
        and not item.said.keys() & {"length", "minimum", "maximum", "unit"}
    ):
        return key, ""
    if not listed and not item.said and not item.negated and are_rows(item):
        return key, ""
    return "", ""


def _known(draft: Draft, owner: str, listed: bool, key: str, item: Item) -> str:
    """The entity of that name, where it is no usual attribute; a translation's key is one."""
    known = draft.alias(key)
    own = listed and known.startswith(f"{owner}_")
    is_meant = key in draft.keys_of() or not NAME_TYPES.get(item.phrase) or own
    return known if is_meant else ""


def are_rows(item: Item) -> bool:
    """`choirs own pianos`: several of what no attribute is called."""
    last = item.words[-1].low
    words = tuple(token.low for token in item.words)
    one = (*words[:-1], singular(last))
    known = type_by_name(words) or type_by_name(one) or " ".join(one) in CHOICES
    plain = is_plural(last) and singular(last) != last
    return plain and not known and not item.inside and len(words) < 3


def _things_after_all(listed: bool, key: str, item: Item) -> bool:
    """`posts have comments`: rows of their own, though a comment could be a text."""
    if listed or key not in THINGS or not is_plural(item.words[-1].low):
        return False
    if item.said.keys() - {"required"}:
        return False
    return bool(item.marks.get("relation")) or NAME_TYPES.get(item.phrase) == "text"


def _part_played(draft: Draft, owner: str, listed: bool, item: Item) -> tuple[str, str] | None:
    """`return branch`, `white player`: a known thing in the part that the words before say."""
    if len(item.words) < 2 or NAME_TYPES.get(item.phrase) or is_plural(item.words[-1].low):
        return None
    key = noun_key([spelled(token) for token in item.words])
    last = noun_key([spelled(item.words[-1])])
    if draft.is_known(key) or draft.alias(key) or last not in draft.known.entities:
        return None
    if not listed and last not in THINGS:
        return None
    if NAME_TYPES.get(last) and last not in THINGS:
        return None
    return last, attribute_name(item.words)


def _is_id(item: Item) -> bool:
    words = parts(item.phrase)
    return len(words) > 1 and words[-1] in ("id", "ids", "fk")


def _by_name(draft: Draft, owner: str, listed: bool, stem: str, item: Item) -> tuple[str, str]:
    known = draft.alias(stem)
    if known:
        return known, "" if known == stem else stem
    if item.marks.get("relation") or (stem in THINGS and listed and "unique" not in item.said):
        return stem, ""
    return _role(draft, owner, listed, stem) if stem != "parent" else (owner, "parent")


def _pointed(draft: Draft, item: Item) -> tuple[str, str]:
    target = draft.named(item.target)
    name = attribute_name(item.words).removesuffix("_id")
    if name in ("fk", "foreign_key") or noun_key([name]) == target or not name:
        name = ""
    return target, name


def _acting(key: str) -> bool:
    """`bidder`, `interviewer`: who does what a verb says."""
    stems = [key.removesuffix(end) for end in ("er", "or") if key.endswith(end)]
    if not stems or "_" in key or key in THINGS or type_by_name((key,)):
        return False
    doubled = stems[0][:-1] if stems[0][-1:] == stems[0][-2:-1] else stems[0]
    return any(stem in _DEEDS or stem in ALL_VERBS for stem in (stems[0], stems[0] + "e", doubled))


_DEEDS = {"bid", "interview", "hold", "train", "inspect", "examine", "invite", "vote", "play",
    "speak", "submit", "report", "observe", "borrow", "rent", "ride", "watch", "follow",
    "subscribe", "sell", "buy", "pay", "lend", "give", "call", "visit", "advise", "audit",
    "handle", "find", "moderate", "comment", "translate", "mentor", "adopt", "foster", "grade",
    "judge", "purchase", "verify", "sign", "request", "claim", "plan"}  # fmt: skip
"""What people do, so that who does it is one of them."""


def _role(draft: Draft, owner: str, listed: bool, key: str) -> tuple[str, str]:
    """`assignee` is a user where there are users and no assignees."""
    if key == "parent" and listed:
        return owner, "parent"
    if key not in ROLE_NOUNS and not (listed and _acting(key)):
        ending = next(
            (end for end in ROLE_NOUNS if key.endswith("_" + end) and not key.endswith("_by")),
            "",
        )
        if not ending:
            return "", ""
    for person in PERSONS:
        if draft.is_known(person) and not (
            person == owner and key not in ("manager", "supervisor", "lead")
        ):
            return person, key
    return "", ""

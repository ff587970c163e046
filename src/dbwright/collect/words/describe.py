"""What is said of an attribute in a sentence of its own: `the name is unique`."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.attributes import Having
from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, Fact, shown_entity, spoken
from dbwright.collect.words.item import Item
from dbwright.collect.words.morphology import verb_of
from dbwright.collect.words.objects import agrees
from dbwright.collect.words.qualifiers import qualify
from dbwright.collect.words.resolve import attribute, match_name, split_and
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.values import value_list
from dbwright.collect.words.verbs import ALL_VERBS

Found = dict[str, Sequence[Token]]


def describe(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> bool:
    """Reads `A is …`, `A must be …`, `A defaults to …` of one attribute or several."""
    for at in range(min(len(tokens), 12)):
        if tokens[at].low not in _BE:
            continue
        if tokens[at].kind == "sign" and any(token.low == "," for token in tokens[:at]):
            return False
        if at == 0:
            return _of_last(clause, draft, tokens)
        if tokens[at].low in ("at", "between") and _acts(tokens[:at]):
            return False
        found = [
            attribute(clause, draft, part, new=False) for part in split_and(tokens[:at], "both")
        ]
        if not found or any(each is None for each in found):
            one = attribute(clause, draft, tokens[:at], new=True) or _status(
                draft, clause, tokens, at
            )
            if one is None or draft.find(tokens[:at]) == (one[0], ()):
                return False
            found = [one]
        scan = Scan(tokens, at)
        item = Item()
        qualify(scan, item)
        if (
            not item.said
            and not item.marks
            and not item.unique_per
            and tokens[at].low in ("is", "are")
        ):
            _alternatives(scan, item, at)
        if not item.said and not item.marks and not item.unique_per and tokens[at].low == "is":
            _computed(scan, item, at, draft, found[0][0] if found[0] else "")
        if not (item.said or item.marks):
            return False
        clause.unread(tokens[scan.at :])
        _apply(clause, draft, item, [each for each in found if each])
        return True
    return False


def _acts(tokens: Sequence[Token]) -> bool:
    """Whether a verb of doing ends the words: `a player plays`."""
    last = tokens[-1].low
    return len(tokens) > 1 and verb_of(last) in ALL_VERBS and agrees(tokens, len(tokens) - 1)


def _of_last(clause: Clause, draft: Draft, tokens: Sequence[Token]) -> bool:
    """`and is either draft or published`: of the entity that was spoken of last, its status."""
    scan, item = Scan(tokens, 0), Item()
    qualify(scan, item)
    entity = clause.subject or draft.last
    if (
        draft.latest
        and not item.said.get("values")
        and tokens[0].low in ("may", "can", "must", "is")
    ):
        return _of_latest(clause, draft, item, tokens[scan.at :])
    if not entity or not item.said.get("values"):
        return False
    clause.unread(tokens[scan.at :])
    _apply(clause, draft, Item(said=dict(item.said)), [(entity, "status")])
    return True


def _of_latest(clause: Clause, draft: Draft, item: Item, rest: Sequence[Token]) -> bool:
    """`…, may be without one`: of what was said just before."""
    assert draft.latest is not None
    entity, name, target = draft.latest
    if not item.said or item.marks or item.unique_per:
        return False
    if target and item.said.keys() == {"required"}:
        required = bool(item.said["required"])
        draft.fact(Fact("refers", entity, target, clause, name, required))
        clause.means(
            f"the {spoken(name or target)} of a {spoken(entity)} is "
            f"{'required' if required else 'optional'}"
        )
    elif not target:
        _apply(clause, draft, Item(said=dict(item.said)), [(entity, name)])
    else:
        return False
    clause.unread(rest)
    return True


def _status(
    draft: Draft, clause: Clause, tokens: Sequence[Token], at: int
) -> tuple[str, str] | None:
    """`a course is either draft, published or archived`: that is what its status says."""
    item = Item()
    qualify(Scan(tokens, at), item)
    if not item.said.get("values") or not draft.is_thing(tokens[:at]):
        return None
    found = draft.find(tokens[:at])
    if found is not None:
        return None if found[1] else (found[0], "status")
    return draft.named(tokens[:at]), "status"


_BE = {"is", "are", "must", "should", "can", "cannot", "may", "has", "have", "defaults", "starts",
    "never",
       "shall", "will", "default", "needs", "=", ">", "<", ">=", "<=", "ranges", "lies", "goes",
       "does", "do",
       "equals", "between", "at"}  # fmt: skip


def _alternatives(scan: Scan, item: Item, at: int) -> None:
    """`is open, pending or closed`."""
    rest = scan.tokens[at + 1 :]
    if not any(token.low == "or" for token in rest):
        return
    scan.at = at + 1
    values = value_list(scan)
    if len(values) > 1 and scan.done:
        item.take({"values": values})
    else:
        scan.at = at


def _held(draft: Draft, entity: str, expression: str) -> bool:
    """Whether an entity has all that an expression names."""
    names = draft.attributes_of(entity)
    words = [word for word in expression.split() if word not in ("+", "-", "*", "/")]
    return all(word.replace(".", "").isdigit() or match_name(names, word) for word in words)


def _computed(scan: Scan, item: Item, at: int, draft: Draft, entity: str) -> None:
    scan.at = at + 1
    tokens = [Token("=", "=", "sign", scan.tokens[at].line, 0, 0), *scan.tokens[at + 1 :]]
    ahead = Scan(
        [
            t
            for t in tokens
            if t.low not in ("the", "of", "sum", "product", "computed", "calculated", "as")
        ]
    )
    qualify(ahead, item)
    if not _held(draft, entity, item.said.get("computed", "")):
        item.said.pop("computed", None)
        scan.at = at
        return
    scan.at = len(scan.tokens) - (len(ahead.tokens) - ahead.at)


def _apply(clause: Clause, draft: Draft, item: Item, found: list[tuple[str, str]]) -> None:
    for entity, name in found:
        having = Having(clause, draft, entity)
        if name in draft.roles_of(entity) and name not in draft.attributes_of(entity):
            _role_said(clause, draft, entity, name, item)
            continue
        draft.entity(entity).attribute(name)
        having.last = (entity, name)
        if computed := item.said.get("computed"):
            item.said["computed"] = _expression(draft, entity, computed)
        item.unread = []
        own = Item(said=dict(item.said), marks=dict(item.marks), unique_per=list(item.unique_per))
        having.qualify_last(own)


def _expression(draft: Draft, entity: str, text: str) -> str:
    names = draft.attributes_of(entity)
    return " ".join(match_name(names, word) or word for word in text.split())


def _role_said(clause: Clause, draft: Draft, entity: str, name: str, item: Item) -> None:
    target = draft.roles_of(entity)[name]
    if item.said.get("unique") and not item.unique_per:
        draft.fact(Fact("one-to-one", entity, target, clause, "" if name == target else name))
        clause.means(f"{shown_entity(entity)} and {spoken(target)} are one-to-one")
    if "required" in item.said:
        draft.fact(
            Fact(
                "refers",
                entity,
                target,
                clause,
                "" if name == target else name,
                item.said["required"],
            )
        )
        clause.means(
            f"the {name} of a {spoken(entity)} is "
            f"{'required' if item.said['required'] else 'optional'}"
        )
    if item.said.get("immutable"):
        draft.entity(entity).flags.setdefault("fixed", set()).add(name)
        clause.means(f"the {name} of a {spoken(entity)} never changes")

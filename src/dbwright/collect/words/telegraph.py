"""A request in note form: `apiary log: hives with a location, inspections of a hive (date)`.

Several of a thing at the head of a part of the line open that thing, whatever it is; what they are
`of`, `per` or `in` they refer to; a list behind them is what they have. Each part becomes a line
of its own, said in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from dbwright.collect.words.asking import LEADS, MODELS, VERBS
from dbwright.collect.words.blocks import Node, sentences
from dbwright.collect.words.draft import DETERMINERS, naming, spelled
from dbwright.collect.words.headings import is_attribute_noun
from dbwright.collect.words.morphology import is_plural, noun_key, singular
from dbwright.collect.words.note_words import (
    ASIDE,
    AT,
    CHAIN,
    CUTS,
    FOR,
    LEADING,
    MOMENTS,
    NO_HEADS,
    NO_TITLES,
    ONE,
    ONLY,
    TITLE,
    asks,
    done_in,
    heads,
    is_colon,
    is_rule,
    mark,
    names,
    noun_end,
    owned,
    points,
    singles,
    trimmed,
    word,
)
from dbwright.collect.words.phrases import PREPOSITIONS, qualifier, quantity, said_type
from dbwright.collect.words.scan import inside
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import ALL_VERBS, FINITE, HAVE, MODALS
from dbwright.collect.words.vocabulary import FILLERS, SECTIONS, THINGS


class Title(Node):
    """What a request is about, in front of the colon: `apiary log`."""


@dataclass(slots=True)
class _Part:
    """A part of a line that opens with a thing."""

    head: Sequence[Token]
    chain: list[tuple[Token, Sequence[Token]]] = field(default_factory=list)
    listed: list[Token] = field(default_factory=list)
    rest: Sequence[Token] = ()
    whole: Sequence[Token] = ()
    opener: Token | None = None


def noted(nodes: Sequence[Node]) -> tuple[list[Node], tuple[str, ...]]:
    """Gives the lines of a request in note form and the things that they open.

    A request that is none stays as it is.
    """
    if len(nodes) != 1 or nodes[0].marked or nodes[0].children:
        return list(nodes), ()
    notes = _Notes(nodes[0])
    found = list(notes.lines())
    things = dict.fromkeys([*(notes.things if notes.in_notes else ()), *owned(nodes[0].tokens)])
    return (found if notes.in_notes else list(nodes)), tuple(things)


class _Notes:
    """The parts of one line."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.single = singles(node.tokens)
        self.things: dict[str, None] = {}
        self.in_notes = False

    def lines(self) -> Iterator[Node]:
        """Gives a line for each part, and for what is said of it."""
        rest = list(sentences(self.node.tokens))
        if len(rest) > 1 and (named := self._only_table(rest[0])):
            self.in_notes = True
            opener = rest[1][0]
            yield Title(tuple(rest[0][: -len(named)]), self.node.rank, False)
            yield self._node([word("table", named[0]), *named, mark(":", opener), *rest[1]])
            rest = rest[2:]
        for place, sentence in enumerate(rest):
            title, body = self._title(sentence) if not place else ((), sentence)
            if not place and not title and (said := self._asked(sentence)):
                self.in_notes = True
                yield from said
                continue
            parts = self._parts(body)
            if not place and not title and self._is_kind(parts):
                title, parts[0].head = parts[0].head[:1], parts[0].head[1:]
                self.things.pop(self._key([*title, *parts[0].head]), None)
                self._thing(parts[0].head)
            if not title and not self._is_note(parts):
                yield self._node(sentence)
                continue
            self.in_notes = True
            if title:
                yield Title(tuple(title), self.node.rank, False)
            for part in parts:
                yield from self._said(part)

    def _only_table(self, tokens: Sequence[Token]) -> Sequence[Token]:
        """`just one table please: feature_flags.`: its name; what it has follows."""
        colon = next((n for n, _ in enumerate(tokens) if is_colon(tokens, n)), 0)
        words = {token.low for token in tokens[:colon]}
        named = tokens[colon + 1 :]
        plain = bool(words & MODELS) and words <= MODELS | LEADING | ONLY | FILLERS
        if not plain or not 0 < len(named) < 4 or not all(t.is_name for t in named):
            return ()
        self._thing(named)
        return named

    def _is_kind(self, parts: Sequence[_Part]) -> bool:
        """`gym lockers, … a locker …`: the first word only says what it is about."""
        head = parts[0].head
        plain = len(head) == 2 and parts[0].opener is not None and parts[0].opener.low == ","
        return plain and self._key(head[1:]) in self.single

    def _asked(self, tokens: Sequence[Token]) -> list[Node]:
        """`need api keys for our accounts: name, expires at`: what is asked for, and its list."""
        at = next((n for n, t in enumerate(tokens) if t.low not in LEADING), 0)
        colon = next((n for n, _ in enumerate(tokens) if is_colon(tokens, n)), 0)
        end = noun_end(tokens, at, plural=True)
        if not at or end == at or end > colon or tokens[at - 1].low in MODELS:
            return []
        part = self._part(tokens[at:])
        plain = part.opener is not None and tokens[colon] is part.opener and not part.rest
        listed = part.listed[:1]
        if not plain or not listed or (listed and is_plural(listed[0].low)):
            return []
        return list(self._said(part))

    def _is_note(self, parts: Sequence[_Part]) -> bool:
        """Whether parts are things with what they have, rather than clauses."""
        telling = [part for part in parts if part.head and not part.rest]
        listed = (
            bool(telling)
            and telling[0].opener is not None
            and telling[0].opener.low in ("with", "(")
        )
        whole = parts[0].opener is not None and bool(parts[0].rest) and bool(parts[0].listed)
        more = self.in_notes or len(parts) > 1 or (listed and bool(parts[0].chain))
        return (bool(telling) and more) or whole

    def _node(self, tokens: Sequence[Token]) -> Node:
        return Node(tuple(tokens), self.node.rank, False)

    def _title(self, tokens: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]]:
        at = next((n for n, t in enumerate(tokens[: TITLE + 1]) if is_colon(tokens, n)), 0)
        words = [t.low for t in tokens[:at]]
        if not at or not all(t.is_name for t in tokens[:at]) or " ".join(words) in SECTIONS:
            return (), tokens
        asks = set(words) & NO_TITLES or words[0] in VERBS + LEADS
        many = [n for n, t in enumerate(tokens[: at - 1]) if is_plural(t.low)]
        if asks or words[-1] in MODELS or any(tokens[n + 1].low not in FOR for n in many):
            return (), tokens
        return (tokens[:at], tokens[at + 1 :]) if self._opens(tokens, at + 1) else ((), tokens)

    def _parts(self, tokens: Sequence[Token]) -> list[_Part]:
        """The parts of a sentence; the first may be a clause that opens nothing."""
        starts: list[int] = []
        for at in heads(tokens):
            goes_on = bool(starts) and self._lists(tokens[starts[-1] : at])
            if not starts and at and tokens[at - 1].low in ("and", "plus"):
                continue
            bare = self._is_bare(tokens, at)
            beside = bool(starts) and bare and self._is_bare(tokens, starts[-1])
            if beside or (self._opens(tokens, at) and not (goes_on and bare)):
                starts.append(at)
        if not starts or asks(tokens[: starts[0]]):
            return [_Part((), whole=tokens)]
        found = [_Part((), whole=tokens[: starts[0]])] if names(tokens[: starts[0]]) else []
        for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
            found.append(self._part(trimmed(tokens[start:end])))
        return found

    def _lists(self, tokens: Sequence[Token]) -> bool:
        """Whether a part is a clause, or lists things: what stands behind it goes on with that."""
        part = self._part(trimmed(tokens))
        listed = [t for t in part.listed if t.low not in DETERMINERS]
        return bool(part.rest) or (part.opener is not None and self._is_bare(listed, 0))

    def _is_bare(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether several of a thing stand there of which nothing more is said."""
        at += at < len(tokens) and tokens[at].low in DETERMINERS
        end = noun_end(tokens, at, plural=True)
        bare = end > at and (end == len(tokens) or tokens[end].low in CUTS)
        return bare and not is_attribute_noun(tokens[at:end])

    def _opens(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether a thing is opened there rather than that the list before it goes on."""
        each = at < len(tokens) and tokens[at].low in ONE
        at += at < len(tokens) and tokens[at].low in DETERMINERS
        end = noun_end(tokens, at, plural=not each)
        if end == at:
            return False
        noun, low = tokens[at:end], tokens[end].low if end < len(tokens) else ""
        if noun[-1].low in MODELS or (low in AT and not points(tokens, end + 1)):
            return False
        if at and tokens[at - 1].low == "and" and self._does_to(noun):
            return False
        key = self._key(noun)
        kept = key in self.things or any(f"_{key}".endswith(f"_{one}") for one in self.single)
        counted = low == "of" and tokens[at - 1].low in ("each", "every")
        if is_attribute_noun(noun) and not (kept or counted):
            return False
        if each:
            return self._each_opens(tokens, end, kept)
        if low in ("", *CUTS):
            return kept or key in THINGS or (not self.things and not at)
        if qualifier(tokens, end) or said_type(tokens, end) or tokens[end].kind == "number":
            return False
        if low == "(":
            return kept or is_plural(noun[-1].low)
        return low in ("with", ":") or low in HAVE | MODALS or low in CHAIN | {
            "between", "from"} or self._does(tokens, end)  # fmt: skip

    def _does_to(self, noun: Sequence[Token]) -> bool:
        """`members have a name and borrow books: …`: a verb and its object, no name of a thing."""
        thing = self._key(noun[1:]) if len(noun) > 1 else ""
        return noun[0].low in ALL_VERBS and thing in self.single | set(self.things)

    def _each_opens(self, tokens: Sequence[Token], end: int, kept: bool) -> bool:
        while end < len(tokens) and tokens[end].low in CHAIN:
            end += 1
            end += end < len(tokens) and tokens[end].low in DETERMINERS
            end = noun_end(tokens, end, plural=False)
        if end >= len(tokens):
            return False
        low = tokens[end].low
        return low in HAVE | MODALS | {"is", "are", "belongs"} or (kept and self._does(tokens, end))

    def _does(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether a verb stands there, known or not, with an object behind it."""
        token, behind = tokens[at], tokens[at + 1 : at + 3]
        if token.kind != "word" or not behind or token.low in NO_HEADS - FINITE:
            return False
        if token.low in FINITE:
            return True
        objects = [t for t in behind if t.low not in PREPOSITIONS | {"up", "out", "off"}]
        plain = objects and objects[0].is_name
        return bool(plain) and (
            objects[0].low in DETERMINERS or is_plural(objects[0].low) or token.low in ALL_VERBS
            or quantity(tokens, at + 1) is not None
        )  # fmt: skip

    def _key(self, noun: Sequence[Token]) -> str:
        return noun_key([spelled(token) for token in naming(noun)])

    def _thing(self, noun: Sequence[Token]) -> None:
        """Notes a thing; a kind of one that there is already is none of its own."""
        key = self._key(noun)
        if any(key.endswith(f"_{one}") for one in self.things) and not is_plural(noun[-1].low):
            return
        if any(one.endswith(f"_{key}") for one in self.things):
            return
        self.things[key] = None

    def _part(self, tokens: Sequence[Token]) -> _Part:
        """Takes a part apart: what it opens, what that refers to, what it has, what it does."""
        start = int(tokens[0].low in DETERMINERS)
        end = noun_end(tokens, start, plural=tokens[0].low not in ONE)
        part = _Part(tokens[start:end], whole=tokens)
        kind, *last = part.head[:2] if len(part.head) == 2 else (tokens[start],)
        if last and self._key([kind]) in self.single | set(self.things) and end < len(tokens):
            part.chain.append((last[0], [kind]))
            part.head = last
        self._thing(part.head)
        at = self._chain(part, tokens, end)
        if at < len(tokens) and tokens[at].low == "(":
            close = inside(tokens, at)
            part.opener = tokens[at]
            part.listed = list(tokens[at + 1 : close])
            at = close + 1
            if at < len(tokens) and tokens[at].low == ",":
                part.listed += tokens[at:]
                at = len(tokens)
        elif at < len(tokens) and (tokens[at].low in ("with", ",") or is_colon(tokens, at)):
            part.opener = tokens[at]
            part.listed = list(tokens[at + 1 :])
            at = len(tokens)
        part.rest = tokens[at:]
        return part

    def _chain(self, part: _Part, tokens: Sequence[Token], at: int) -> int:
        """`of a crop on a field`: what it refers to, and when it is; gives where that ends."""
        while at < len(tokens) and (
            tokens[at].low in CHAIN or (part.chain and self._and(tokens, at))
        ):
            start = at + 1
            start += start < len(tokens) and tokens[start].low in DETERMINERS
            end = noun_end(tokens, start, plural=False)
            if end == start:
                break
            part.chain.append((tokens[at], tokens[start:end]))
            at = end
        return at

    def _and(self, tokens: Sequence[Token], at: int) -> bool:
        end = noun_end(tokens, at + 1, plural=False)
        return tokens[at].low == "and" and self._key(tokens[at + 1 : end]) in self.single

    def _said(self, part: _Part) -> Iterator[Node]:
        """What a part says, a line for each."""
        if not part.head or (not part.chain and not part.opener):
            yield self._node(part.whole)
            return
        head: Sequence[Token] = part.head
        listed = list(part.listed)
        for sign, words in part.chain:
            moment = MOMENTS.get(words[-1].low) if len(words) == 1 else None
            if moment:
                listed = [word(moment, words[0]), *([mark(",", sign)] if listed else []), *listed]
                continue
            self._thing(words)
            one = [*words[:-1], replace(words[-1], low=singular(words[-1].low))]
            if len(head) > 1 and head is part.head:
                listed = [*one, *([mark(",", sign)] if listed else []), *listed]
                continue
            yield self._node([*head, word("belong", sign), word("to", sign), *one])
            head = [word(t.low, sign) for t in part.head]
        did, listed = done_in(listed)
        if listed or not part.chain:
            opener = part.opener or (listed or head)[0]
            table = [word("table", opener)] if listed else []
            yield self._node([*table, *head, *([mark(":", opener), *listed] if listed else [])])
        for each in did:
            if is_rule(each):
                yield self._node([t for t in each if t.low not in ASIDE])
            else:
                yield from self._done(part.head, each)
        if part.rest:
            yield self._node([*(word(t.low, part.rest[0]) for t in part.head), *part.rest])

    def _done(self, head: Sequence[Token], tokens: Sequence[Token]) -> Iterator[Node]:
        """`written by a user in a room`: by whom, and of what else."""
        start = 2 + (tokens[2].low in DETERMINERS)
        end = noun_end(tokens, start, plural=False)
        again = [word(t.low, tokens[0]) for t in head]
        yield self._node([*again, word("are", tokens[0]), *tokens[:end]])
        more = _Part(head)
        at = self._chain(more, tokens, end)
        for sign, words in more.chain:
            self._thing(words)
            again = [word(t.low, sign) for t in head]
            yield self._node([*again, word("belong", sign), word("to", sign), *words])
        if at < len(tokens):
            yield self._node(tokens[at:])

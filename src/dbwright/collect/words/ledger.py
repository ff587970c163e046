"""The ledger of a request: each word that carries something is in the brief, or it is told.

A word is accounted for where a meaning of its clause names it, or says the same in other words.
Any other word has to make a difference: where the request without it gives the same brief, nothing
was made of it. Words that stand in no clause at all are told as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from dbwright.collect.words.asking import MODELS, SCHEMAS, SYSTEMS, VERBS
from dbwright.collect.words.blocks import Node
from dbwright.collect.words.clause import LEFT, Clause, says_something
from dbwright.collect.words.keywords import listed
from dbwright.collect.words.morphology import FINAL_PARTICIPLE, parts, singular, verb_of
from dbwright.collect.words.tokens import Token, shown
from dbwright.collect.words.verbs import ALL_VERBS, HAVE
from dbwright.collect.words.vocabulary import SECTIONS
from dbwright.core.brief import Brief, Unused

Again = Callable[[Sequence[Node]], Brief]
"""Reads the lines of a request anew."""
Place = tuple[int, int]

_MOST = 60
"""How often a request is read anew at most; what is not tried by then counts as used."""
_PLAIN = listed(
    """
    only exactly several more most many much few both either twice again really still around about
    often typical typically usually mostly globally afterwards together another out up down away
    am able someone somebody anyone nobody people tries try long given new simple small
    called named really ever yet already currently e.g i.e well different possible possibly
    actually maybe just lot lots kind kinds certain various similar corresponding go goes come comes
    used use run runs show shows want list lists load get gets got keep keeps store stores stored
    add say make made let it's become becomes happen happens
    """
)
"""Words that say how a thing is meant and carry nothing by themselves."""
_SAME: dict[str, tuple[str, ...]] = {
    "max": ("most",), "min": ("least",), "maximum": ("most",), "minimum": ("least",),
    "chars": ("characters",), "char": ("characters",), "digit": ("least", "characters"),
    "null": ("optional", "required"), "nullable": ("optional", "optionally"),
    "not": ("required", "false", "no", "never", "least", "above", "boolean", "same", "marked"),
    "never": ("not", "no", "least", "above", "password", "same"),
    "negative": ("least", "above", "as"), "non-negative": ("least",), "int": ("integer",),
    "bigint": ("integer",), "bool": ("boolean",), "flag": ("boolean",),
    "timestamp": ("datetime",), "timestamps": ("keeps",),
    "time": ("datetime", "copy", "copied", "at"),
    "day": ("date", "datetime", "time", "range", "on"), "date": ("order", "datetime"),
    "fk": ("belongs",), "id": ("key",), "key": ("identified",), "enum": ("one",),
    "self": ("belongs",), "reference": ("belongs",), "refer": ("same",), "point": ("same",),
    "relationship": ("one", "many"), "relationships": ("one", "many"),
    "optional": ("parent", "optionally"), "required": ("belongs",), "not-null": ("required",),
    "append": ("never",), "frozen": ("copy", "copied"), "hashed": ("password",),
    "plain": ("password", "hashed"), "text": ("password",), "free": ("text",),
    "soft": ("marked",), "delete": ("marked", "deleted"), "locking": ("refused",),
    "optimistic": ("refused",), "tenant": ("every",), "multi": ("every",),
    "multi-tenant": ("every",), "row": ("same",), "entry": ("same",), "code": ("country",),
    "allowed": ("from",), "changes": ("from",), "negative-free": ("least",),
    "case-insensitive": ("email", "case"), "case": ("email",), "ignore": ("case", "email"),
    "insensitive": ("email", "case"), "upper": ("case", "email"), "lower": ("case", "email"),
    "matter": ("case", "email"), "regardless": ("case", "email"), "submitted": ("never",),
    "bookings": ("overlap",), "rented": ("overlap",), "booked": ("overlap",),
    "driver": ("overlap",), "leaves": ("stay",), "sign": ("email", "password"),
    "register": ("email", "name"), "storage": ("optionally",),
}  # fmt: skip
"""What a word may be called in a meaning."""
_RELATED = (" belongs to one ", " has many ", " has one ", " one-to-one", " many-to-many")
_TITLE = ("groups what ", "the domain is ")
_NO_WORDS = {"=", "/", "*"}
_LOSING = {"delete", "remove", "expire", "drop", "purge", "archive", "anonymise", "anonymize"}


def account(
    nodes: Sequence[Node], clauses: Sequence[Clause], brief: Brief, again: Again,
    lines: Sequence[str],
) -> list[Unused]:  # fmt: skip
    """Marks in the clauses the words that are not accounted for; gives those of no clause."""
    left = _MOST
    for clause in clauses:
        open_ = [token for token in clause.tokens if _is_open(token, clause)]
        if not open_ or left <= 0:
            continue
        tries = [open_, *_runs(clause.tokens, open_)]
        for found in tries if len(tries) > 2 else tries[:1]:
            left -= 1
            if again(without(nodes, {place(token) for token in found})) == brief:
                clause.unread(_filled(clause.tokens, found))
                if found is open_:
                    break
    return list(_outside(nodes, clauses, lines))


def _is_open(token: Token, clause: Clause) -> bool:
    """Whether a word of a clause carries something that no meaning of the clause names."""
    if token in clause.spare or not clause.meanings or not _carries(token):
        return False
    if all(meaning.startswith(_TITLE) for meaning in clause.meanings):
        return False
    said = _said(clause.meanings)
    low = token.low
    if any(low_ in said for part in parts(low) or (low,) for low_ in _forms(part)):
        return False
    if said & set(_SAME.get(low, ())):
        return False
    verb = verb_of(low)
    linked = any(sign in meaning for meaning in clause.meanings for sign in _RELATED)
    links = verb in ALL_VERBS or low in HAVE or FINAL_PARTICIPLE.match(low)
    return not (linked and links and verb not in _LOSING)


def _carries(token: Token) -> bool:
    return (
        says_something(token)
        and token.low not in _PLAIN | MODELS | SCHEMAS | SYSTEMS | _NO_WORDS
        and token.low not in VERBS
        and token.low not in SECTIONS
    )


def _said(meanings: Iterable[str]) -> set[str]:
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", " ".join(meanings)).lower()
    plain = set(re.findall(r"[^\W_]+", text.replace(",", "")))
    return {form for word in plain for form in _forms(word)}


def _forms(word: str) -> Iterator[str]:
    yield from (word, singular(word), verb_of(word))


def _runs(tokens: Sequence[Token], open_: Sequence[Token]) -> list[list[Token]]:
    """The open words, each with those that stand beside it."""
    found: list[list[Token]] = []
    near = False
    for token in tokens:
        if token in open_:
            if near:
                found[-1].append(token)
            else:
                found.append([token])
            near = True
        elif token.kind == "sign" or says_something(token):
            near = False
    return found


def _filled(tokens: Sequence[Token], found: Collection[Token]) -> list[Token]:
    """The words with the small ones between them."""
    filled: list[Token] = []
    between: list[Token] = []
    for token in tokens:
        if token in found:
            filled += [*between, token] if filled else [token]
            between = []
        elif token.kind == "sign" or says_something(token):
            between = []
        else:
            between.append(token)
    return filled


def without(nodes: Sequence[Node], gone: Collection[Place]) -> list[Node]:
    """Gives the lines without some of their words."""
    found: list[Node] = []
    for node in nodes:
        tokens = tuple(token for token in node.tokens if place(token) not in gone)
        below = without(node.children, gone)
        if tokens:
            found.append(Node(tokens, node.rank, node.marked, below))
        else:
            found += below
    return found


def place(token: Token) -> Place:
    """Gives where a token stands."""
    return token.line, token.start


def _outside(
    nodes: Sequence[Node], clauses: Sequence[Clause], lines: Sequence[str]
) -> Iterator[Unused]:
    """The runs of words that stand in no clause and that no meaning names."""
    held = {place(token) for clause in clauses for token in clause.tokens}
    said = _said(meaning for clause in clauses for meaning in clause.meanings)
    for tokens in _lines(nodes):
        run: list[Token] = []
        for token in (*tokens, None):
            if token is not None and place(token) not in held:
                run.append(token)
                continue
            if any(_carries(each) and not said & set(_forms(each.low)) for each in run):
                yield Unused(shown(run, lines), run[0].line, LEFT)
            run = []


def _lines(nodes: Sequence[Node]) -> Iterator[tuple[Token, ...]]:
    for node in nodes:
        yield node.tokens
        yield from _lines(node.children)

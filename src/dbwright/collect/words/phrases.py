"""Phrases that qualify a noun, as data: what each says of an attribute or of a quantity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dbwright.collect.words.tokens import Token
from dbwright.collect.words.vocabulary import SAID_TYPES, Said

_OPTIONAL = """optional | optionally | nullable | null | not required | if any | if known |
    if available | if present | if given | or null | or none | may be empty | may be null |
    can be null | can be empty | may be missing | can be missing | may be blank | can be blank |
    can be omitted | may be omitted | blank | not mandatory | may be left empty |
    can be left empty | not needed | may be unknown | can be unknown | may not be set |
    when known | where known | if applicable | may be left out | can be left out | or nothing |
    or empty | default null | defaults to null | may be without one | can be without one |
    may have none | can have none | may not be known | not always known | may not exist |
    maybe | possibly | if we know it | if we have it |
    if we have one | which we do not always know | which we do not know | we do not know |
    which is not known | which may not be known | which we may not know |
    if there is one | if there is any | if they have one |
    if it has one | if he has one | can be left blank | may be left blank | or null |
    may be null or empty | can be missing or empty | can be unset | may be unset | not always set |
    not always there | may be missing or unknown | perhaps | but may be missing | may be anonymous |
    can be anonymous | can be without | may be without | can be none | may be none |
    can have no value"""
_REQUIRED = """required | mandatory | not null | never null | never empty | non-null |
    not nullable | not optional | cannot be null | cannot be empty | must not be null |
    must not be empty | not blank | must not be blank | may not be null | may not be empty |
    must be given | must be set | non-empty | must be present | is always set |
    must always be set | cannot be blank | not empty | compulsory | obligatory |
    cannot be missing | must not be missing | must be there | must be filled | needed |
    must be provided | never missing | must exist"""
_UNIQUE = """unique | must never be stored twice | must not be stored twice |
    never stored twice | must not repeat | never repeats | must not be used twice |
    cannot be used twice | distinct | uniquely | must be unique | no duplicates |
    without duplicates | not repeated | never repeated | never twice | no two alike |
    unique key | uq | uk | no dupes | no dups | no duplicate | no doubles | without dupes |
    globally unique | unique globally | unique system-wide"""
_IMMUTABLE = """immutable | never changes | never changed | cannot change | cannot be changed |
    must not change | may not change | must never change | must not be changed |
    may not be changed | cannot be modified | cannot be edited | read-only | readonly |
    read only | frozen | write-once | set once | never updated | fixed once set |
    not changeable | unchangeable"""
_NOT_NEGATIVE = """non-negative | nonnegative | not negative | never negative |
    cannot be negative | must not be negative | may not be negative | never below zero |
    cannot go below zero | can never be negative | must never be negative | not below zero |
    zero or more | must not go below zero | never less than zero | should not be negative |
    may never be negative | can never go below zero | never goes below zero |
    must never go below zero | not less than zero | never below 0 | not below 0 |
    never less than 0 | not less than 0 | cannot be below 0 | cannot be below zero |
    cannot go below 0 | never goes below 0 | can never go below 0 | must not go below 0 |
    must not be below 0 | must not be below zero | must never go below 0 | can be zero |
    can be 0 | may be 0 but not negative | may be zero but not negative | may be zero |
    may be 0 | may not be negative | zero is allowed | 0 is allowed | never under zero |
    must not drop below zero | cannot drop below zero | cannot become negative |
    never becomes negative | must not become negative | zero or positive | >= zero"""
_NOT_NEGATIVE += "".join(
    f" | {never} {go} {below}"
    for never in (
        "cannot",
        "must not",
        "may not",
        "should not",
        "must never",
        "can never",
        "never",
        "may never",
        "should never",
        "will never",
        "will not",
    )
    for go in ("go", "drop", "fall", "be", "become", "get", "dip", "turn")
    for below in ("below zero", "below 0", "negative", "under zero", "under 0", "less than zero")
)
_ENCRYPTED = "encrypted | encrypted at rest | stored encrypted | must be encrypted | kept encrypted"
_PERSONAL = "personal | pii | personal data | gdpr relevant | sensitive"
_NOW = """default now | defaults to now | default now() | default current_timestamp | auto now |
    defaults to the current time | set automatically | automatically set | default to now |
    defaults to current time | default current time | auto_now_add | filled automatically"""
_TODAY = "default today | defaults to today | default to today"

_CONSTANT: tuple[tuple[str, Said], ...] = (
    (_OPTIONAL, {"required": False}),
    (_REQUIRED, {"required": True}),
    (_UNIQUE, {"unique": True}),
    ("not unique | need not be unique | not necessarily unique", {"unique": False}),
    (_IMMUTABLE, {"immutable": True}),
    (_NOT_NEGATIVE, {"minimum": 0}),
    ("positive | must be positive | greater than zero | above zero | strictly positive",
    {"above": 0}),
    (_ENCRYPTED, {"encrypted": True}),
    (_PERSONAL, {"personal": True}),
    (_NOW, {"default": "now"}),
    (_TODAY, {"default": "today"}),
    ("hashed | stored hashed | as a hash | never in plain text | not in plain text | "
     "never stored in plain text | not stored in plain text | never as plain text | "
     "only as a hash | as hash | only hashed", {"hashed": True}),
    ("in a fixed order | in order | in a certain order | in a given order | in a defined order | "
     "in a specific order | in sequence | ordered by position | in a custom order | "
     "in a chosen order | sorted by position | in the right order", {"ordered": True}),
    ("no matter if upper or lower case | no matter the case | regardless of case | ignoring case | "
     "whatever the case | regardless of upper or lower case | case insensitively unique",
     {"ignore_case": True}),
    ("iso code | iso 4217 | iso 3166 | iso | iso 3166-1 | iso 639", {"iso": True}),
    ("case-insensitive | case insensitive | case insensitively | not case sensitive | "
     "not case-sensitive | case does not matter | case-insensitively | ignore case | "
     "case is ignored | upper / lower case is the same | upper or lower case is the same | "
     "upper and lower case are the same | do not distinguish capitals",
     {"ignore_case": True}),
    ("indexed | index | with an index | db_index", {"index": True}),
    ("searchable | full-text searchable | full text searchable", {"search": True}),
    ("primary key | pk | primary | auto increment | autoincrement | auto-increment | identity | "
     "generated | auto generated | auto-generated", {"key": True}),
    ("in percent | in % | as a percentage | as percentage | as percent", {"type": "percent"}),
    ("on by default | true by default | defaults to true | default true | default on",
    {"default": True, "type": "boolean"}),
    ("off by default | false by default | defaults to false | default false", {"default": False,
    "type": "boolean"}),
    ("self reference | self-reference | self-referencing | self referencing | self-referential | "
     "self referential | self | references itself | self fk | self-join", {"self": True}),
    ("many-to-many | m2m | n:m | m:n | n:n | many to many", {"relation": "many-to-many"}),
    ("one-to-one | 1:1 | 1-1 | one to one", {"relation": "one-to-one"}),
    ("many-to-one | n:1 | many to one", {"relation": "many-to-one"}),
    ("one-to-many | 1:n | 1-n | one to many | 1:m", {"relation": "one-to-many"}),
    ("fk | foreign key", {"relation": "many-to-one"}),
    ("on delete cascade | cascade on delete | cascade delete | cascading delete | deleted with it",
    {"on_delete": "cascade"}),
    ("on delete restrict | restrict on delete | on delete no action | protect",
    {"on_delete": "restrict"}),
    ("on delete set null | set null on delete", {"on_delete": "set null"}),
    ("shared | global | shared between tenants | shared by all tenants", {"shared": True}),
)  # fmt: skip
FRONT = {
    "unique", "optional", "required", "mandatory", "nullable", "encrypted", "hashed", "immutable",
    "positive", "non-negative", "nonnegative", "non-null", "case-insensitive", "indexed",
    "searchable", "non-empty", "globally",
}  # fmt: skip
"""Qualifiers that stand before the noun: `a unique email`."""
STOPS = {
    "is", "are", "was", "were", "must", "can", "cannot", "may", "should", "shall", "will", "which",
    "that", "who", "whose", "has", "have", "with", "without", "where", "when", "if", "unless",
    "like",
    "such", "for", "through", "via", "be", "being", "including", "whenever", "while", "because",
    "so", "but", "then", "not", "never", "only", "into", "within", "as", "using", "they", "it",
    "during", "before", "after", "under", "between", "does", "do", "every", "each", "belongs",
    "belong",
    "references", "linked", "refers", "starting", "inside", "among", "about", "against",
    "containing",
}  # fmt: skip
"""Words that end the name of a noun."""
PREPOSITIONS = {"to", "for", "from", "by", "with", "in", "on", "of", "at"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many: `one` where exactly that was said; limit where more than that are too many."""

    many: bool = False
    required: bool | None = None
    one: bool = False
    limit: bool = False


_MANY = """zero or more | zero to many | 0..n | 0..* | any number of | many | several |
    multiple | a list of | lists of | list of | a collection of | a number of | lots of |
    a set of | various | numerous | more than one | a few | zero or many | collection of |
    set of | plenty of | different | many different | arbitrarily many | none or many |
    none or more | multiple different | a lot of | one or several | zero, one or many |
    zero, one or more | a series of"""
_SOME = (
    "one or more | 1..n | 1..* | at least one | one or many | one to many | at least 1 | 1 or more"
)
_ONE = """exactly one | one | a single | only one | just one | one and only one | precisely one |
    exactly 1 | 1 | single | one single"""
_AT_MOST = """at most one | zero or one | 0..1 | an optional | optionally a | optionally an |
    optionally one | maybe a | possibly a | no more than one | up to one | one optional |
    optional | optionally | at most 1 | a single optional | optionally the | sometimes a |
    maybe one | only at most one"""


def _indexed(entries: Iterable[tuple[str, Said]]) -> dict[str, list[tuple[tuple[str, ...], Said]]]:
    found: dict[str, list[tuple[tuple[str, ...], Said]]] = {}
    for phrases, said in entries:
        for phrase in phrases.split("|"):
            words = tuple(phrase.replace(",", " ,").replace("()", " ( )").split())
            found.setdefault(words[0], []).append((words, said))
    for known in found.values():
        known.sort(key=lambda entry: -len(entry[0]))
    return found


_QUALIFIERS = _indexed(_CONSTANT)
_TYPES = _indexed((name, said) for name, said in SAID_TYPES.items())
_QUANTITIES = _indexed(
    (
        (_MANY, {"many": True}),
        (_SOME, {"many": True, "required": True}),
        (_ONE, {"one": True, "required": True}),
        (_AT_MOST, {"required": False, "one": True}),
    )
)


def _longest(
    index: dict[str, list[tuple[tuple[str, ...], Said]]], words: Sequence[Token], at: int
) -> tuple[int, Said] | None:
    if at >= len(words):
        return None
    for phrase, said in index.get(words[at].low, ()):
        if tuple(token.low for token in words[at : at + len(phrase)]) == phrase:
            return len(phrase), said
    return None


def qualifier(tokens: Sequence[Token], at: int) -> tuple[int, Said] | None:
    """Gives the length and the meaning of the qualifying phrase that starts there."""
    return _longest(_QUALIFIERS, tokens, at)


def said_type(tokens: Sequence[Token], at: int) -> tuple[int, Said] | None:
    """Gives the length and the meaning of the type that is named there."""
    return _longest(_TYPES, tokens, at)


def quantity(tokens: Sequence[Token], at: int) -> tuple[int, Quantity] | None:
    """Gives the length and the meaning of the words for how many that start there."""
    if [token.low for token in tokens[at : at + 3]] == ["many", "to", "many"]:
        return None
    found = _longest(_QUANTITIES, tokens, at)
    return None if found is None else (found[0], Quantity(**found[1]))

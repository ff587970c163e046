"""Names that no one would give: a sign that a clause was read as what it does not say.

The words of such a name are taken out of the request and told, or the whole clause where it still
has one without them; the rest is read anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.keywords import listed
from dbwright.collect.words.morphology import number, parts, singular
from dbwright.collect.words.tokens import Token
from dbwright.core.brief import Brief, BriefAttribute

_NEVER = listed(
    """
    the it they them who whom which that these those nothing nobody every each any another same
    more less many must may might should shall cannot would could be been being were does did
    """
)
"""Words that are in no name."""
_FIRSTS = [(word,) for word in ("no", "none", "without", "only", "also")]
"""Words with which no name begins."""
_LONGEST = 3
"""Words of an allowed value."""


def doubtful(brief: Brief) -> list[tuple[str, ...]]:
    """Gives the names and values of a brief that no one would give, as their words."""
    return [words for words, is_doubtful in _names(brief) if words and is_doubtful]


def _names(brief: Brief) -> Iterator[tuple[tuple[str, ...], bool]]:
    for entity in brief.entities:
        words = parts(entity.name)
        yield words, _is_no_name(words) or number(words[:1]) is not None
        for each in entity.attributes:
            words = parts(each.name)
            yield words, _is_no_name(words) or _is_rate(each, words)
            for value in each.values:
                words = parts(value)
                yield words, len(words) > _LONGEST or bool({"the", "an"} & set(words))
    for each_one in brief.relationships:
        words = parts(each_one.name)
        yield words, bool(words) and _is_no_name(words)


def _is_no_name(words: tuple[str, ...]) -> bool:
    inside = {"a", "an"} & set(words[:-1][1:])
    alone = len(words) == 1 and number(words) is not None
    return bool(_NEVER & set(words)) or words[:1] in _FIRSTS or bool(inside) or alone


def _is_rate(each: BriefAttribute, words: Sequence[str]) -> bool:
    """`sleep session per night` is how many there are, where nothing makes it a number."""
    return each.type == "string" and "per" in words[1:] and not each.values


def spoken_in(
    words: Sequence[str], clauses: Iterable[Clause]
) -> Iterator[tuple[Clause, list[Token]]]:
    """Gives the clauses that speak of a name, each with the tokens of which it was made.

    Of a clause that says nothing else these are all of them.
    """
    wanted = tuple(singular(word) for word in words)
    speaking = [
        clause for clause in clauses if any(_names_it(wanted, each) for each in clause.meanings)
    ]
    for clause in speaking:
        named = [t for t in clause.tokens if set(wanted) & {singular(p) for p in parts(t.low)}]
        if named:
            yield clause, named if len(clause.meanings) > 1 else list(clause.tokens)


def _names_it(wanted: tuple[str, ...], meaning: str) -> bool:
    said = [singular(word) for word in parts(meaning)]
    size = len(wanted)
    return any(tuple(said[at : at + size]) == wanted for at in range(len(said)))

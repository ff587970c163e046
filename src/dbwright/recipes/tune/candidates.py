"""Candidates: the indexes that could serve what statements ask of a table.

An index serves conditions of equality on its first keys, then either one range or an order; what
every execution asks alike may stand in its WHERE; what is only read may ride along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from dbwright.core.access import Access, Condition, OrderKey
from dbwright.core.candidate import Candidate, IndexKey, key_of

_KEYS = 4
"""How many keys an index has at most."""
_CARRIED = 4
"""How many columns it carries at most."""
_GIN = {"@>", "<@", "&&", "?", "?|", "?&", "@@", "@?", "@@@"}
_GIST = {"&&", "@>", "<@", "<<", ">>", "&<", "&>", "-|-", "~="}
_LIKE = {"~~", "~~*", "~", "~*"}

Keys = tuple[IndexKey, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the database is like in which candidates stand.

    `sorted_plainly` says that texts are sorted by their bytes, so that an ordinary index finds
    what begins alike; `trigrams` that pg_trgm is installed; `fixed` whether the value of a
    condition is the statement's own, and not one of many that it runs with; `is_wide` whether
    its values are long, which a hash index does not keep.
    """

    sorted_plainly: bool
    trigrams: bool
    fixed: Callable[[Access, Condition], bool]
    is_wide: Callable[[Access, Condition], bool]


def candidates(
    accesses: Sequence[Access], around: Surroundings
) -> dict[Access, tuple[Candidate, ...]]:
    """Gives for each access the indexes that could serve it."""
    common = Counter(
        condition.expression
        for access in accesses
        for condition in {each.expression: each for each in _equal(access)}.values()
    )
    return {access: tuple(dict.fromkeys(_of(access, common, around))) for access in accesses}


def _of(access: Access, common: Counter[str], around: Surroundings) -> Iterator[Candidate]:
    always = list(_always(access, around))
    for keys in dict.fromkeys(_orders(access, common)):
        yield from _with_variants(access, keys[:_KEYS], always)
    for each in access.conditions:
        yield from _special(access, each, around)


def _equal(access: Access) -> list[Condition]:
    return [each for each in access.conditions if each.kind in ("equal", "in")]


def _orders(access: Access, common: Counter[str]) -> Iterator[Keys]:
    """Gives sequences of keys: those of equality in one order for all statements, then a tail."""
    equal = {each.expression: each for each in _equal(access)}
    ranked = sorted(equal.values(), key=lambda each: (-common[each.expression], each.expression))
    fixed = [_key(each) for each in ranked if each.outer is None]
    joined = [_key(each) for each in ranked if each.outer is not None]
    fronts: list[Keys] = [(), tuple(fixed)]
    for each in joined:
        fronts += [(each,), (each, *fixed), (*fixed, each)]
    if len(fixed) > 1:
        fronts += [(each,) for each in fixed]
    flags = tuple(
        _key(each) for each in access.conditions if each.kind in ("true", "false", "null")
    )
    if flags and fixed:
        fronts.append((*fixed, *flags[:1]))
    tails: list[Keys] = [()]
    if access.order:
        tails.append(tuple(key_of(each) for each in _forwards(access.order)))
    ranges = {each.expression: each for each in access.conditions if each.kind == "range"}
    tails += [(_key(each),) for each in ranges.values()]
    for front in fronts:
        for tail in tails:
            known = {key.expression for key in front}
            keys = (*front, *(key for key in tail if key.expression not in known))
            if keys:
                yield keys


def _forwards(order: tuple[OrderKey, ...]) -> tuple[OrderKey, ...]:
    """Gives the order that an index is read backwards for, where that is the plainer one."""
    if not all(each.descending and each.nulls_first for each in order):
        return order
    return tuple(replace(each, descending=False, nulls_first=False) for each in order)


def _key(condition: Condition) -> IndexKey:
    return IndexKey(condition.expression, is_column=condition.column is not None)


def _with_variants(
    access: Access, keys: Keys, sets: Iterable[tuple[Condition, ...]]
) -> Iterator[Candidate]:
    plain = Candidate(access.schema, access.table, keys)
    yield plain
    yield from _carrying(access, plain)
    for always in sets:
        rest = tuple(key for key in keys if key.expression not in {c.expression for c in always})
        where = " AND ".join(predicate(each) for each in always)
        if rest:
            partial = Candidate(access.schema, access.table, rest, where=where)
            yield partial
            yield from _carrying(access, partial)


def _always(access: Access, around: Surroundings) -> Iterator[tuple[Condition, ...]]:
    """Gives the sets of conditions with a constant, by which an index may be partial."""
    constant = [
        each
        for each in access.conditions
        if each.kind in ("null", "true", "false", "not null")
        or (each.kind == "equal" and each.value is not None and around.fixed(access, each))
    ]
    flags = [each for each in constant if each.kind != "equal"]
    if constant:
        yield tuple(constant)
    if flags and len(flags) < len(constant):
        yield tuple(flags)
    if len(constant) > 1:
        yield from ((each,) for each in constant)


def predicate(condition: Condition) -> str:
    """Gives a condition as the WHERE of an index has it."""
    expression = condition.expression if condition.column else f"({condition.expression})"
    if condition.kind == "null":
        return f"{expression} IS NULL"
    if condition.kind == "not null":
        return f"{expression} IS NOT NULL"
    if condition.kind in ("true", "false"):
        return expression if condition.kind == "true" else f"NOT {expression}"
    return f"{expression} {condition.operator} {condition.value}"


def _carrying(access: Access, candidate: Candidate) -> Iterator[Candidate]:
    """Gives the index that also carries what the statement reads, where that is little."""
    if access.needed is None or not all(key.is_column for key in candidate.keys):
        return
    keys = {key.expression for key in candidate.keys}
    rest = sorted(access.needed - keys)
    if candidate.where:
        # what the WHERE fixes to one value need not be carried, unless it is read as well
        rest = [each for each in rest if f"{each} IS " not in candidate.where]
    if 0 < len(rest) <= _CARRIED:
        yield Candidate(
            candidate.schema, candidate.table, candidate.keys, tuple(rest), candidate.where
        )


def _special(access: Access, condition: Condition, around: Surroundings) -> Iterator[Candidate]:
    """Gives what serves operators that a b-tree does not know."""
    key = _key(condition)

    def made(method: str, opclass: str | None = None) -> Candidate:
        keys = (IndexKey(key.expression, opclass=opclass, is_column=key.is_column),)
        return Candidate(access.schema, access.table, keys, method=method)

    if condition.kind == "prefix":
        opclass = None if around.sorted_plainly else "text_pattern_ops"
        yield made("btree", opclass)
        for each in _equal(access):
            if each.outer is None:
                keys = (
                    _key(each),
                    IndexKey(key.expression, opclass=opclass, is_column=key.is_column),
                )
                yield Candidate(access.schema, access.table, keys)
    if condition.operator in _LIKE and around.trigrams:
        yield made("gin", "gin_trgm_ops")
    if condition.kind == "operator" and condition.operator in _GIN:
        yield made("gin")
        if condition.operator == "@>":
            yield made("gin", "jsonb_path_ops")
    if condition.kind == "operator" and condition.operator in _GIST:
        yield made("gist")
    if condition.kind == "range":
        yield made("brin")
    if condition.kind == "equal" and around.is_wide(access, condition):
        yield made("hash")


def all_of(found: Mapping[Access, Sequence[Candidate]]) -> Iterable[Candidate]:
    """Gives each candidate once."""
    return dict.fromkeys(chain.from_iterable(found.values()))

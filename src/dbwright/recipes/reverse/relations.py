"""Relationships on both sides of each foreign key, cascades taken from ON DELETE."""

from __future__ import annotations

import keyword
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from dbwright.core.nouns import last_word
from dbwright.core.schema import ForeignKey
from dbwright.recipes.reverse import identifiers
from dbwright.recipes.reverse.entities import Entity, is_one_to_one
from dbwright.recipes.reverse.layout import literal

_ENDS = ("_id", "_uuid", "_fk", "_key", "_code", "_number", "_no", "_by_id", "_pk")


@dataclass(frozen=True, slots=True)
class Link:
    """One foreign key between two classes, and what each side calls the other.

    `name` is on the class that holds the key, `back` on the one that it refers to. `alone` is
    where one of the two classes keeps what it has, so that the other has no side to name.
    """

    child: Entity
    parent: Entity
    key: ForeignKey
    name: str
    back: str
    single: bool
    pair: Entity | None = None
    overlaps: tuple[str, ...] = ()
    cyclic: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """One attribute: `target` is the class, `many` whether it holds a list."""

    name: str
    target: str
    many: bool
    optional: bool
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Names:
    """The attributes that each class has so far."""

    taken: dict[str, set[str]] = field(default_factory=dict)

    def take(self, entity: Entity, *wanted: str) -> str:
        """Gives the first of the names that is free, and takes it."""
        known = self.taken.setdefault(entity.name, {*entity.attributes.values(), *entity.taken})
        fit = [name for name in wanted if name not in known and name not in identifiers.RESERVED]
        name = fit[0] if fit else identifiers.free(f"{wanted[0]}_", known)
        known.add(name)
        return name


def links(entities: Sequence[Entity], cyclic: frozenset[tuple[str, str]]) -> tuple[Link, ...]:
    """Gives the links between classes; `cyclic` are keys, by table and name, that close a cycle."""
    by_key = {entity.table.key: entity for entity in entities if entity.is_class}
    names, found = Names(), []
    several = _several(entities, by_key)
    for entity in entities:
        for key in entity.table.foreign_keys if entity.is_class else ():
            parent = by_key.get(key.referred)
            if parent is not None and _resolves(entity, parent, key) and not _guards(entity, key):
                link = _link(entity, parent, key, names, several)
                found.append(replace(link, cyclic=(entity.table.key, _id(key)) in cyclic))
    for entity in entities:
        if entity.kind == "association":
            found += _pair(entity, by_key, names)
    return tuple(_with_overlaps(found))


def _id(key: ForeignKey) -> str:
    return key.name or ",".join(key.columns)


def _resolves(entity: Entity, parent: Entity, key: ForeignKey) -> bool:
    """Whether both sides know the columns: a key that dangles on SQLite refers to nothing."""
    there = all(parent.table.column(name) for name in key.referred_columns)
    return bool(key.referred_columns) and there and all(map(entity.table.column, key.columns))


def _guards(entity: Entity, key: ForeignKey) -> bool:
    """Whether a key only says more of what a shorter one says: it is kept, and no second way."""
    pairs = set(zip(key.columns, key.referred_columns, strict=True))
    return any(
        other.referred == key.referred
        and set(zip(other.columns, other.referred_columns, strict=False)) < pairs
        for other in entity.table.foreign_keys
    )


def _several(entities: Sequence[Entity], by_key: dict[str, Entity]) -> Counter[frozenset[str]]:
    """Counts the keys between each two classes, in both directions."""
    found: Counter[frozenset[str]] = Counter()
    for entity in entities:
        if entity.is_class:
            for key in entity.table.foreign_keys:
                if key.referred in by_key:
                    found[frozenset((entity.table.key, key.referred))] += 1
    return found


def _link(
    child: Entity, parent: Entity, key: ForeignKey, names: Names, several: Counter[frozenset[str]]
) -> Link:
    single = is_one_to_one(child.table, key)
    role = _role(child, parent, key)
    longer = f"{role}_{parent.noun}" if role != parent.noun else f"{role}_row"
    name = names.take(child, role, longer, parent.noun)
    own = last_word(identifiers.snake(child.table.name), "singular" if single else "plural")
    back = names.take(parent, *_backs(child, parent, name, own, single, several))
    return Link(child, parent, key, name, back, single)


def _role(child: Entity, parent: Entity, key: ForeignKey) -> str:
    """Gives what the parent is to the child: the column's name without `_id`."""
    shared = Counter(name for each in child.table.foreign_keys for name in set(each.columns))
    own = [name for name in key.columns if shared[name] == 1] or list(key.columns)
    if len(own) > 1:
        # of (tenant_id, order_id) the last one tells it from the other keys of the tenant
        own = [name for name in own if name not in key.referred_columns] or own
    column = identifiers.snake(own[-1])
    plain_key = column in ("id", "uuid", "key", "name", "pk") or len(key.columns) > 2
    if plain_key or set(key.columns) <= {*key.referred_columns}:
        return parent.noun
    # team_name refers to the name of a team
    referred = dict(zip(key.columns, key.referred_columns, strict=True)).get(own[-1], "id")
    for end in (f"_{identifiers.snake(referred)}", *_ENDS):
        if column.endswith(end) and len(column) > len(end):
            return column.removesuffix(end)
    return column


def _backs(
    child: Entity,
    parent: Entity,
    name: str,
    own: str,
    single: bool,
    several: Counter[frozenset[str]],
) -> tuple[str, ...]:
    if child is parent and name.startswith("parent"):
        return ("children", f"child_{own}")
    if several[frozenset((child.table.key, parent.table.key))] < 2:
        # the items of an order, not its order items
        short = own.removeprefix(f"{parent.noun}_")
        return (short, own, f"{own}_of_{parent.noun}")
    # billing_address and shipping_address of an order: billing_orders, shipping_orders
    role = name.removesuffix(f"_{parent.noun}")
    if role.endswith("_by") and len(role) > 3:
        role = role.removesuffix("_by")
    if role in (parent.noun, child.noun):
        return (own, f"{role}_{own}")
    return (f"{role}_{own}", f"{own}_as_{name}")


def _pair(entity: Entity, by_key: dict[str, Entity], names: Names) -> Iterator[Link]:
    """Gives the link that a table of pairs makes between two classes."""
    first, second = entity.table.foreign_keys
    left, right = by_key.get(first.referred), by_key.get(second.referred)
    if left is None or right is None:
        return
    ends = [(_role(entity, each, key), each) for key, each in ((first, left), (second, right))]
    many = [last_word(role if left is right else each.noun, "plural") for role, each in ends]
    longer = [
        f"{last_word(identifiers.snake(entity.table.name), 'plural')}_{name}" for name in many
    ]
    # what the first class holds is named by the second, and the other way round
    name = names.take(left, many[1], longer[1])
    if left is right:
        longer[0] = f"{ends[1][0]}_of"
        many[0] = longer[0]
    back = names.take(right, many[0], longer[0])
    yield Link(left, right, first, name, back, False, pair=entity)


def _with_overlaps(found: list[Link]) -> Iterator[Link]:
    """Names for each link those before it that write one of its columns too."""
    writers: defaultdict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in found:
        others: list[str] = []
        for own in link.key.columns if link.pair is None else ():
            earlier = writers[link.child.table.key, own]
            others += [name for each in earlier for name in (each.name, each.back)]
            earlier.append(link)
        yield replace(link, overlaps=tuple(dict.fromkeys(others)))


def relations(
    entity: Entity, found: Sequence[Link], several: Counter[frozenset[str]]
) -> list[Relation]:
    """Gives the relationships of a class in the order of its keys, then those to it."""
    made = [_to_parent(link, several) for link in found if link.child is entity and not link.pair]
    made += [_to_child(link, several) for link in found if link.parent is entity and not link.pair]
    for link in found:
        if link.pair and link.child is entity:
            made.append(_through(link, link.pair, link.name, link.back, link.parent, 0))
        if link.pair and link.parent is entity:
            made.append(_through(link, link.pair, link.back, link.name, link.child, 1))
    return made


def count_keys(entities: Sequence[Entity]) -> Counter[frozenset[str]]:
    """Counts the keys between each two classes, in both directions."""
    return _several(entities, {each.table.key: each for each in entities if each.is_class})


def _to_parent(link: Link, several: Counter[frozenset[str]]) -> Relation:
    words = []
    if several[frozenset((link.child.table.key, link.parent.table.key))] > 1:
        words.append(("foreign_keys", _columns(link.child, link.key.columns, own=True)))
    if link.child is link.parent:
        words.append(("remote_side", _columns(link.parent, link.key.referred_columns, own=True)))
    words += _populates(link, link.back)
    words += [("post_update", "True")] if link.cyclic else []
    words += _overlaps(link)
    optional = any(
        column.nullable for column in link.child.table.columns if column.name in link.key.columns
    )
    return Relation(link.name, link.parent.name, False, optional, tuple(words))


def _to_child(link: Link, several: Counter[frozenset[str]]) -> Relation:
    words = []
    if several[frozenset((link.child.table.key, link.parent.table.key))] > 1:
        own = link.child is link.parent
        words.append(("foreign_keys", _columns(link.child, link.key.columns, own=own)))
    words += _populates(link, link.name)
    words += [("cascade", f'"{cascade}"')] if (cascade := _cascade(link)) else []
    words += [("passive_deletes", passive)] if (passive := _passive(link)) else []
    words += _overlaps(link)
    return Relation(link.back, link.child.name, not link.single, link.single, tuple(words))


def _populates(link: Link, other: str) -> list[tuple[str, str]]:
    return [] if link.alone else [("back_populates", f'"{other}"')]


def _cascade(link: Link) -> str | None:
    """Gives the cascade of ON DELETE: the database deletes the rows, so does the session."""
    if link.key.on_delete != "CASCADE":
        return None
    holds = all(
        not column.nullable
        for column in link.child.table.columns
        if column.name in link.key.columns
    )
    return "all, delete-orphan" if holds else "all"


def _passive(link: Link) -> str | None:
    """Gives who deals with the rows of a deleted parent: the database, as its keys say.

    With "all" the session leaves the children alone, so that the database's refusal is heard.
    """
    action = link.key.on_delete or ""
    if action == "CASCADE" or action.startswith("SET NULL"):
        return "True"
    return '"all"'


def _overlaps(link: Link) -> list[tuple[str, str]]:
    return [("overlaps", f'"{",".join(link.overlaps)}"')] if link.overlaps else []


def _columns(entity: Entity, columns: Sequence[str], *, own: bool) -> str:
    """Gives attributes as relationship() takes them: bare inside their class, else as text."""
    names = [entity.attributes[column] for column in columns]
    if own:
        return f"[{', '.join(names)}]"
    text = ", ".join(f"{entity.name}.{name}" for name in names)
    return f'"[{text}]"' if len(names) > 1 else f'"{text}"'


def _through(link: Link, pair: Entity, name: str, back: str, target: Entity, side: int) -> Relation:
    words = [("secondary", pair.name)]
    if link.child is link.parent:
        keys = pair.table.foreign_keys
        mine, theirs = keys[side], keys[1 - side]
        words.append(("primaryjoin", _join(pair, link.parent, mine)))
        words.append(("secondaryjoin", _join(pair, link.parent, theirs)))
    words += _populates(link, back)
    mine = pair.table.foreign_keys[side]
    # Where the database deletes the pairs of a deleted row, the session need not load them.
    words += [("passive_deletes", "True")] if mine.on_delete == "CASCADE" else []
    return Relation(name, target.name, True, False, tuple(words))


def _join(pair: Entity, entity: Entity, key: ForeignKey) -> str:
    """Gives how the table of pairs is joined; a function where its names could not be read."""
    ends = list(zip(key.columns, key.referred_columns, strict=True))
    mine = [f"{entity.name}.{entity.attributes[other]}" for _, other in ends]
    parts = [*pair.table.key.split("."), *key.columns]
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
        theirs = [f"{pair.name}.c[{literal(own)}]" for own, _ in ends]
        terms = [f"{one} == {other}" for one, other in zip(mine, theirs, strict=True)]
        joined = terms[0] if len(terms) == 1 else " & ".join(f"({term})" for term in terms)
        return f"lambda: {joined}"
    theirs = [f"{pair.table.key}.c.{own}" for own, _ in ends]
    terms = [f"{one} == {other}" for one, other in zip(mine, theirs, strict=True)]
    joined = terms[0] if len(terms) == 1 else f"and_({', '.join(terms)})"
    return f'"{joined}"'

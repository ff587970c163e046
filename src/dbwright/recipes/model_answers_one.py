"""Answers about one or two models: what they are, refer to, and what a delete does to them."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.answered import Answered, Fact, Question
from dbwright.core.mapping import Attribute, Mapper, Mapping, Relationship
from dbwright.core.schema import ForeignKey, Table
from dbwright.recipes import model_facts

_RANDOM = ("uuid4", "gen_random_uuid", "uuid_generate_v4", "newid", "uuid()", "token", "random")
_TIMED = ("uuid7", "uuid1", "ulid", "ksuid", "uuid6")


def answered(question: Question, mapping: Mapping) -> Answered:
    """Gives the answer to a question about models that it names."""
    if question.kind == "key order":
        return _key_order(question, mapping)
    found = [mapping.mapper(name) for name in question.models]
    mappers = [mapper for mapper in found if mapper is not None]
    first = mappers[0]
    table = mapping.schema.table(first.table)
    match question.kind:
        case "references":
            return _references(mapping, first, table)
        case "referrers":
            return _referrers(mapping, first)
        case "between":
            return _between(mapping, first, mappers[1])
        case "deletion":
            return _deletion(mapping, first)
        case "column":
            return _column(question, mapping, first)
        case "declaration":
            fact = model_facts.model_fact(mapping, first)
            return Answered(f"Where {first.name} is declared", _declared(first), (fact,))
    return _description(mapping, first, table)


def _declared(mapper: Mapper) -> str:
    place = mapper.place
    return f"{mapper.name} is declared in {place.file}, line {place.line}." if place else (
        f"{mapper.name} is declared in no file that could be read."
    )  # fmt: skip


def _description(mapping: Mapping, mapper: Mapper, table: Table | None) -> Answered:
    facts = [model_facts.column_fact(p) for p in model_facts.parts(mapping, (mapper.qualified,))]
    facts += [model_facts.relationship_fact(mapper, found) for found in mapper.relationships]
    facts += [model_facts.index_fact(table, index) for index in table.indexes] if table else []
    count = len(mapper.relationships)
    with_ = f" and {count} {'relationship' if count == 1 else 'relationships'}" if count else ""
    answer = f"{mapper.name} is the table {mapper.table}: {len(mapper.attributes)} columns{with_}."
    return Answered(f"What {mapper.name} has", answer, tuple(facts))


def _references(mapping: Mapping, mapper: Mapper, table: Table | None) -> Answered:
    keys = table.foreign_keys if table else ()
    facts = [_key(mapping, mapper, table, key) for key in keys] if table else []
    many = [r for r in mapper.relationships if r.direction == "MANYTOMANY"]
    facts += [model_facts.relationship_fact(mapper, found) for found in many]
    names = list(dict.fromkeys(_class(mapping, key.referred) for key in keys))
    names += [found.target.rpartition(".")[2] for found in many]
    names = list(dict.fromkeys(names))
    said = f"{mapper.name} refers to {_listed(names)}." if names else (
        f"{mapper.name} refers to nothing: its table {mapper.table} has no foreign key."
    )  # fmt: skip
    return Answered(f"What {mapper.name} refers to", said, tuple(facts))


def _key(mapping: Mapping, mapper: Mapper, table: Table, key: ForeignKey) -> Fact:
    """A foreign key with its attribute and the relationship that goes by it."""
    columns = ", ".join(key.columns)
    by = [r for r in mapper.relationships if r.direction == "MANYTOONE"]
    by = [found for found in by if {own for own, _ in found.pairs} == set(key.columns)]
    optional = any(c.nullable for c in table.columns if c.name in key.columns)
    referred = f"{key.referred}.{', '.join(key.referred_columns)}"
    words = [f"{mapper.name}.{columns} refers to {referred}"]
    words.append("may be NULL" if optional else "required")
    words += [f"in Python {mapper.name}.{found.name}" for found in by]
    return Fact(
        ", ".join(words), mapping.place_of(table, key.columns[0]), object=f"{table.key}.{columns}"
    )


def _referrers(mapping: Mapping, mapper: Mapper) -> Answered:
    facts = []
    names = []
    for table, key in mapping.schema.referring(mapper.table):
        facts.append(model_facts.key_fact(mapping, table, key))
        names.append(_class(mapping, table.key))
    names = list(dict.fromkeys(names))
    said = (
        f"{_listed(names)} {'refers' if len(names) == 1 else 'refer'} to {mapper.name}."
        if names
        else f"Nothing refers to {mapper.name}: no foreign key leads to its table {mapper.table}."
    )
    return Answered(f"What refers to {mapper.name}", said, tuple(facts))


def _between(mapping: Mapping, one: Mapper, two: Mapper) -> Answered:
    facts: list[Fact] = []
    words: list[str] = []
    for owner, other in ((one, two), (two, one))[: 1 if one is two else 2]:
        table = mapping.schema.table(owner.table)
        for key in table.foreign_keys if table else ():
            if table is not None and key.referred == other.table:
                facts.append(model_facts.key_fact(mapping, table, key))
                words.append(f"{owner.name} refers to {other.name} by {', '.join(key.columns)}")
    pairs = [r for r in one.relationships if r.target == two.qualified and r.secondary]
    for found in pairs:
        facts.append(model_facts.relationship_fact(one, found))
        words.append(f"each has many of the other, by the table {found.secondary}")
    reading = f"How {one.name} and {two.name} are related"
    if words:
        return Answered(reading, f"Yes: {'; '.join(words)}.", tuple(facts))
    through = _through(mapping, one, two)
    if through is not None:
        steps = " → ".join(_class(mapping, key) for key in through)
        return Answered(reading, f"Not directly; by other tables they are: {steps}.")
    return Answered(reading, "No: no foreign key leads from one to the other, nor by other tables.")


def _through(mapping: Mapping, one: Mapper, two: Mapper) -> list[str] | None:
    """The shortest way over foreign keys, in either direction."""
    ways: dict[str, list[str]] = {one.table: [one.table]}
    waiting = [one.table]
    while waiting:
        here = waiting.pop(0)
        if here == two.table:
            return ways[here]
        for near in _near(mapping, here):
            if near not in ways:
                ways[near] = [*ways[here], near]
                waiting.append(near)
    return None


def _near(mapping: Mapping, key: str) -> Iterator[str]:
    table = mapping.schema.table(key)
    yield from (found.referred for found in table.foreign_keys) if table else ()
    yield from (other.key for other, _ in mapping.schema.referring(key))


def _deletion(mapping: Mapping, mapper: Mapper) -> Answered:
    """What the database and the session do with the rows that refer to a deleted one."""
    facts = []
    forbids: list[str] = []
    along: list[str] = []
    for table, key in mapping.schema.referring(mapper.table):
        facts.append(model_facts.key_fact(mapping, table, key))
        name = _class(mapping, table.key)
        if key.on_delete == "CASCADE":
            along.append(name)
        elif key.on_delete not in ("SET NULL", "SET DEFAULT"):
            forbids.append(name)
    for found in mapper.relationships:
        if found.direction == "ONETOMANY" and not found.viewonly:
            facts.append(_session(mapper, found))
    reading = f"What happens when {a(mapper.name)} is deleted"
    if not facts:
        return Answered(reading, f"Only its own row goes: nothing refers to {mapper.name}.")
    words = []
    if forbids:
        names = _listed(list(dict.fromkeys(forbids)), "or")
        words.append(f"a DELETE is refused while {names} rows refer to it")
    if along:
        words.append(f"its {_listed(list(dict.fromkeys(along)))} rows go along")
    said = "; ".join(words) or "rows that refer to it stay, without it"
    return Answered(reading, f"In the database: {said}.", tuple(facts))


def _session(mapper: Mapper, found: Relationship) -> Fact:
    target = found.target.rpartition(".")[2]
    if "delete" in found.cascade:
        text = f"session.delete() deletes its {target} objects too (cascade)"
    elif found.passive_deletes == "all":
        text = f"session.delete() leaves {target} to the database"
    else:
        text = f"session.delete() first sets the key of its {target} objects to NULL"
    return Fact(f"{mapper.name}.{found.name}: {text}", found.place or mapper.place)


def _column(question: Question, mapping: Mapping, mapper: Mapper) -> Answered:
    part = next(
        part for part in model_facts.parts(mapping, (mapper.qualified,))
        if part[1].name == question.attribute
    )  # fmt: skip
    name = f"{mapper.name}.{question.attribute}"
    fact = model_facts.column_fact(part)
    if not question.conditions:
        kind = model_facts.typed(part[3], part[1])
        return Answered(f"What type {name} has", f"{name} is {kind}.", (fact,))
    from dbwright.recipes.model_answers import MEANS, of_one, phrase

    holds = all(model_facts.has_of_column(mapping, part, c) for c in question.conditions)
    words = of_one(phrase(question.conditions, "columns"))
    reading = f"Whether {name}{words}"
    notes = tuple(MEANS[c.what] for c in question.conditions if c.what in MEANS)
    return Answered(reading, f"{'Yes' if holds else 'No'}.", (fact,), notes=notes)


def _key_order(question: Question, mapping: Mapping) -> Answered:
    """Which keys do not put rows in the order in which they were made."""
    facts = []
    chosen = model_facts.mappers(mapping, question.models)
    for mapper in chosen:
        why = _unordered(mapping, mapper)
        if why:
            facts.append(model_facts.model_fact(mapping, mapper, f": {why}"))
    count = len(chosen)
    said = f"Yes, {len(facts)} of {count} models." if facts else (
        f"No, the key of each of the {count} models grows with its rows."
    )  # fmt: skip
    lists = [r for m in chosen for r in m.relationships if r.uselist and not r.order_by]
    notes = [
        "A table has no order of its own: without ORDER BY its rows come as the database finds "
        "them, whatever the key is."
    ]
    if lists:
        notes.append(f"{len(lists)} lists of relationships have no order_by.")
    more = ('dbwright ask "which relationships have no order_by?"',) if lists else ()
    reading = "Models whose primary key does not put rows in the order in which they were made"
    return Answered(reading, said, tuple(facts), notes=tuple(notes), more=more)


def _unordered(mapping: Mapping, mapper: Mapper) -> str:
    table = mapping.schema.table(mapper.table)
    if table is None or table.primary_key is None:
        return "it has no primary key"
    keys = [mapper.attribute_of(name) for name in table.primary_key.columns]
    if len(keys) > 1:
        return f"its key is {' and '.join(table.primary_key.columns)}, which sort by their values"
    return _key_of_one(table, keys[0]) if keys and keys[0] is not None else ""


def _key_of_one(table: Table, key: Attribute) -> str:
    column = table.column(key.column)
    made = (key.default.value if key.default else "", column.default if column else "")
    default = " ".join(filter(None, made)).lower()
    if any(word in default for word in _TIMED):
        return ""
    kind = model_facts.kind_of(key.type)
    if any(word in default for word in _RANDOM):
        return f"its key {key.name} is random"
    if kind == "a UUID":
        return f"its key {key.name} is a UUID that code has to give"
    if kind in ("text", "text without a limit"):
        return f"its key {key.name} is a text, which sorts by its letters"
    if any(key.column in foreign.columns for foreign in table.foreign_keys):
        return f"its key {key.name} is that of another row"
    return ""


def _class(mapping: Mapping, key: str) -> str:
    found = mapping.mappers_of(key)
    return found[0].name if found else key


def _listed(names: list[str], last: str = "and") -> str:
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names)


def a(name: str) -> str:
    """Gives a name with its article."""
    return f"an {name}" if name[:1].lower() in "aeio" else f"a {name}"


__all__ = ["a", "answered"]

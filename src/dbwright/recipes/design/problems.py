"""What keeps a brief from being designed: names that lead nowhere, contradictions, clashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dbwright.core.abilities import ABILITIES
from dbwright.core.brief import (
    Brief,
    BriefEntity,
    BriefRelationship,
    Where,
)
from dbwright.recipes.design import attribute_problems, names, pairs, rule_problems
from dbwright.recipes.design.problem import Path, Problem, near, no_entity


def of(brief: Brief, database: str = "postgresql") -> list[Problem]:
    """Gives the problems of a brief, none for one that can be designed."""
    if not brief.entities:
        text = "the brief has no entities: there is nothing to design"
        example = "Name at least one:  entities: [{name: Customer}]"
        return [Problem(("entities",), text, example)]
    found = list(_names(brief, database))
    found += _tops(brief)
    for number, entity in enumerate(brief.entities):
        found += _entity(brief, entity, ("entities", number))
    for number, relationship in enumerate(brief.relationships):
        found += _relationship(brief, relationship, ("relationships", number))
    found += _pairs(brief)
    found += _tables_of_pairs(brief)
    if not found:
        for number in range(len(brief.accesses)):
            found += _access(brief, number)
    return found


def _names(brief: Brief, database: str) -> Iterator[Problem]:
    limit = ABILITIES[database].name_bytes
    tables: dict[str, str] = {}
    classes: dict[str, str] = {}
    for number, entity in enumerate(brief.entities):
        path: Path = ("entities", number, "name")
        if not names.words(entity.name):
            yield Problem(path, f"{entity.name!r} is no name of an entity", "Take a word.")
            continue
        table, cls = names.plural(names.snake(entity.name)), names.class_name(entity.name)
        if not cls.isidentifier():
            yield Problem(path, f"{entity.name} cannot be the name of a class", "Take letters.")
        other = tables.get(table) or classes.get(cls)
        if other is not None:
            again = "twice" if other == entity.name else f"beside {other}"
            yield Problem(
                path,
                f"{entity.name} is there {again}: both would be the table {table}",
                "Give one of them another name, or make them one.",
            )
        tables[table] = classes[cls] = entity.name
        if len(table.encode()) > limit:
            yield _too_long(path, table, limit, database)
        if cls in ("Base", "Timestamped", "AppendOnly", "BigInt"):
            yield Problem(path, f"{cls} is the name of a part of every module", "Take another.")
        yield from _columns(entity, number, limit, database)


def _columns(entity: BriefEntity, number: int, limit: int, database: str) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for place, attribute in enumerate(entity.attributes):
        path: Path = ("entities", number, "attributes", place, "name")
        column = names.snake(attribute.name)
        if not column or not names.attribute(column).isidentifier():
            yield Problem(path, f"{attribute.name!r} is no name of an attribute", "Take a word.")
            continue
        if column in seen:
            text = f"{entity.name} has {attribute.name} twice"
            if seen[column] != attribute.name:
                text = f"{seen[column]} and {attribute.name} of {entity.name} are one column"
            yield Problem(path, f"{text} ({column})", "Keep one of them.")
        if column == "id" and entity.key != "natural":
            yield Problem(
                path,
                f"{entity.name}.id: the key is made by itself",
                "Leave it out, and say `key: uuid` or `key: integer` for its kind.",
            )
        seen[column] = attribute.name
        if len(column.encode()) > limit:
            yield _too_long(path, column, limit, database)


def _too_long(path: Path, name: str, limit: int, database: str) -> Problem:
    size = len(name.encode())
    title = ABILITIES[database].title
    return Problem(path, f"{name} has {size} bytes, {title} keeps {limit}", "Take a shorter name.")


def _tops(brief: Brief) -> Iterator[Problem]:
    if brief.tenant and brief.entity(brief.tenant) is None:
        yield no_entity(brief, ("tenant",), brief.tenant)
    if brief.currency and not (len(brief.currency) == 3 and brief.currency.isalpha()):
        yield Problem(("currency",), f"{brief.currency} is no currency", "As in ISO 4217: EUR.")
    below = {entity.name: entity.kind_of for entity in brief.entities}
    for number, entity in enumerate(brief.entities):
        seen, at = {entity.name}, entity.kind_of
        while at in below and at:
            if at in seen:
                path: Path = ("entities", number, "kind_of")
                yield Problem(path, f"{entity.name} is a kind of itself", "Break the circle.")
                break
            seen.add(at)
            at = below[at]


def known(brief: Brief, entity: BriefEntity) -> set[str]:
    """Gives the names of an entity's attributes and relationships, and those made by itself."""
    found = {attribute.name for attribute in entity.attributes if not attribute.computed}
    for relationship in brief.relationships:
        if relationship.source == entity.name and relationship.kind != "many-to-many":
            found |= {relationship.name or relationship.target}
            found.add(names.snake(relationship.name or relationship.target))
        if relationship.through == entity.name:
            for end in (relationship.source, relationship.target):
                found |= {end, names.snake(end)}
            if relationship.source == relationship.target:
                other = names.singular(names.snake(relationship.name)) if relationship.name else ""
                found.add(other or f"other_{names.snake(relationship.target)}")
        if relationship.position and relationship.source == entity.name:
            found.add("position")
    if entity.timestamps:
        found |= {"created_at"} | (set() if entity.append_only else {"updated_at"})
    if entity.soft_delete:
        found.add("deleted_at")
    if entity.key != "natural":
        found.add("id")
    if brief.tenant and brief.tenant != entity.name and not entity.shared and not entity.kind_of:
        found |= {brief.tenant, names.snake(brief.tenant)}
    return found


def _named(
    brief: Brief, entity: BriefEntity, path: Path, found: Iterable[str]
) -> Iterator[Problem]:
    have = known(brief, entity)
    for name in found:
        if name not in have and names.snake(name) not in have:
            text = f"{entity.name} has no attribute or relationship {name}"
            yield Problem(path, text, near(name, sorted(have - {"id"})))


def _where(brief: Brief, entity: BriefEntity, path: Path, where: Where) -> Iterator[Problem]:
    yield from _named(brief, entity, path, where)
    for name, value in where.items():
        attribute = entity.attribute(name)
        if value == ():
            yield Problem((*path, name), f"{name} is to have one of no values", "Name some.")
        for each in value if isinstance(value, tuple) else (value,):
            if attribute and attribute.values and each not in (None, *attribute.values):
                yield Problem(
                    (*path, name),
                    f"{entity.name}.{name} cannot be {each!r}",
                    near(str(each), attribute.values),
                )


def _entity(brief: Brief, entity: BriefEntity, path: Path) -> Iterator[Problem]:
    if entity.kind_of and brief.entity(entity.kind_of) is None:
        yield no_entity(brief, (*path, "kind_of"), entity.kind_of)
    if entity.key == "natural" and not entity.natural_key:
        yield Problem((*path, "key"), f"{entity.name} has a natural key of nothing",
                      "Name its attributes:  natural_key: [code]")  # fmt: skip
    if entity.natural_key and entity.key != "natural":
        yield Problem((*path, "natural_key"), f"{entity.name} has natural_key, and its key is "
                      f"{entity.key or 'not natural'}", "Say `key: natural`.")  # fmt: skip
    if entity.kind_of and (entity.key or entity.soft_delete):
        what = "key" if entity.key else "soft_delete"
        yield Problem((*path, what), f"{entity.name} has the {what} of {entity.kind_of}, of which "
                      "it is a kind", f"Say it of {entity.kind_of}.")  # fmt: skip
    if entity.append_only and entity.soft_delete:
        yield Problem(
            (*path, "soft_delete"),
            f"rows of {entity.name} are never changed, so they cannot be marked as deleted",
            "Take away append_only or soft_delete.",
        )
    if entity.append_only and entity.versioned:
        yield Problem(
            (*path, "versioned"),
            f"rows of {entity.name} are never changed, so there is no write to refuse",
            "Take away append_only or versioned.",
        )
    yield from _named(brief, entity, (*path, "natural_key"), entity.natural_key)
    for number, attribute in enumerate(entity.attributes):
        yield from attribute_problems.of(brief, entity, attribute, (*path, "attributes", number))
    for number, unique in enumerate(entity.uniques):
        place = (*path, "uniques", number)
        if not unique.of:
            yield Problem(place, "a unique of nothing", "Name attributes:  of: [name]")
        yield from _named(brief, entity, (*place, "of"), unique.of)
        yield from _where(brief, entity, (*place, "where"), unique.where)
    yield from _rules(brief, entity, path)
    if entity.growth is not None and entity.growth.by:
        yield from _named(brief, entity, (*path, "growth", "by"), (entity.growth.by,))


def _rules(brief: Brief, entity: BriefEntity, path: Path) -> Iterator[Problem]:
    for number, rule in enumerate(entity.rules):
        place = (*path, "rules", number)
        least = {"when": 1, "no-overlap": 2}.get(rule.kind, 2)
        if len(rule.of) < least or (rule.kind == "no-overlap" and len(rule.of) != 2):
            text = f"{rule.kind} needs {'exactly' if rule.kind == 'no-overlap' else 'at least'}"
            yield Problem((*place, "of"), f"{text} {least} in `of`, and has {len(rule.of)}",
                          "no-overlap: of: [starts_at, ends_at]" if least == 2 else "")  # fmt: skip
        if rule.kind == "when" and not rule.where:
            yield Problem(place, "`when` has no `where`", 'Say when:  where: {status: "sent"}')
        yield from _named(brief, entity, (*place, "of"), rule.of)
        yield from _named(brief, entity, (*place, "per"), rule.per)
        yield from _where(brief, entity, (*place, "where"), rule.where)
        yield from rule_problems.of(brief, entity, rule, place)
        for name in rule.of if rule.kind in ("exactly-one", "at-least-one", "at-most-one",
                                             "together", "when") else ():  # fmt: skip
            attribute = entity.attribute(name)
            if attribute is not None and attribute.required:
                yield Problem(
                    (*place, "of"),
                    f"{entity.name}.{name} is always set, so {rule.kind} means nothing for it",
                    f"Say `required: false` of {name}, or leave it out of the rule.",
                )


def _relationship(brief: Brief, found: BriefRelationship, path: Path) -> Iterator[Problem]:
    for end in ("source", "target"):
        name = getattr(found, end)
        if brief.entity(name) is None:
            yield no_entity(brief, (*path, end), name)
    if found.through and brief.entity(found.through) is None:
        yield no_entity(brief, (*path, "through"), found.through)
    what = f"{found.source} to {found.target}"
    if found.through and found.kind != "many-to-many":
        yield Problem((*path, "through"), f"{what}: `through` is for many-to-many",
                      "Say `kind: many-to-many`, or take it away.")  # fmt: skip
    if found.on_delete == "set null" and found.required and found.kind != "many-to-many":
        yield Problem(
            (*path, "on_delete"),
            f"{what} is required, so it cannot be set to null",
            "Say `required: false`, or another on_delete.",
        )
    if found.position and found.kind != "many-to-one":
        yield Problem((*path, "position"), f"{what}: an order needs many of them on one side",
                      "Say `kind: many-to-one`.")  # fmt: skip
    source = brief.entity(found.source)
    if source is not None and found.kind != "many-to-many":
        own = {names.snake(attribute.name) for attribute in source.attributes}
        name = names.snake(found.name or found.target)
        if name in own or f"{name}_id" in own:
            clash = name if name in own else f"{name}_id"
            text = f"{found.source} has both an attribute {clash} and a relationship {name}"
            yield Problem(
                path, text, "The relationship brings its column: take the attribute away."
            )
        if found.required and found.source == found.target:
            yield Problem(
                (*path, "required"),
                f"every {found.source} would need another one before it: the first cannot be made",
                "Say `required: false`.",
            )


def _pairs(brief: Brief) -> Iterator[Problem]:
    """The same relationship twice, or two that contradict each other."""
    seen: dict[tuple[str, str, str], BriefRelationship] = {}
    for number, found in enumerate(brief.relationships):
        name = names.snake(found.name or found.target)
        key = (found.source, found.target, name)
        other = seen.get(key)
        path: Path = ("relationships", number)
        if other is not None:
            text = f"{found.source} has {name} twice"
            if other.kind != found.kind:
                text = f"{found.source} to {found.target} is {other.kind} and {found.kind}"
            yield Problem(path, text, "Keep one, or give them different names.")
        back = seen.get((found.target, found.source, names.snake(found.source)))
        if back is not None and not (found.name or back.name) and found.source != found.target:
            kinds = {found.kind, back.kind}
            if "one-to-one" in kinds or found.kind == "many-to-many":
                yield Problem(
                    path,
                    f"{found.source} and {found.target} are {back.kind} one way and {found.kind} "
                    "the other",
                    "One relationship has both sides: keep the one that is true.",
                )
        seen[key] = found


def _tables_of_pairs(brief: Brief) -> Iterator[Problem]:
    """A table of pairs that would have the name of an entity's table."""
    tables = {names.plural(names.snake(entity.name)): entity.name for entity in brief.entities}
    for number, found in enumerate(brief.relationships):
        if found.kind == "many-to-many" and not found.through:
            name = pairs.table_name(found)
            if name in tables:
                yield Problem(
                    ("relationships", number),
                    f"the pairs of {found.source} and {found.target} would stand in {name}, which "
                    f"is the table of {tables[name]}",
                    f"Say `through: {tables[name]}` if it stands for a pair, else rename it.",
                )


def _access(brief: Brief, number: int) -> Iterator[Problem]:
    access = brief.accesses[number]
    path: Path = ("accesses", number)
    entity = brief.entity(access.entity)
    if entity is None:
        yield no_entity(brief, (*path, "entity"), access.entity)
        return
    yield from _named(brief, entity, (*path, "by"), access.by)
    yield from _named(brief, entity, (*path, "range"), (access.range,) if access.range else ())
    yield from _named(brief, entity, (*path, "order"), (n.lstrip("-") for n in access.order))
    yield from _named(brief, entity, (*path, "search"), access.search)
    yield from _where(brief, entity, (*path, "where"), access.where)
    if not (access.by or access.range or access.order or access.search):
        yield Problem(path, f"an access to {access.entity} by nothing", "Name `by` or `order`.")

"""What a brief must hold for a design to hold what a request's checklist asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dbwright.collect.words import read
from dbwright.collect.words.morphology import parts, plural
from dbwright.core.brief import Brief, BriefAttribute, BriefEntity, BriefRelationship, Reading

_TYPES = {
    "text": {"text", "string"}, "varchar": {"string", "email", "slug", "url", "phone"},
    "integer": {"integer", "percent"}, "bigint": {"integer"}, "numeric": {"decimal", "money",
    "percent"},
    "boolean": {"boolean"}, "date": {"date"}, "timestamptz": {"datetime"}, "uuid": {"uuid"},
    "json": {"json"}, "array": {"tags"}, "bytes": {"bytes"}, "double": {"float"},
}  # fmt: skip


def table(name: str) -> str:
    """The table's name of an entity."""
    words = parts(name)
    return "_".join([*words[:-1], plural(words[-1])])


def failures(reading: Reading, musts: Iterable[Any]) -> list[str]:
    """The items of a checklist that a reading does not fulfil."""
    found = []
    for must in musts:
        item = {"": must} if isinstance(must, str) else must
        if isinstance(must, str):
            key, _, value = must.partition(": ")
            item = {key: value}
        if not _Check(reading, item).holds():
            found.append(str(must))
    return found


class _Check:
    def __init__(self, reading: Reading, item: dict[str, Any]) -> None:
        self.reading, self.brief, self.item = reading, reading.brief, item

    def holds(self) -> bool:
        kind, value = next(iter(self.item.items()))
        if kind in ("refuses", "accepts"):
            return self.values(kind, value)
        return any(getattr(self, kind)(each.strip()) for each in str(value).split(" | "))

    def entity(self, name: str) -> BriefEntity | None:
        return next((each for each in self.brief.entities if table(each.name) == name), None)

    def table(self, name: str) -> bool:
        if self.entity(name):
            return True
        for each in self.brief.relationships:
            if each.kind == "many-to-many" and not each.through:
                one, other = "_".join(parts(each.source)), "_".join(parts(each.target))
                pairs = [(one, other), (other, one)]
                names = {f"{a}_{table(b)}" for a, b in pairs} | {
                    f"{table(a)}_{table(b)}" for a, b in pairs
                }
                if name in names:
                    return True
        return False

    def references(self, owner: str) -> dict[str, BriefRelationship]:
        found = {}
        for each in self.brief.relationships:
            if table(each.source) == owner and each.kind != "many-to-many":
                found[(each.name or "_".join(parts(each.target))) + "_id"] = each
            if each.through and table(each.through) == owner:
                for side in (each.source, each.target):
                    found["_".join(parts(side)) + "_id"] = each
        entity = self.entity(owner)
        tenant = self.brief.tenant
        if entity and tenant and entity.name != tenant and not entity.shared:
            found.setdefault(
                "_".join(parts(tenant)) + "_id", BriefRelationship(entity.name, tenant)
            )
        return found

    def attribute(self, path: str) -> BriefAttribute | None:
        owner, _, name = path.partition(".")
        entity = self.entity(owner)
        if entity is None:
            return None
        if name == "deleted_at" and entity.soft_delete:
            return BriefAttribute(name, "datetime", required=False)
        for each in entity.attributes:
            if each.name == name or (f"{each.name}_hash" == name and each.type == "password"):
                return each if each.type != "password" or name.endswith("_hash") else None
        return None

    def column(self, path: str) -> bool:
        found = self.attribute(path)
        if found is None:
            return False
        if None in self.item and self.item[None] == found.required:
            return False
        wanted = str(self.item.get("type", "")).split(" | ")
        return wanted == [""] or any(found.type in _TYPES[each.strip()] for each in wanted)

    def absent(self, path: str) -> bool:
        owner, _, name = path.partition(".")
        return self.attribute(path) is None and name not in self.references(owner)

    def unique(self, path: str) -> bool:
        owner, _, rest = path.partition("(")
        names = {each.strip() for each in rest.replace("lower(", "").replace(")", "").split(",")}
        entity = self.entity(owner)
        if entity is None:
            return False
        references = self.references(owner)
        wanted = {
            references[n].name or n.removesuffix("_id") if n in references else n for n in names
        }
        for each in entity.uniques:
            if set(each.of) == wanted and bool(each.where) == bool(self.item.get("where")):
                return True
        if len(names) == 1:
            name = next(iter(names))
            if name in references and references[name].kind == "one-to-one":
                return True
            found = self.attribute(f"{owner}.{name}")
            return bool(found and found.unique)
        return any(
            each.through and table(each.through) == owner
            and wanted == {"_".join(parts(each.source)), "_".join(parts(each.target))}
            for each in self.brief.relationships
        )  # fmt: skip

    def foreign_key(self, path: str) -> bool:
        left, _, target = path.partition(" -> ")
        owner, _, name = left.partition(".")
        each = self.references(owner).get(name)
        if each is None or target not in (table(each.target), table(each.source)):
            return False
        if None in self.item and self.item[None] == each.required:
            return False
        return each.on_delete in (self.item.get("on_delete", each.on_delete),)

    def index(self, path: str) -> bool:
        owner, _, rest = path.partition("(")
        entity, names, order = self.entity(owner), [], []
        for column in rest.rstrip(")").split(","):
            words = column.split()
            (order if "desc" in words else names).append(words[0])
        if entity is None:
            return False
        for each in self.brief.accesses:
            by = [n + "_id" if n + "_id" in self.references(owner) else n for n in each.by]
            if (
                each.entity == entity.name
                and by == names
                and [o.lstrip("-") for o in each.order] == order
            ):
                return True
        return False

    def relationship(self, path: str) -> bool:
        owner, _, name = path.partition(".")
        for each in self.brief.relationships:
            if each.source == owner and (each.name or "_".join(parts(each.target))) == name:
                return True
            inverse = "_".join(parts(each.source))
            if each.target == owner and name in (inverse, table(each.source), each.inverse):
                return True
            if each.kind == "many-to-many" and owner in (each.source, each.target):
                other = each.target if owner == each.source else each.source
                if name == table(other):
                    return True
        return False

    def reported(self, text: str) -> bool:
        told = [*self.reading.unused, *self.reading.problems]
        return any(text.lower() in each.text.lower() for each in told)

    def values(self, kind: str, rows: dict[str, dict[str, Any]]) -> bool:
        for owner, row in rows.items():
            for name, value in row.items():
                found = self.attribute(f"{owner}.{name}")
                if found is None or refused(found, value) != (kind == "refuses"):
                    return False
        return True


def refused(each: BriefAttribute, value: Any) -> bool:
    """Whether an attribute does not allow a value."""
    if each.values:
        return value not in each.values
    if isinstance(value, str):
        return each.length is not None and len(value) > each.length
    low, high = (0.0, 100.0) if each.type == "percent" else (each.minimum, each.maximum)
    return (
        (low is not None and value < low)
        or (high is not None and value > high)
        or (each.above is not None and value <= each.above)
        or (each.below is not None and value >= each.below)
    )  # fmt: skip


def brief_of(reading: Reading) -> Brief:
    """The brief of a reading."""
    return reading.brief


def digest(reading: Reading) -> set[str]:
    """A reading as short facts: `Post`, `Post.title unique`, `Comment -> Post`, `unused weekly`."""
    found = {f"unused {each.text}" for each in reading.unused}
    found |= {f"problem {each.text}" for each in reading.problems}
    brief = reading.brief
    for entity in brief.entities:
        found.add(entity.name)
        flags = ("soft_delete", "append_only", "versioned", "shared", "public_id")
        found |= {f"{entity.name} {flag}" for flag in flags if getattr(entity, flag)}
        found |= {f"{entity.name} key={entity.key}"} if entity.key else set()
        found |= {f"{entity.name} kind_of={entity.kind_of}"} if entity.kind_of else set()
        for each in entity.attributes:
            found |= _attribute_facts(f"{entity.name}.{each.name}", each)
        for unique in entity.uniques:
            where = "".join(f" where {key}={value}" for key, value in unique.where.items())
            found.add(f"{entity.name} unique({', '.join(sorted(unique.of))}){where}")
        for rule in entity.rules:
            per = f" per {', '.join(rule.per)}" if rule.per else ""
            where = "".join(f" where {key}={value}" for key, value in rule.where.items())
            found.add(f"{entity.name} {rule.kind}({', '.join(rule.of)}){per}{where}")
        if entity.growth:
            found |= {
                f"{entity.name} month={entity.growth.rows_per_month}",
                f"{entity.name} days={entity.growth.keep_days}",
            }
    arrows = {"many-to-one": "->", "one-to-one": "1-1", "many-to-many": "<->"}
    for link in brief.relationships:
        text = f"{link.source} {arrows[link.kind]} {link.target}"
        found.add(text)
        found |= {
            f"{text} as {link.name}",
            f"{text} {link.on_delete or 'open'}",
            f"{text} through {link.through}",
        }
        found.add(f"{text} {'required' if link.required else 'optional'}")
    for access in brief.accesses:
        where = "".join(f" where {key}={value}" for key, value in access.where.items())
        found.add(
            f"{access.entity} by({', '.join(access.by)}) range({access.range}) "
            f"order({', '.join(access.order)}){where}"
        )
        found |= {f"{access.entity} search({', '.join(access.search)})"} if access.search else set()
    found |= {f"tenant {brief.tenant}", f"keys {brief.keys}", f"currency {brief.currency}"}
    return found


def holds(text: str, wanted: list[str]) -> list[str]:
    """Gives what of `wanted` a request does not say, and what it says in spite of a "!"."""
    found = digest(read(text))
    missing = [w for w in wanted if not w.startswith("!") and w not in found]
    return missing + [w for w in wanted if w.startswith("!") and w[1:] in found]


def _attribute_facts(name: str, each: BriefAttribute) -> set[str]:
    found = {name, f"{name} {each.type}", f"{name} {'required' if each.required else 'optional'}"}
    found |= {
        f"{name} {flag}"
        for flag in ("unique", "immutable", "personal", "encrypted")
        if getattr(each, flag)
    }
    for key in ("minimum", "maximum", "above", "below"):
        value = getattr(each, key)
        found |= {f"{name} {key}={value:g}"} if value is not None else set()
    for key in ("length", "precision", "scale", "default"):
        value = getattr(each, key)
        found |= {f"{name} {key}={value}"} if value is not None else set()
    found |= {f"{name} in {'|'.join(each.values)}"} if each.values else set()
    found |= {f"{name} {state}>{'|'.join(after)}" for state, after in each.transitions.items()}
    found |= {f"{name} from={each.copied_from}"} if each.copied_from else set()
    return found | ({f"{name} = {each.computed}"} if each.computed else set())

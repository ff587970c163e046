"""What the forms of a change request look up: models, columns, and whether a name is free."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Sequence

from dbwright.collect.change_names import Miss, Names, bare, camel, listed, normal
from dbwright.collect.change_types import Column
from dbwright.core.brief import BriefAttribute
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.model_change import AddColumn, AddModel, AddRelationship, Step

RESERVED = {"metadata", "registry", "query", "self"}
"""Names that SQLAlchemy's declarative classes use themselves."""
LONGEST = 63
COMMAND = "dbwright models change"
MOST = 4


class Refused(Exception):
    """A clause that cannot be meant, or has to be asked about; its text says what to do.

    `ways` are what may be meant by `said`: each gives a command that answers the question.
    """

    def __init__(self, text: str, said: str = "", ways: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.said = said
        self.ways = tuple(ways)

    def told(self, clause: str) -> str:
        """Gives the text, and on lines of their own the commands that answer it."""
        lines = [str(self)]
        for way in self.ways[:MOST] if self.said in clause else ():
            lines.append(f'{COMMAND} "{clause.replace(self.said, way, 1)}"')
        return "\n".join(lines)


class Taken(Refused):
    """A model has already what a clause would add to it."""


class Context:
    """The project's models, and what earlier clauses of the request add to them."""

    blank = BriefAttribute("", required=False)

    def __init__(self, mapping: Mapping) -> None:
        self.names = Names(mapping)
        self.new: dict[str, str] = {}
        self.taken: set[tuple[str, str]] = set()

    def planned(self, steps: Sequence[Step]) -> None:
        """Takes note of what a clause adds."""
        for step in steps:
            if isinstance(step, AddModel):
                self.new[normal(step.name)] = step.name
            if isinstance(step, AddColumn):
                self.taken.add((step.model, step.attribute.name))

    def model(self, said: str) -> Mapper:
        """Gives the model of a name; Refused asks which, or says that there is none."""
        found = self.names.model(said)
        if isinstance(found, Mapper):
            return found
        raise Refused(self._no_model(found), found.said, found.near)

    def _no_model(self, miss: Miss) -> str:
        if miss.several:
            ways = listed(miss.near)
            return f"{miss.said} is the name of {len(miss.near)} models: say {ways}"
        if miss.near:
            return f"there is no model {miss.said}; did you mean {listed(miss.near)}?"
        names = [mapper.name for mapper in self.names.mapping.mappers]
        some = ", ".join(names[:8]) if len(names) > 8 else listed(names, "and")
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        there = f"the models are {some}{more}" if names else "this project has no models"
        return f"there is no model {miss.said}; {there}"

    def is_near(self, said: str) -> bool:
        """Whether a name is no model, but nearly one."""
        found = self.names.model(said)
        return isinstance(found, Miss) and bool(found.near)

    def is_new(self, said: str) -> bool:
        """Whether an earlier clause adds a model of this name."""
        return normal(bare(said)) in self.new

    def is_known(self, said: str) -> bool:
        """Whether a name is a model, of the project or of the request."""
        return self.names.is_model(said) or self.is_new(said)

    def owner(self, said: str) -> Mapper | str:
        """Gives the model of a name, the class's name where the request adds it."""
        return self.new.get(normal(bare(said))) or self.model(said)

    def either(self, said: str) -> str:
        """Gives the name by which steps know a model."""
        found = self.owner(said)
        return found.qualified if isinstance(found, Mapper) else found

    def column(self, said: str) -> tuple[Mapper, Attribute]:
        """Gives the column that `Order.buyer`, `the buyer of Order` or `email` names."""
        said = said.strip().strip("`'\"")
        where = re.fullmatch(r"(?P<col>[\w ]+?)\s+(?:of|on|in)\s+(?P<model>[\w. ]+)", said)
        if where and self.names.is_model(where["model"]):
            said = f"{bare(where['model'])}.{bare(where['col'])}"
        model, dot, name = said.rpartition(".")
        if not dot:
            return self._only(said)
        mapper = self.model(model)
        found = self.names.attribute(mapper, name)
        if isinstance(found, Miss):
            near = f"; did you mean {listed(found.near)}?" if found.near else ""
            if not near and mapper.relationship(found.said):
                near = "; it is a relationship, and they are not changed by words yet"
            raise Refused(f"{mapper.name} has no column {found.said}{near}", found.said, found.near)
        return mapper, found

    def _only(self, said: str) -> tuple[Mapper, Attribute]:
        """The one model with such a column; several are asked about."""
        words = bare(said).split()
        for cut in range(1, len(words)):
            model, name = " ".join(words[:cut]), " ".join(words[cut:])
            if self.names.is_model(model):
                return self.column(f"{model}.{name}")
        owners = self.names.owners(said)
        if len(owners) == 1:
            found = self.names.attribute(owners[0], said)
            assert isinstance(found, Attribute)
            return owners[0], found
        name = bare(said)
        if owners:
            ways = sorted(f"{mapper.name}.{name}" for mapper in owners[:6])
            text = f"{len(owners)} models have a column {name}: say {listed(ways)}"
            raise Refused(text, name, ways)
        if name in ("column", "field", "it", "attribute"):
            raise Refused(f"it does not say which {name}; name it with its model: Order.total")
        raise Refused(f"no model has a column {name}; name the model too, as in Order.{name}")

    def key(self, mapper: Mapper, said: str) -> str:
        """Gives the attribute that a name means in an index: a column, or a foreign key."""
        found = self.names.key_or_relationship(mapper, said)
        if isinstance(found, Miss):
            other = self.names.model(said)
            ways = [
                item.pairs[0][0]
                for item in mapper.relationships
                if isinstance(other, Mapper)
                and item.target == other.qualified
                and item.direction == "MANYTOONE"
            ]
            own = mapper.attribute_of(ways[0]) if len(ways) == 1 else None
            if own is not None:
                return own.name
            if normal(bare(said)) in ("date", "time", "day"):
                return self.dated(mapper)
            near = f"; did you mean {listed(found.near)}?" if found.near else ""
            raise Refused(f"{mapper.name} has no column {found.said}{near}", found.said, found.near)
        return found

    def dated(self, mapper: Mapper) -> str:
        """Gives the column that "newest first" goes by."""
        kinds = ("DateTime", "TIMESTAMP", "Date")
        times = [item.name for item in mapper.attributes if item.type.is_a(*kinds)]
        made = [name for name in times if re.match(r"(?:created|placed|inserted|added)", name)]
        if len(times) == 1 or made:
            return (made or times)[0]
        ways = listed(times) or "a column"
        raise Refused(f"which column of {mapper.name} is its date: {ways}?")

    def owner_of(self, topic: str, owner: Mapper | None) -> tuple[Mapper, str]:
        """Gives the model and the thing of `user preferences` or `the IP of each login`."""
        topic = topic.strip()
        cuts = [*re.finditer(r"\s+(?:of|for|on|per|from)\s+", topic, re.I)]
        known = [cut for cut in cuts if self.names.is_model(topic[cut.end() :])]
        cut = next(iter([*known, *cuts]), None)
        parted = {"thing": topic[: cut.start()], "model": topic[cut.end() :]} if cut else None
        if owner is not None:
            if parted and self.names.model(parted["model"]) == owner:
                topic = parted["thing"]
            words = topic.split()
            own = normal(words[0].removesuffix("'s")) == normal(owner.name)
            return owner, " ".join(words[1:]) if own and len(words) > 1 else topic
        if parted and self.names.is_model(parted["model"]):
            return self.model(parted["model"]), parted["thing"]
        words = re.sub(r"['’]s?(?=\s)", "", bare(topic)).split()
        for count in range(len(words) - 1, 0, -1):
            if self.names.is_model(" ".join(words[:count])):
                return self.model(" ".join(words[:count])), " ".join(words[count:])
        if parted:
            self.model(parted["model"])
        some = [mapper.name for mapper in self.names.mapping.mappers]
        first = next((name for name in some if name.lower() in ("user", "account")), some[0])
        raise Refused(
            "it does not say which model is to hold this. For example:\n"
            f'{COMMAND} "add {bare(topic)} to {first}"'
        )

    def new_name(self, owner: Mapper | str, name: str) -> str:
        """Gives a new attribute's name; Refused says why it cannot be taken, with the line."""
        where = owner.name if isinstance(owner, Mapper) else owner
        if not name:
            raise Refused("it does not say the column's name")
        if not name.isidentifier() or keyword.iskeyword(name) or name in RESERVED:
            kind = "is no name in Python" if not name.isidentifier() else "is reserved"
            kind += " by SQLAlchemy's classes" if name in RESERVED else ""
            raise Refused(f"{name!r} {kind}; take another name, as in {_other(name, where)}")
        if len(name.encode()) > LONGEST:
            raise Refused(
                f"{name[:20]}… has {len(name.encode())} bytes; PostgreSQL keeps {LONGEST} of a name"
            )
        if len(name.split("_")) > 5:
            raise Refused(f"{name!r} is a long name for a column; say it as in {where}.short_name")
        model = owner.qualified if isinstance(owner, Mapper) else owner
        if (model, name) in self.taken:
            raise Refused(f"{where}.{name} is added twice")
        if isinstance(owner, Mapper):
            self._check_free(owner, name)
        return name

    def _check_free(self, owner: Mapper, name: str) -> None:
        taken = [
            ("column", item.name, item.place)
            for item in owner.attributes
            if name in (item.name, item.column)
        ]
        taken += [
            ("relationship", item.name, item.place)
            for item in owner.relationships
            if item.name == name
        ]
        for kind, own, declared in taken:
            place = declared or owner.place
            at = f" ({place.file}:{place.line})" if place else ""
            raise Taken(f"{owner.name} has a {kind} {own} already{at}")

    def check_bag(self, owner: Mapper, topic: str) -> None:
        """Refuses values of a model that it keeps already, as a column or by a relationship."""
        try:
            self.new_name(owner, topic)
        except Taken as taken:
            found = next((item for item in owner.attributes if item.name == topic), None)
            more = ""
            if found is not None and found.type.is_a("JSON"):
                thing = owner.name.lower()
                more = f'. It is JSON, which takes any name: {thing}.{topic}["theme"] = "dark"'
            raise Taken(f'{taken}{more}\ndbwright ask "describe {owner.name}"') from taken

    def refuse_taken(self, found: Mapper, command: str) -> None:
        """Refuses a new model where there is one, with the command that adds what it lacks."""
        at = f" ({found.place.file}:{found.place.line})" if found.place else ""
        raise Refused(
            f"{found.name} is there already{at}. What it lacks is added to it by:\n{command}"
        )

    def new_model(self, name: str, said: str) -> None:
        """Checks that a name can be that of a class."""
        if not name.isidentifier() or keyword.iskeyword(name) or hasattr(builtins, name):
            raise Refused(f"{name or said!r} cannot be the name of a class")

    def target_of(self, found: Column) -> Mapper | None:
        """Gives the model that a column refers to: `reviewer (User)`, `customer_id`."""
        if found.target:
            return self.model(found.target)
        plain = not found.typed and not found.attribute.values and not found.said - _ABOUT
        stem = found.name.removesuffix("_id")
        wanted = found.name.endswith("_id") or found.attribute.type == "string"
        if plain and wanted and stem and self.names.is_model(stem):
            return self.model(stem)
        return None

    def reference(self, owner: Mapper, found: Column, target: Mapper) -> AddRelationship:
        """Gives the relationship that a column stands for."""
        if found.wrong:
            raise Refused(found.wrong)
        name = found.name.removesuffix("_id")
        kind = "one-to-one" if found.attribute.unique else "many-to-one"
        step = AddRelationship(
            owner.qualified, target.qualified, kind, name=name, required=found.required
        )
        self.related(step)
        return step

    def related(self, step: AddRelationship) -> list[Step]:
        """Checks that a relationship can be added; one that is there is said with its line."""
        source = self.names.mapping.mapper(step.source)
        target = self.names.mapping.mapper(step.target)
        for owner, other in ((source, target), (target, source)):
            if owner is None or other is None or step.name:
                continue
            for found in owner.relationships:
                if found.target == other.qualified and not found.viewonly:
                    place = found.place or owner.place
                    at = f" ({place.file}:{place.line})" if place else ""
                    near, far = (source or owner).name, (target or other).name
                    raise Refused(
                        f"{owner.name}.{found.name} relates {owner.name} to {other.name} already"
                        f"{at}. Another one needs a name: add a reviewer to {near} referencing "
                        f"{far}"
                    )
        if step.name and source:
            self._check_free(source, step.name)
        return [step]

    def check_default(self, found: Column) -> None:
        """Refuses a default that the column could not hold."""
        attribute, value = found.attribute, found.attribute.default
        if value is None:
            return
        if attribute.values and value not in attribute.values:
            raise Refused(f"the default {value} is none of {listed(attribute.values)}")
        text = str(value)
        numbers = ("integer", "decimal", "money", "percent", "float")
        if attribute.type in numbers and not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
            raise Refused(f"the default {text} of {found.name} is no number")
        truths = ("true", "false", "yes", "no", "on", "off", "1", "0")
        if attribute.type == "boolean" and text.lower() not in truths:
            raise Refused(f"the default {text} of {found.name} is neither true nor false")


_ABOUT = frozenset({"required", "null", "unique", "indexed"})


def _other(name: str, where: str) -> str:
    better = {"metadata": "details", "class": "kind", "query": "query_text"}.get(name, f"{name}_")
    if not better.isidentifier():
        better = re.sub(r"\W", "_", better).strip("_") or "name"
    return f"add a {better} to {camel(where) if not where[:1].isupper() else where}"

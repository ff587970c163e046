"""The forms of clauses that change models, in the order in which they are tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from dbwright.collect import change_types
from dbwright.collect.change_context import Context, Refused
from dbwright.collect.change_names import bare, camel, snake
from dbwright.collect.change_relationships import RELATIONSHIPS, Form
from dbwright.collect.change_types import Column
from dbwright.core.mapping import Mapper
from dbwright.core.model_change import (
    AddBag,
    AddColumn,
    AddIndex,
    AddModel,
    AddRelationship,
    ChangeColumn,
    RemoveColumn,
    RemoveModel,
    RenameColumn,
    Step,
)

__all__ = ["FORMS", "Context", "Refused"]

Read = Callable[[Context, re.Match[str]], "list[Step] | None"]
BAG = r"""(?:preferences?|settings?|options|configurations?|config|custom\s+fields|extra\s+data
    |metadata|properties|feature\s+flags|extra\s+attributes|additional\s+data)"""
STORE = r"""(?:track|store|keep|hold|record|save|remember|log|capture|persist)(?:s|ing)?
    (?:\s+track\s+of)?"""
COLUMN = r"""(?:(?:an?|the|new|another|extra|additional|json|jsonb)\s+)*
    (?:columns?|fields?|attributes?|place|way|property)"""
ADD = r"(?:add|create|introduce|include|put|append)"
_SPLIT = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+", re.IGNORECASE)


def _rename(context: Context, match: re.Match[str]) -> list[Step] | None:
    old, new, where = match["old"], match["new"].strip("`'\""), match.groupdict().get("model")
    new = new.rpartition(".")[2]
    if where is None and "." not in old and context.names.is_model(old):
        raise Refused(
            f"{bare(old)} is a model: a class is used all over a project, and renaming it is your "
            "editor's work; a column can be renamed: rename Order.buyer to customer"
        )
    mapper, attribute = context.column(f"{where}.{old}" if where else old)
    name = context.new_name(mapper, snake(new))
    if attribute.primary_key:
        raise Refused(f"{mapper.name}.{attribute.name} is the key, which others refer to")
    return [RenameColumn(mapper.qualified, attribute.name, name)]


def _remove(context: Context, match: re.Match[str]) -> list[Step] | None:
    what = match["what"].strip()
    where = re.fullmatch(r"(?P<cols>.+?)\s+(?:from|on|in|of)\s+(?P<model>.+)", what, re.I)
    if where and context.names.is_model(where["model"]):
        found = [
            context.column(f"{bare(where['model'])}.{_bare_column(part)}")
            for part in _SPLIT.split(where["cols"])
        ]
    elif "." in what:
        found = [context.column(part) for part in _SPLIT.split(what)]
    elif re.search(r"\b(?:model|table|class|entity)$", what, re.I) or context.names.is_model(what):
        return [RemoveModel(context.model(what).qualified)]
    else:
        found = [context.column(_bare_column(what))]
    for mapper, attribute in found:
        if attribute.primary_key:
            raise Refused(f"{mapper.name}.{attribute.name} is the key of the table; it stays")
    return [RemoveColumn(mapper.qualified, attribute.name) for mapper, attribute in found]


def _bare_column(text: str) -> str:
    text = re.sub(r"^(?:the\s+)?(?:columns?|fields?|attributes?)\s+", "", text, flags=re.I)
    return re.sub(r"\s+(?:columns?|fields?|attributes?)$", "", bare(text), flags=re.I)


def _index(context: Context, match: re.Match[str]) -> list[Step] | None:
    what, unique = match["what"], bool(match.groupdict().get("unique"))
    for form in (
        r"(?P<cols>.+?)\s+(?:of|on|in|for)\s+(?:the\s+)?(?P<model>[\w. ]+)",
        r"(?P<model>[\w ]+?)\s*\((?P<cols>[^()]+)\)",
        r"(?P<model>[\w. ]+?)\s+(?:by|on|over)\s+(?P<cols>.+)",
    ):
        found = re.fullmatch(form, what, re.I)
        if found and context.names.is_model(found["model"]):
            mapper = context.model(found["model"])
            return [AddIndex(mapper.qualified, _keys(context, mapper, found["cols"]), unique)]
    if "." in what:
        model, _, columns = what.partition(".")
        mapper = context.model(model)
        columns = re.sub(rf"\b{re.escape(model.strip())}\.", "", columns)
        return [AddIndex(mapper.qualified, _keys(context, mapper, columns), unique)]
    mapper, attribute = context.column(_bare_column(what))
    return [AddIndex(mapper.qualified, (attribute.name,), unique)]


def _access(context: Context, match: re.Match[str]) -> list[Step] | None:
    groups = match.groupdict()
    if not context.names.is_model(match["model"]):
        return None
    mapper = context.model(match["model"])
    keys: tuple[str, ...] = ()
    if groups.get("owner"):
        keys = (context.key(mapper, groups["owner"]),)
    if groups.get("by"):
        keys += _keys(context, mapper, groups["by"])
    order = groups.get("order") or ""
    if order:
        down = re.search(r"newest|latest|recent|desc", order, re.I) is not None
        by = re.search(r"(?:sorted|ordered|sort|order)\s+by\s+(\w+)", order, re.I)
        name = context.key(mapper, by[1]) if by else context.dated(mapper)
        keys += (f"-{name}" if down else name,)
    return [AddIndex(mapper.qualified, tuple(dict.fromkeys(keys)))] if keys else None


def _keys(context: Context, mapper: Mapper, text: str) -> tuple[str, ...]:
    found = []
    for part in _SPLIT.split(_bare_column(text)):
        down = re.search(r"\s+(?:desc(?:ending)?|newest\s+first|latest\s+first)$", part, re.I)
        name = context.key(mapper, _bare_column(part[: down.start()] if down else part))
        found.append(f"-{name}" if down else name)
    return tuple(dict.fromkeys(found))


def _make(context: Context, match: re.Match[str]) -> list[Step] | None:
    how, negated = match["how"], bool(match.groupdict().get("no"))
    known = change_types.type_named(re.sub(r"^an?\s+", "", how, flags=re.I))
    found = Column("", context.blank)
    if known is None:
        left, found = change_types.tails(f" {how}", found)
        if left.strip(" ,") or not found.said and not found.indexed:
            return None
        if found.wrong:
            raise Refused(found.wrong)
    steps: list[Step] = []
    subject = re.sub(r"'s\s+", ".", match["what"])
    for part in _SPLIT.split(subject):
        mapper, attribute = context.column(_bare_column(part))
        if known is not None:
            steps.append(
                ChangeColumn(mapper.qualified, attribute.name, retyped=known[0], sql=known[1])
            )
            continue
        required = found.required
        if required is not None and negated:
            required = not required
        steps.append(
            ChangeColumn(
                mapper.qualified,
                attribute.name,
                required=required,
                unique=(not negated) if found.attribute.unique else None,
                indexed=(not negated) if found.indexed else None,
                default=found.attribute.default,
            )
        )
    return steps


def _retype(context: Context, match: re.Match[str]) -> list[Step] | None:
    known = change_types.type_named(match["type"])
    what = re.sub(r"'s\s+", ".", match["what"])
    where = re.fullmatch(r"(?P<col>.+?)\s+(?:of|on|in)\s+(?P<model>.+)", what, re.I)
    if where:
        what = f"{bare(where['model'])}.{_bare_column(where['col'])}"
    mapper, attribute = context.column(_bare_column(what))
    if known is None:
        raise Refused(
            f"{match['type']!r} is no type that it knows; some that it does: decimal(10,2), "
            "varchar(80), text, bigint, timestamp, jsonb"
        )
    return [ChangeColumn(mapper.qualified, attribute.name, retyped=known[0], sql=known[1])]


def _default(context: Context, match: re.Match[str]) -> list[Step] | None:
    mapper, attribute = context.column(_bare_column(re.sub(r"'s\s+", ".", match["what"])))
    value = match["value"].strip("\"'")
    return [ChangeColumn(mapper.qualified, attribute.name, default=value)]


def _model(context: Context, match: re.Match[str]) -> list[Step] | None:
    said = match["name"].strip()
    name = camel(said)
    context.new_model(name, said)
    columns = []
    related: list[Mapper] = []
    for part in _phrases(match.groupdict().get("attrs") or ""):
        if context.names.is_model(part) and not re.search(r"\s", bare(part)):
            related.append(context.model(part))
            continue
        columns.append(_checked(context, name, change_types.column(part), required=True))
    rel = match.groupdict().get("rel") or ""
    related += [context.model(part) for part in _SPLIT.split(rel) if part.strip()]
    related = list(dict.fromkeys(related))
    steps: list[Step] = [AddModel(name, tuple(columns), related[0].qualified if related else "")]
    steps += [AddRelationship(name, item.qualified, required=True) for item in related]
    return steps


def _stored(context: Context, match: re.Match[str]) -> list[Step] | None:
    """`a column to track user preferences`, `store the IP of each login`."""
    topic = match["topic"].strip()
    owner = context.model(match["model"]) if match.groupdict().get("model") else None
    when = re.fullmatch(
        r"when\s+(?P<model>[\w ]+?)\s+(?:was|were|is|are|got|has\s+been|last)\s+(?P<verb>\w+)(?P<in>\s+in)?",
        topic,
        re.I,
    )
    if when:
        last = "last_" if re.search(r"\blast\s+\w+", topic, re.I) else ""
        verb = {"logged": "login"}.get(when["verb"].lower(), when["verb"].lower())
        mapper = owner or context.model(when["model"])
        return [_checked(context, mapper, change_types.column(f"{last}{verb}_at"))]
    known: list[Column] = []
    listed = re.fullmatch(r"(?P<topic>[^:(]+?)\s*(?::|\(|such\s+as|like)\s*(?P<known>.+?)\)?", topic)
    if listed and re.search(rf"\b{BAG}$", listed["topic"], re.I | re.X):
        topic = listed["topic"]
        known = [change_types.column(part) for part in _phrases(listed["known"])]
    mapper, thing = context.owner_of(topic, owner)
    thing = re.sub(r"^(?:the|their|its|his|her|a|an)\s+", "", thing, flags=re.I)
    if re.fullmatch(rf"(?:\w+\s+)?{BAG}", thing, re.I | re.X):
        context.check_bag(mapper, snake(thing))
        columns = tuple(_checked(context, mapper, item, free=True) for item in known)
        return [AddBag(mapper.qualified, snake(thing), columns)]
    return [_checked(context, mapper, change_types.column(part)) for part in _phrases(thing)]


def _columns(context: Context, match: re.Match[str]) -> list[Step] | None:
    """`add a nullable phone to Customer`, `orders need a cancelled_at timestamp`."""
    if not context.names.is_model(match["model"]) and not context.is_new(match["model"]):
        named = context.missed(match["model"])
        if match.groupdict().get("sure") or named is None:
            context.model(match["model"])
        return None
    what = match["what"].strip()
    rest = (match.groupdict().get("rest") or "").strip(" ,")
    owner = context.owner(match["model"])
    bag = re.fullmatch(rf"(?:{COLUMN}\s+(?:for|to\s+{STORE})\s+)?(?:\w+\s+)?(?P<bag>{BAG})", what, re.I | re.X)
    if bag and isinstance(owner, Mapper) and not rest:
        context.check_bag(owner, snake(bag["bag"]))
        return [AddBag(owner.qualified, snake(bag["bag"]), ())]
    stored = re.fullmatch(rf"{COLUMN}\s+(?:for|to\s+{STORE}|that\s+{STORE})\s+(?P<x>.+)", what, re.I | re.X)
    what = stored["x"] if stored else what
    counted = re.match(r"(?:one|many|several|multiple|exactly|at\s+most)\s+(?P<x>.+)", what, re.I)
    if counted:
        where = owner.name if isinstance(owner, Mapper) else owner
        thing = camel(re.sub(r"^(?:one|of)\s+", "", counted["x"]))
        raise Refused(
            f"there is no model {thing}. A new one is said so: add the {thing} model with a name "
            f"belonging to {where}"
        )
    if re.fullmatch(COLUMN, what, re.I | re.X):
        where = owner.name if isinstance(owner, Mapper) else owner
        raise Refused(
            f"it does not say which column; for example: add a nullable phone to {where}"
        )
    parts = _phrases(f"{what} {rest}" if rest.startswith("(") else what)
    steps: list[Step] = []
    for number, part in enumerate(parts):
        tail = f", {rest}" if rest and not rest.startswith("(") and number == len(parts) - 1 else ""
        found = change_types.column(f"{part}{tail}")
        target = context.target_of(found)
        if target is not None and isinstance(owner, Mapper):
            steps.append(context.reference(owner, found, target))
            continue
        steps.append(_checked(context, owner, found))
    return steps


def _phrases(text: str) -> list[str]:
    """The columns that a list names; a tail such as `, default 0` stays with its column."""
    parts: list[str] = []
    depth = 0
    current = ""
    tokens = re.split(r"(\(|\)|\s*,\s*(?:and\s+)?|\s+and\s+)", text)
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0 and re.fullmatch(r"\s*,\s*(?:and\s+)?|\s+and\s+", token):
            parts.append(current)
            current = ""
            continue
        current += token
    parts.append(current)
    found: list[str] = []
    for part in (item.strip() for item in parts):
        left, _ = change_types.tails(f" {part}", Column("", Context.blank))
        between = found and re.search(r"\bbetween\s+-?[\d.]+$", found[-1], re.I)
        if not part:
            continue
        if found and (between or not left.strip(" ,")):
            found[-1] += f" and {part}" if between else f", {part}"
        else:
            found.append(part)
    return found


def _checked(
    context: Context,
    owner: Mapper | str,
    found: Column,
    *,
    required: bool | None = None,
    free: bool = False,
) -> AddColumn:
    if found.wrong:
        raise Refused(found.wrong)
    if found.target:
        raise Refused(
            f"({found.target}) is neither a type, nor values, nor a model of this project"
        )
    name = found.name if free else context.new_name(owner, found.name)
    context.check_default(found)
    model = owner.qualified if isinstance(owner, Mapper) else owner
    asked = found.required if found.required is not None else required
    return AddColumn(model, found.attribute, asked, found.indexed, found.sql) if name else None  # type: ignore[return-value]


_ACCESS = r"(?:list|look\s+up|search|filter|find|query|fetch|sort|show|read|get|order|page\s+through)"
_WHO = r"(?:we|users|they|people|the\s+app|support|it)\s+(?:(?:often|always|mostly|frequently|usually|will|only)\s+)*"
_ORDER = r"(?P<order>,?\s*(?:(?:newest|latest|oldest|most\s+recent)(?:\s+first)?|(?:sorted|ordered|and\s+sort|and\s+order)\s+by\s+\w+(?:\s+desc(?:ending)?|\s+newest\s+first)?))"
FORMS: Sequence[Form] = (
    (r"rename\s+(?:the\s+)?(?:column\s+|field\s+|attribute\s+)?(?P<old>[\w.`' ]+?)\s+(?:column\s+|field\s+)?"
     r"(?:on|in|of|from)\s+(?P<model>[\w. ]+?)\s+(?:to|as|into)\s+(?P<new>[\w.`]+)", _rename),
    (r"rename\s+(?:the\s+)?(?:column\s+|field\s+|attribute\s+)?(?P<old>[\w.`' ]+?)\s+(?:to|as|into)\s+(?P<new>[\w.`]+)"
     r"\s+(?:on|in|of)\s+(?P<model>[\w. ]+)", _rename),
    (r"rename\s+(?:the\s+)?(?:column\s+|field\s+|attribute\s+|model\s+|table\s+|class\s+)?(?P<old>[\w.`' ]+?)\s+"
     r"(?:to|as|into)\s+(?P<new>[\w.`]+)", _rename),
    (r"(?:remove|drop|delete|get\s+rid\s+of)\s+(?P<what>.+)", _remove),
    (rf"(?:{ADD}\s+)?(?:an?\s+)?(?P<unique>unique\s+)?(?:composite\s+|combined\s+)?index\s+(?:on|for|to|over)\s+(?P<what>.+)", _index),
    (r"index\s+(?P<what>.+)", _index),
    (rf"(?:{_WHO})?{_ACCESS}\s+(?:the\s+|all\s+|our\s+)?(?P<model>\w+)\s+by\s+(?P<by>.+?)(?:{_ORDER})?", _access),
    (rf"(?:{_WHO}){_ACCESS}\s+(?:an?\s+|the\s+|each\s+|every\s+)?(?P<owner>\w+)['’]s?\s+(?P<model>[\w ]+?){_ORDER}?", _access),
    (rf"(?:{_WHO}){_ACCESS}\s+(?:the\s+|all\s+)?(?P<model>\w+)\s+of\s+(?:an?\s+|the\s+|one\s+)?(?P<owner>\w+){_ORDER}?", _access),
    (r"(?:change|convert|alter|switch|turn|widen)\s+(?:the\s+)?(?:type\s+of\s+)?(?P<what>[\w.'` ]+?)"
     r"(?:\s+(?:column|field))?(?:['’]s\s+type)?(?:\s+from\s+\S+(?:\s*\([\d,\s]+\))?)?\s+(?:in)?to\s+(?:be\s+)?(?:an?\s+)?(?P<type>\w+(?:\s*\([\d\s,]+\))?)", _retype),
    (r"(?:make|mark|set|declare|turn)\s+(?P<what>[\w.'`’, ]+?)\s+(?:(?:to\s+be|as)\s+)?(?P<no>no\s+longer\s+|non-)?"
     r"(?P<how>(?:not\s+null|nullable|optional|required|mandatory|unique|indexed|an?\s+\w+(?:\([\d,\s]+\))?"
     r"|\w+\([\d,\s]+\)|text|bigint)(?:(?:\s*,\s*|\s+and\s+)(?:not\s+null|nullable|optional|required|unique|indexed))*)", _make),
    (r"(?P<what>[\w.'`’]+(?:\s+\w+)?)\s+(?:should|must|has\s+to|have\s+to|needs\s+to|may|can)\s+(?P<no>not\s+|no\s+longer\s+)?"
     r"(?:always\s+)?be\s+(?P<how>.+)", _make),
    (r"(?:set\s+)?(?:the\s+)?default\s+(?:value\s+)?(?:of|for)\s+(?P<what>[\w.'’]+)\s+(?:to|is|should\s+be|=)\s+(?P<value>\S+)", _default),
    (r"(?P<what>\w+\.\w+)\s+(?:should\s+)?defaults?\s+to\s+(?P<value>\S+)", _default),
    *RELATIONSHIPS,
    (rf"{ADD}\s+(?:an?\s+|the\s+)?(?:new\s+)?(?P<name>[\w ]+?)\s+(?:model|table|entity|class)"
     r"(?:\s+(?:with|having|containing)\s+(?:an?\s+|the\s+)?(?P<attrs>.+?))??"
     r"(?:[\s,]+(?:and\s+)?(?:(?:with\s+)?(?:an?\s+)?relationships?\s+to|related\s+to|for|belonging\s+to|linked\s+to|that\s+belongs\s+to|which\s+belongs\s+to|of|owned\s+by"
     r"|referencing|referring\s+to|pointing\s+to|attached\s+to)\s+(?P<rel>[\w ,]+))?", _model),
    (rf"{ADD}\s+(?:an?\s+|the\s+)?(?:new\s+)?(?:{BAG})\s+(?:column|field)\s+(?:to\s+{STORE}|for)\s+(?P<topic>.+)", _stored),
    (rf"(?:{ADD}\s+)?{COLUMN}\s+(?:(?:on|to|in)\s+(?P<model>[\w. ]+?)\s+)?(?:(?:to|that|which|where\s+we|so\s+we\s+can)\s+{STORE}|for)\s+(?P<topic>.+)", _stored),
    (rf"{STORE}\s+(?P<topic>.+)", _stored),
    (rf"{ADD}\s+(?P<what>.+?)\s+(?P<sure>to|on|onto|into|in)\s+(?P<model>[\w.]+(?:\s+\w+)??(?:\s+(?:model|table|class))?)"
     r"(?P<rest>(?:\s*[,(]|\s+with\s+default|\s+default|\s+that\s+(?:is|must)|\s+as\s).*)?", _columns),
    (rf"{ADD}\s+(?P<what>.+?)\s+for\s+(?P<model>[\w.]+(?:\s+\w+)??(?:\s+(?:model|table|class))?)(?P<rest>\s*[,(].*)?", _columns),
    (r"(?:the\s+|each\s+|every\s+|an?\s+)?(?P<model>[\w.]+(?:\s+\w+)??)\s+(?:(?:will|also)\s+)?(?:needs?(?:\s+to\s+have)?|should\s+(?:have|get)|must\s+have|gets?|requires?|wants?|ha(?:s|ve))\s+(?P<what>.+)", _columns),
)  # fmt: skip

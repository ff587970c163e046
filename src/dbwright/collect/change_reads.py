"""What the forms of clauses mean: a match becomes steps, or Refused says why not."""

from __future__ import annotations

import re
from collections.abc import Callable

from dbwright.collect import change_reads_more, change_types
from dbwright.collect.change_context import Context, Refused
from dbwright.collect.change_grammar import BAG, COLUMN, STORE, compiled
from dbwright.collect.change_names import bare, camel, snake
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

Read = Callable[[Context, re.Match[str]], "list[Step] | None"]


CHECKS = (
    "a rule for the values of a column that is there is not written from words yet; write the "
    "constraint and have it reviewed:\n"
    'dbwright ask "is this safe? ALTER TABLE … ADD CONSTRAINT … CHECK (…) NOT VALID"'
)
_SPLIT = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+", re.IGNORECASE)


def rename_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the steps of a column that gets another name."""
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


def remove_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the steps of columns or a model that go."""
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


def index_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the steps of an index on named columns."""
    what, unique = match["what"], bool(match.groupdict().get("unique"))
    if match.groupdict().get("model"):
        mapper = context.model(match["model"])
        return [AddIndex(mapper.qualified, _keys(context, mapper, what), unique)]
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


def access_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the steps of an index for a way in which rows are looked up."""
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


def make_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the steps of a column that becomes required, unique, indexed or of another type."""
    how, negated = match["how"], bool(match.groupdict().get("no"))
    known = change_types.type_named(re.sub(r"^an?\s+", "", how, flags=re.I))
    found = Column("", context.blank)
    if known is None:
        left, found = change_types.tails(f" {how}", found)
        if left.strip(" ,") or (not found.said and not found.indexed):
            return None
        if found.wrong:
            raise Refused(found.wrong)
        if found.said and found.said <= {"minimum", "positive", "between", "values"}:
            raise Refused(CHECKS)
    steps: list[Step] = []
    subject = re.sub(r"'s\s+", ".", match["what"])
    where = match.groupdict().get("model")
    for part in _SPLIT.split(subject):
        name = f"{bare(where)}.{_bare_column(part)}" if where else _bare_column(part)
        mapper, attribute = context.column(name)
        if found.said == {"length"} and found.attribute.length:
            steps.append(change_reads_more.resized(mapper, attribute.name, found.attribute.length))
            continue
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


def retype_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the steps of a column of another type."""
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


def default_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the steps of a column with another default."""
    mapper, attribute = context.column(_bare_column(re.sub(r"'s\s+", ".", match["what"])))
    value = match["value"].strip("\"'")
    return [ChangeColumn(mapper.qualified, attribute.name, default=value)]


def model_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the steps of a new model, with its columns and those that it refers to."""
    said = match["name"].strip()
    if re.search(r"\b(?:to|on|in|into|for|from|of|that|which)\b", said, re.IGNORECASE):
        return None
    name = camel(said)
    rel = match.groupdict().get("rel") or ""
    there = context.names.model(said)
    if isinstance(there, Mapper):
        others = [bare(part) for part in _SPLIT.split(rel) if part.strip()]
        lacks = change_reads_more.lacking(there, match["attrs"] or "", others, context)
        context.refuse_taken(there, lacks)
    context.new_model(name, said)
    columns = []
    related: list[Mapper] = []
    for part in _phrases(match.groupdict().get("attrs") or ""):
        if context.names.is_model(part) and not re.search(r"\s", bare(part)):
            related.append(context.model(part))
            continue
        columns.append(_checked(context, name, change_types.column(part), required=True))
    related += [context.model(part) for part in _SPLIT.split(rel) if part.strip()]
    related = list(dict.fromkeys(related))
    steps: list[Step] = [AddModel(name, tuple(columns), related[0].qualified if related else "")]
    steps += [AddRelationship(name, item.qualified, required=True) for item in related]
    return steps


def stored_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the steps of `a column to track user preferences`, `store the IP of each login`."""
    topic = match["topic"].strip()
    owner = context.model(match["model"]) if match.groupdict().get("model") else None
    when = compiled(
        r"when (?P<model>[\w ]+?) (?:was|were|is|are|got|has been|last) (?P<verb>\w+)(?: in)?"
    ).fullmatch(topic)
    if when:
        last = "last_" if re.search(r"\blast\s+\w+", topic, re.I) else ""
        verb = {"logged": "login"}.get(when["verb"].lower(), when["verb"].lower())
        mapper = owner or context.model(when["model"])
        return [_checked(context, mapper, change_types.column(f"{last}{verb}_at"))]
    known: list[Column] = []
    listed = re.fullmatch(
        r"(?P<topic>[^:(]+?)\s*(?::|\(|such\s+as|like)\s*(?P<known>.+?)\)?", topic
    )
    if listed and compiled(rf".*\b{BAG}").fullmatch(listed["topic"]):
        topic = listed["topic"]
        known = [change_types.column(part) for part in _phrases(listed["known"])]
    typed = compiled(r"(?P<topic>.+?) as (?:an? )?(?P<type>\w+(?:\s*\([\d\s,]+\))?)").fullmatch(
        topic
    )
    if typed and change_types.type_named(typed["type"]):
        topic = typed["topic"]
    mapper, thing = context.owner_of(topic, owner)
    thing = re.sub(r"^(?:the|their|its|his|her|a|an)\s+", "", thing, flags=re.I)
    if compiled(rf"(?:\w+ )?{BAG}").fullmatch(thing):
        context.check_bag(mapper, snake(thing))
        columns = tuple(_checked(context, mapper, item, free=True) for item in known)
        return [AddBag(mapper.qualified, snake(thing), columns)]
    tail = f" as {typed['type']}" if typed and topic == typed["topic"] else ""
    parts = [f"{part}{tail}" for part in _phrases(thing)]
    return [_checked(context, mapper, change_types.column(part)) for part in parts]


def columns_read(context: Context, match: re.Match[str]) -> list[Step] | None:
    """Gives the steps of `add a phone to Customer`, `orders need a cancelled_at timestamp`."""
    if not context.names.is_model(match["model"]) and not context.is_new(match["model"]):
        if match.groupdict().get("sure") is not None or context.is_near(match["model"]):
            context.model(match["model"])
        return None
    what = match["what"].strip()
    rest = (match.groupdict().get("rest") or "").strip(" ,")
    owner = context.owner(match["model"])
    bag = compiled(
        rf"(?:{COLUMN} (?:for|to {STORE}) )?(?:\w+ )?(?P<bag>{BAG})(?: (?:column|field))?"
    ).fullmatch(what)
    if bag and isinstance(owner, Mapper) and not rest:
        context.check_bag(owner, snake(bag["bag"]))
        return [AddBag(owner.qualified, snake(bag["bag"]), ())]
    stored = compiled(rf"{COLUMN} (?:for|to {STORE}|that {STORE}) (?P<x>.+)").fullmatch(what)
    what = stored["x"] if stored else what
    counted = re.match(
        r"(?:one|two|three|four|\d+|many|several|multiple|exactly|at\s+most)\s+(?P<x>.+)",
        what,
        re.I,
    )
    if counted:
        where = owner.name if isinstance(owner, Mapper) else owner
        thing = camel(re.sub(r"^(?:one|of)\s+", "", counted["x"]))
        raise Refused(
            f"there is no model {thing}. A new one is said so: add the {thing} model with a name "
            f"belonging to {where}"
        )
    if compiled(COLUMN).fullmatch(what):
        where = owner.name if isinstance(owner, Mapper) else owner
        raise Refused(f"it does not say which column; for example: add a nullable phone to {where}")
    return _columns(context, owner, what, rest)


def _columns(context: Context, owner: Mapper | str, what: str, rest: str) -> list[Step]:
    """The steps of the columns that a list names; `rest` is said of the last one."""
    parts = _phrases(f"{what} {rest}" if rest.startswith("(") else what)
    steps: list[Step] = []
    for number, part in enumerate(parts):
        if compiled(r"(?:the )?(?:created and updated )?time[ ]?stamps(?: columns)?").fullmatch(
            part
        ):
            steps += change_reads_more.stamps(context, owner)
            continue
        several = change_reads_more.bundle(owner, part)
        if several is not None:
            for column in several:
                steps.append(_checked(context, owner, change_types.column(column)))
            continue
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
    whole = re.search(r"\b(?:values|one\s+of|either)\b", text, re.IGNORECASE)
    text, kept = (text[: whole.start()], text[whole.start() :]) if whole else (text, "")
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
    parts.append(f"{current}{kept}")
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

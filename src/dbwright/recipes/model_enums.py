"""A set of values as the project keeps its others: an Enum with a class, of texts, or a CHECK."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, replace

from dbwright.core.brief import BriefAttribute
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.model_change import Way
from dbwright.core.source import Source
from dbwright.recipes import model_insert, model_source, model_syntax
from dbwright.recipes.model_names import camel, snake
from dbwright.recipes.model_style import Style
from dbwright.recipes.model_work import Work
from dbwright.recipes.model_write import ColumnType

CHECK = Way(
    "check",
    "text with a CHECK",
    "another value is one constraint swapped, and a value can be taken away again",
)
ENUM = Way(
    "enum",
    "an Enum",
    "the values stand in a type; PostgreSQL adds one without a scan, and cannot take one away",
)


@dataclass(frozen=True, slots=True)
class Habit:
    """How the project keeps a set of values: by the most of its columns that have one."""

    kind: str
    example: Attribute | None = None
    mapper: Mapper | None = None

    @property
    def where(self) -> str:
        """The column that shows it, with its place."""
        if self.mapper is None or self.example is None:
            return ""
        at = f" ({self.example.place})" if self.example.place else ""
        return f"{self.mapper.name}.{self.example.name}{at}"


@dataclass(frozen=True, slots=True)
class Values:
    """A set of values as an Enum: its type, and what the database stores for each value."""

    type: ColumnType
    stored: dict[str, str]
    members: dict[str, str]


def habit(mapping: Mapping) -> Habit:
    """Gives how most columns with a set of values keep it; a CHECK where there is none."""
    found: list[Habit] = []
    for mapper in mapping.mappers:
        table = mapping.schema.table(mapper.table)
        for item in mapper.attributes:
            if item.inherited:
                continue
            if item.type.is_a("Enum"):
                found.append(Habit("class" if item.type.enum_class else "texts", item, mapper))
            elif (
                item.type.is_a("String")
                and table
                and any(
                    re.search(
                        rf"\b{re.escape(item.column)}\b.*\b(?:in|any)\b", check.expression, re.I
                    )
                    for check in table.checks
                )
            ):
                found.append(Habit("check", item, mapper))
    counts = Counter(item.kind for item in found)
    most = max(counts, key=lambda kind: (counts[kind], kind == "check"), default="check")
    return next((item for item in found if item.kind == most), Habit("check"))


def is_enum(work: Work, found: Habit) -> bool:
    """Whether a new set of values is to be an Enum: by the choice, else by the habit."""
    if work.choose in ("enum", "check"):
        return work.choose == "enum"
    return found.kind != "check"


def written(work: Work, style: Style, attribute: BriefAttribute, found: Habit) -> Values | None:
    """Writes what an Enum needs, and gives its type; None where its name is another's here."""
    call = _call(work.mapping, found)
    name = f"{snake(style.mapper.name)}_{attribute.name}"
    words = _words(call, name, style.quote)
    spelled, need = style.named("Enum")
    taken = need is not None and _means_another(style.source, spelled)
    if found.kind != "class":
        if taken:
            return None
        listed = ", ".join(f"{style.quote}{value}{style.quote}" for value in attribute.values)
        kind = ColumnType(
            f"{spelled}({listed}, {', '.join(words)})", "str", (need,) if need else ()
        )
        return Values(kind, {value: value for value in attribute.values}, {})
    bare = call is None and style.is_typed
    if taken and not bare:
        return None
    own = _class(work, style, attribute, found)
    stored = dict(own[1])
    if any(word.startswith("values_callable") for word in words):
        stored = {value: value for value in attribute.values}
    sql = f"{spelled}({', '.join([own[0], *words])})"
    kind = ColumnType(sql, own[0], () if bare or need is None else (need,), implied=bare)
    return Values(kind, stored, {value: f"{own[0]}.{member}" for value, member in own[1].items()})


def decide(work: Work, name: str, found: Habit, enum: bool) -> None:
    """Writes down how the values are kept, why, and the other way."""
    other = CHECK if enum else ENUM
    if work.choose in ("enum", "check"):
        why = "it was chosen by --choose"
    elif found.example is not None:
        why = f"the project keeps its others so, as in {found.where}"
    else:
        why = f"{CHECK.price}; a native enum cannot lose one"
    chosen = {"class": "an Enum with a class of its own"}.get(found.kind, "an Enum of texts")
    work.offered.add("enum" if enum else "check")
    work.decide(name, chosen if enum else CHECK.what, why, other)


def _call(mapping: Mapping, found: Habit) -> ast.Call | None:
    """The call of Enum in the column that shows the habit, None where its annotation says it."""
    if found.example is None or found.example.place is None:
        return None
    source = mapping.source(found.example.place.file)
    if source is None:
        return None
    statement = model_syntax.statement(source, found.example.place.line)
    for node in ast.walk(statement) if statement else ():
        if isinstance(node, ast.Call) and model_syntax.dotted(node.func).endswith("Enum"):
            return node
    return None


def _words(call: ast.Call | None, name: str, quote: str) -> list[str]:
    """The keywords of the example's call, with a name of its own."""
    kept = [k for k in (call.keywords if call else ()) if k.arg not in ("name", None)]
    return [f"name={quote}{name}{quote}", *(f"{k.arg}={ast.unparse(k.value)}" for k in kept)]


def _means_another(source: Source, name: str) -> bool:
    """Whether the file calls something else so: `from enum import Enum`."""
    return any(
        isinstance(node, ast.ImportFrom)
        and not (node.module or "").startswith("sqlalchemy")
        and any((alias.asname or alias.name) == name for alias in node.names)
        for node in ast.walk(source.tree)
    )


def _class(
    work: Work, style: Style, attribute: BriefAttribute, found: Habit
) -> tuple[str, dict[str, str]]:
    """Writes the class of the values before the model; gives its name and its members."""
    name = f"{style.mapper.name}{camel(attribute.name)}"
    bases, capitals = _bases(work.mapping, found)
    members = {value: _member(value, capitals) for value in attribute.values}
    path = style.source.path
    lines = [
        f"    {member} = {style.quote}{value}{style.quote}" for value, member in members.items()
    ]
    code = f"class {name}({bases}):\n" + "\n".join(lines) + "\n"
    owner = style.mapper.name
    work.change(path, lambda text: model_insert.before_class(text, owner, code), name)
    project = work.own
    for base in bases.split(", "):
        if base.startswith("enum."):
            work.change(
                path, lambda text: model_source.add_import(text, "enum", own=project), "an import"
            )
        elif base in ("Enum", "StrEnum", "IntEnum"):
            work.imports(path, [("enum", base)])
    return name, members


def _bases(mapping: Mapping, found: Habit) -> tuple[str, bool]:
    """The bases of the project's class of values, and whether its members are in capitals."""
    wanted = (found.example.type.enum_class or "").rpartition(".")[2] if found.example else ""
    members = [name for name, _ in found.example.type.enum_members] if found.example else []
    for source in model_syntax.readable(mapping.sources):
        node = model_syntax.class_named(source, wanted)
        if node is not None:
            bases = [ast.unparse(base) for base in node.bases]
            known = {"str", "Enum", "StrEnum", "enum.Enum", "enum.StrEnum"}
            names = [t.id for item in node.body if isinstance(item, ast.Assign)
                     for t in item.targets if isinstance(t, ast.Name)]  # fmt: skip
            capitals = all(name.isupper() for name in names or members or ["A"])
            return (", ".join(bases) if set(bases) <= known else "str, enum.Enum"), capitals
    return "str, enum.Enum", all(name.isupper() for name in members or ["A"])


def _member(value: str, capitals: bool) -> str:
    name = re.sub(r"\W+", "_", value).strip("_") or "value"
    name = f"v_{name}" if name[:1].isdigit() else name
    return name.upper() if capitals else name


def with_default(attribute: BriefAttribute, values: Values) -> BriefAttribute:
    """Gives the attribute with what the database stores for its default."""
    if attribute.default is None:
        return attribute
    return replace(attribute, default=values.stored.get(str(attribute.default), attribute.default))

"""The project that a design goes into: its habits, and its classes that the brief names."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace

from dbwright.core.brief import Brief, BriefEntity
from dbwright.core.errors import UsageError
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.recipes import model_syntax
from dbwright.recipes.design import names
from dbwright.recipes.design.lives import MADE_AND_CHANGED
from dbwright.recipes.design.parts import Column, Habits, Table
from dbwright.recipes.model_style import Style, style_of

_DATES = ("datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta")
_PLAIN = {"datetime": "dt.datetime", "datetime.datetime": "dt.datetime"}


def neighbour(mapping: Mapping) -> Style:
    """Gives the style of the class that new ones are written like: the last of the fullest file.

    UsageError where new classes of this kind cannot be written.
    """
    files = Counter(mapper.place.file for mapper in mapping.mappers if mapper.place)
    for path, _ in files.most_common():
        mine = [m for m in mapping.mappers if m.place and m.place.file == path and not m.inherits]
        found = [style for mapper in mine if (style := style_of(mapping, mapper)) is not None]
        styles = [style for style in found if style.kind in ("typed", "column")]
        if styles:
            return max(styles, key=lambda style: (style.mapper.place.line or 0)
                       if style.mapper.place else 0)  # fmt: skip
    kinds = {style.kind for mapper in mapping.mappers if (style := style_of(mapping, mapper))}
    what = "SQLModel classes" if "sqlmodel" in kinds else "classes of another kind than Mapped[…]"
    raise UsageError(
        f"the models here are {what}, and those are not designed yet",
        way_out='One at a time can be added:  dbwright models change "add an invoice model"',
    )


def habits(mapping: Mapping, style: Style) -> Habits:
    """Gives how the project writes its models."""
    bases = _bases(mapping, style)
    stamps = [name for usual in MADE_AND_CHANGED.values() for name in usual]
    columns: list[Column] = []
    inherited: list[str] = []
    for name in ("id", *stamps):
        have = [m for m in mapping.mappers if any(a.name == name for a in m.attributes)]
        if len(have) * 2 < len(mapping.mappers):
            continue
        copied = next(_copies(mapping, style, have, name), None)
        if copied is not None:
            columns.append(copied)
        elif any(item.name == name for item in style.mapper.attributes):
            inherited.append(name)
    map_of = {_PLAIN.get(key, key): value for key, value in style.annotation_map.items()}
    imported = set(model_syntax.imported(style.source, "datetime").values())
    return Habits(
        bases,
        _metadata(bases),
        tuple(columns),
        tuple(inherited),
        map_of,
        frozenset(mapping.naming_convention),
        style.future,
        bool(imported.intersection(_DATES)),
        style.types if style.types == "sa." else "",
    )


def base_module(style: Style) -> str:
    """Gives the module that the neighbour's file has its base from, "" where it is its own."""
    base = style.node.bases[-1] if style.node and style.node.bases else None
    name = ast.unparse(base).partition(".")[0] if base is not None else ""
    for node in style.source.tree.body:
        if isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
            own = style.mapper.qualified.split(".")[:-1]
            lead = ".".join(own[: len(own) - node.level]) if node.level else ""
            return ".".join(part for part in (lead, node.module or "") if part)
    return ""


def _bases(mapping: Mapping, style: Style) -> tuple[str, ...]:
    """What most classes derive from, in the order of the neighbour's."""
    lists = []
    for mapper in mapping.mappers:
        source = mapping.source(mapper.place.file) if mapper.place else None
        node = model_syntax.class_named(source, mapper.name) if source else None
        lists.append([ast.unparse(base) for base in node.bases] if node else [])
    counts = Counter(base for bases in lists for base in bases)
    own = [ast.unparse(base) for base in style.node.bases] if style.node else ["Base"]
    return tuple(base for base in own if counts[base] * 2 >= len(lists)) or tuple(own[-1:])


def _metadata(bases: tuple[str, ...]) -> str:
    likely = [base for base in bases if "Base" in base or "Model" in base]
    return f"{(likely or [*bases])[-1]}.metadata"


def _copies(mapping: Mapping, style: Style, have: list[Mapper], name: str) -> Iterator[Column]:
    """The statement that declares a column, of the neighbour or else of any class that has it."""
    first = [mapper for mapper in have if mapper.qualified == style.mapper.qualified]
    for mapper in [*first, *have]:
        other = style if mapper is style.mapper else style_of(mapping, mapper)
        if other is None or other.kind != style.kind or other.node is None:
            continue
        lines = other.source.text.splitlines()
        for item in other.node.body:
            target = item.targets[0] if isinstance(item, ast.Assign) else None
            target = item.target if isinstance(item, ast.AnnAssign) else target
            if isinstance(target, ast.Name) and target.id == name:
                own = lines[item.lineno - 1 : item.end_lineno]
                code = "\n".join(line[item.col_offset :] for line in own)
                yield _column(mapping, mapper, name, code)


def _column(mapping: Mapping, mapper: Mapper, name: str, code: str) -> Column:
    attribute = next(item for item in mapper.attributes if item.name == name)
    table = mapping.schema.table(attribute.table)
    column = table.column(attribute.column) if table else None
    python = _python(attribute)
    family = "datetime" if name != "id" else "identity" if python == "int" else "uuid"
    return Column(
        attribute.column,
        python,
        nullable=bool(column and column.nullable),
        primary=attribute.primary_key,
        attribute=name,
        family=family,
        code=code,
    )


def _python(attribute: Attribute) -> str:
    if attribute.type.is_a("Uuid", "UUID"):
        return "UUID"
    if attribute.type.is_a("DateTime"):
        return "dt.datetime"
    return "str" if attribute.type.is_a("String") else "int"


def among(brief: Brief, known: Collection[str]) -> Brief:
    """Gives the brief with an empty entity for each known class that it only refers to."""
    missing = sorted((_named(brief) & set(known)) - {entity.name for entity in brief.entities})
    more = (BriefEntity(name, shared=True, timestamps=False) for name in missing)
    return replace(brief, entities=(*brief.entities, *more))


def met(brief: Brief, mapping: Mapping) -> tuple[Brief, dict[str, Table], list[str]]:
    """Gives the brief with the project's classes that it names, their tables, and what to know.

    UsageError, with file and line, where the brief asks for a class or table that is there and
    wants other things of it, or wants references from a class that is there.
    """
    there = {mapper.name: mapper for mapper in mapping.mappers}
    tables = {mapper.table.rpartition(".")[2]: mapper for mapper in mapping.mappers}
    entities: list[BriefEntity] = []
    existing: dict[str, Table] = {}
    for entity in among(brief, there).entities:
        table = names.plural(names.snake(entity.name))
        found = there.get(names.class_name(entity.name)) or tables.get(table)
        if found is None:
            if mapping.schema.table(table) is not None:
                raise UsageError(f"there is a table {table} already, which no class maps",
                                 way_out="Give the entity another name.")  # fmt: skip
            entities.append(entity)
            continue
        _check_same(entity, found)
        entities.append(BriefEntity(entity.name, shared=True, timestamps=False))
        existing[entity.name] = _table(entities[-1], found)
    brief = replace(brief, entities=tuple(entities))
    _check_references(brief, existing, there)
    notes = [f"{table.cls} is the project's own class ({_at(there[table.cls])}); its columns stay "
             "as they are." for table in existing.values()]  # fmt: skip
    for access in brief.accesses:
        if access.entity in existing:
            told = ", ".join((*access.by, *access.order))
            notes.append(f"No index was added for {existing[access.entity].cls} by {told}: "
                         f"dbwright models change does that.")  # fmt: skip
    left = [access for access in brief.accesses if access.entity not in existing]
    return replace(brief, accesses=tuple(left)), existing, notes


def _named(brief: Brief) -> set[str]:
    ends = {end for found in brief.relationships for end in (found.source, found.target)}
    return ends | ({brief.tenant} if brief.tenant else set())


def _check_same(entity: BriefEntity, found: Mapper) -> None:
    known = {item.name for item in found.attributes} | {item.column for item in found.attributes}
    known |= {name.removesuffix("_hash").removesuffix("_digest") for name in known}
    new = [a.name for a in entity.attributes if names.snake(a.name) not in known]
    more = bool(entity.uniques or entity.rules or entity.kind_of or entity.soft_delete)
    if new or more:
        what = f"has no {', '.join(new)}" if new else "is not what is asked for"
        raise UsageError(
            f"{found.name} is there already ({_at(found)}), and {what}",
            way_out=f"Give the new one another name; {found.name} itself is changed by: "
            f'dbwright models change "add {new[0] if new else "…"} to {found.name}"',
        )


def _check_references(brief: Brief, existing: dict[str, Table], there: dict[str, Mapper]) -> None:
    for found in brief.relationships:
        if found.source not in existing:
            continue
        if found.kind == "many-to-many" and found.target not in existing:
            continue
        known = there[existing[found.source].cls].relationships
        name = names.snake(found.name or found.target)
        plural = names.plural(name)
        if any(item.name in (name, plural) for item in known):
            continue
        cls = existing[found.source].cls
        raise UsageError(
            f"{cls} is there already ({_at(there[cls])}), and has no {name}",
            way_out=f'Change it first:  dbwright models change "{cls} belongs to {found.target}"',
        )


def without_known(brief: Brief, existing: dict[str, Table]) -> Brief:
    """Gives the brief without relationships between classes that are both there."""
    left = [found for found in brief.relationships
            if not (found.source in existing and found.target in existing)]  # fmt: skip
    return replace(brief, relationships=tuple(left))


def _at(mapper: Mapper) -> str:
    return f"{mapper.place.file}:{mapper.place.line}" if mapper.place else mapper.qualified


def _table(entity: BriefEntity, mapper: Mapper) -> Table:
    """A table that is there, as far as others refer to it and names are taken."""
    columns = [
        Column(item.column, _python(item), primary=item.primary_key, attribute=item.name)
        for item in mapper.attributes
    ]
    table = Table(mapper.table, mapper.name, "", entity, columns)
    table.module = mapper.qualified.rpartition(".")[0]
    table.taken = {item.name for item in mapper.relationships}
    table.known = {item.name: (item.column,) for item in mapper.attributes}
    return table

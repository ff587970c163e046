"""A design as edits of a project: a module beside its models, or classes behind those of a file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.errors import UsageError
from dbwright.core.mapping import Mapper, Mapping
from dbwright.core.source import Source
from dbwright.recipes import model_insert, model_source
from dbwright.recipes.design import in_project, layout, registration, write, write_table
from dbwright.recipes.design.parts import Habits, Link, Plan, Table
from dbwright.recipes.design.places import Place
from dbwright.recipes.design.registration import Registrar
from dbwright.recipes.model_edits_relationships import Side, put_side
from dbwright.recipes.model_style import Style
from dbwright.recipes.model_work import Work

_DATES = ("datetime", "date", "time", "timedelta")
_SPECIAL = ("back_populates", "foreign_keys", "secondary")


def edits(
    plan: Plan,
    mapping: Mapping,
    style: Style,
    places: tuple[Place, ...],
    registrar: Registrar | None,
) -> dict[str, str]:
    """Gives the files that the design changes or adds, with their new text."""
    work = Work(mapping)
    home = {table.cls: place.module for place in places for table in place.tables}
    for table, link in in_project.sides(plan):
        _side(plan, work, mapping, table, link, home[link.target])
    files = dict(work.files)
    known = {mapper.qualified.rpartition(".")[0] for mapper in mapping.mappers}
    for place in places:
        if place.behind:
            before = files.get(place.path, style.source.text)
            files[place.path] = _behind(plan, style, place, before)
        else:
            files[place.path] = _module(plan, style, place, home)
        if place.registered and registrar is not None:
            listed = [found.cls for found in place.tables]
            listed += [pair.name for pair in place.pairs if _names_tables(registrar.text)]
            text = registration.added(registrar, known, place.module, sorted(listed))
            registrar = replace(registrar, text=text)
            files[registrar.path] = text
    _check_free(mapping, {table.cls for table in plan})
    return files


def _names_tables(package: str) -> bool:
    tree = Source("", package).tree
    found = [alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
             for alias in node.names]  # fmt: skip
    return any(name.islower() and "_" in name for name in found)


def _check_free(mapping: Mapping, new: set[str]) -> None:
    for source in mapping.sources:
        for node in source.tree.body if source.text else ():
            if isinstance(node, ast.ClassDef) and node.name in new:
                raise UsageError(
                    f"there is a class {node.name} already ({source.path}:{node.lineno})",
                    way_out="Give the new one another name.",
                )


def _side(plan: Plan, work: Work, mapping: Mapping, table: Table, link: Link, module: str) -> None:
    """The other side of a relationship, in a class that the project has."""
    mapper = next(found for found in mapping.mappers if found.name == table.cls)
    style = work.style(mapper.qualified)
    if style.kind == "table" or not work.is_free(style, link.name):
        in_project.without_back(plan, table, link)
        plan.notes.append(f"{table.cls} gets no {link.name}: it has no room for it.")
        return
    words = tuple(f"{k}={v}" for k, v in link.arguments.items() if k not in _SPECIAL)
    plain = {key: value.strip('"') for key, value in link.arguments.items()}
    target = next(found for found in plan if found.cls == link.target)
    side = Side(
        link.name,
        Mapper(link.target, f"{module}.{link.target}", target.name),
        link.many,
        link.optional,
        plain["back_populates"],
        words,
        plain.get("foreign_keys", ""),
        plain.get("secondary", ""),
    )
    put_side(work, mapper.qualified, side)


def _code(plan: Plan, habits: Habits, place: Place) -> str:
    """The new classes of a file, as the project spells types and dates."""
    aliases = _aliases(plan, habits)
    text = "\n".join(_blocks(plan, habits, place, aliases)).strip("\n") + "\n"
    if habits.plain_dates and not _date_names(plan):
        for name in _DATES:
            text = text.replace(f"dt.{name}", name)
    return text


def _date_names(plan: Plan) -> bool:
    return any(column.key in _DATES for table in plan for column in table.columns)


def _aliases(plan: Plan, habits: Habits) -> dict[str, str]:
    taken = write.taken(plan)
    if not habits.prefix:
        return taken
    own = [name for name, home in layout.HOMES.items() if home == "sqlalchemy"]
    return {**taken, **{name: f"{habits.prefix}{name}" for name in own}}


def _blocks(plan: Plan, habits: Habits, place: Place, aliases: dict[str, str]) -> Iterator[str]:
    base, owner = ", ".join(habits.bases), habits.metadata.removesuffix(".metadata")
    if any("AppendOnly" in table.mixins for table in place.tables):
        yield from ["", "", layout.renamed(write.APPEND_ONLY, aliases)]
    for pair in place.pairs:
        yield from ["", "", *write_table.association_lines(plan, pair, owner, aliases)]
    for table in place.tables:
        for choice in table.choices:
            yield from ["", "", *write_table.choice_lines(choice, aliases)]
        yield from ["", "", *write_table.class_lines(plan, table, base, aliases)]
    if place.tables[0] is next(iter(plan)):
        yield from write.extensions(plan, owner)
    yield from write.partitions(plan, {table.name for table in place.tables})


def _needed(text: str, style: Style, habits: Habits) -> tuple[list[tuple[str, str]], list[str]]:
    """What the code takes from libraries, and from the project: `module name` each."""
    homes = {**layout.HOMES, **dict.fromkeys(_DATES, "datetime")}
    used = layout.used_names(text)
    own = _homes(style)
    found = [(homes[name], name) for name in sorted(used) if name in homes and name not in own]
    mine = [f"{own[name]} {name}" for name in sorted(used) if name in own]
    return found, mine


def _homes(style: Style) -> dict[str, str]:
    """The modules of what the neighbour's file imports or has itself."""
    module = style.mapper.qualified.rpartition(".")[0]
    found: dict[str, str] = {}
    for node in style.source.tree.body:
        if isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            found |= {alias.asname or alias.name: origin for alias in node.names
                      if not alias.asname}  # fmt: skip
        elif isinstance(node, ast.ClassDef):
            found[node.name] = module
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {item.id: module for item in targets if isinstance(item, ast.Name)}
    library = set(layout.HOMES) | set(_DATES)
    return {name: home for name, home in found.items() if name not in library}


def _module(plan: Plan, style: Style, place: Place, home: dict[str, str]) -> str:
    """The text of a new module beside the neighbour's; `home` has the modules of new classes."""
    assert plan.habits is not None
    habits = plan.habits
    body = _code(plan, habits, place)
    _, mine = _needed(body, style, habits)
    text = "\n".join([*layout.docstring(_about(plan, place), ""), ""]) + "\n"
    text += "from __future__ import annotations\n\n" if habits.future else ""
    aliases = {} if habits.prefix else write.taken(plan)
    lines = layout.imports(body, aliases, homes=dict.fromkeys(_DATES, "datetime"))
    if habits.prefix and "sa." in body:
        lines = _with_sa(lines)
    by_home: dict[str, set[str]] = {}
    for item in mine:
        origin, _, name = item.partition(" ")
        by_home.setdefault(origin, set()).add(name)
    own = {table.cls for table in place.tables}
    for table in place.tables:
        if table.parent and table.parent not in own:
            origin = model_insert.relative(style, home[table.parent])
            by_home.setdefault(origin, set()).add(table.parent)
    found = [line for name in sorted(by_home) for line in layout.from_lines(name, by_home[name])]
    text += "\n".join([*lines, *found, ""])
    there = _others(plan, style, place, home)
    for name in {name for names in by_home.values() for name in names}:
        there = {module: classes - {name} for module, classes in there.items()}
    checked = [line for module in sorted(there)
               for line in layout.from_lines(module, there[module], 4)]  # fmt: skip
    if checked:
        text += "\n".join(["", "if TYPE_CHECKING:", *checked, ""])
        text = model_insert.imports(text, [("typing", "TYPE_CHECKING")])
    gap = "\n\n" if body.startswith(("class ", "@")) else "\n"
    return text + gap + body


def _about(plan: Plan, place: Place) -> str:
    if len(place.tables) == len(plan.tables):
        return write.about(plan)
    listed = [table.name.replace("_", " ") for table in place.tables]
    if len(listed) == 1 and place.tables[0].doc:
        return place.tables[0].doc
    return f"Models: {', '.join(listed[:6])}{' and others' if len(listed) > 6 else ''}"


def _with_sa(lines: list[str]) -> list[str]:
    at = next((n for n, line in enumerate(lines) if line.startswith("from sqlalchemy")), len(lines))
    return [*lines[:at], "import sqlalchemy as sa", *lines[at:]]


def _others(plan: Plan, style: Style, place: Place, home: dict[str, str]) -> dict[str, set[str]]:
    """The classes of other modules that the new ones of a file lead to, by module."""
    homes = home | {table.cls: table.module for table in plan.existing.values()}
    found: dict[str, set[str]] = {}
    for name in {link.target for table in place.tables for link in table.links}:
        if homes[name] != place.module:
            module = model_insert.relative(style, homes[name])
            found.setdefault(module, set()).add(name)
    return found


def _behind(plan: Plan, style: Style, place: Place, text: str) -> str:
    """The neighbour's file with the new classes at its end."""
    assert plan.habits is not None
    body = _code(plan, plan.habits, place)
    libraries, _ = _needed(body, style, plan.habits)
    dated = "dt" in layout.used_names(body) and "import datetime as dt" not in text
    for name in _DATES if dated else ():
        body = body.replace(f"dt.{name}", f"datetime.{name}")
    text = f"{text.rstrip()}\n\n\n{body}"
    text = model_source.add_import(text, "datetime") if dated else text
    if plan.habits.prefix:
        libraries = [item for item in libraries if item[0] != "sqlalchemy"]
    text = model_insert.imports(text, libraries)
    homes = {table.cls: table.module for table in plan.existing.values()}
    used = {link.target for table in place.tables for link in table.links}
    for name in sorted(used & set(homes)):
        if homes[name] != place.module:
            text = model_insert.for_types(text, style, homes[name], name)
    return text

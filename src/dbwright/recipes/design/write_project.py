"""A design as edits of a project: a module beside its models, or classes behind those of a file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from dbwright.core.errors import UsageError
from dbwright.core.mapping import Mapper, Mapping
from dbwright.core.source import Source
from dbwright.recipes import model_insert, model_source
from dbwright.recipes.design import in_project, layout, names, write, write_table
from dbwright.recipes.design.parts import Habits, Link, Plan, Table
from dbwright.recipes.model_edits_relationships import Side, put_side
from dbwright.recipes.model_style import Style
from dbwright.recipes.model_work import Work

_DATES = ("datetime", "date", "time", "timedelta")
_SPECIAL = ("back_populates", "foreign_keys", "secondary")


@dataclass(frozen=True, slots=True)
class Place:
    """Where new classes go: the file, its module, and whether they are put behind others there.

    `package` is the `__init__.py` that names the classes of its modules, "" where none does.
    """

    path: str
    module: str
    behind: bool = False
    package: str = ""


def place_for(plan: Plan, mapping: Mapping, style: Style, package: str | None, into: str) -> Place:
    """Gives where the classes go: into the file that was named, else as the project has them.

    `package` is the text of the `__init__.py` beside the neighbour's file, None without one.
    """
    own = style.mapper.qualified.rpartition(".")[0]
    folder, _, file = style.source.path.rpartition("/")
    parent, _, last = own.rpartition(".")
    init = f"{folder}/__init__.py" if folder else "__init__.py"
    named = package is not None and file != "__init__.py" and _imports(package, last)
    if not into and not named:
        return Place(style.source.path, own, behind=True)
    if not into:
        name = names.snake(plan.brief.domain)
        name = name if name and len(name) < 24 else next(iter(plan)).name
        return Place(f"{folder}/{name}.py" if folder else f"{name}.py",
                     f"{parent}.{name}" if parent else name, package=init)  # fmt: skip
    there, _, last = into.removesuffix(".py").rpartition("/")
    if there == folder:
        module = f"{parent}.{last}" if parent else last
        return Place(into, module, package=init if named else "")
    return Place(into, into.removesuffix(".py").replace("/", "."))


def _imports(text: str, module: str) -> bool:
    found = [node for node in ast.walk(Source("", text).tree) if isinstance(node, ast.ImportFrom)]
    return any((node.module or "").rpartition(".")[2] == module for node in found)


def edits(
    plan: Plan, mapping: Mapping, style: Style, place: Place, package: str | None
) -> dict[str, str]:
    """Gives the files that the design changes or adds, with their new text."""
    work = Work(mapping)
    for table, link in in_project.sides(plan):
        _side(plan, work, mapping, table, link, place)
    names_of = {table.cls for table in plan} | {pair.name for pair in plan.associations}
    files = dict(work.files)
    if place.behind:
        files[place.path] = _behind(plan, style, files.get(place.path, style.source.text))
    else:
        files[place.path] = _module(plan, style, place)
    if place.package and package is not None:
        listed = [found.cls for found in plan]
        listed += [pair.name for pair in plan.associations if _names_tables(package)]
        files[place.package] = _registered(package, style, place, sorted(listed))
    _check_free(mapping, names_of)
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


def _side(plan: Plan, work: Work, mapping: Mapping, table: Table, link: Link, place: Place) -> None:
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
        Mapper(link.target, f"{place.module}.{link.target}", target.name),
        link.many,
        link.optional,
        plain["back_populates"],
        words,
        plain.get("foreign_keys", ""),
        plain.get("secondary", ""),
    )
    put_side(work, mapper.qualified, side)


def _code(plan: Plan, habits: Habits) -> str:
    """All new classes, as the project spells types and dates."""
    aliases = _aliases(plan, habits)
    text = "\n".join(_blocks(plan, habits, aliases)).strip("\n") + "\n"
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


def _blocks(plan: Plan, habits: Habits, aliases: dict[str, str]) -> Iterator[str]:
    base, owner = ", ".join(habits.bases), habits.metadata.removesuffix(".metadata")
    if any("AppendOnly" in table.mixins for table in plan):
        yield from ["", "", write.APPEND_ONLY]
    for pair in plan.associations:
        yield from ["", "", *write_table.association_lines(plan, pair, owner, aliases)]
    for table in write.in_order(plan):
        for choice in table.choices:
            yield from ["", "", *write_table.choice_lines(choice)]
        yield from ["", "", *write_table.class_lines(plan, table, base, aliases)]
    yield from write.extensions(plan, owner)
    yield from write.partitions(plan)


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


def _module(plan: Plan, style: Style, place: Place) -> str:
    """The text of a new module beside the neighbour's."""
    assert plan.habits is not None
    habits = plan.habits
    body = _code(plan, habits)
    _, mine = _needed(body, style, habits)
    text = "\n".join([*layout.docstring(write.about(plan), ""), ""]) + "\n"
    text += "from __future__ import annotations\n\n" if habits.future else ""
    aliases = {} if habits.prefix else write.taken(plan)
    lines = layout.imports(body, aliases, homes=dict.fromkeys(_DATES, "datetime"))
    if habits.prefix and "sa." in body:
        lines = _with_sa(lines)
    by_home: dict[str, list[str]] = {}
    for item in mine:
        home, _, name = item.partition(" ")
        by_home.setdefault(home, []).append(name)
    own = [f"from {home} import {', '.join(found)}" for home, found in sorted(by_home.items())]
    text += "\n".join([*lines, *own, ""])
    there = _existing(plan)
    if there:
        text += "\nif TYPE_CHECKING:\n"
        text = text.replace("\n\n", "\n\n", 1)
        text += "".join(f"    from {module} import {', '.join(found)}\n"
                        for module, found in sorted(there.items()))  # fmt: skip
        text = model_insert.imports(text, [("typing", "TYPE_CHECKING")])
    gap = "\n\n" if body.startswith(("class ", "@")) else "\n"
    return text + gap + body


def _with_sa(lines: list[str]) -> list[str]:
    at = next((n for n, line in enumerate(lines) if line.startswith("from sqlalchemy")), len(lines))
    return [*lines[:at], "import sqlalchemy as sa", *lines[at:]]


def _existing(plan: Plan) -> dict[str, list[str]]:
    """The project's classes that new ones lead to, by module."""
    used = {link.target for table in plan for link in table.links}
    found: dict[str, list[str]] = {}
    for table in plan.existing.values():
        if table.cls in used:
            found.setdefault(table.module, []).append(table.cls)
    return {module: sorted(classes) for module, classes in found.items()}


def _behind(plan: Plan, style: Style, text: str) -> str:
    """The neighbour's file with the new classes at its end."""
    assert plan.habits is not None
    body = _code(plan, plan.habits)
    libraries, _ = _needed(body, style, plan.habits)
    dated = "dt" in layout.used_names(body) and "import datetime as dt" not in text
    for name in _DATES if dated else ():
        body = body.replace(f"dt.{name}", f"datetime.{name}")
    text = f"{text.rstrip()}\n\n\n{body}"
    text = model_source.add_import(text, "datetime") if dated else text
    if plan.habits.prefix:
        libraries = [item for item in libraries if item[0] != "sqlalchemy"]
    text = model_insert.imports(text, libraries)
    own = style.mapper.qualified.rpartition(".")[0]
    for module, classes in _existing(plan).items():
        for name in classes if module != own else ():
            text = model_insert.for_types(text, style, module, name)
    return text


def _registered(text: str, style: Style, place: Place, listed: list[str]) -> str:
    """The package's `__init__.py` with the new classes among those that it imports."""
    tree = Source("", text).tree
    last = style.mapper.qualified.rpartition(".")[0].rpartition(".")[2]
    level = next((node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                  and (node.module or "").rpartition(".")[2] == last), 0)  # fmt: skip
    name = place.module.rpartition(".")[2]
    if level:
        lines = text.splitlines(keepends=True)
        nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.level]
        at = nodes[-1].end_lineno or nodes[-1].lineno
        made = f"from {'.' * level}{name} import {', '.join(listed)}\n"
        text = "".join([*lines[:at], made, *lines[at:]])
    else:
        text = model_insert.imports(text, [(place.module, cls) for cls in listed])
    return _in_all(text, listed)


def _in_all(text: str, listed: list[str]) -> str:
    """The text with the names in `__all__`, where that is a list of one name a line, or sorted."""
    for node in Source("", text).tree.body:
        is_all = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        if not is_all or not isinstance(node, ast.Assign):
            continue
        if not isinstance(node.value, ast.List | ast.Tuple):
            continue
        have = [item.value for item in node.value.elts if isinstance(item, ast.Constant)]
        ordered = sorted({*map(str, have), *listed}) if have == sorted(map(str, have)) else [
            *map(str, have), *listed]  # fmt: skip
        lines = text.splitlines(keepends=True)
        made = "".join(f'    "{name}",\n' for name in ordered)
        head, tail = lines[: node.lineno - 1], lines[node.end_lineno or node.lineno :]
        return "".join([*head, f"__all__ = [\n{made}]\n", *tail])
    return text

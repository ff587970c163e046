"""A package of models: one module for each group of tables that belong together.

At run time imports lead one way: base, then column_types, associations, the groups and the views,
then after_tables. Classes of other modules are named as text, and imported for type checkers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from dbwright.core.declared import Imports, import_order
from dbwright.core.groups import NO_CENTER, ONE_FILE, Group, groups_of
from dbwright.core.inventory import Inventory
from dbwright.recipes.reverse import identifiers, parts, statements
from dbwright.recipes.reverse.entities import Entity
from dbwright.recipes.reverse.layout import Call, laid_out, literal
from dbwright.recipes.reverse.module import (
    HEADING,
    Written,
    doc,
    spaced,
    statements_of,
    writer_of,
    written,
)
from dbwright.recipes.reverse.writer import Key, Writer

_NAMES = frozenset({"base", "column_types", "associations", "views", "after_tables"})
_NOT_PUBLIC = frozenset({"attach", "refuse_writing", "DatabaseType"})


@dataclass(frozen=True, slots=True)
class _Page:
    """One file: `defines` are its names that others may need."""

    name: str
    about: str
    blocks: tuple[str, ...]
    imports: Imports
    defines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Edge:
    child: str
    parent: str


def package(inventory: Inventory, kept: Set[Key] = frozenset()) -> Written:
    """Gives the files of a package that declares all of a database, by their names in it.

    `kept` is as `module` has it.
    """
    writer = writer_of(inventory, kept)
    pages = [page for page in _pages(writer) if page.blocks]
    home = {name: page.name for page in pages for name in page.defines}
    files = {"__init__.py": _init(pages, writer)}
    files |= {f"{page.name}.py": _text(page, home) for page in pages}
    return written(dict(sorted(files.items())), writer)


def _pages(writer: Writer) -> list[_Page]:
    types = _types(writer)
    groups = [_tables(*each, writer) for each in _groups(writer)]
    views = [entity for entity in writer.entities if entity.is_view]
    if views:
        groups.append(
            _tables("views", "What is only read: views and foreign tables.", views, writer)
        )
    writer.turn_page()
    early, late = statements_of(writer)
    blocks = (statements.attached(late, writer, early=False),) if late else ()
    after = _Page("after_tables", HEADING.removeprefix("# "), blocks, writer.imports)
    pages = [types, *groups, after]
    writer.turn_page()
    helpers = []
    if any("DatabaseType" in page.imports.own for page in pages):
        helpers.append(parts.database_type(writer))
    helpers += parts.views(writer)
    helpers += [statements.attach_function(writer)] if early or late else []
    helpers += [statements.attached(early, writer, early=True)] if early else []
    made = (parts.base(writer), *helpers)
    names = ["Base", "DatabaseType", "attach", *(["views"] if views else [])]
    names += ["View"] if any(each.kind == "mapped view" for each in views) else []
    return [
        _Page("base", "What all the models stand on.", made, writer.imports, tuple(names)),
        *pages,
    ]


def _types(writer: Writer) -> _Page:
    writer.turn_page()
    made = (*parts.enums(writer), *parts.domains(writer), *parts.sequences(writer))
    about = "Types and sequences of the database that tables use."
    return _Page("column_types", about, made, writer.imports, tuple(writer.own_types))


def _tables(name: str, about: str, entities: Sequence[Entity], writer: Writer) -> _Page:
    """A module of tables; those of pairs come first, for the classes that go through them."""
    writer.turn_page()
    ordered = sorted(entities, key=lambda entity: entity.kind != "association")
    made = tuple(parts.entity(entity, writer) for entity in ordered)
    return _Page(name, about, made, writer.imports, tuple(entity.name for entity in entities))


def _groups(writer: Writer) -> Iterator[tuple[str, str, list[Entity]]]:
    """Gives the name of each module, what it is about, and its tables."""
    entities = {entity.table.key: entity for entity in writer.entities if not entity.is_view}
    tables = sorted((entity.table for entity in entities.values()), key=lambda table: table.key)
    edges = [_Edge(table.key, key.referred) for table in tables for key in table.foreign_keys]
    groups = groups_of(tables, edges, ONE_FILE)
    number = {key: at for at, group in enumerate(groups) for key in group.keys}
    apart = {pair.table.key for pair in _apart(writer, number)}
    if apart:
        pairs = [each for key, each in entities.items() if key in apart]
        yield "associations", "Tables that join classes of several modules.", pairs
    taken = {*_NAMES, *(entity.name for entity in writer.entities)}
    for group in groups:
        own = [each for key, each in entities.items() if key in group.keys and key not in apart]
        if own:
            name = identifiers.free(identifiers.attribute(_name(group)), taken)
            taken.add(name)
            yield name, _about(group), own


def _apart(writer: Writer, number: Mapping[str, int]) -> Iterator[Entity]:
    """Gives the tables of pairs whose classes need them from more than one module."""
    for link in writer.links:
        if link.pair is not None:
            ends = (link.pair, link.child, link.parent)
            if len({number[each.table.key] for each in ends}) > 1:
                yield link.pair


def _name(group: Group) -> str:
    center = "others" if group.center == NO_CENTER else group.center.rpartition(".")[2]
    words = [group.schema, center]
    return identifiers.snake("_".join(word for word in words if word) or "tables")


def _about(group: Group) -> str:
    where = f" of the schema {group.schema}" if group.schema else ""
    if group.center == NO_CENTER:
        return f"Tables{where} that refer to none, or only to those of other modules."
    center = group.center.rpartition(".")[2]
    around = f" around {center}" if center and len(group.keys) > 1 else ""
    return f"Tables{where}{around}." if around or where else "The tables."


def _text(page: _Page, home: Mapping[str, str]) -> str:
    """Gives a file, with imports of what other files define."""
    for name in sorted(page.imports.own):
        if home.get(name, page.name) != page.name:
            page.imports.bring(f".{home[name]}", name)
    named = Imports(set())
    others = sorted(name for name in page.imports.mentioned if home[name] != page.name)
    for name in others:
        named.bring(f".{home[name]}", name)
    checked = ""
    if others:
        checking = page.imports.use("typing", "TYPE_CHECKING")
        checked = f"if {checking}:\n" + textwrap.indent(named.lines(84), "    ")
    # names of the database stand in it, which are never to end the text
    about = repr(page.about)[1:-1].replace('"', '\\"')
    head = [f'"""{about}"""', page.imports.lines(), checked]
    return spaced([each for each in head if each], list(page.blocks))


def _init(pages: Sequence[_Page], writer: Writer) -> str:
    """Gives the file that imports all, so that whoever imports the package has every table."""
    imports = Imports(set())
    public = []
    for page in pages:
        for name in (each for each in page.defines if each not in _NOT_PUBLIC):
            imports.bring(f".{page.name}", name)
            public.append(name)
    head = [doc(writer)]
    late = any(page.name == "after_tables" for page in pages)
    lines = "from . import after_tables  # noqa: F401\n" if late else ""
    names = sorted(public, key=lambda name: (*import_order(name), name))
    listed = laid_out(Call("__all__ = [", tuple(map(literal, names)), "]"))
    return spaced([*head, lines + imports.lines()], [listed])

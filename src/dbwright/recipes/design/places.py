"""Where the classes of a design go in a project that has models: as those are spread over files."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from dbwright.core.design import Layout
from dbwright.core.groups import ONE_FILE
from dbwright.core.mapping import Mapping
from dbwright.recipes.design import names, write, write_package
from dbwright.recipes.design.parts import Association, Plan, Table
from dbwright.recipes.model_style import Style


@dataclass(frozen=True, slots=True)
class Place:
    """A file and its module, the classes that go there, and whether they stand behind others.

    `registered` is whether the file that imports all models has to import it.
    """

    path: str
    module: str
    tables: tuple[Table, ...]
    pairs: tuple[Association, ...] = ()
    behind: bool = False
    registered: bool = False


def places(
    plan: Plan, mapping: Mapping, style: Style, named: bool, into: str, layout: Layout
) -> tuple[Place, ...]:
    """Gives where the classes go: into the file that was named, else as the project has them.

    `named` is whether some file imports the modules of the models, so that new ones are seen.
    """
    own = style.mapper.qualified.rpartition(".")[0]
    folder, _, file = style.source.path.rpartition("/")
    parent, _, last = own.rpartition(".")
    parent = own if file == "__init__.py" else parent
    whole = Place("", "", tuple(write.in_order(plan)), tuple(plan.associations))

    def module(name: str, place: Place) -> Place:
        path = f"{folder}/{name}.py" if folder else f"{name}.py"
        return replace(
            place, path=path, module=f"{parent}.{name}" if parent else name, registered=named
        )

    if into:
        there, _, last = into.removesuffix(".py").rpartition("/")
        if there == folder:
            return (module(last, whole),)
        return (replace(whole, path=into, module=into.removesuffix(".py").replace("/", ".")),)
    if not named:
        return (replace(whole, path=style.source.path, module=own, behind=True),)
    spelling = _one_each(mapping, folder)
    if spelling and layout != "module":
        return tuple(module(_called(each, spelling), _alone(plan, each)) for each in whole.tables)
    if layout == "package" or (layout == "by size" and len(plan.tables) > ONE_FILE):
        return tuple(
            module(part.name, replace(whole, tables=part.tables, pairs=part.pairs))
            for part in write_package.parts(plan)
        )
    name = names.snake(plan.brief.domain)
    name = name if name and len(name) < 24 else next(iter(plan)).name
    return (module(name, whole),)


def _alone(plan: Plan, table: Table) -> Place:
    pairs = tuple(
        pair for pair in plan.associations if write_package.first_end(plan, pair) == table.name
    )
    return Place("", "", (table,), pairs)


def _one_each(mapping: Mapping, folder: str) -> str:
    """How the files are named where nearly each holds one class: after it, or after its table."""
    files: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for mapper in mapping.mappers:
        if mapper.place and mapper.place.file.rpartition("/")[0] == folder:
            files[mapper.place.file].append((mapper.name, mapper.table))
    single = {path: found[0] for path, found in files.items() if len(found) == 1}
    if len(files) < 2 or len(single) * 4 < len(files) * 3:
        return ""
    kinds: Counter[str] = Counter()
    for path, (cls, table) in single.items():
        stem = path.rpartition("/")[2].removesuffix(".py")
        spelled = {"class": names.snake(cls), "table": table.rpartition(".")[2],
                   "run together": cls.lower()}  # fmt: skip
        kinds.update([kind for kind, text in spelled.items() if text == stem][:1])
    return kinds.most_common(1)[0][0] if kinds else "class"


def _called(table: Table, spelling: str) -> str:
    if spelling == "table":
        return table.name
    return table.cls.lower() if spelling == "run together" else names.snake(table.cls)

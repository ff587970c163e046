"""`models reverse` into a project: its new tables become classes, and all of it is built."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dbwright import dialects
from dbwright.core import mapping as mappings
from dbwright.core.compare import Difference
from dbwright.core.errors import DbwrightError, FixError, UsageError, UserCodeError
from dbwright.core.finding import Edit
from dbwright.core.inventory import Inventory, compared
from dbwright.core.options import Options, Progress
from dbwright.core.reversed import IntoProject, Reversed
from dbwright.jobs import design_project
from dbwright.jobs.models import read_mapping
from dbwright.jobs.models_change import project_mapping
from dbwright.jobs.reverse import Catalog, as_statement, counted, read, size
from dbwright.jobs.workplace import Workplace, new_worker, workplace
from dbwright.recipes.design import registration, surroundings
from dbwright.recipes.design.registration import Registrar
from dbwright.recipes.model_edits_relationships import put_side
from dbwright.recipes.model_work import Work
from dbwright.recipes.reverse import around, into, new_part, sides
from dbwright.recipes.reverse.into import Made
from dbwright.recipes.reverse.new_part import NewPart
from dbwright.recipes.reverse.selection import without
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.worker import Worker

DRIFT = "dbwright check --db URL tells of each, with a way to mend it"
NO_REVISION = (
    "No revision is written, for this database has the tables. Others get them by one: "
    "dbwright migrations new, and alembic stamp here."
)
Kept = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read and where it goes: `into` is a file of the project, "" for beside its models.

    `sides` is whether classes that are there get the other sides of new relationships.
    """

    url: str
    root: Path
    into: str = ""
    sides: bool = False
    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


def run(wanted: Wanted, options: Options, progress: Progress) -> Reversed:
    """Gives the edits of a project that map the tables which it lacks; nothing is written.

    UsageError where there is no project with models, or one that cannot be followed; FixError
    where the models with the new ones do not configure.
    """
    catalog = read(wanted.url, progress, wanted.schemas, wanted.tables)
    target = catalog.target
    chosen = replace(options, target=options.target or (
        f"{target.dialect}-{target.major}" if target.major else target.dialect))  # fmt: skip
    with workplace(wanted.root, chosen, progress) as place:
        if place.project.dialect not in (None, target.dialect):
            raise UsageError(
                f"the project is for {place.project.dialect}, and the database is {target.dialect}",
                way_out="Leave --path out for models of their own.",
            )
        mapping = project_mapping(place)
        if mapping is None:
            raise UsageError(
                f"there are no mapped classes in {wanted.root} to write new ones beside",
                way_out="Leave --path out for models of their own.",
            )
        return _Into(place, wanted, catalog, mapping).run()


class _Into:
    """One project that the models of a database are written into."""

    def __init__(
        self, place: Workplace, wanted: Wanted, catalog: Catalog, mapping: mappings.Mapping
    ) -> None:
        self.place, self.wanted, self.catalog = place, wanted, catalog
        style = surroundings.neighbour(mapping)
        mapping = design_project.with_base(place, mapping, surroundings.base_module(style))
        style = replace(style, mapping=mapping)
        self.around = around.surroundings_of(mapping, style, sides=wanted.sides)
        self.mapping = mapping
        self.known = {table.key for table in mapping.schema.tables}
        self.part = new_part.new_part(catalog.inventory, self.known)
        self.registrar = design_project.registrar_of(place, mapping, style)
        self.path, self.module = self._where()

    def run(self) -> Reversed:
        """Gives the answer; UsageError where all tables are mapped."""
        if not self.part.new:
            raise UsageError(
                f"the project maps all {len(self._mapped())} tables of this database already",
                way_out=f"Where the two differ, {DRIFT}.",
            )
        if self.place.sandbox is None:
            made, texts = self._written(set())
            with new_worker(self.place) as worker:
                self._configured(worker, texts, made)
            return self._answer(made, texts, _Tried(why=self.place.why_no_sandbox))
        kept: Kept = set()
        hopeless: Kept = set()
        while True:
            made, texts = self._written(kept)
            tried = self._built(made, texts)
            statements = (as_statement(each, self.part.inventory) for each in tried.mine)
            differ = {key for key in statements if key}
            new, in_vain = differ - kept - hopeless, differ & kept
            if tried.why or not (new or in_vain):
                return self._answer(made, texts, tried)
            hopeless |= in_vain
            kept = (kept | new) - hopeless

    def _mapped(self) -> list[str]:
        return sorted(t.key for t in self.catalog.inventory.schema.tables if t.key in self.known)

    def _where(self) -> tuple[str, str]:
        """The file that the new classes go to, and its module."""
        if into_ := self.wanted.into:
            return into_, into_.removesuffix(".py").removeprefix("src/").replace("/", ".")
        source, own = self.around.style.source.path, self.around.module
        if self.registrar is None:
            return source, own
        folder, parent = source.rpartition("/")[0], own.rpartition(".")[0]
        name = next(iter(sorted(self._centers()))) if self.part.new else "models"
        path = f"{folder}/{name}.py" if folder else f"{name}.py"
        return path, f"{parent}.{name}" if parent else name

    def _centers(self) -> list[str]:
        """The names of the new tables that most others refer to."""
        tables = [t for t in self.part.inventory.schema.tables if t.key in self.part.new]
        counts = Counter(key.referred for t in tables for key in t.foreign_keys)
        most = max((counts[t.key] for t in tables), default=0)
        return [t.name.lower() for t in tables if counts[t.key] == most]

    def _written(self, kept: Kept) -> tuple[Made, dict[str, str]]:
        """The new classes, and all texts of the project that change with them."""
        file = self.place.project.root / self.path
        behind = self.path == self.around.style.source.path
        if file.exists() and not behind:
            raise UsageError(f"{self.path} is there already, and is not changed",
                             way_out="Name another file:  -o FILE")  # fmt: skip
        work = Work(self.mapping)
        made = into.made(self.part.inventory, self.around, kept)
        if self.wanted.sides:
            for owner, side in sides.sides(made.links, self.around, self.module):
                put_side(work, owner.qualified, side)
        files = dict(work.files)
        if behind:
            before = files.get(self.path, self.around.style.source.text)
            made = into.made(self.part.inventory, self.around, kept, before)
        files = {self.path: made.text, **{k: v for k, v in files.items() if k != self.path}}
        if self.registrar is not None and not behind:
            files |= self._registered(self.registrar, made)
        return made, files

    def _registered(self, file: Registrar, made: Made) -> dict[str, str]:
        known = {mapper.qualified.rpartition(".")[0] for mapper in self.mapping.mappers}
        listed = sorted(made.classes) or sorted(made.tables)
        return {file.path: registration.added(file, known, self.module, listed)}

    def _configured(self, worker: Worker, texts: Mapping[str, str], made: Made) -> Workplace:
        """The workplace of the project with the new classes, which must configure."""
        inner = replace(self.place, worker=worker, asked=None, starting=None, edited=dict(texts),
                        notes=[], unverified=[])  # fmt: skip
        try:
            mapping, _ = read_mapping(worker, inner.source, self.place.project.root)
        except DbwrightError as error:
            raise FixError(
                f"the models with the new ones cannot be imported: {error.message}"
            ) from error
        known = {problem.message for problem in self.mapping.problems}
        if new := [item for item in mapping.problems if item.message not in known]:
            raise FixError(f"the models with the new ones do not configure: {new[0].message}")
        there = {mapper.name for mapper in mapping.mappers}
        if lost := [name for name in made.classes if name not in there]:
            raise FixError(
                f"nothing in the project imports the file that {lost[0]} would stand in",
                way_out="Leave -o out: the classes then go where the others are.",
            )
        return inner

    def _built(self, made: Made, texts: Mapping[str, str]) -> _Tried:
        """Builds the project's models with the new ones, and compares what stands there then."""
        place, dialect = self.place, dialects.get(self.catalog.target.dialect)
        with new_worker(place) as worker:
            inner = self._configured(worker, texts, made)
            place.progress(f"building {len(made.classes)} classes among the project's own")
            with place.sandbox.clone(None) as scratch:
                missing = dialect.inventory.prepare(scratch, self.part.inventory)
                wanted, unverified = without(self.part.inventory, missing)
                dialect.prepare.prepare(scratch, self.mapping.schema)
                try:
                    worker.call("create_all", host=DatabaseHost(scratch), **inner.source)
                except UserCodeError as error:
                    return _Tried(why=f"create_all() failed: {error.message}")
                with contextlib.closing(scratch.connect()) as connection:
                    again = dialect.inventory.read(connection)
        found = compared(self.catalog.inventory, again)
        mine = tuple(each for each in found if self._is_new(each, wanted))
        drift = tuple(each for each in found if _table(each) in self.known)
        return _Tried(mine, drift, size(_only(wanted, self.part)), unverified)

    def _is_new(self, each: Difference, wanted: Inventory) -> bool:
        if each.table is None and each.object != "table":
            kinds = {(item.kind, item.name) for item in wanted.objects if item.table is None}
            kinds |= {("enum", kind.name) for kind in wanted.schema.enums}
            return (each.object, each.name) in kinds
        return _table(each) in self.part.new and wanted.schema.table(_table(each)) is not None

    def _answer(self, made: Made, texts: dict[str, str], tried: _Tried) -> Reversed:
        root = self.place.project.root
        written = made.written
        scope = self.place.server or str(self.catalog.target)
        return Reversed(
            texts, self.catalog.words, dict(counted(self.catalog.inventory)), written.classes,
            written.relationships, written.cascades, Counter(written.kept), scope, tried.compared,
            tuple(map(str, tried.mine)), tried.why, tried.unverified,
            (*self.catalog.left_out, *self.part.left_out), self.catalog.inventory.unread,
            project=IntoProject(
                tuple(_edit(root, path, text) for path, text in texts.items()),
                tuple(self._mapped()), len(tried.drift),
                () if self.wanted.sides else tuple(sides.offered(made.links, self.around)),
                (*self._notes(), NO_REVISION),
            ),
        )  # fmt: skip

    def _notes(self) -> Iterator[str]:
        if self.around.style.kind != "typed":
            yield ("The classes here use Column(); the new ones are typed (Mapped), which the same "
                   "base takes.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Tried:
    """What a build showed: differences of new tables and of known ones; `why` it showed none."""

    mine: tuple[Difference, ...] = ()
    drift: tuple[Difference, ...] = ()
    compared: int = 0
    unverified: tuple[str, ...] = ()
    why: str = ""


def _table(each: Difference) -> str:
    return each.name if each.table is None else each.table


def _only(inventory: Inventory, part: NewPart) -> Inventory:
    tables = tuple(table for table in inventory.schema.tables if table.key in part.new)
    return replace(inventory, schema=replace(inventory.schema, tables=tables))


def _edit(root: Path, path: str, text: str) -> Edit:
    file = root / path
    return Edit(path, file.read_bytes().decode() if file.is_file() else None, text)

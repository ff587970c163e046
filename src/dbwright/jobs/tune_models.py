"""Index advice carried out in a project: models edited, compared in the catalog, revisions run.

What is handed over was run: the edited models configure, the index that they make is the advised
one by the catalog's own words, nothing else of their tables changed, and the revisions went up,
down and up with rows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dbwright import dialects
from dbwright.core.advice import DropAdvice, Tuned
from dbwright.core.authoring import Authored
from dbwright.core.claim import Proof
from dbwright.core.errors import CollectError, DbwrightError, FixError, UsageError
from dbwright.core.identifiers import spelled
from dbwright.core.mapping import Mapping
from dbwright.core.operation import CreateIndex
from dbwright.core.placed import Placed, PlacedIndex, UnplacedIndex, WantedIndex
from dbwright.core.schema import Index, Schema, Table
from dbwright.jobs.autogenerate_trial import Request
from dbwright.jobs.model_revision import revised
from dbwright.jobs.models import mapping_of, read_mapping
from dbwright.jobs.workplace import Workplace, new_worker
from dbwright.recipes import model_index
from dbwright.recipes.model_index_edits import IndexEdits, edited
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.worker import Worker
from dbwright.verify.indexes import Made, made, same_as, shape_of, shapes

MIGRATE = "The database that was tuned has not got it yet: deploy it."


def run(place: Workplace, found: Tuned, *, drops: bool = True) -> Placed:
    """Gives the models and revisions that carry the advice out; nothing is written.

    CollectError where the models cannot be read, UsageError for another database than PostgreSQL,
    FixError where the edited models or the revisions did not hold.
    """
    if place.target.dialect != "postgresql":
        raise UsageError(f"the advice is for PostgreSQL, and this project is for {place.target}")
    mapping = _mapping(place)
    wanted, unplaced = _wanted(mapping, found)
    place.progress("making the advised indexes on the models' tables")
    assert place.worker is not None
    with _tables(place, place.worker, mapping) as (connection, before):
        own = shapes(connection)
        advised, refused = _advised(connection, before, wanted)
    kept = [each for each in wanted if each[0].advised in advised]
    coming = {want.advised for want, _ in kept}
    unwanted, left = _unwanted(mapping, before, found.drops if drops else (), coming)
    edits = edited(mapping, kept, unwanted)
    unplaced = [*unplaced, *refused, *edits.unplaced, *left]
    if not edits.edits:
        return Placed(unplaced=tuple(unplaced))
    place.notes += _pending(own, found, edits)
    trial = Trial(place, mapping, before, edits, advised)
    return trial.run(tuple(unplaced))


def _pending(own: dict[tuple[str, str], str], found: Tuned, edits: IndexEdits) -> Iterator[str]:
    """Yields what the models have on a table that the tuned database has not, by any name."""
    known = {shape_of(each) for each in found.existing}
    tables = {key if "." in key else f"public.{key}" for key in (e.table for e in edits.indexes)}
    for (table, name), shape in own.items():
        if known and table in tables and shape not in known:
            yield (
                f"The models have {name} on {table}, and the tuned database has not: deploy it "
                "and tune again; what is advised for that table may be needless."
            )


@dataclass(slots=True)
class Trial:
    """The edited models in a process of their own, and what came of them."""

    place: Workplace
    mapping: Mapping
    before: Schema
    edits: IndexEdits
    advised: dict[str, Made]

    def run(self, unplaced: tuple[UnplacedIndex, ...]) -> Placed:
        """Gives the edits with their proofs and revisions; FixError where something differs."""
        place = self.place
        place.progress("trying the edited models")
        texts: dict[str, str | None] = {edit.path: edit.after for edit in self.edits.edits}
        with new_worker(place) as worker:
            inner = replace(place, worker=worker, asked=None, starting=None, edited=texts,
                            notes=[], unverified=[])  # fmt: skip
            mapping = self._configured(inner)
            with _tables(inner, worker, mapping) as (connection, after):
                proof = self._alike(connection, after)
            self.check_rest(after)
            request = Request(retried=True)
            revision = revised(inner, request, self.before, after)
            notes = tuple(dict.fromkeys((*place.notes, *inner.notes)))
        authored = revision.authored
        edits = (*self.edits.edits, *(authored.edits if authored else ()))
        proofs = [proof] if proof else []
        proofs += [authored.proof] if authored and authored.proof else []
        return Placed(
            _with_revisions(self.edits.indexes, authored, "Make", "Build"),
            _with_revisions(self.edits.drops, authored, "Drop"),
            unplaced,
            edits,
            tuple(proofs),
            authored,
            revision.why if authored is None else "",
            notes,
        )

    def _configured(self, inner: Workplace) -> Mapping:
        assert inner.worker is not None
        try:
            mapping, _ = read_mapping(inner.worker, inner.source, inner.project.root)
        except DbwrightError as error:
            raise FixError(
                f"the edited models cannot be imported, so nothing was written: {error.message}",
                way_out="Make this change by hand; the advice has the SQL.",
            ) from error
        known = {problem.message for problem in self.mapping.problems}
        new = [one for one in mapping.problems if one.message not in known]
        if new:
            raise FixError(
                f"SQLAlchemy says of the edited models, so nothing was written: {new[0].message}"
            )
        return mapping

    def _alike(self, connection: Any, after: Schema) -> Proof | None:
        """The proof that the models' indexes are those advised, by the catalog's own words."""
        for each in self.edits.indexes:
            own = made(connection, each.table, each.name)
            wanted = self.advised[each.advised]
            if own is None or own.definition != wanted.definition:
                raise FixError(
                    f"the edited models make another index than was advised, so nothing was "
                    f"written: {own.definition if own else 'none'}; advised was "
                    f"{wanted.definition}"
                )
        count = len(self.edits.indexes)
        if not count:
            return None
        words = "the index is" if count == 1 else f"the {count} indexes are"
        return Proof(
            "verified",
            "the models make the advised indexes",
            scope=self.place.server or "",
            witness=f"the edited models were imported and their tables made; {words} by "
            "pg_get_indexdef what the advice makes, and nothing else of the tables changed",
        )

    def check_rest(self, after: Schema) -> None:
        """Raises FixError where a table lost or got something else than these indexes."""
        added = {(each.table, each.name) for each in self.edits.indexes}
        gone = {(each.table, each.name) for each in self.edits.drops}
        for old in self.before.tables:
            new = after.table(old.key)
            if new is None or _without(new, added) != _without(old, gone):
                raise FixError(
                    f"the edit would change more of {old.key} than its indexes, so nothing was "
                    "written",
                    way_out="Make this change by hand; the advice has the SQL.",
                )


def _without(table: Table, names: set[tuple[str, str]]) -> Table:
    kept = [index for index in table.indexes if (table.key, index.name) not in names]
    return replace(table, indexes=tuple(sorted(kept, key=lambda index: index.name)))


def _with_revisions(
    several: Sequence[PlacedIndex], authored: Authored | None, *titles: str
) -> tuple[PlacedIndex, ...]:
    written = {each.title: each.path for each in authored.revisions} if authored else {}

    def path(each: PlacedIndex) -> str:
        starts = [f"{title} {each.name} o" for title in titles]
        found = [
            path for start in starts for title, path in written.items() if title.startswith(start)
        ]
        only = len(written) == 1 and len(several) == 1
        return found[0] if found else next(iter(written.values())) if only else ""

    return tuple(replace(each, revision=path(each)) for each in several)


def _mapping(place: Workplace) -> Mapping:
    """The models of the project; a table without a class is one too."""
    asked = place.ask_models()
    place.ready()
    if place.worker is None or place.sandbox is None or asked is None:
        why = "; ".join(item.why for item in place.unverified) or place.why_no_sandbox
        raise CollectError(
            f"the models are run before they are edited, and here: {why or 'nothing names them'}",
            way_out="Name them: --models package.module:Base",
        )
    place.progress("configuring the models")
    mapping, _ = mapping_of(asked.result(), place.source, place.project.root)
    errors = [problem for problem in mapping.problems if problem.severity == "error"]
    if errors:
        at = errors[0].place
        raise CollectError(
            f"the models do not configure: {errors[0].message}",
            file=at.file if at else None,
            line=at.line if at else None,
            way_out="Mend that first: dbwright models review",
        )
    return mapping


def _key(mapping: Mapping, table: str) -> str:
    """The models' key of a table of the database, "" where they have none."""
    schema, _, name = table.rpartition(".")
    keys = (table, name) if schema == "public" else (table,)
    return next((key for key in keys if mapping.schema.table(key) is not None), "")


def _unknown(table: str, name: str, code: str = "") -> UnplacedIndex:
    return UnplacedIndex(table, name, f"no model declares the table {table}", code)


def _wanted(
    mapping: Mapping, found: Tuned
) -> tuple[list[tuple[WantedIndex, Index]], list[UnplacedIndex]]:
    """The advised indexes as the models would have them, by names that are free."""
    taken = {index.name for table in mapping.schema.tables for index in table.indexes}
    parse = dialects.get("postgresql").statements.parse
    wanted, unplaced = [], []
    for each in found.indexes:
        key = _key(mapping, each.table)
        if not key:
            unplaced.append(_unknown(each.table, each.name, f"{each.sql};"))
            continue
        (operation,) = parse(each.sql)
        assert isinstance(operation, CreateIndex)
        index, pattern = operation.index, mapping.index_convention
        name = model_index.conventional(pattern, key, index, each.name)
        while name in taken:
            name = f"{name[: model_index.LONGEST - 2]}_2"
        taken.add(name)
        want = WantedIndex(key, each.name, name, each.sql)
        wanted.append((want, replace(index, name=name)))
    return wanted, unplaced


def _unwanted(
    mapping: Mapping, before: Schema, drops: Sequence[DropAdvice], coming: set[str]
) -> tuple[list[tuple[str, str, str]], list[UnplacedIndex]]:
    """The tables and names of the indexes that the models are to lose, and what does their work.

    One whose work is done by an index that no model has or gets stays: that may go any day.
    """
    found, left = [], []
    for each in drops:
        key = _key(mapping, each.table)
        table = before.table(key)
        if table is None:
            left.append(_unknown(each.table, each.name, f"{each.sql};"))
        elif each.by and each.by not in _names(table) | coming:
            why = f"{each.by}, which does its work, is in no model: drop that one, or declare it"
            left.append(UnplacedIndex(key, each.name, why))
        elif each.name not in _names(table):
            why = "no model declares it. Where no revision makes it either, drop it by hand"
            left.append(UnplacedIndex(key, each.name, why, f"{each.sql};"))
        else:
            found.append((key, each.name, each.by))
    return found, left


def _names(table: Table) -> set[str]:
    names = {table.primary_key.name} if table.primary_key else set()
    names |= {each.name for each in table.indexes} | {each.name for each in table.uniques}
    names |= {each.name for each in table.excludes}
    return {name for name in names if name}


def _advised(
    connection: Any, before: Schema, wanted: Sequence[tuple[WantedIndex, Index]]
) -> tuple[dict[str, Made], list[UnplacedIndex]]:
    """The advised indexes made on the models' tables, in the catalog's words."""
    found: dict[str, Made] = {}
    refused = []
    for want, _ in wanted:
        try:
            with connection.transaction():
                found[want.advised] = _made(connection, want)
        except _ThereAlready as there:
            why = f"the models have it already, as {there}. {MIGRATE}"
            refused.append(UnplacedIndex(want.table, want.advised, why))
        except Exception as error:  # the driver's own tree
            first = str(error).strip().splitlines()[0]
            why = f"the models' {want.table} does not take it: {first}"
            refused.append(UnplacedIndex(want.table, want.advised, why, f"{want.sql};"))
    return found, refused


class _ThereAlready(Exception):
    """An index of the models that is the one wanted; its text is that one's name."""


def _made(connection: Any, want: WantedIndex) -> Made:
    schema = want.table.rpartition(".")[0]
    old = spelled(want.advised)
    connection.execute(want.sql.replace("INDEX CONCURRENTLY", "INDEX", 1))
    if want.name != want.advised:
        old = f"{spelled(schema)}.{old}" if schema else old
        connection.execute(f"alter index {old} rename to {spelled(want.name)}")
    other = same_as(connection, want.table, want.name)
    if other is not None:
        raise _ThereAlready(other)
    found = made(connection, want.table, want.name)
    assert found is not None
    return found


@contextlib.contextmanager
def _tables(place: Workplace, worker: Worker, mapping: Mapping) -> Iterator[tuple[Any, Schema]]:
    """A fresh database with the models' tables: a connection, and its catalog."""
    dialect = dialects.get("postgresql")
    with place.sandbox.clone(None) as database:
        dialect.prepare.prepare(database, mapping.schema)
        worker.call("create_all", host=DatabaseHost(database), **place.source)
        with contextlib.closing(database.connect()) as connection:
            schema: Schema = dialect.catalog.read_schema(connection)
            yield connection, schema
            connection.rollback()

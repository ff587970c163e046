"""Whether a change holds what its case demands: the diff, the mappers, the catalog."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench_projects import options
from case import Case

from dbwright import api, dialects
from dbwright.api import Options
from dbwright.core.errors import DbwrightError
from dbwright.core.mapping import Mapping
from dbwright.core.model_change import ModelsChanged
from dbwright.core.schema import Schema, Table
from dbwright.jobs.fix import diff
from dbwright.jobs.models import read_mapping
from dbwright.jobs.workplace import workplace
from dbwright.scratch.bridge import DatabaseHost


def judged(case: Case, project: Path, place: Path, server: str = "") -> list[str]:
    """Gives what is wrong with the answer to a case, nothing where all holds.

    The project is copied to `place`, changed there, its revisions are run by `alembic upgrade`
    as the job's own proof, and the catalog is read from what the changed models create.
    """
    shutil.copytree(project, place)
    before = {path: path.read_bytes() for path in place.rglob("*.py")}
    asked = options(case.project, case.database, server if case.database == "mariadb" else "")
    try:
        found = api.change_models(case.words, place, asked, choose=case.choose, meant=case.given)
    except DbwrightError as error:
        found, text = None, str(error)
    else:
        text = "; ".join(item.why for item in found.request.problems)
    if case.refused:
        return _refusal(case, text, before, place, found)
    if found is None:
        return [f"refused: {text}"]
    if case.asks:
        asked = [choice.option for item in found.questions for choice in item.choices]
        return [] if case.asks in asked else [f"does not ask for --{case.asks}: {asked} {text}"]
    if text or not found.edits:
        return [f"refused: {text or 'no edits'}"]
    return [*_wrong(case, found, place, asked)]


def _refusal(
    case: Case, text: str, before: dict[Path, bytes], place: Path, found: ModelsChanged | None
) -> list[str]:
    wrong = []
    if case.refused not in text:
        wrong.append(f"not refused with {case.refused!r}: {text!r}")
    if found is not None and found.edits:
        wrong.append("there are edits all the same")
    if before != {path: path.read_bytes() for path in place.rglob("*.py")}:
        wrong.append("files were changed")
    return wrong


def _wrong(case: Case, found: ModelsChanged, place: Path, asked: Options) -> Iterator[str]:
    shown = diff([edit for edit in found.edits if "migrations" not in edit.path])
    added = "\n".join(line for line in shown.splitlines() if line.startswith("+"))
    for text in case.has:
        if text not in added:
            yield f"{text!r} is not in the diff"
    for text in case.hasnt:
        if text in added:
            yield f"{text!r} is in the diff"
    for note in found.notes:
        if (
            "models review says" in note
            and case.choose != "exact"
            and (not case.warns or case.warns not in note)
        ):
            yield note
    removed = [line for line in shown.splitlines() if line.startswith("-") and "#" in line]
    kept = [line for line in added.splitlines() if "#" in line]
    if len(removed) > len(kept):
        yield f"a comment is lost: {removed}"
    has_chain = (place / "alembic.ini").exists()
    if case.same_tables and found.authored and found.authored.revisions:
        yield "there is a revision, and the tables are the same"
    if has_chain and not case.same_tables and not (found.authored and found.authored.revisions):
        yield f"no revision: {found.why_no_revision}"
    if not has_chain and not found.statements:
        yield "no DDL is told"
    api.apply_edits(place, found.edits)
    mapping, schema = _read(place, asked)
    yield from _sides(case, mapping)
    yield from _catalog(case, schema)
    if has_chain:
        again = api.autogenerate(place, options=asked)
        if again.revisions and case.project != "shop":
            yield f"a revision is still missing: {again.revisions[0].title}"


def _read(place: Path, asked: Options) -> tuple[Mapping, Schema]:
    with workplace(place, asked, lambda text: None) as opened:
        opened.ready()
        assert opened.worker is not None
        mapping, _ = read_mapping(opened.worker, opened.source, opened.project.root)
        dialect = dialects.get(mapping.schema.dialect)
        with opened.sandbox.clone(None) as database:
            dialect.prepare.prepare(database, mapping.schema)
            opened.worker.call("create_all", host=DatabaseHost(database), **opened.source)
            with contextlib.closing(database.connect()) as connection:
                return mapping, dialect.catalog.read_schema(connection)


def _sides(case: Case, mapping: Mapping) -> Iterator[str]:
    names = {f"{m.name}.{r.name}": r for m in mapping.mappers for r in m.relationships}
    for side in case.sides:
        if side not in names:
            yield f"no relationship {side}"
        elif names[side].back_populates is None:
            yield f"{side} has no other side"


def _catalog(case: Case, schema: Schema) -> Iterator[str]:
    for name in case.gone:
        table, _, column = name.partition(".")
        found = schema.table(table)
        if found is not None and found.column(column):
            yield f"{name} is still there"
    for name, facts in case.columns.items():
        table_name, _, column_name = name.partition(".")
        table = schema.table(table_name)
        column = table.column(column_name) if table else None
        if table is None or column is None:
            yield f"there is no {name}"
            continue
        seen = _facts(table, column_name)
        for fact, wanted in facts.items():
            value = seen[fact]
            if fact == "default":
                value = (value or "").partition("::")[0]
            if value != wanted:
                yield f"{name}: {fact} is {value!r}, not {wanted!r}"
    for wanted_index in case.indexes:
        table = schema.table(wanted_index[0])
        have = [found.columns for found in table.indexes] if table else []
        if wanted_index[1:] not in have:
            yield f"no index on {wanted_index}: {have}"
    for name in case.checks:
        table_name, _, text = name.partition(": ")
        table = schema.table(table_name)
        if not table or not any(text in check.expression for check in table.checks):
            yield f"no check about {text} in {table_name}"


def _facts(table: Table, name: str) -> dict[str, Any]:
    column = table.column(name)
    assert column is not None
    keys = [key for key in table.foreign_keys if key.columns == (name,)]
    unique = any(key.columns == (name,) for key in table.uniques)
    unique = unique or any(i.unique and i.columns == (name,) for i in table.indexes)
    return {
        "type": column.type,
        "nullable": column.nullable,
        "default": column.default,
        "unique": unique,
        "indexed": any(index.columns[:1] == (name,) for index in table.indexes),
        "references": keys[0].referred if keys else None,
        "on_delete": keys[0].on_delete if keys else None,
    }

"""Whether an answer is right: judged by running it, with Alembic and the server themselves."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from ask_case import Case, Given
from ask_measure import Place, measured

from dbwright import api
from dbwright.api import Options
from dbwright.core.errors import DbwrightError
from dbwright.core.schema import Schema, Table

WRITES = {"changed", "designed", "phases"}
SLOWEST_REFUSAL = 20.0


def judged(case: Case, given: Given, folder: Path, place: Place) -> list[str]:
    """Gives what is wrong with an answer, nothing where all holds."""
    if given.crashed:
        return [f"crashed: {given.crashed[-300:]}"]
    return [*_wrong(case, given, folder, place)]


def _wrong(case: Case, given: Given, folder: Path, place: Place) -> Iterator[str]:
    wanted = {"refused" if kind == "asked" else kind for kind in case.outcome}
    if given.kind != "any" and given.kind not in wanted:
        yield f"{given.kind}, not {' or '.join(case.outcome)}: {_begin(given.text)}"
        return
    refused = given.kind == "refused"
    if given.kind == "any" and wanted == {"refused"}:
        yield f"it neither refuses nor asks: {_begin(given.text)}"
        return
    if refused and (given.files or given.findings):
        yield "it refuses, and does something all the same"
    # a question back has to read the models first, and a model thinks
    in_time = given.seconds <= SLOWEST_REFUSAL or "asked" in case.outcome or given.spent
    if refused and not in_time:
        yield f"the refusal took {given.seconds:.0f} s"
    yield from _words(case, given)
    if case.rules and given.kind == "report":
        have = {str(item["rule"]) for item in given.findings}
        if not have & set(case.rules):
            yield f"none of {', '.join(case.rules)} is found: {sorted(have)}"
    for name in case.objects:
        if not any(item["location"].get("object") == name for item in given.findings):
            yield f"nothing is said of {name}"
    if case.clean and any(item["severity"] != "info" for item in given.findings):
        yield f"it is safe, and warned of: {[item['rule'] for item in given.findings]}"
    if case.faster and not refused:
        yield from measured(case.faster, given, place)
    if not wanted & WRITES or refused:
        return
    if given.files or given.kind in WRITES:
        yield from _applied(case, given, folder, place)
    elif given.kind == "any" and not wanted - WRITES - {"refused"}:
        yield f"it writes no file: {_begin(given.text)}"


def _words(case: Case, given: Given) -> Iterator[str]:
    text = " ".join(given.text.split()).lower()
    for group in case.says:
        if not any(word.lower() in text for word in group):
            yield f"it does not say {' or '.join(group)}: {_begin(given.text)}"
    for pattern in case.hasnt:
        if re.search(pattern, given.text, re.MULTILINE):
            yield f"it says {pattern}"


def _begin(text: str) -> str:
    return " ".join(text.split())[:160]


def _applied(case: Case, given: Given, folder: Path, place: Place) -> Iterator[str]:
    """What does not hold once the files are written: Alembic runs, the catalog, our own check."""
    after = folder.parent / f"{folder.name}-after"
    shutil.copytree(folder, after)
    for path, text in given.files.items():
        file = (after / path).resolve()
        if not file.is_relative_to(after.resolve()):
            yield f"it writes outside of the project: {path}"
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    if case.project == "empty" and not (after / "alembic.ini").exists():
        schema, why = place.created(after, given.files)
    else:
        schema, why = place.migrated(after, rows=case.project != "empty", lossy=bool(case.gone))
    yield from why
    if schema is None:
        return
    yield from _catalog(case, schema)
    yield from _unsafe(after, given)


def _unsafe(after: Path, given: Given) -> Iterator[str]:
    """What the review says of the new revisions: no error may be among it."""
    new = [path for path in given.files if "/versions/" in path]
    if not new:
        return
    try:
        report = api.check(after, Options(jobs=("migrations",), trials=False, all=True))
    except DbwrightError as error:
        yield f"the new revisions cannot be checked: {error.message}"
        return
    for item in report.recommendations:
        if item.severity == "error" and item.location.file in new:
            yield f"the new revision is not safe: {item.rule}: {item.message}"


def _catalog(case: Case, schema: Schema) -> Iterator[str]:
    for name in case.models:
        if not any(table.name == name for table in schema.tables):
            yield f"there is no table {name}: {[table.name for table in schema.tables]}"
    for text in (*case.columns, *case.column_types):
        yield from _column(schema, *text.split(" ", 1))
    for name in case.gone:
        table, _, column = name.partition(".")
        found = schema.table(table)
        if found is not None and found.column(column):
            yield f"{name} is still there"
    for name in case.unique:
        table, _, column = name.partition(".")
        found = schema.table(table)
        if found is None or not _is_unique(found, column):
            yield f"{name} is not unique"
    for name in case.indexes:
        table, _, columns = name.partition(".")
        found = schema.table(table)
        have = [",".join(map(str, index.columns)) for index in found.indexes] if found else []
        if not any(text.startswith(columns) for text in have):
            yield f"no index on {name}: {have}"


def _column(schema: Schema, name: str, wanted: str = "") -> Iterator[str]:
    table_name, _, column_name = name.partition(".")
    table = schema.table(table_name)
    column = table.column(column_name) if table else None
    if table is None or column is None:
        have = [item.name for item in table.columns] if table else "no such table"
        yield f"there is no {name}: {have}"
        return
    for word in re.findall(r"fk:\w+|\bunique\b|\bnotnull\b|\bnull\b", wanted):
        if word.startswith("fk:"):
            keys = [key.referred for key in table.foreign_keys if key.columns == (column_name,)]
            holds = word[3:] in keys
        elif word == "unique":
            holds = _is_unique(table, column_name)
        else:
            holds = column.nullable == (word == "null")
        if not holds:
            yield f"{name} is not {word}"
    kind = re.sub(r"fk:\w+|\b(unique|notnull|null)\b", "", wanted).strip()
    if kind and not str(column.type).startswith(kind):
        yield f"{name} is {column.type}, not {kind}"


def _is_unique(table: Table, column: str) -> bool:
    if any(key.columns == (column,) for key in table.uniques):
        return True
    if table.primary_key is not None and table.primary_key.columns == (column,):
        return True
    # an index on lower(email) keeps them apart as well
    return any(
        index.unique and (index.columns == (column,) or column in str(index))
        for index in table.indexes
    )

"""The queries in a project's code, reviewed by their text and schema without running them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbwright.collect.models_source import files_that_query
from dbwright.collect.placeholders import Numbered, numbered
from dbwright.collect.source_files import relative
from dbwright.core.errors import DbwrightError
from dbwright.core.finding import Recommendation
from dbwright.core.place import Place
from dbwright.core.query import Query
from dbwright.core.rule import Rule
from dbwright.core.schema import Schema
from dbwright.dialects.postgresql import statements
from dbwright.jobs.collected import Collected
from dbwright.jobs.flow import Reviewed, review
from dbwright.jobs.queries import spelled_as, with_placeholders
from dbwright.jobs.query_code import Spelling
from dbwright.jobs.query_grounds import Opened
from dbwright.jobs.query_project import on_scratch
from dbwright.jobs.workplace import Workplace
from dbwright.recipes.queries.remedies import MYSQL
from dbwright.verify.queries.layered import Nowhere
from dbwright.verify.queries.prover import QueryProver


def review_queries(place: Workplace, found: Collected, rules: Sequence[Rule]) -> Reviewed:
    """Reviews the statements that the application's files execute as they stand there.

    They are read beside the migrated schema, else that of the models. How many were left out, and
    why, is a note: a statement that is put together in steps is not judged by its beginning.
    """
    mapping, worker = found.mapping, place.worker
    wanted = [rule for rule in rules if rule.job == "queries"]
    if mapping is None or worker is None or not wanted:
        return Reviewed()
    files = files_that_query(place.project, mapping)
    if not files:
        return Reviewed()
    place.progress("reading the queries in the code")
    try:
        answer = worker.call("expressions", files=[str(file) for file in files], **found.source)
    except DbwrightError as error:
        place.miss("the queries in the code", error.message, error.way_out or "")
        return Reviewed()
    migrated = found.replayed.head if found.replayed else None
    schema = migrated or mapping.schema
    facts = list(_queries(place, schema, answer["statements"]))
    reviewed = _judged(place, found, wanted, facts)
    left_out = sum(answer["left_out"].values())
    place.notes.append(
        f"{len(facts):,} queries in the code were read as they stand; {left_out:,} are put "
        "together in steps or of values that only a run knows: pytest --dbwright-record has those."
    )
    return reviewed


def _judged(
    place: Workplace,
    found: Collected,
    rules: Sequence[Rule],
    facts: Sequence[tuple[Query, Numbered]],
) -> Reviewed:
    """Reviews by text and schema; what is found so is planned and run on made-up rows."""
    reviewed = Reviewed()
    assert found.mapping is not None
    spelling = Spelling.of(place, found.mapping, found.source)
    nowhere = QueryProver(Nowhere(), place.target, "no database", None, None)
    told = [
        fact for fact in facts if review(rules, [fact[0]], place.target, nowhere).recommendations
    ]
    with _ground(place, found, told) as ground:
        for query, placeholders in told:
            planned, prover = _planned(ground, query), ground.prover() if ground else nowhere
            one = review(rules, [planned], place.target, prover)
            items = [with_placeholders(each, placeholders) for each in one.recommendations]
            items = spelling.spelled(items, place.target.dialect, placeholders.names)
            one.recommendations = [_unwritten(each) for each in items]
            reviewed.add(one)
    return reviewed


@contextlib.contextmanager
def _ground(
    place: Workplace, found: Collected, told: Sequence[tuple[Query, Numbered]]
) -> Iterator[Opened | None]:
    """Gives the migrated database with made-up rows, None where there is none."""
    key = found.replayed.head_key if found.replayed else None
    template = place.sandbox.has(key) if key and told and place.sandbox is not None else None
    if template is None:
        yield None
        return
    place.progress("trying the queries in the code")
    with (
        place.sandbox.clone(template) as database,
        on_scratch(database, place.target, [query.sql for query, _ in told]) as ground,
    ):
        yield ground


def _planned(ground: Opened | None, query: Query) -> Query:
    """Gives a query with its plan; as it is where nobody can plan it."""
    if ground is None:
        return query
    try:
        values, sql = ground.values(query.sql), query.sql
        if query.target.dialect in MYSQL:
            sql = ground.literal(sql)
        planned = ground.query(sql, query.place, values=values)
    except Exception:  # the driver's tree: the schema there is not what the code was written for
        return query
    return replace(planned, origin=query.origin)


def _queries(
    place: Workplace, schema: Schema, found: Sequence[dict[str, Any]]
) -> Iterator[tuple[Query, Numbered]]:
    """Gives each statement once, at its first line, with the names of its parameters."""
    seen: set[tuple[str, str]] = set()
    for each in found:
        text = Numbered(each["sql"])
        if place.target.dialect == "postgresql":
            text = numbered(text.sql)
            if statements.fault(text.sql) or not statements.is_planned(text.sql):
                continue
        elif place.target.dialect in MYSQL:
            text = spelled_as(text.sql, place.target.dialect)
        sql, file = text.sql, _relative(place, each["file"])
        if (file, sql) in seen:
            continue
        seen.add((file, sql))
        where = Place(file, each["line"])
        query = Query(sql, schema, place.target, place=where, rows=place.rows, origin="code")
        yield query, text


def _relative(place: Workplace, file: str) -> str:
    return relative(Path(file), place.project.root)


def _unwritten(item: Recommendation) -> Recommendation:
    """Gives a recommendation whose fix is to be pasted: a statement is no file to be edited."""
    fix = replace(item.advice.fix, edits=(), steps=())
    return replace(item, advice=replace(item.advice, fix=fix))

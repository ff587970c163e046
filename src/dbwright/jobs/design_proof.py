"""The proof of a design: its code is imported, its tables made, its rules met by rows."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbwright import dialects
from dbwright.core.design import Proved
from dbwright.core.errors import FixError, UserCodeError
from dbwright.core.finding import Recommendation, Unverified
from dbwright.core.mapping import Mapping
from dbwright.core.options import Options, Progress
from dbwright.core.target import Target
from dbwright.jobs import flow
from dbwright.jobs.diagram import drawn
from dbwright.jobs.models import arm, read_mapping, server_words
from dbwright.recipes.design.parts import Plan
from dbwright.rules.registry import all_rules
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.worker import Worker
from dbwright.verify import design
from dbwright.verify.design import Findings
from dbwright.verify.models import ModelProver

TIMEOUT = 120.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What the runs of a design showed."""

    proved: tuple[Proved, ...]
    unverified: tuple[Unverified, ...]
    diagram: str = ""


def proved(plan: Plan, files: dict[str, str], options: Options, progress: Progress) -> Proof:
    """Runs the files of a design on its database and on SQLite; FixError where it does not hold."""
    held: list[Proved] = []
    unmet: list[Unverified] = []
    diagram = ""
    for database in dict.fromkeys((plan.database, "sqlite")):
        progress(f"proving the design on {database}")
        found = _on(database, plan, files, options)
        if found.broken:
            raise FixError(
                f"the design did not hold on {found.scope}, so it is not shown: {found.broken[0]}",
                way_out="This is a defect of dbwright; please report it with the brief. "
                + "\n".join(found.broken[1:6]),
            )
        held += found.proved()
        unmet += found.unmet
        diagram = diagram or found.diagram
    return Proof(tuple(held), tuple(unmet), diagram)


def _on(database: str, plan: Plan, files: dict[str, str], options: Options) -> Findings:
    choice = ServerChoice(
        sandbox_url=options.sandbox_url, pg_bin=Path(options.pg_bin) if options.pg_bin else None
    )
    with (
        tempfile.TemporaryDirectory(prefix="dbwright-") as folder,
        open_sandbox(database, choice) as sandbox,
        Worker(Path(sys.executable), Path(folder), dialect=database, timeout=TIMEOUT) as worker,
    ):
        source = design.written(Path(folder), files)
        mapping, _ = read_mapping(worker, source, Path(folder))
        if mapping.problems:
            first = mapping.problems[0]
            raise FixError(f"the designed models do not configure: {first.message}")
        target = Target(database, _version(sandbox))
        prover = ModelProver(mapping, worker, source, target)
        with sandbox.clone(None) as scratch:
            _made(prover, scratch, plan)
            found = _tried(prover, plan, mapping, database)
            found.diagram = drawn(mapping.schema, "mermaid", mapping)
            return found


def _made(prover: ModelProver, scratch: Any, plan: Plan) -> None:
    """Makes the tables on a fresh database and fills them."""
    dialect = dialects.get(prover.target.dialect)
    dialect.prepare.prepare(scratch, prover.mapping.schema)
    try:
        prover.worker.call("create_all", host=DatabaseHost(scratch), **prover.source)  # type: ignore[union-attr]
    except UserCodeError as error:
        raise FixError(f"the designed tables were refused: {error.message}") from error
    with contextlib.closing(scratch.connect()) as connection:
        schema = dialect.catalog.read_schema(connection)
        connection.rollback()
    design.fill(scratch, schema, plan)
    arm(prover, design.Enforcing(scratch))


def _version(sandbox: Any) -> tuple[int, ...] | None:
    server = getattr(sandbox, "server", None)
    return server.numbers if server is not None else None


def _tried(prover: ModelProver, plan: Plan, mapping: Mapping, database: str) -> Findings:
    words, _ = server_words(prover.database)
    found = Findings(words)
    found.held["tables created"] = len(mapping.schema.tables)
    design.constraints(prover, plan, database, found)
    design.classes(prover, plan, found, rows=True)
    if database == plan.database:
        reviewed(prover, mapping, found)
    return found


def reviewed(
    prover: ModelProver, mapping: Mapping, found: Findings, tables: Collection[str] | None = None
) -> None:
    """Lets our own rules look at the models, and tells what they say, of these tables alone."""
    rules = [rule for rule in all_rules() if rule.job == "models"]
    review = flow.review(rules, [mapping, mapping.schema], prover.target, prover)
    told = [item for item in review.recommendations
            if tables is None or _table_of(item, mapping) in tables]  # fmt: skip
    for item in told:
        text = f"{item.location.object}: {item.message} ({item.rule})"
        if item.severity != "info":
            found.unmet.append(Unverified("our own review", text))
    if not any(item.severity != "info" for item in told):
        found.held["rules of our own review silent"] = len(rules)


def _table_of(item: Recommendation, mapping: Mapping) -> str:
    """The table that a finding is about; it may name a class."""
    name = (item.location.object or "").partition(".")[0]
    return next((mapper.table for mapper in mapping.mappers if mapper.name == name), name)

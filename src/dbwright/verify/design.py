"""Proof of a design on one database: its constraints are met by rows, its classes exercised."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dbwright.core.abilities import ABILITIES
from dbwright.core.claim import Claim
from dbwright.core.design import Proved
from dbwright.core.finding import Unverified
from dbwright.core.schema import Schema
from dbwright.recipes.design import cases
from dbwright.recipes.design.parts import Plan
from dbwright.scratch import rows
from dbwright.scratch.rows_make import NoParent
from dbwright.verify.models import ModelProver

FEW = 5
ROWS = 16


class Enforcing:
    """A scratch database whose connections hold foreign keys, which SQLite does when it is told."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def connect(self) -> Any:
        """Gives a connection that holds foreign keys."""
        connection = self._database.connect()
        if isinstance(connection, sqlite3.Connection):
            connection.execute("pragma foreign_keys = on")
            connection.execute("begin")
        return connection


@dataclass(slots=True)
class Findings:
    """What a run of a design gave: what held, how often, what broke, what was not tried."""

    scope: str
    held: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    unmet: list[Unverified] = field(default_factory=list)
    diagram: str = ""

    def proved(self) -> tuple[Proved, ...]:
        """The counts, as they are told."""
        return tuple(Proved(what, count, self.scope) for what, count in self.held.items())


def constraints(prover: ModelProver, plan: Plan, database: str, found: Findings) -> None:
    """Tries every constraint with rows that it must refuse and rows that it must take."""
    for case in cases.cases(plan, database):
        verb = "refused" if case.probe.expect == "refused" else "taken"
        try:
            claim = Claim("accepts_bad_row", case.subject, probe=case.probe)
            proof = prover.prove(claim, case.subject)
        except NoParent as error:
            what = f"{case.subject}, a row to be {verb}"
            found.unmet.append(Unverified(what, f"{error} has no row that fits"))
            continue
        if case.constraint and proof.witness and not _is_about(case, proof.witness):
            # another rule of the table spoke first
            what = f"{case.subject}, a row to be {verb}"
            found.unmet.append(Unverified(what, proof.witness))
        elif proof.holds:
            found.held[f"bad rows {verb}" if verb == "refused" else "good rows taken"] += 1
        elif proof.level == "refuted":
            found.broken.append(
                f"{case.subject}: a row that should be {verb} was not: {proof.witness}"
            )
        else:
            what = f"{case.subject}, a row to be {verb}"
            found.unmet.append(Unverified(what, proof.why or "no answer"))


def _is_about(case: cases.Case, witness: str) -> bool:
    """Whether a refusal names the constraint that the case is about; a row that was taken does."""
    return "was refused" not in witness or case.constraint in witness


def written(folder: Path, files: dict[str, str]) -> dict[str, Any]:
    """Writes files of models below a folder, and says how the worker finds the first."""
    folder.chmod(0o755)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    first = next(iter(files))
    return {"spec": first.removesuffix(".py").removesuffix("/__init__").replace("/", ".")}


def fill(database: Any, schema: Schema, plan: Plan) -> None:
    """Fills the tables: few tenants, so that their rows meet, and few rows of pairs and parts."""
    schema = _with_uuids(schema)
    few = set(cases.crowded(plan))
    tenant = plan.brief.tenant
    if tenant:
        rows.fill(database, schema, rows=3, only={plan.table(tenant).name})
    most = {table.key for table in schema.tables} - few
    if tenant:
        most -= {plan.table(tenant).name}
    rows.fill(database, schema, rows=ROWS, only=most)
    if few:
        rows.fill(database, schema, rows=FEW, only=few)
    with contextlib.closing(database.connect()) as connection:
        for statement in cases.kinds(plan):
            connection.cursor().execute(statement)
        connection.commit()


def _with_uuids(schema: Schema) -> Schema:
    """The schema with what SQLAlchemy makes of Uuid, where there is no such type, named so."""
    if ABILITIES[schema.dialect].uuids:
        return schema
    tables = [
        replace(
            table,
            columns=tuple(
                replace(column, type="uuid(32)") if column.type.upper() == "CHAR(32)" else column
                for column in table.columns
            ),
        )
        for table in schema.tables
    ]
    return replace(schema, tables=tuple(tables))


def classes(prover: ModelProver, plan: Plan, found: Findings, rows: bool) -> None:
    """Tries the validators, loads every relationship, and deletes what others belong to."""
    assert prover.worker is not None
    host: Any = prover._host() if rows else None
    answer = prover.worker.call(
        "exercise",
        host=host,
        values=cases.values(plan),
        deletes=cases.deletes(plan) if rows else [],
        only=[table.cls for table in plan],
        **prover.source,
    )
    titles = {
        "values": "values that validators refused or took",
        "links": "relationships loaded",
        "deletes": "deletions through the ORM",
    }
    for name, title in titles.items():
        if answer[name]:
            found.held[title] += answer[name]
    found.broken += answer["broken"]
    found.unmet += [Unverified(text.partition(":")[0], text.partition(": ")[2] or text)
                    for text in answer["unmet"]]  # fmt: skip

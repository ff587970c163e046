"""Revision examples made real: a project in a folder of its own, replayed and rehearsed."""

from __future__ import annotations

import contextlib
import itertools
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dbwright import dialects
from dbwright.collect.revisions import history_of
from dbwright.core.drift import Drift, LiveDrift
from dbwright.core.finding import Finding
from dbwright.core.mapping import Mapping
from dbwright.core.rule import RevisionExample
from dbwright.core.schema import Schema
from dbwright.core.source import Source
from dbwright.core.target import Target
from dbwright.jobs.drift import created, drift_between, drift_prover
from dbwright.jobs.examples import Bench, Real, models_text
from dbwright.jobs.flow import Prover
from dbwright.jobs.history import left_out
from dbwright.jobs.live import expected_schema, live_between, live_prover, made_live
from dbwright.jobs.migrations import Chain, Replayed, read_source, replay
from dbwright.jobs.models import read_mapping
from dbwright.jobs.proofs import migration_prover
from dbwright.verify.old_code import DeployedCode

VERSIONS = "migrations/versions"
FIRST = "schema"
LAST = "example"
ENVIRONMENT = """from alembic import context
from sqlalchemy import MetaData, create_engine

metadata = MetaData()
engine = create_engine("{dialect}://")
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata{options})
    with context.begin_transaction():
        context.run_migrations()
"""
NO_WAY_BACK = 'raise NotImplementedError("the example is about the last revision")'
REVISION = '''"""{message}"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
{header}
revision = "{revision}"
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade():
{upgrade}


def downgrade():
{downgrade}
'''
_numbers = itertools.count()


@contextlib.contextmanager
def rehearsed(bench: Bench, example: RevisionExample, target: Target) -> Iterator[Real]:
    """Writes the example as a project, runs all of it, and gives the facts."""
    files = project_files(example)
    root = bench.root / f"example{next(_numbers)}"
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    mapping = _mapping(bench, example, files.get("models.py"))
    chain = _chain(bench, example, target, root, mapping)
    history = history_of(_sources(files), target)
    changeable = frozenset(m.revision for m in history.migrations) - {FIRST}
    history = read_source(history, changeable, chain, target.dialect)
    below = root.relative_to(bench.root)
    chain.arguments |= {
        name: [str(below / path) for path in paths] for name, paths in left_out(history).items()
    }
    replayed = replay(history, changeable, chain, lambda text: None)
    _check_setting(replayed, changeable)
    facts: list[object] = [replayed.history, *_changeable(replayed)]
    facts += replayed.rehearsals.values()
    prove = migration_prover(replayed, target, "the revision was not run")
    if mapping is not None and replayed.head is not None:
        source = {"code": files["models.py"], "filename": "models.py"}
        models = created(chain.worker, chain.sandbox, mapping, source)
        drift = drift_between(models, mapping, target, replayed, "the scratch server")
        facts.append(drift)
        prove = _either(prove, Drift, drift_prover(drift))
        if example.live is not None:
            beside = _live(replayed, example, models, mapping, chain)
            facts.append(beside)
            prove = _either(prove, LiveDrift, live_prover(beside, beside.server))
    yield facts, prove, files


def _check_setting(replayed: Replayed, changeable: frozenset[str]) -> None:
    """Raises what stops the schema below the example or its env.py; the example proves nothing."""
    if replayed.own_environment is not None:
        raise replayed.own_environment
    if replayed.stopped is not None and replayed.stopped[0] not in changeable:
        raise replayed.stopped[1]


def project_files(example: RevisionExample) -> dict[str, str]:
    """Gives the files of the example's project, its path to its text."""
    options = f", {example.environment}" if example.environment else ""
    environment = ENVIRONMENT.format(dialect=example.dialect, options=options)
    files = {
        "alembic.ini": "[alembic]\nscript_location = %(here)s/migrations\n",
        "migrations/env.py": environment,
    }
    split = dialects.get(example.dialect).statements.split
    base = "\n".join(f"op.execute('''{statement}''')" for statement in split(example.before))
    bodies = [base, *example.history, example.upgrade]
    before = FIRST
    for number, body in enumerate(bodies):
        last = number == len(bodies) - 1
        name = LAST if last else (FIRST if not number else f"history{number}")
        downgrade = example.downgrade if last else ("pass" if not number else NO_WAY_BACK)
        down = "None" if not number else f'"{before}"'
        files[f"{VERSIONS}/{number}_{name}.py"] = _revision(example, name, down, body, downgrade)
        before = name
    if example.models is not None:
        files["models.py"] = models_text(example.models)
    for name, text in example.files:
        if text:
            files[name] = text
        else:
            files.pop(name, None)
    return files


def _revision(example: RevisionExample, name: str, down: str, upgrade: str, downgrade: str) -> str:
    return REVISION.format(
        message=name,
        revision=name,
        down=down,
        header=textwrap.dedent(example.header) if name == LAST else "",
        upgrade=_body(upgrade),
        downgrade=_body(downgrade),
    )


def _body(code: str) -> str:
    return textwrap.indent(textwrap.dedent(code).strip("\n"), "    ") or "    pass"


def _sources(files: dict[str, str]) -> list[Source]:
    return [Source(name, text) for name, text in files.items() if name.startswith(VERSIONS)]


def _changeable(replayed: Replayed) -> list[object]:
    return [found for found in replayed.history.migrations if found.changeable]


def _mapping(bench: Bench, example: RevisionExample, code: str | None) -> Mapping | None:
    if code is None:
        return None
    source = {"code": models_text(code), "filename": "models.py"}
    return read_mapping(bench.worker(example.dialect), source, bench.root)[0]


def _chain(
    bench: Bench, example: RevisionExample, target: Target, root: Path, mapping: Mapping | None
) -> Chain:
    worker = bench.worker(example.dialect)
    arguments = {"config": str(root / "alembic.ini"), "section": "alembic"}
    old_code = None
    if example.old_models is not None:
        old = {"code": models_text(example.old_models), "filename": "old_models.py"}
        statements = worker.call("statements", **old)
        old_code = DeployedCode(lambda: statements)
    return Chain(
        worker,
        bench.sandbox(example.dialect),
        target,
        arguments,
        salt=(str(root),),
        old_code=old_code,
        models=mapping.schema if mapping else None,
        keep=False,
    )


def _live(
    replayed: Replayed, example: RevisionExample, models: Schema, mapping: Mapping, chain: Chain
) -> LiveDrift:
    """The live database of the example beside its revisions and models."""
    assert replayed.head is not None
    live = made_live(chain, example.live or "", example.live_at)
    expected = expected_schema(replayed, live, chain)
    assert expected is not None
    history = replayed.history
    return live_between(live, expected, replayed.head, models, mapping, chain, history)


def _either(prove: Prover, fact_type: type, of_type: Prover) -> Prover:
    def both(finding: Finding, fact: object) -> Sequence[Any]:
        return (of_type if isinstance(fact, fact_type) else prove)(finding, fact)

    return both

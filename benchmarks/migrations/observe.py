"""Runs one case for real, in a process of its own, and prints what happened as JSON.

    python observe.py < job.json

The job names a project, a database that has the base and its rows, and the case's statements. The
order: the revision of before, rows, upgrade under watch, old and new code, downgrade, upgrade.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import catalog
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from watch import Injected, Watch

Job = dict[str, Any]


def configured(project: str, buffer: io.StringIO | None = None) -> Config:
    """The project's Alembic configuration; offline output goes to `buffer`."""
    config = Config(str(Path(project) / "alembic.ini"), output_buffer=buffer)
    config.attributes["quiet"] = True
    return config


def said(error: BaseException) -> str:
    """An error in one line."""
    first = str(getattr(error, "orig", None) or error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {first[0][:160]}"


def attempt(action: Any, *arguments: Any, **options: Any) -> str:
    """Runs something and gives the error, or nothing when it passed."""
    try:
        action(*arguments, **options)
    except (Exception, SystemExit) as error:
        return said(error)
    return ""


def graph(project: str) -> dict[str, Any]:
    """What Alembic says of the revisions alone: heads, duplicates, parents."""
    found: dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            heads = ScriptDirectory.from_config(configured(project)).get_heads()
            if len(heads) > 1:
                found["heads"] = sorted(heads)
        except (KeyError, CommandError) as error:
            found["error"] = said(error)
    found["warnings"] = [str(w.message)[:160] for w in caught if "evision" in str(w.message)]
    return {k: v for k, v in found.items() if v}


def execute(engine: sa.Engine, script: str) -> None:
    """Runs statements that are separated by semicolons at line ends, and commits."""
    with engine.begin() as connection:
        for statement in script.split(";\n"):
            if statement.strip(" \n;"):
                connection.exec_driver_sql(
                    statement.strip(" \n;").replace("%", "%%")
                    if engine.dialect.paramstyle in ("pyformat", "format")
                    else statement.strip(" \n;")
                )


def trials(engine: sa.Engine, statements: list[str]) -> dict[str, str]:
    """Each statement in a transaction that is rolled back: the error, or nothing."""
    answers = {}
    with engine.connect() as connection:
        for statement in statements:
            answers[statement] = attempt(connection.exec_driver_sql, statement)
            connection.rollback()
    return answers


def snapshot(engine: sa.Engine) -> tuple[dict[str, str], dict[str, Any]]:
    """The catalog and the sums of all rows."""
    with engine.connect() as connection:
        return catalog.objects(connection), catalog.rows(connection)


def changes(old: dict[str, str], new: dict[str, str]) -> dict[str, list[str]]:
    """Objects that went, came, or are defined in another way."""
    found = {
        "gone": sorted(old.keys() - new.keys()),
        "new": sorted(new.keys() - old.keys()),
        "changed": sorted(n for n in old.keys() & new.keys() if old[n] != new[n]),
    }
    return {k: v for k, v in found.items() if v}


def leave_behind(engine: sa.Engine, statement: str) -> None:
    """Runs the statement that is to fail and to leave something."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        attempt(connection.exec_driver_sql, statement)


def invalid_indexes(engine: sa.Engine) -> list[str]:
    """Indexes that PostgreSQL calls invalid."""
    if engine.dialect.name != "postgresql":
        return []
    with engine.connect() as connection:
        query = "select indexrelid::regclass::text from pg_index where not indisvalid order by 1"
        return list(connection.exec_driver_sql(query).scalars())


def observe(job: Job) -> dict[str, Any]:
    """The whole order; what is not reached is not in the answer."""
    project, url = job["project"], job["url"]
    answer: dict[str, Any] = {"graph": graph(project)}
    if "error" in answer["graph"]:
        return answer
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    config = configured(project)
    if not answer["graph"]:
        command.upgrade(config, job["start"])
    if job["filled"] and job["rows"]:
        execute(engine, job["rows"])
    if job["leftover"]:
        leave_behind(engine, job["leftover"])
    objects, rows = snapshot(engine)
    existing = {name: table["rows"] for name, table in rows.items() if table["rows"]}
    before = trials(engine, job["old"])
    watch = Watch(url, existing, job["fail_at"])
    answer["upgrade_error"] = attempt(command.upgrade, config, job["target"])
    watch.close()
    answer["statements"], answer["count"] = watch.seen, watch.count
    new_objects, new_rows = snapshot(engine)
    answer["upgrade"] = changes(objects, new_objects)
    if answer["upgrade_error"]:
        if job["fail_at"] is not None:
            answer["retry_error"] = attempt(command.upgrade, config, job["target"])
        return answer
    answer["old_code"] = broken(before, trials(engine, job["old"]))
    answer["rows"] = [rows, new_rows]
    answer["invalid"] = invalid_indexes(engine)
    answer["next_rows"] = {s: e for s, e in trials(engine, job["next_rows"]).items() if e}
    for statement in job["after_rows"]:
        execute(engine, statement)
    answer["offline_error"] = offline(project, job)
    answer.update(down_and_up(job, config, engine, objects, rows))
    return answer


def broken(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """The statements of the old code that worked and no longer do."""
    return {s: error for s, error in after.items() if error and not before[s]}


def offline(project: str, job: Job) -> str:
    """The error of `alembic upgrade START:head --sql`, or nothing."""
    buffer = io.StringIO()
    config = configured(project, buffer)
    return attempt(command.upgrade, config, f"{job['start']}:{job['target']}", sql=True)


def down_and_up(
    job: Job, config: Config, engine: sa.Engine, objects: dict[str, str], rows: dict[str, Any]
) -> dict[str, Any]:
    """Downgrade to the start, what differs from before, and the second upgrade."""
    answer: dict[str, Any] = {"downgrade_error": attempt(command.downgrade, config, job["start"])}
    if answer["downgrade_error"]:
        return answer
    down_objects, down_rows = snapshot(engine)
    answer["downgrade"] = changes(objects, down_objects)
    answer["rows_after_downgrade"] = down_rows
    answer["second_upgrade_error"] = attempt(command.upgrade, config, job["target"])
    return answer


def main() -> None:
    """Reads the job, keeps standard output for the answer alone."""
    job = json.load(sys.stdin)
    sys.path.insert(0, job["project"])
    with contextlib.redirect_stdout(sys.stderr):
        try:
            answer = observe(job)
        except Injected as error:
            answer = {"upgrade_error": said(error)}
    json.dump(answer, sys.stdout, default=str)


if __name__ == "__main__":
    main()

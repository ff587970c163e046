"""The commands of a deployment: what is pending, what it writes, and one revision at a time."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from typing import Any

from alembic.runtime.migration import HeadMaintainer

from . import deploy_watch, failures, frames, script
from .deploy_engine import given
from .environment import Run
from .migrate import _announced
from .state import current


def _run(config: str | None, section: str | None, target: dict[str, Any], command: str) -> Run:
    current.dialect = target["dialect"]
    given.begin(target["url"], target["schema"], target["lock_seconds"], target["token"])
    given.resumes = bool(target.get("resumes"))
    deploy_watch.begin()
    run = Run(config, section, command)
    run.config.cmd_opts.x = list(target["x"])
    run.config.set_main_option("sqlalchemy.url", target["url"].replace("%", "%%"))
    return run


def look(
    config: str | None, section: str | None, revision: str, target: dict[str, Any]
) -> dict[str, Any]:
    """Gives the heads of the code and of the database, and what an upgrade would run."""
    run = _run(config, section, target, "current")
    heads: list[str] = []

    def steps(found: Any, context: Any) -> Iterable[Any]:
        heads.extend(found)
        return []

    run.run(steps, as_sql=False, starting_rev=None, destination_rev=revision, tag=None,
            dont_mutate=True)  # fmt: skip
    return {"ran": run.context is not None, "heads": heads, **_pending(run, revision, heads)}


def _pending(run: Run, revision: str, heads: Sequence[str]) -> dict[str, Any]:
    known = {found.revision: found for found in run.scripts.walk_revisions()}
    code_heads = list(run.scripts.get_heads())
    unknown = [head for head in heads if head not in known]
    result: dict[str, Any] = {"code_heads": code_heads, "unknown": unknown, "pending": []}
    if unknown or (revision == "head" and len(code_heads) > 1):
        return result
    after = _Heads(None, heads)  # type: ignore[arg-type]
    for step in run.scripts._upgrade_revs(revision, tuple(heads)):
        after.update_to_step(step)
        if hasattr(step, "revision"):
            found = {
                "revision": step.revision.revision,
                "message": (step.revision.doc or "").strip(),
                "path": frames.relative(step.revision.path),
                "heads": sorted(after.heads),
            }
            result["pending"].append(found)
    return result


class _Heads(HeadMaintainer):
    """Where a database stands behind each step, as Alembic itself keeps it, without a database."""

    def _insert_version(self, version: str) -> None:
        self.heads.add(version)

    def _delete_version(self, version: str) -> None:
        self.heads.discard(version)

    def _update_version(self, from_: str, to_: str) -> None:
        self.heads.discard(from_)
        self.heads.add(to_)


def advance(
    config: str | None, section: str | None, revision: str, expected: str, target: dict[str, Any]
) -> dict[str, Any]:
    """Runs the first revision between the database and the destination, which is the expected."""
    run = _run(config, section, target, "upgrade")
    met: list[str] = []

    def steps(found: Any, context: Any) -> Iterable[Any]:
        ahead = list(run.scripts._upgrade_revs(revision, found))
        if not ahead or ahead[0].revision.revision != expected:
            raise failures.Unusable(
                f"the database stands at {', '.join(found) or 'nothing'}, "
                f"so {expected} is not next",
                way_out="Something else has changed it meanwhile. Run the command again.",
            )
        met.append(expected)
        return _announced(ahead[:1])

    run.run(steps, as_sql=False, starting_rev=None, destination_rev=revision, tag=None)
    return {"ran": bool(met)}


def written(
    config: str | None,
    section: str | None,
    revision: str,
    start: Sequence[str],
    target: dict[str, Any],
) -> dict[str, Any]:
    """Gives the statements of `alembic upgrade --sql`; nothing is connected to."""
    current.dialect = target["dialect"]
    given.begin(None, None, 0.0, "")
    # env.py may have a URL of its own in offline mode; the configuration has the real one
    script.URL = target["url"]
    try:
        return script.script(config, section, start, revision)
    finally:
        script.URL = None


def destination(config: str | None, section: str | None, revision: str) -> list[str]:
    """Gives the revisions that a name as `head` means in this code; no database is asked."""
    given.begin(None, None, 0.0, "")
    run = Run(config, section, "heads")
    return [found.revision for found in run.scripts.get_revisions(revision)]


def targets(entry: str) -> list[Any]:
    """Gives what a function of the project's lists: URLs, (URL, schema), or objects of these."""
    name, _, attribute = entry.partition(":")
    found = getattr(importlib.import_module(name), attribute or "databases")()
    return [_plain(each) for each in found]


def _plain(each: Any) -> Any:
    if hasattr(each, "render_as_string"):  # SQLAlchemy's URL, which is a tuple
        return each.render_as_string(hide_password=False)
    if isinstance(each, dict):
        return {str(name): _plain(value) for name, value in each.items()}
    if isinstance(each, (list, tuple)):
        return [_plain(value) for value in each]
    return each if isinstance(each, (str, bool, int, type(None))) else str(each)

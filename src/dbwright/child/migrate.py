"""Upgrade, downgrade and stamp, as the alembic commands of these names do them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any, Callable

from .environment import Run
from .state import current


def upgrade(
    config: str | None,
    section: str | None,
    revision: str,
    own_env: bool = False,
    overrides: dict[str, Any] | None = None,
    leave_out: Sequence[str] = (),
) -> dict[str, Any]:
    """Runs like `alembic upgrade REVISION`; each revision is announced to the parent.

    `leave_out` are files that history.without() is to take away.
    """
    run = Run(config, section, "upgrade", leave_out)

    def steps(rev: Any, context: Any) -> Iterable[Any]:
        return _announced(run.scripts._upgrade_revs(revision, rev))

    run.run(steps, own=own_env, overrides=overrides, as_sql=False, starting_rev=None,
            destination_rev=revision, tag=None)  # fmt: skip
    return _outcome(run)


def downgrade(
    config: str | None,
    section: str | None,
    revision: str,
    own_env: bool = False,
    overrides: dict[str, Any] | None = None,
    leave_out: Sequence[str] = (),
) -> dict[str, Any]:
    """Runs like `alembic downgrade REVISION`."""
    run = Run(config, section, "downgrade", leave_out)

    def steps(rev: Any, context: Any) -> Iterable[Any]:
        return _announced(run.scripts._downgrade_revs(revision, rev))

    run.run(steps, own=own_env, overrides=overrides, as_sql=False, starting_rev=None,
            destination_rev=revision, tag=None)  # fmt: skip
    return _outcome(run)


def stamp(
    config: str | None,
    section: str | None,
    revision: Any,
    own_env: bool = False,
    overrides: dict[str, Any] | None = None,
    purge: bool = False,
    leave_out: Sequence[str] = (),
) -> dict[str, Any]:
    """Runs like `alembic stamp REVISION`."""
    run = Run(config, section, "stamp", leave_out)
    targets = (revision,) if isinstance(revision, str) else tuple(revision)

    def steps(rev: Any, context: Any) -> Iterable[Any]:
        return run.scripts._stamp_revs(targets, rev)  # type: ignore[no-any-return]

    run.run(steps, own=own_env, overrides=overrides, as_sql=False, starting_rev=None,
            destination_rev=targets, tag=None, purge=purge)  # fmt: skip
    return _outcome(run)


def _outcome(run: Run) -> dict[str, Any]:
    asked = sorted({name for name, _ in current.took_bind if name is not None})
    return {"environment": run.facts(), "ran": run.context is not None, "took_bind": asked}


def _announced(steps: Iterable[Any]) -> Iterable[Any]:
    """Gives each step with its function wrapped, so that the parent knows whose turn it is."""
    for step in steps:
        if hasattr(step, "revision") and hasattr(step, "is_upgrade"):
            step.migration_fn = _wrapped(step)
        yield step


def _wrapped(step: Any) -> Callable[..., Any]:
    function = step.migration_fn
    identity = step.revision.revision
    direction = "upgrade" if step.is_upgrade else "downgrade"

    def run(**kwargs: Any) -> Any:
        channel = current.channel
        current.revision, current.direction = identity, direction
        current.revision_file = _file(function, step)
        _tell(channel, "revision_started", identity, direction)
        error = None
        try:
            return function(**kwargs)
        except BaseException as raised:
            error = f"{type(raised).__name__}: {raised}"
            raise
        finally:
            _tell(channel, "revision_finished", identity, direction, error)
            current.revision = current.direction = current.revision_file = None

    return run


def _tell(channel: Any, what: str, identity: str, direction: str, *error: Any) -> None:
    if current.hosted:
        named = {"error": error[0]} if error else {}
        channel.ask(what, revision=identity, direction=direction, **named)


def _file(function: Any, step: Any) -> str:
    """Gives the file name as the frames of the revision carry it."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return str(code.co_filename if code else step.revision.path)

"""Runs env.py as Alembic does, and notes what it settles for the revisions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, Callable

from . import flask_app, frames, history
from .config import read_config, read_scripts
from .state import current

RECORDED = ("transaction_per_migration", "transactional_ddl", "render_as_batch", "compare_type")


def _watch_bind() -> None:
    """Has the revision noted that takes the connection: it may ask the database something."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    owner: Any = next(found for found in Operations.__mro__ if "get_bind" in vars(found))
    if getattr(owner.get_bind, "watched", False):
        return
    get_bind, bind = owner.get_bind, MigrationContext.bind.fget

    def watched(self: Any) -> Any:
        current.took_bind.add((current.revision, current.direction))
        return get_bind(self)

    def property_watched(self: Any) -> Any:
        current.took_bind.add((current.revision, current.direction))
        return bind(self)

    watched.watched = True  # type: ignore[attr-defined]
    owner.get_bind = watched
    MigrationContext.bind = property(property_watched)  # type: ignore[assignment]


class Run:
    """One execution of env.py, and what it was seen to do."""

    def __init__(
        self,
        config: str | None,
        section: str | None,
        command: str,
        leave_out: Sequence[str] = (),
    ) -> None:
        self.config = read_config(config, section, command)
        self.scripts = read_scripts(self.config)
        if leave_out or current.edited:
            history.without(self.scripts, leave_out)
        self.configured: list[dict[str, Any]] = []
        self.context: Any = None
        self.timeouts: dict[str, str | None] = {}
        self.replaced: str | None = None
        self.offered: dict[str, Any] = {}
        self.asked_offline = False
        _watch_bind()
        current.env_file = os.path.join(str(self.scripts.dir), "env.py")

    def run(
        self,
        function: Callable[[Any, Any], Iterable[Any]],
        *,
        own: bool = False,
        overrides: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """Runs env.py, or an environment of ours, with the function that gives the steps."""
        from alembic.runtime.environment import EnvironmentContext

        def steps(revision: Any, context: Any) -> Iterable[Any]:
            self.context = context
            self._read_timeouts(context)
            return function(revision, context)

        with EnvironmentContext(self.config, self.scripts, fn=steps, **options) as environment:
            self._record(environment)
            if own:
                self.replaced = "an environment of dbwright's stands in for env.py"
                self._run_own(environment, overrides or {})
            else:
                with flask_app.context(self.config):
                    self.scripts.run_env()

    def _record(self, environment: Any) -> None:
        configure, is_offline = environment.configure, environment.is_offline_mode

        def recorded(*args: Any, **kwargs: Any) -> Any:
            self.configured.append(dict(kwargs))
            return configure(*args, **{**kwargs, **self.offered})

        def asked() -> bool:
            self.asked_offline = self.asked_offline or self.context is None
            return bool(is_offline())

        environment.configure, environment.is_offline_mode = recorded, asked

    def _run_own(self, environment: Any, overrides: dict[str, Any]) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        from .dialects import SYNTHETIC

        engine = create_engine(SYNTHETIC[current.dialect], poolclass=NullPool)
        with engine.connect() as connection:
            environment.configure(connection=connection, **overrides)
            with environment.begin_transaction():
                environment.run_migrations()

    def _read_timeouts(self, context: Any) -> None:
        """Asks the server for the timeouts in force once env.py has done its part."""
        if current.dialect != "postgresql" or context.connection is None or context.as_sql:
            return
        for name in ("lock_timeout", "statement_timeout"):
            set_in_options = current.connect_options.get(name)
            value = None
            if current.hosted:
                value = context.connection.exec_driver_sql(f"show {name}").scalar()
            value = value or set_in_options
            self.timeouts[name] = None if value in (None, "0") else str(value)

    def facts(self) -> dict[str, Any]:
        """Gives the JSON of core.migration.Environment."""
        first = self.configured[0] if self.configured else {}
        found: dict[str, Any] = {
            "transaction_per_migration": bool(first.get("transaction_per_migration")),
            "transactional_ddl": self._transactional(first),
            "render_as_batch": bool(first.get("render_as_batch")),
            "compare_type": first.get("compare_type", True) is not False,
            "lock_timeout": self.timeouts.get("lock_timeout"),
            "statement_timeout": self.timeouts.get("statement_timeout"),
            "replaced": self.replaced,
            "path": frames.relative(current.env_file) if current.env_file else None,
        }
        return found

    def _transactional(self, first: dict[str, Any]) -> bool:
        if first.get("transactional_ddl") is not None:
            return bool(first["transactional_ddl"])
        if self.context is not None:
            return bool(self.context.impl.transactional_ddl)
        return current.dialect == "postgresql"

    def metadata(self) -> list[Any]:
        """Gives each MetaData that env.py names as target, in order, once."""
        found: list[Any] = []
        for configured in self.configured:
            target = configured.get("target_metadata")
            several = target if isinstance(target, (list, tuple, set)) else [target]
            for item in several:
                if item is not None and not any(item is known for known in found):
                    found.append(item)
        return found

"""What `alembic upgrade --sql` and `alembic downgrade --sql` write, statement by statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Callable

from . import failures
from .environment import Run

URL: str | None = None
"""The URL that a configuration names, where it is not to be its own."""


def script(
    config: str | None,
    section: str | None,
    start: Sequence[str],
    revision: str,
    direction: str = "upgrade",
    leave_out: Sequence[str] = (),
    own_env: bool = False,
    overrides: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Runs like `alembic upgrade START:REVISION --sql`, through the project's own env.py.

    `start` are the heads of the database that the script is for, none for an empty one. The result
    has the `statements`, and the `failure` that stopped it. `offline` is whether env.py asks if it
    is to write a script, `reached` whether it came to a revision: without both a failure says
    nothing about the revisions. An environment of ours has no offline mode.
    """
    if own_env:
        return {"offline": False, "reached": False, "statements": [], "failure": None}
    run = Run(config, section, direction, leave_out)
    if URL is not None:
        run.config.set_main_option("sqlalchemy.url", URL.replace("%", "%%"))
    written = _Written()
    run.offered["output_buffer"] = written
    reached: list[str] = []

    def steps(heads: Any, context: Any) -> Iterable[Any]:
        scripts = run.scripts
        between = scripts._upgrade_revs if direction == "upgrade" else scripts._downgrade_revs
        for step in between(revision, heads):
            step.migration_fn = _noted(step, reached)
            yield step

    failure = None
    try:
        run.run(steps, as_sql=True, starting_rev=list(start) or "base", destination_rev=revision,
                tag=None)  # fmt: skip
    except Exception as error:
        failure = failures.described(error)
    return {
        "offline": run.asked_offline,
        "reached": bool(reached),
        "statements": written.statements,
        "failure": failure,
    }


class _Written:
    """Takes Alembic's output: it writes one statement at a time."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.statements: list[str] = []

    def write(self, text: str) -> None:
        """Keeps a statement; what is a comment alone is none."""
        text = text.strip()
        if any(not line.startswith("--") for line in text.splitlines()):
            self.statements.append(text)

    def flush(self) -> None:
        """Has nothing to do."""


def _noted(step: Any, reached: list[str]) -> Callable[..., Any]:
    function = step.migration_fn

    def run(**kwargs: Any) -> Any:
        reached.append(step.revision.revision)
        return function(**kwargs)

    return run

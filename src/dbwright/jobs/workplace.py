"""The workplace of one job: settings, project, child process and scratch databases."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dbwright.collect.project import Project, find_project
from dbwright.collect.settings import read_settings
from dbwright.core.errors import DbwrightError, ServerError, UsageError
from dbwright.core.finding import Unverified
from dbwright.core.live import Live
from dbwright.core.options import Options, Progress
from dbwright.core.settings import Settings
from dbwright.core.target import Target
from dbwright.scratch.worker import Pending, Worker

ASSUMED = "postgresql"


@dataclass(slots=True)
class Workplace:
    """What a job works with. `sandbox` and `worker` are None where they cannot be had.

    `edited` are files as a change would leave them: the project's code is read with them.

    The project's interpreter is on its way at first: `ready` waits until it can be worked with.
    """

    path: Path
    settings: Settings
    project: Project
    target: Target
    options: Options
    progress: Progress
    worker: Worker | None = None
    sandbox: Any = None
    server: str | None = None
    why_no_sandbox: str = ""
    way_to_sandbox: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    live: Live | None = None
    unverified: list[Unverified] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    versions: dict[str, Any] = field(default_factory=dict)
    starting: Pending | None = None
    asked: Pending | None = None
    started: float = field(default_factory=time.monotonic)
    edited: dict[str, str | None] = field(default_factory=dict)

    def ready(self) -> None:
        """Waits for the project's interpreter; one that cannot work is noted, and left out."""
        starting, self.starting = self.starting, None
        if starting is None:
            return
        try:
            self.versions = starting.result()
        except DbwrightError as error:
            self.miss("the project's own code", error.message, error.way_out or "")
            self.worker = None

    @property
    def source(self) -> dict[str, Any]:
        """The worker's arguments that name the models; none where nothing does."""
        source = {"edited": self.edited} if self.edited else {}
        if self.project.models_spec:
            return {**source, "spec": self.project.models_spec}
        if self.project.files:
            return {**source, "file": str(self.project.files[0])}
        return {**source, **self.config} if self.config else {}

    def ask_models(self) -> Pending | None:
        """Has the child read the models meanwhile; the same answer for whoever asks again."""
        if self.asked is None and self.worker is not None and self.source:
            self.asked = self.worker.begin("models", **self.source)
        return self.asked

    def miss(self, what: str, why: str, way_out: str = "") -> None:
        """Takes down something that could not be checked, once."""
        found = Unverified(what, why, way_out)
        if found not in self.unverified:
            self.unverified.append(found)

    @property
    def config(self) -> dict[str, str]:
        """The worker's arguments that name the chain."""
        if self.project.config is None:
            return {}
        return {"config": str(self.project.config), "section": self.project.section}


@contextlib.contextmanager
def workplace(path: Path, options: Options, progress: Progress) -> Iterator[Workplace]:
    """Opens the workplace of a job on a folder or file, and closes all of it at the end.

    The project's interpreter starts while the caller goes on, to import what it needs.

    Raises UsageError or SettingsError for options or settings that cannot be meant, and
    ProjectError when there is nothing to read. A server or child that cannot be had is noted.
    """
    progress("reading the project")
    settings = _settings(path, options)
    project = find_project(path, settings, python=options.python)
    live = _live(options, progress)
    target = _target(project, settings, live)
    place = Workplace(path, settings, project, target, options, progress, live=live)
    place.notes += project.notes
    if project.dialect is None and live is None:
        place.notes.append(
            f"Nothing here names the database: reviewed as {ASSUMED} (--target says otherwise)."
        )
    place.rows = _sizes(path, settings.sizes) or (live.rows if live else {})
    if live and live.target and live.target.major != target.major:
        place.notes.append(f"--db is {live.server}, and the advice is for {target}.")
    for text in live.hidden if live else ():
        place.miss("a part of the live database", text, "Name a role with --db that may read it.")
    with contextlib.ExitStack() as stack:
        _open_sandbox(place, stack)
        _open_worker(place, stack)
        try:
            yield place
        except Exception as error:
            from dbwright.scratch.databases import server_lost

            lost = server_lost(place.sandbox, error)
            if lost is None:
                raise
            raise lost from error


def _settings(path: Path, options: Options) -> Settings:
    given = {
        "target": options.target,
        "config": options.config,
        "section": options.section,
        "models": options.models,
        "sizes": options.sizes,
        "baseline": options.baseline,
        "sandbox_url": options.sandbox_url,
        "pg_bin": options.pg_bin,
        "timeout": options.timeout,
    }
    settings = read_settings(path, **given)
    return replace(
        settings,
        select=options.select or settings.select,
        ignore=(*settings.ignore, *options.ignore),
    )


def _live(options: Options, progress: Progress) -> Live | None:
    """The database of --db, read once; its driver is imported only where it is asked for."""
    if options.db is None:
        return None
    from dbwright.collect.live import read_live

    progress("reading the live database")
    return read_live(options.db)


def _target(project: Project, settings: Settings, live: Live | None) -> Target:
    found = project.target or Target.parse(settings.target or project.dialect or ASSUMED)
    if live is None or live.target is None:
        return found
    if project.dialect not in (None, live.target.dialect) and settings.target is None:
        raise UsageError(
            f"--db names a {live.target.dialect} database, and the project is for {found.dialect}",
            way_out=f"Name the project's database, or add --target {live.target}.",
        )
    return found if settings.target else live.target


def _sizes(path: Path, file: str | None) -> dict[str, int]:
    if file is None:
        return {}
    try:
        data = json.loads(Path(file).read_text(encoding="utf-8"))
        tables = data.get("tables", data)
        return {
            name: int(entry["rows"] if isinstance(entry, dict) else entry)
            for name, entry in tables.items()
            if name != "version"
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"cannot read the sizes: {error}",
            file=file,
            way_out='It is JSON: {"version": 1, "tables": {"orders": {"rows": 8200000}}}',
        ) from error


def _open_sandbox(place: Workplace, stack: contextlib.ExitStack) -> None:
    if not place.options.sandbox:
        place.why_no_sandbox = "--no-sandbox was given"
        return
    # the driver takes as long to import as the rest of this module
    from dbwright.scratch.databases import open_sandbox
    from dbwright.scratch.server import ServerChoice

    place.progress(f"starting a scratch {place.target.dialect}")
    settings = place.settings
    choice = ServerChoice(
        sandbox_url=settings.sandbox_url,
        pg_bin=Path(settings.pg_bin) if settings.pg_bin else None,
        target_major=place.target.major if place.target.dialect == "postgresql" else None,
    )
    try:
        place.sandbox = stack.enter_context(open_sandbox(place.target.dialect, choice))
    except ServerError as error:
        place.why_no_sandbox, place.way_to_sandbox = error.message, error.way_out or ""
        place.miss("every claim about the database", error.message, error.way_out or "")
        return
    place.server = _words(place.sandbox)


def _words(sandbox: Any) -> str:
    server = getattr(sandbox, "server", None)
    if server is not None:
        return str(server.words)
    import sqlite3

    return f"SQLite {sqlite3.sqlite_version}"


def _open_worker(place: Workplace, stack: contextlib.ExitStack) -> None:
    if place.project.python is None:
        return
    if place.sandbox is None and not place.source:  # revisions that are read and not run
        return
    place.progress("starting the project's interpreter")
    place.worker = stack.enter_context(new_worker(place))
    place.starting = place.worker.begin("versions")


def new_worker(place: Workplace) -> Worker:
    """Gives a child process of the project's interpreter, which has imported nothing yet."""
    server = getattr(place.sandbox, "server", None)
    return Worker(
        place.project.python or Path(),
        place.project.root,
        dialect=place.target.dialect,
        timeout=float(place.settings.timeout),
        server_version=server.version.split()[0] if server is not None else None,
    )

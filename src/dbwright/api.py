"""The one typed door: what every front end and every program calls.

Nothing heavy is imported until a function is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbwright.core.advice import Tuned
    from dbwright.core.answered import Answered
    from dbwright.core.authoring import Authored
    from dbwright.core.brief import Brief
    from dbwright.core.design import Designed, Layout
    from dbwright.core.finding import Edit
    from dbwright.core.model_change import ModelsChanged
    from dbwright.core.options import Options, Progress
    from dbwright.core.rehearsed import RehearsalReport
    from dbwright.core.report import Report
    from dbwright.core.reversed import Reversed
    from dbwright.core.rule import Rule
    from dbwright.core.twin import Twin, TwinPlans
    from dbwright.jobs.revision_tests import TestFile

__all__ = [
    "Options",
    "Progress",
    "apply_edits",
    "ask",
    "autogenerate",
    "change",
    "change_models",
    "changes",
    "check",
    "design",
    "diagram",
    "explain_twin",
    "export_twin",
    "rehearse",
    "reverse",
    "review_query",
    "revision_test",
    "rule",
    "rules",
    "tune",
]


def check(
    path: str | Path = ".", options: Options | None = None, progress: Progress | None = None
) -> Report:
    """Reviews the models, the migrations and the drift of the project in a folder.

    A single file or folder of models or of revisions works too. Raises UsageError for options
    that cannot be meant and ProjectError when there is nothing to read.
    """
    from dbwright.jobs.workplace import workplace

    with workplace(Path(path), options or _options(), progress or _silent) as place:
        place.ask_models()
        from dbwright.jobs.check import run

        return run(place)


def rehearse(
    range: str | None = None,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
) -> RehearsalReport:
    """Runs revisions of the project in a folder up, down and up with rows, and tells all of it.

    `range` is written as for `alembic history -r`; without one it is what can still be changed.
    Raises UsageError for a range that names nothing, or where no database can be had.
    """
    from dataclasses import replace

    from dbwright.jobs.workplace import workplace

    chosen = replace(options or _options(), jobs=("migrations",), range=range, rehearsal=True)
    with workplace(Path(path), chosen, progress or _silent) as place:
        place.ask_models()
        from dbwright.jobs.rehearse import run

        return run(place)


def revision_test(
    revision: str,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    output: str | None = None,
) -> TestFile:
    """Gives a pytest file for one revision, with rows that were taken through it; writes nothing.

    Raises UsageError for what is not one revision, for one whose upgrade fails, and for a file
    that is there already.
    """
    from dataclasses import replace

    from dbwright.jobs.workplace import workplace

    chosen = replace(options or _options(), jobs=("migrations",), range=revision, rehearsal=True)
    with workplace(Path(path), chosen, progress or _silent) as place:
        place.ask_models()
        from dbwright.jobs.revision_tests import run

        return run(place, output)


def review_query(
    sql: str,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
) -> Report:
    """Reviews one SELECT on the sandbox of the project in a folder."""
    from dbwright.jobs.queries import run

    return run(sql, Path(path), options or _options(), progress or _silent)


def ask(
    request: str,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    meant: Sequence[tuple[str, str]] = (),
    choose: str = "",
) -> tuple[str, Report | ModelsChanged | Designed | Answered]:
    """Gives how a request was understood, and the report, change, design or facts that answer it.

    `meant` are answers to what the migration of a change asks, `choose` names another way than
    the one that a change takes. Nothing is written. Raises UsageError, with what can be asked,
    for a request that no job answers yet.
    """
    from dbwright.jobs.answer import run

    chosen = options or _options()
    return run(request, Path(path), chosen, progress or _silent, tuple(meant), choose)


def autogenerate(
    path: str | Path = ".",
    message: str = "",
    meant: Sequence[tuple[str, str]] = (),
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    revision: str | None = None,
) -> Authored:
    """Gives the revisions that take the migrated database to the models, each run with rows.

    `meant` are pairs of an option and its text, `("rename", "users.name:fullname")`; where a
    guess could lose rows the answer holds questions and no revision. `revision` is the id that
    the first one is to have. Nothing is written: `apply_edits` does that.
    Raises CollectError where models or revisions cannot be run, FixError where a change cannot
    be written.
    """
    from dbwright.jobs.workplace import workplace

    with workplace(Path(path), options or _options(), progress or _silent) as place:
        from dbwright.jobs.autogenerate import run
        from dbwright.jobs.autogenerate_trial import Request

        return run(place, Request(message, tuple(meant), revision))


def change(
    kind: str,
    table: str,
    path: str | Path = ".",
    *,
    columns: Sequence[str] = (),
    to: Sequence[str] = (),
    back: Sequence[str] = (),
    options: Options | None = None,
    progress: Progress | None = None,
) -> Authored:
    """Gives the revisions that change a live table in several deploys, each run with rows.

    `kind` is one of `changes()`; `columns`, `to` and `back` are what its usage says. Nothing is
    written: `apply_edits` does that. Raises UsageError for a change that cannot be meant,
    CollectError where the chain does not run, FixError where the revisions did not hold.
    """
    from dbwright.jobs.workplace import workplace

    with workplace(Path(path), options or _options(), progress or _silent) as place:
        from dbwright.jobs.change import run
        from dbwright.recipes.change import Request

        return run(place, kind, Request(table, tuple(columns), tuple(to), tuple(back)))


def change_models(
    request: str,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    choose: str = "",
    meant: Sequence[tuple[str, str]] = (),
) -> ModelsChanged:
    """Gives the edits of existing models that a request in words asks for, and the revisions.

    `choose` names another way where there are several; `meant` are answers for the migration,
    as for `autogenerate`. A request that cannot be meant gives its problems and no edits; one
    whose migration has to ask gives questions. Nothing is written: `apply_edits` does that.
    Raises CollectError where the models cannot be read, FixError where the change did not hold.
    """
    from dbwright.jobs.workplace import workplace

    with workplace(Path(path), options or _options(), progress or _silent) as place:
        place.ask_models()
        from dbwright.jobs.models_change import Wanted, run

        return run(place, Wanted(request, choose, tuple(meant)))


def changes() -> dict[str, tuple[str, str]]:
    """Gives each kind of change of a live table, with what it is and an example of its usage."""
    from dbwright.recipes import changes as found

    modules = {name: found.get(name) for name in found.names()}
    return {
        name: ((module.__doc__ or "").partition("\n")[0], module.USAGE)
        for name, module in modules.items()
    }


def diagram(
    path: str | Path = ".",
    format: str = "mermaid",
    *,
    tables: Sequence[str] = (),
    around: str | None = None,
    depth: int = 1,
    db: str | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> str:
    """Gives the entity-relationship diagram of the models of the project in a folder, as text.

    `format` is "mermaid" or "svg"; `tables` draws only these, `around` one table and what is
    within `depth` foreign keys of it. `db` is the URL of a database that is drawn in place of the
    models; it is only read. Raises UsageError for a format or table that there is not,
    ProjectError where no models are found, CollectError where they, or the database, cannot be
    read.
    """
    if db is not None:
        from dbwright.jobs.diagram import run_database

        return run_database(db, format, tables, around, depth)
    from dataclasses import replace

    from dbwright.jobs.workplace import workplace

    chosen = replace(options or _options(), jobs=("models",), sandbox=False)
    with workplace(Path(path), chosen, progress or _silent) as place:
        place.ask_models()
        from dbwright.jobs.diagram import run

        return run(place, format, tables, around, depth)


def design(
    request: str = "",
    brief: Brief | str | Path | None = None,
    *,
    database: str = "",
    into: str = "",
    path: str | Path = ".",
    diagram: bool = False,
    layout: Layout = "by size",
    options: Options | None = None,
    progress: Progress | None = None,
) -> Designed:
    """Gives models for a brief, for words, or for both, each run before it is handed over.

    `brief` is a Brief or a file in YAML or JSON; it wins where words say otherwise. `into` is the
    file below `path` that they are for, or a folder that ends in /: models.py unless it is named,
    and the package models for more tables than are read easily in one file, which `layout` chooses
    as well; in a project with models they are written as those are, and stand beside them.
    `diagram` adds a page that shows the tables. Nothing is written: `apply_edits` does that. Raises
    CollectError for a brief that cannot be designed, with its line; UsageError for a request that
    says nothing, contradicts itself or takes a name that is taken; FixError where the
    design did not hold.
    """
    from dbwright.jobs.design import Request, run

    given = Path(brief) if isinstance(brief, str) else brief
    asked = Request(given, request, database, into, diagram, layout, Path(path))
    return run(asked, options or _options(), progress or _silent)


def reverse(
    url: str,
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    schemas: Sequence[str] = (),
    tables: Sequence[str] = (),
    layout: Layout = "module",
) -> Reversed:
    """Gives the models of an existing database, and what the database that they make lacks.

    The database at the URL is only read. `layout` is "module", "package" (a file for each group
    of tables) or "by size". Raises UsageError for a URL, schema or table that
    cannot be meant, CollectError where the database cannot be read.
    """
    from dbwright.jobs.reverse import run

    chosen = options or _options()
    return run(url, chosen, progress or _silent, schemas=schemas, tables=tables, layout=layout)


def rules() -> Sequence[Rule]:
    """Gives every rule, those of installed packages included."""
    from dbwright.rules.registry import all_rules

    return all_rules()


def rule(name: str) -> Rule | None:
    """Gives the rule published under that name, or None."""
    from dbwright.rules.registry import rule_named

    return rule_named(name)


def apply_edits(root: str | Path, edits: Sequence[Edit]) -> None:
    """Writes the final contents of files, all or none; a changed file raises FixError."""
    from dbwright.jobs.fix import apply

    apply(Path(root), edits)


def _silent(text: str) -> None:
    """Says nothing."""


def _options() -> Options:
    from dbwright.core.options import Options

    return Options()


def __getattr__(name: str) -> Any:
    """Gives Options and Progress, whose module is imported when they are first asked for."""
    if name in ("Options", "Progress"):
        from dbwright.core import options

        return getattr(options, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def export_twin(url: str, output: str | Path, *, redact: bool = False) -> Twin:
    """Reads a PostgreSQL database's schema, statistics and sizes, not one row, into a file.

    `redact` leaves the values in the statistics out. Raises UsageError for another database,
    CollectError where it cannot be read or the file cannot be written.
    """
    from dbwright.jobs.twin import export

    return export(url, Path(output), redact)


def explain_twin(
    file: str | Path,
    sql: str,
    options: Options | None = None,
    progress: Progress | None = None,
) -> TwinPlans:
    """Gives the plans that a twin's source would make for the statements of a text or file.

    Raises CollectError for a damaged file and where there is no statement, ServerError where no
    server can be had.
    """
    from dbwright.jobs.twin import explain

    return explain(Path(file), sql, options or _options(), progress or _silent)


def tune(
    twin: str | Path | None = None,
    url: str | None = None,
    workload: str | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    budget: float = 0.2,
    most: int = 30,
) -> Tuned:
    """Gives the indexes that a workload is worth, found on a twin: its file's, or a database's.

    `workload` is text or a file of SQL; without it the statements that the server has counted.
    `budget` is a share of the tables' bytes. Raises UsageError where neither or both of `twin`
    and `url` are given, CollectError where there is no statement.
    """
    from dbwright.core.errors import UsageError
    from dbwright.jobs.tune import run
    from dbwright.jobs.twin import taken

    if (twin is None) == (url is None):
        raise UsageError(
            "tuning needs a database: give one of --twin FILE and --db URL",
            way_out="Export a twin: dbwright twin export --db URL -o prod.twin",
        )
    source = Path(twin) if twin is not None else taken(url or "")
    return run(source, workload, options or _options(), progress or _silent, budget, most)

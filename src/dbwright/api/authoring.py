"""Changes: models and revisions that are written, and proved before they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dbwright.api.defaults import default_options, silent

if TYPE_CHECKING:
    from dbwright.core.advice import Tuned
    from dbwright.core.authoring import Authored
    from dbwright.core.brief import Brief
    from dbwright.core.design import Designed, Layout
    from dbwright.core.finding import Edit
    from dbwright.core.model_change import ModelsChanged
    from dbwright.core.options import Options, Progress
    from dbwright.core.placed import Placed


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

    with workplace(Path(path), options or default_options(), progress or silent) as place:
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

    with workplace(Path(path), options or default_options(), progress or silent) as place:
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

    with workplace(Path(path), options or default_options(), progress or silent) as place:
        place.ask_models()
        from dbwright.jobs.models_change import Wanted, run

        return run(place, Wanted(request, choose, tuple(meant)))


def place_indexes(
    found: Tuned,
    path: str | Path = ".",
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    drops: bool = True,
) -> Placed:
    """Gives the models of a project with the indexes of `tune`'s advice, and the revisions.

    `drops` takes the needless ones out as well, in revisions behind the builds. What cannot be
    edited is in it with the code to paste. Nothing is written: `apply_edits` does that. Raises
    CollectError where the models cannot be read, FixError where edit or revisions did not hold.
    """
    from dbwright.jobs.workplace import workplace

    with workplace(Path(path), options or default_options(), progress or silent) as place:
        place.ask_models()
        from dbwright.jobs.tune_models import run

        return run(place, found, drops=drops)


def changes() -> dict[str, tuple[str, str]]:
    """Gives each kind of change of a live table, with what it is and an example of its usage."""
    from dbwright.recipes import changes as found

    modules = {name: found.get(name) for name in found.names()}
    return {
        name: ((module.__doc__ or "").partition("\n")[0], module.USAGE)
        for name, module in modules.items()
    }


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
    return run(asked, options or default_options(), progress or silent)


def apply_edits(root: str | Path, edits: Sequence[Edit]) -> None:
    """Writes the final contents of files, all or none; a changed file raises FixError."""
    from dbwright.jobs.fix import apply

    apply(Path(root), edits)

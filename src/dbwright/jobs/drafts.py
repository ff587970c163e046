"""Code that somebody else wrote, tried: a SELECT beside the one it replaces, models, a revision.

Nothing of it is trusted: a SELECT runs in a scratch database alone, Python is run only where
`collect/declarative.py` finds nothing in it but declarations and operations.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dbwright.collect.declarative import revision_of, why_not_declarative
from dbwright.collect.project import find_project
from dbwright.collect.settings import read_settings
from dbwright.core.claim import Claim, Proof, QueryProbe
from dbwright.core.errors import DbwrightError, UsageError
from dbwright.core.options import Options, Progress
from dbwright.core.rehearsed import RehearsalReport
from dbwright.core.report import Report
from dbwright.jobs.queries import spelled_as
from dbwright.jobs.query_project import on_project
from dbwright.jobs.workplace import workplace

_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "venv", "node_modules", "__pycache__", "*.pyc")
_MOST_BYTES = 50_000_000


def query(
    first: str, second: str, path: Path, options: Options, progress: Progress
) -> Sequence[Proof]:
    """Gives whether a SELECT returns the rows of another, and whether it is cheaper.

    Both run on made-up rows of the project's schema. Raises UsageError where there is no ground.
    """
    scratch = replace(options, db=None, twin=None, run=False)
    with on_project(path, scratch, progress, lambda what, why, way_out: None) as ground:
        texts = [spelled_as(sql, ground.dialect).sql for sql in (first, second)]
        with ground.opened(texts) as opened:
            if opened.kind == "none":
                raise UsageError("there is no scratch database to try it on")
            before, after = (opened.literal(sql) for sql in texts)
            prover = opened.prover()
            prover.schema = opened.schema
            same = QueryProbe(before, other=after, expect="same_rows")
            found = [prover.prove(Claim("same_rows", probe=same), "it returns the same rows")]
            if found[0].holds:
                cheaper = QueryProbe(before, other=after, expect="cheaper")
                claim = Claim("cheaper_plan", probe=cheaper)
                found.append(prover.prove(claim, "it is cheaper on made-up rows"))
            return found


def models(code: str, path: Path, options: Options, progress: Progress) -> Report:
    """Gives the review of a module of models, which is configured and its tables made.

    Raises UsageError for code that does more than declare.
    """
    if why := why_not_declarative(code):
        raise UsageError(f"it is not run: {why}")
    target, python = _project(path)
    with tempfile.TemporaryDirectory(prefix="dbwright-draft-") as folder:
        file = Path(folder, "models.py")
        file.write_text(code, encoding="utf-8")
        Path(folder).chmod(0o755)
        chosen = replace(
            options, jobs=("models",), db=None, target=options.target or target, python=python
        )
        from dbwright.jobs.check import run

        with workplace(file, chosen, progress) as place:
            place.ask_models()
            return run(place)


def migration(code: str, path: Path, options: Options, progress: Progress) -> RehearsalReport:
    """Gives the rehearsal of a revision on top of a copy of the project's chain.

    Raises UsageError for code that does more than a revision may, or where there is no chain.
    """
    if why := why_not_declarative(code):
        raise UsageError(f"it is not run: {why}")
    revision = revision_of(code)
    if not revision:
        raise UsageError("it is not run: it has no `revision`")
    project = find_project(path, read_settings(path))
    versions = next(iter(project.version_locations), None)
    if project.config is None or versions is None:
        raise UsageError("there is no chain of revisions to try it on")
    root = project.root.resolve()
    if sum(f.stat().st_size for f in root.rglob("*") if f.is_file()) > _MOST_BYTES:
        raise UsageError("the project is too large to be copied for a trial")
    with tempfile.TemporaryDirectory(prefix="dbwright-draft-") as folder:
        copy = Path(folder, root.name)
        shutil.copytree(root, copy, ignore=_LEFT_OUT, symlinks=True)
        Path(folder).chmod(0o755)
        place = copy / versions.resolve().relative_to(root) / f"{revision}_draft.py"
        place.write_text(code, encoding="utf-8")
        python = options.python or (str(project.python) if project.python else None)
        chosen = replace(
            options, jobs=("migrations",), range=revision, rehearsal=True, db=None, python=python
        )
        from dbwright.jobs.rehearse import run

        with workplace(copy, chosen, progress) as opened:
            opened.ask_models()
            return run(opened)


def _project(path: Path) -> tuple[str | None, str | None]:
    """The database that the project is for, and its interpreter, as far as there is one."""
    try:
        settings = read_settings(path)
        project = find_project(path, settings)
    except DbwrightError:
        return None, None
    target = settings.target or settings.database or project.dialect
    return target, str(project.python) if project.python else None

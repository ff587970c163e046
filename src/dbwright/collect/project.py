"""Project: what stands in a folder, and how its database, revisions and models are reached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from dbwright.collect.interpreter import find_interpreter
from dbwright.collect.project_config import AlembicConfig, line_of, list_sections, read_config
from dbwright.collect.project_dialect import find_dialect
from dbwright.collect.project_search import find_config, loose_files
from dbwright.collect.revisions_folder import revision_files
from dbwright.core.errors import ProjectError
from dbwright.core.settings import Settings
from dbwright.core.target import Target

__all__ = ["Project", "find_project", "list_sections"]

ProjectKind = Literal[
    "alembic",
    "flask-migrate",
    "models",
    "models file",
    "models folder",
    "revision file",
    "revisions folder",
]


@dataclass(frozen=True, slots=True)
class Project:
    """A project as its files describe it.

    `config` is alembic.ini, or pyproject.toml when there is no ini, or the script folder when code
    configures Alembic; `toml` is the pyproject.toml
    with a [tool.alembic] table. `url` is the text as written, never used to connect. `dialect`
    is None when nothing names the database, and `dialect_from` says why. `named` is the file or
    folder inside the project that the user named. `files` are the model files of a project
    without Alembic. `notes` are sentences for the reader.
    """

    root: Path
    kind: ProjectKind
    config: Path | None = None
    toml: Path | None = None
    section: str = "alembic"
    sections: tuple[str, ...] = ()
    script_location: Path | None = None
    version_locations: tuple[Path, ...] = ()
    recursive: bool = False
    url: str | None = None
    dialect: str | None = None
    dialect_from: str = ""
    env_path: Path | None = None
    python: Path | None = None
    python_why: str = ""
    models_spec: str | None = None
    files: tuple[Path, ...] = ()
    named: Path | None = None
    target: Target | None = None
    notes: tuple[str, ...] = ()


def find_project(
    path: Path,
    settings: Settings | None = None,
    *,
    config: str | None = None,
    section: str | None = None,
    models: str | None = None,
    python: str | None = None,
    find_python: bool = True,
) -> Project:
    """Gives the project that a folder or file belongs to.

    Without any project, a file or folder of models or of revisions is one by itself. Nothing
    to review raises ProjectError, which says what was looked for and the way out.
    """
    settings = settings or Settings()
    path = path.absolute()
    if not path.exists():
        raise ProjectError(
            "there is no such file or folder",
            file=str(path),
            way_out="Name the folder of the project: dbwright check PATH",
        )
    spec = models or settings.models
    found = find_config(path, config or settings.config)
    if found:
        asked = bool(config or settings.config or path in (found, found.parent))
        project = _near(found, section or settings.section, path, asked=asked)
    else:
        project = _loose(path, spec)
    project = replace(project, models_spec=spec)
    project = _with_dialect(project, settings)
    return _with_python(project, settings, python) if find_python else project


def _near(found: Path, section: str | None, path: Path, *, asked: bool) -> Project:
    """Gives the project of a configuration, or the named files alone where it is broken."""
    try:
        return _of_config(read_config(found, section), path)
    except ProjectError as error:
        if asked:
            raise
        try:
            project = _loose(path, None)
        except ProjectError:
            raise error from None
        note = f"{found.name} above could not be used, so only what was named is read: {error}"
        return replace(project, notes=(note,))


def _of_config(config: AlembicConfig, path: Path) -> Project:
    root, script = _script_folder(config, path)
    env_path = script / "env.py"
    locations = tuple(_resolved(text, root) for text in config.version_locations())
    return Project(
        root,
        _kind(config, env_path),
        config=config.path,
        toml=config.toml,
        section=config.section,
        sections=config.sections,
        script_location=script,
        version_locations=locations or (script / "versions",),
        recursive=config.flag("recursive_version_locations"),
        url=config.get("sqlalchemy.url"),
        env_path=env_path if env_path.is_file() else None,
        named=path if path not in (root, config.path, config.here) else None,
        notes=_notes(config, env_path, locations or (script / "versions",)),
    )


def _script_folder(config: AlembicConfig, path: Path) -> tuple[Path, Path]:
    """Gives the folder in which the project's commands run, and the script folder."""
    here, text = config.here, config.get("script_location")
    if not text:
        if (here / "env.py").is_file():
            # Flask-Migrate sets script_location itself, and runs in the folder above
            return here.parent, here
        raise _without_script_location(config)
    start = path if path.is_dir() else path.parent
    roots = [here, start, *here.parents[:3]]
    for root in roots:
        script = _resolved(text, root)
        if script.is_dir():
            # an ini inside the script folder, as Flask-Migrate lays it: its commands run above
            return root.parent if script.samefile(root) else root, script
    raise ProjectError(
        f"script_location is {text!r}, and there is no such folder",
        file=str(config.path),
        line=line_of(config.path, "script_location", config.section),
        way_out="It is taken from the folder of the file, or from the folder in which Alembic is "
        "started: correct it, or start dbwright there.",
    )


def _without_script_location(config: AlembicConfig) -> ProjectError:
    others = [name for name in config.sections if name != config.section]
    hint = f" Or name another section with --section: {', '.join(others)}." if others else ""
    return ProjectError(
        f"no script_location is set in section [{config.section}]",
        file=str(config.path),
        line=line_of(config.path, "", config.section),
        way_out="Write the folder of env.py there: script_location = %(here)s/migrations." + hint,
    )


def _resolved(text: str, root: Path) -> Path:
    package, *rest = text.split(":")
    # package:folder is inside an importable package; C:\… is not
    if rest and len(package) > 1 and "/" not in package:
        inside = Path(*package.split("."), *rest)
        bases = (base for base in (root, root / "src") if (base / inside).exists())
        return next(bases, root) / inside
    return Path(root, text)


def _kind(config: AlembicConfig, env_path: Path) -> ProjectKind:
    if config.get("script_location") and config.here != env_path.parent:
        return "alembic"
    try:
        text = env_path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "alembic"
    return "flask-migrate" if "current_app" in text else "alembic"


def _notes(config: AlembicConfig, env_path: Path, locations: tuple[Path, ...]) -> tuple[str, ...]:
    notes = []
    others = [name for name in config.sections if name != config.section]
    if others:
        notes.append(
            f"section [{config.section}] was read; --section reads another: {', '.join(others)}"
        )
    if not env_path.is_file():
        notes.append(f"there is no env.py in {env_path.parent.name}")
    notes += [
        f"the folder of revisions {folder.name} is not there, so there are no revisions in it"
        for folder in locations
        if not folder.exists()
    ]
    for folder in locations if not config.flag("recursive_version_locations") else ():
        inside = _unread(folder)
        if inside:
            notes.append(
                f"{folder.name} holds no revisions; those in {', '.join(inside)} below it were "
                "not read: name the folder in version_locations"
            )
    return tuple(notes)


def _unread(folder: Path) -> list[str]:
    """The folders with Python files in a folder of revisions that has none itself."""
    if not folder.is_dir() or any(folder.glob("*.py")):
        return []
    return sorted({file.parent.name for file in folder.glob("*/*.py")})


def _loose(path: Path, spec: str | None) -> Project:
    root = path if path.is_dir() else path.parent
    files, revisions = loose_files(path)
    if spec:
        return Project(root, "models", files=files)
    if revisions:
        _one_chain(path, revisions)
        folder, env_path = _revision_folder(path, revisions)
        if env_path is not None and len(folder) == 1 and path in env_path.parents:
            return _without_config(path, env_path, folder)
        return Project(
            root,
            "revision file" if path.is_file() else "revisions folder",
            version_locations=revisions if path.is_file() else folder,
            env_path=env_path,
        )
    if files:
        return Project(root, "models file" if path.is_file() else "models folder", files=files)
    raise ProjectError(
        "there is nothing here that dbwright can review",
        file=str(path),
        way_out="It looked for alembic.ini and [tool.alembic] in pyproject.toml (here, above and "
        "below), and for Python files with SQLAlchemy models or Alembic revisions. Name the "
        "project's folder, --config FILE, --models package.module:Base, or a file: "
        "dbwright check models.py",
    )


def _one_chain(path: Path, revisions: tuple[Path, ...]) -> None:
    """Refuses a folder with the chains of several environments: they are no one graph."""
    parents = dict.fromkeys(file.parent.parent for file in revisions)
    scripts = [folder for folder in parents if (folder / "env.py").is_file()]
    if path.is_file() or len(scripts) < 2:
        return
    names = [folder.relative_to(path).as_posix() for folder in scripts]
    raise ProjectError(
        f"there are {len(names)} Alembic projects here: {', '.join(names)}",
        file=str(path),
        way_out=f"Review one at a time: dbwright check {names[0]}",
    )


def _without_config(root: Path, env_path: Path, versions: tuple[Path, ...]) -> Project:
    """A project whose code configures Alembic by itself: the folder of env.py says all we need."""
    script = env_path.parent
    name = script.relative_to(root).as_posix()
    return Project(
        root,
        "alembic",
        config=script,
        script_location=script,
        version_locations=versions,
        env_path=env_path,
        notes=(f"there is no alembic.ini; the chain of {name} was read",),
    )


def _revision_folder(
    path: Path, revisions: tuple[Path, ...]
) -> tuple[tuple[Path, ...], Path | None]:
    folders = tuple(dict.fromkeys(revision.parent for revision in revisions))
    candidates = (path / "env.py", *(folder.parent / "env.py" for folder in folders))
    return folders, next((file for file in candidates if file.is_file()), None)


def _with_dialect(project: Project, settings: Settings) -> Project:
    revisions = revision_files(project.version_locations, recursive=project.recursive)
    found = find_dialect(project.root, settings, project.url, project.env_path, revisions)
    target = Target.parse(settings.target) if settings.target else None
    if target is None and found.name:
        target = Target(found.name)
    return replace(
        project,
        dialect=found.name,
        dialect_from=found.origin,
        target=target,
        notes=(*project.notes, *found.notes),
    )


def _with_python(project: Project, settings: Settings, python: str | None) -> Project:
    found = find_interpreter(project.root, given=python, setting=settings.python)
    return replace(
        project,
        python=found.path,
        python_why=found.why,
        notes=(*project.notes, *found.notes),
    )

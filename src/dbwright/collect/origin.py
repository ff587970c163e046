"""Origin: which revisions the user can still change, as git and the settings tell."""

from __future__ import annotations

import contextlib
import difflib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dbwright.collect import git
from dbwright.collect.project import Project
from dbwright.collect.revisions_graph import ancestors
from dbwright.core.errors import SettingsError, UsageError
from dbwright.core.live import Live
from dbwright.core.migration import History, Migration
from dbwright.core.settings import Settings

_DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


@dataclass(frozen=True, slots=True)
class Scope:
    """The revisions that can still be changed, and a sentence that says how that was told.

    `merge_base` is the commit whose code is the old code, None where there is none.
    `upstream` is the reference that the work will be merged into.
    """

    revisions: frozenset[str]
    sentence: str
    merge_base: str | None = None
    upstream: str | None = None


@dataclass(frozen=True, slots=True)
class _Base:
    commit: str
    words: str
    upstream: str | None = None


def changeable(
    project: Project,
    history: History,
    settings: Settings,
    *,
    all: bool = False,
    since: str | None = None,
    live: Live | None = None,
) -> Scope:
    """Gives the revisions to report on: `all`, those since a reference, or those not deployed.

    What a live database has run is deployed, whatever settings and git say.

    By default those that `[tool.dbwright] applied` does not cover, else those absent from the
    merge base with the default branch; uncommitted files count as new. Where neither can tell,
    all revisions.
    """
    every = frozenset(migration.revision for migration in history.migrations)
    base, why = _base(project, since)
    commit, upstream = (base.commit, base.upstream) if base else (None, None)
    if all:
        return Scope(every, f"all {_count(every)}, as --all asks", commit, upstream)
    run = run_by(history, live) if live and not since else None
    if run is not None and live is not None:
        words = f"{_count(every - run)} that the live database has not run"
        return Scope(every - run, words, commit, upstream)
    if settings.applied and not since:
        new = every - applied(history, settings.applied)
        words = f"{_count(new)} newer than {settings.applied} ([tool.dbwright] applied)"
        return Scope(new, words, commit, upstream)
    if base is None:
        return Scope(every, f"all {_count(every)}: {why}")
    new = absent(project, history, base.commit)
    return Scope(new, f"{_count(new)} absent from {base.words}", commit, upstream)


def with_scope(history: History, scope: Scope) -> History:
    """Gives the history with `changeable` set on each revision."""
    return replace(
        history,
        migrations=tuple(
            replace(migration, changeable=migration.revision in scope.revisions)
            for migration in history.migrations
        ),
    )


def _count(revisions: Iterable[str]) -> str:
    number = len(frozenset(revisions))
    return "1 revision" if number == 1 else f"{number} revisions"


def applied(history: History, latest: str) -> frozenset[str]:
    """Gives the revisions that a database at `latest`, an id or the beginning of one, has had."""
    ids = [migration.revision for migration in history.migrations]
    found = [name for name in ids if name == latest] or [
        name for name in ids if name.startswith(latest)
    ]
    if len(set(found)) != 1:
        near = difflib.get_close_matches(latest, ids, n=1, cutoff=0.0)
        hint = f" The nearest is {near[0]}." if near else ""
        raise SettingsError(
            f"[tool.dbwright] applied names {latest!r}, and no revision has that id",
            way_out=f"Write the revision that `alembic current` prints for production.{hint}",
        )
    return ancestors(history, found[0]) | {found[0]}


def run_by(history: History, live: Live) -> frozenset[str] | None:
    """Gives the revisions that a live database has run, None where no revision here has its id."""
    ids = {migration.revision for migration in history.migrations}
    if not live.versions or not ids.issuperset(live.versions):
        return None
    return frozenset(live.versions).union(*(ancestors(history, name) for name in live.versions))


def _base(project: Project, since: str | None) -> tuple[_Base | None, str]:
    """Gives the commit to compare with, or None and why there is none."""
    root = project.root
    if git.top(root) is None:
        if since:
            raise _no_reference(since, "the project is in no git repository")
        return None, "the project is in no git repository and applied is not set"
    if since:
        return _since(root, since), ""
    head = git.commit_of(root, "HEAD")
    if head is None:
        return None, "the repository has no commit yet"
    for branch in _candidates():
        tip = git.commit_of(root, branch)
        if tip:
            return _with_branch(root, branch, tip, head)
    return None, f"the repository has no branch main or master to compare with{_shallow(root)}"


def _shallow(root: Path) -> str:
    try:
        shallow = git.ask(root, "rev-parse", "--is-shallow-repository").strip() == "true"
    except git.GitError:
        return ""
    return " (a shallow clone: fetch the whole history, fetch-depth: 0)" if shallow else ""


def _candidates() -> tuple[str, ...]:
    # on a pull request GitHub names the branch that it will be merged into
    target = os.environ.get("GITHUB_BASE_REF") or os.environ.get(
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
    )
    return (f"origin/{target}", *_DEFAULT_BRANCHES) if target else _DEFAULT_BRANCHES


def _with_branch(root: Path, branch: str, tip: str, head: str) -> tuple[_Base | None, str]:
    name = _name(root, branch)
    base = git.merge_base(root, "HEAD", tip)
    if base is None:
        return None, f"git knows no common commit with {name}{_shallow(root)}"
    if tip == head and not branch.startswith("origin/"):
        return _Base(base, f"the last commit, as this is {name} itself", branch), ""
    return _Base(base, f"the merge base with {name}", branch), ""


def _name(root: Path, branch: str) -> str:
    if not branch.endswith("/HEAD"):
        return branch
    try:
        return git.ask(root, "rev-parse", "--abbrev-ref", branch).strip() or branch
    except git.GitError:
        return branch


def _since(root: Path, since: str) -> _Base:
    commit = git.commit_of(root, since)
    if commit is None:
        raise _no_reference(since, "git knows no such commit, branch or tag")
    base = git.merge_base(root, "HEAD", commit) or commit
    return _Base(base, f"{since} (--since)", since)


def _no_reference(since: str, why: str) -> UsageError:
    return UsageError(
        f"--since {since}: {why}",
        way_out="Name a branch, tag or commit that `git log` shows, or leave --since away.",
    )


def absent(project: Project, history: History, commit: str) -> frozenset[str]:
    """Gives the revisions that a commit does not have."""
    top = git.top(project.root)
    assert top is not None
    had, renamed = git.files_at(top, commit), git.renamed_since(top, commit)
    found: set[str] = set()
    for migration in history.migrations:
        path = in_repository(project.root / migration.path, top)
        if path is not None and (path in had or _was(top, commit, renamed.get(path), migration)):
            continue
        found.add(migration.revision)
    return frozenset(found)


def _was(top: Path, commit: str, old_path: str | None, migration: Migration) -> bool:
    # git calls a new file that looks like a removed one renamed; the revision's id decides
    return old_path is not None and migration.revision in git.text_at(top, commit, old_path)


def in_repository(path: Path, top: Path) -> str | None:
    """Gives a path as git names it, from the root of the repository; None outside of it."""
    try:
        return Path(os.path.realpath(path)).relative_to(os.path.realpath(top)).as_posix()
    except ValueError:
        return None


@contextlib.contextmanager
def worktree(project: Project, reference: str) -> Iterator[Project]:
    """Gives the project as a commit has it, in a temporary folder; .git is not written.

    The interpreter stays the project's own. A commit that git does not have raises GitError.
    """
    top = git.top(project.root)
    if top is None:
        raise git.GitError("the project is in no git repository, so there is no old code to read")
    with git.unpacked(top, reference) as folder:
        yield _moved(project, Path(os.path.realpath(top)), folder)


def _moved(project: Project, top: Path, folder: Path) -> Project:
    def move(path: Path) -> Path:
        inside = in_repository(path, top)
        return folder / inside if inside is not None else path

    def maybe(path: Path | None) -> Path | None:
        return move(path) if path else None

    return replace(
        project,
        root=move(project.root),
        config=maybe(project.config),
        toml=maybe(project.toml),
        script_location=maybe(project.script_location),
        version_locations=tuple(move(path) for path in project.version_locations),
        env_path=maybe(project.env_path),
        files=tuple(move(path) for path in project.files),
        named=maybe(project.named),
    )

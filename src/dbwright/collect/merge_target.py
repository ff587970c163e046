"""The merge target: the graph of revisions as it will be once the work is merged into its branch.

Git knows both sides; nothing is checked out.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbwright.collect import git
from dbwright.collect.origin import Scope, in_repository
from dbwright.collect.project import Project
from dbwright.collect.revisions import graph, history_of
from dbwright.core.migration import History, MergeTarget, Migration
from dbwright.core.source import Source


def merge_target(
    project: Project, history: History, scope: Scope, exclude: Iterable[str] = ()
) -> MergeTarget | None:
    """Gives the branch that the work will be merged into, and the graph behind the merge.

    A file counts as git will merge it: one that only the branch has changed, added or removed is
    as the branch has it. None without git, or where there is no such branch.
    """
    top = git.top(project.root)
    if top is None or scope.upstream is None or scope.merge_base is None:
        return None
    if git.commit_of(top, scope.upstream) is None:
        return None
    local = {in_repository(project.root / item.path, top): item for item in history.migrations}
    local.pop(None, None)
    merge = _Merge(project, top, scope.upstream, scope.merge_base, local, tuple(exclude))
    return merge.target(history)


@dataclass(frozen=True, slots=True)
class _Merge:
    project: Project
    top: Path
    upstream: str
    base: str
    local: dict[str | None, Migration]
    exclude: tuple[str, ...]

    def target(self, history: History) -> MergeTarget:
        """Gives the graph at the branch's tip, and the merged one."""
        there, before = self._files(self.upstream), set(self._files(self.base))
        changed = git.changed(self.top, self.base, self.upstream)
        wanted = [path for path in there if path not in self.local or path in changed]
        read = self._read(wanted)
        tip = [found for path in there if (found := read.get(path) or self.local.get(path))]
        added = [path for path in there if path not in self.local and path not in before]
        arriving = [read[path] for path in added if path in read]
        kept: list[Migration] = []
        as_before = self._as_before(before & changed)
        for path, item in self.local.items():
            if path in as_before:
                kept += [read[path]] if path in read else []
            else:
                kept.append(item)
        merged = graph([*kept, *arriving])
        mine = [item for path, item in self.local.items() if path not in before]
        labels = {label for item in (*mine, *arriving) for label in item.branch_labels}
        return MergeTarget(
            self.upstream,
            graph(tip).heads,
            tuple(item.revision for item in arriving),
            tuple(item.revision for item in mine),
            () if history.problems else merged.heads,
            merged.duplicates,
            tuple(sorted(labels)),
        )

    def _files(self, commit: str) -> list[str]:
        """The files of revisions that a commit has, as paths from the root of the repository."""
        found = [in_repository(folder, self.top) for folder in self.project.version_locations]
        folders = [folder for folder in found if folder is not None]
        return [
            path
            for path in sorted(git.files_at(self.top, commit))
            if path.endswith(".py")
            and self._is_inside(path, folders)
            and not path.rpartition("/")[2].startswith(("__init__", ".#"))
            and not any(fnmatch.fnmatch(self._name(path), item) for item in self.exclude)
        ]

    def _is_inside(self, path: str, folders: list[str]) -> bool:
        if self.project.recursive:
            return any(path.startswith(f"{folder}/") for folder in folders)
        return path.rpartition("/")[0] in folders

    def _name(self, path: str) -> str:
        return Path(os.path.relpath(self.top / path, self.project.root)).as_posix()

    def _read(self, paths: Sequence[str]) -> dict[str, Migration]:
        texts = git.texts_at(self.top, self.upstream, paths)
        sources = [Source(path, texts[path]) for path in paths if path in texts]
        good = [source for source in sources if _parses(source)]
        return {item.path: item for item in history_of(good, self.project.target).migrations}

    def _as_before(self, paths: set[str]) -> set[str]:
        """Of these files, those that the work has left as they were."""
        found = {path: self.local[path].source for path in paths & self.local.keys()}
        texts = git.texts_at(self.top, self.base, found)
        return {path for path, source in found.items() if source and source.text == texts.get(path)}


def _parses(source: Source) -> bool:
    try:
        return bool(source.tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False

"""The graph of revisions: heads, bases, what is missing or twice, and the order to run them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from dbwright.collect.revisions_file import line_of_revision
from dbwright.core.migration import History, Migration, made_empty
from dbwright.core.operation import Statement
from dbwright.core.place import Place
from dbwright.core.source import Problem


def graph(migrations: Sequence[Migration], problems: Iterable[Problem] = ()) -> History:
    """Gives the history of the revisions, with what is wrong in their graph."""
    by_id: dict[str, Migration] = {}
    files: dict[str, list[str]] = {}
    for migration in migrations:
        by_id.setdefault(migration.revision, migration)
        files.setdefault(migration.revision, []).append(migration.path)
    parents = {parent for found in by_id.values() for parent in found.down_revisions}
    return History(
        tuple(migrations),
        heads=tuple(name for name in by_id if name not in parents),
        bases=tuple(name for name, found in by_id.items() if not found.down_revisions),
        duplicates={name: tuple(paths) for name, paths in files.items() if len(paths) > 1},
        missing=_missing(by_id),
        cycles=_cycles({name: needs(found, by_id) for name, found in by_id.items()}),
        branches=tuple(label for found in by_id.values() for label in found.branch_labels),
        places={name: _place(found) for name, found in by_id.items()},
        problems=tuple(problems),
    )


def rehearsal_order(history: History) -> list[str]:
    """Gives the revisions from the bases to the heads, each after all that it needs.

    A branch is followed to its end before the next begins. Revisions on a cycle, with a missing
    parent, or above such ones cannot run and are left out.
    """
    by_id = _by_id(history)
    waiting = {name: len(needs(found, by_id)) for name, found in by_id.items()}
    children: dict[str, list[str]] = {}
    for name, found in by_id.items():
        for parent in needs(found, by_id):
            children.setdefault(parent, []).append(name)
    ready = [name for name, count in waiting.items() if not count and name not in history.missing]
    ready.reverse()
    order: list[str] = []
    while ready:
        name = ready.pop()
        order.append(name)
        for child in reversed(children.get(name, [])):
            waiting[child] -= 1
            if not waiting[child] and child not in history.missing:
                ready.append(child)
    return order


def shared(
    order: Iterable[str], upgrades: Mapping[str, Sequence[Statement]]
) -> dict[str, tuple[Statement, ...]]:
    """Gives for each deployed revision what runs before it in the transaction that it begins in.

    `upgrades` are the statements of the revisions that are deployed. By Alembic's default all
    pending revisions share one transaction; an autocommit_block commits what ran before it.
    """
    found: dict[str, tuple[Statement, ...]] = {}
    waiting: list[Statement] = []
    for name in order:
        if name not in upgrades:
            continue
        found[name] = tuple(waiting)
        for statement in upgrades[name]:
            if statement.autocommit:
                waiting.clear()
            else:
                waiting.append(statement)
    return found


def with_earlier(history: History, new: Iterable[str] | None) -> History:
    """Gives the history with what the new revisions below each new one do; None: not known."""
    chosen, by_id = set(new or ()), _by_id(history)
    order = [name for name in rehearsal_order(history) if name in chosen]

    def told(migration: Migration) -> Migration:
        if migration.revision not in chosen:
            return migration
        below = ancestors(history, migration.revision)
        found = (by_id[name].upgrade for name in order if name in below)
        earlier = tuple(chain.from_iterable(found))
        return replace(migration, earlier=earlier, new_tables=tuple(sorted(made_empty(earlier))))

    return replace(history, migrations=tuple(map(told, history.migrations)))


def descendants(history: History, revision: str) -> frozenset[str]:
    """Gives the revisions that need this one, itself not among them."""
    by_id = _by_id(history)
    children: dict[str, list[str]] = {}
    for name, found in by_id.items():
        for parent in needs(found, by_id):
            children.setdefault(parent, []).append(name)
    return _reach(revision, children)


def ancestors(history: History, revision: str) -> frozenset[str]:
    """Gives the revisions that this one needs, itself not among them."""
    by_id = _by_id(history)
    return _reach(revision, {name: list(needs(found, by_id)) for name, found in by_id.items()})


def needs(migration: Migration, by_id: dict[str, Migration]) -> tuple[str, ...]:
    """Gives the revisions that have to run before it, of those that there are."""
    dependencies = (_resolved(name, by_id) for name in migration.depends_on)
    found = (*migration.down_revisions, *(name for name in dependencies if name))
    return tuple(dict.fromkeys(name for name in found if name in by_id))


def _by_id(history: History) -> dict[str, Migration]:
    found: dict[str, Migration] = {}
    for migration in history.migrations:
        found.setdefault(migration.revision, migration)
    return found


def _resolved(name: str, by_id: dict[str, Migration]) -> str | None:
    # depends_on takes an id, its beginning or a branch label
    if name in by_id:
        return name
    labeled = [found.revision for found in by_id.values() if name in found.branch_labels]
    begun = [key for key in by_id if key.startswith(name)] if len(name) >= 4 else []
    candidates = labeled or begun
    return candidates[0] if len(candidates) == 1 else None


def _missing(by_id: dict[str, Migration]) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, migration in by_id.items():
        lost = [parent for parent in migration.down_revisions if parent not in by_id]
        lost += [other for other in migration.depends_on if _resolved(other, by_id) is None]
        if lost:
            found[name] = tuple(lost)
    return found


def _reach(start: str, edges: dict[str, list[str]]) -> frozenset[str]:
    found: set[str] = set()
    pending = list(edges.get(start, []))
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(edges.get(name, []))
    return frozenset(found - {start})


def _cycles(parents: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Gives the ids on a cycle: what remains when all that is above and below it is taken away."""
    children: dict[str, tuple[str, ...]] = {}
    for name, found in parents.items():
        for parent in found:
            children[parent] = (*children.get(parent, ()), name)
    remaining = set(parents)
    for edges, back in ((parents, children), (children, parents)):
        counts = {name: sum(n in remaining for n in edges.get(name, ())) for name in remaining}
        free = [name for name, count in counts.items() if not count]
        while free:
            name = free.pop()
            remaining.discard(name)
            for other in back.get(name, ()):
                if other in counts and other in remaining:
                    counts[other] -= 1
                    if not counts[other]:
                        free.append(other)
    return tuple(name for name in parents if name in remaining)


def _place(migration: Migration) -> Place:
    line = line_of_revision(migration.source) if migration.source else None
    return Place(migration.path, line)

"""Objects that are read anew one by one, and the one SELECT that reads them all."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from dbwright.core.recording import Group, Line, MappedClass, Recording, Scope
from dbwright.core.source import is_test
from dbwright.core.stack_lines import Stack
from dbwright.recipes.queries import watched
from dbwright.recipes.queries.loading import Loading

COMMITS = ("commit", "read-commit")
_FEW = 3


def reloads(recording: Recording, how: str) -> Iterator[tuple[Scope, Group]]:
    """Gives the lines that read several objects of one query, or of one transaction, anew.

    One object for each transaction is a program that works on one at a time.
    """

    def fits(_: Scope, group: Group) -> bool:
        if group.fails_alone or group.through & (watched.FLUSH | watched.AUTOFLUSH):
            return False
        least = 2 if group.loop is not None else _FEW
        together = group.parents > group.transactions and group.parents >= least
        return group.batch >= 2 or together

    yield from watched.groups_of(recording, how, fits)


def asked_by_a_test(group: Group) -> bool:
    """Whether a test has called what reads anew."""
    return any(is_test(line.file) for stack in group.stacks for line in stack)


def expired_by_tests(scope: Scope, group: Group) -> bool:
    """Whether a test commits, or has one call of the program commit, and another one read anew.

    Two requests that share a Session do so in tests alone.
    """
    commits = [stack for each in scope.groups if each.how in COMMITS for stack in each.stacks]
    if (
        not commits
        or not asked_by_a_test(group)
        or group.place is None
        or is_test(group.place.file)
    ):
        return False
    read = set[tuple[str, str]]().union(*map(_program, group.stacks))
    return not any(read & _program(stack) for stack in commits)


def _program(stack: Stack) -> set[tuple[str, str]]:
    """Gives the functions of the program on a stack, without what only wraps others."""
    lines = (line for line in stack if not is_test(line.file))
    return {(line.file, line.function) for line in lines if "<locals>" not in line.function}


def commit_before(scope: Scope, group: Group) -> Line | None:
    """Gives the line of the commit that is nearest to where objects are read anew.

    It is the one that has most of its callers in common, of several the last.
    """

    def near(commit: Group) -> int:
        return max(_shared(one, other) for one in commit.stacks for other in group.stacks)

    found = [each for each in scope.groups if each.how in COMMITS and each.place is not None]
    return max(reversed(found), key=near).place if found else None


def _shared(stack: Stack, other: Stack) -> int:
    """Gives how many of the outermost functions two stacks have in common."""
    pairs = zip(reversed(stack), reversed(other), strict=False)
    same = ((one.file, one.function) == (two.file, two.function) for one, two in pairs)
    return sum(1 for _ in itertools.takewhile(bool, same))


def is_async(group: Group) -> bool:
    """Whether a line awaits."""
    return any("await " in line.code for stack in group.stacks for line in stack)


def select_again(loading: Loading, group: Group, objects: str = "objects") -> str:
    """Gives the SELECT that reads many objects anew, as code.

    Their keys are asked of the Session: an expired object would read itself for its own.
    """
    name, known = loading.name(group.owner), loading.mapped(group.owner)
    query = f"select({name}).where({_keys(name, known, objects)})"
    end = "(await session.scalars(again)).all()" if is_async(group) else "session.scalars(again)"
    return (
        f"again = {query}\n"
        "again = again.execution_options(populate_existing=True)\n"
        f"{end if is_async(group) else f'{end}.all()'}"
    )


def _keys(name: str, known: MappedClass | None, objects: str) -> str:
    keys = known.keys if known is not None and known.keys else ("id",)
    if len(keys) == 1:
        return f"{name}.{keys[0]}.in_([inspect(each).identity[0] for each in {objects}])"
    columns = ", ".join(f"{name}.{key}" for key in keys)
    return f"tuple_({columns}).in_([inspect(each).identity for each in {objects}])"


def loop_of(group: Group) -> str:
    """Gives where the loop begins that a line stands in, empty for none."""
    loop = group.loop
    return f"{loop.file}:{loop.loop_line or loop.line}" if loop is not None else ""

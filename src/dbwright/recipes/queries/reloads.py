"""Objects that are read anew one by one, and the one SELECT that reads them all."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.recording import Group, MappedClass, Recording, Scope
from dbwright.core.source import is_test
from dbwright.core.stack_lines import Stack
from dbwright.recipes.queries import watched
from dbwright.recipes.queries.loading import Loading

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


def expired_by_tests(scope: Scope, group: Group) -> bool:
    """Whether a test commits, or has one call of the program commit, and another one read anew.

    Two requests that share a Session do so in tests alone.
    """
    commits = [stack for each in scope.groups if each.how == "commit" for stack in each.stacks]
    asked = any(is_test(line.file) for stack in group.stacks for line in stack)
    if not commits or not asked or group.place is None or is_test(group.place.file):
        return False
    read = set[tuple[str, str]]().union(*map(_program, group.stacks))
    return not any(read & _program(stack) for stack in commits)


def _program(stack: Stack) -> set[tuple[str, str]]:
    """Gives the functions of the program on a stack, without what only wraps others."""
    lines = (line for line in stack if not is_test(line.file))
    return {(line.file, line.function) for line in lines if "<locals>" not in line.function}


def is_async(group: Group) -> bool:
    """Whether a line awaits."""
    return any("await " in line.code for stack in group.stacks for line in stack)


def select_again(loading: Loading, group: Group, objects: str = "objects") -> str:
    """Gives the SELECT that reads many objects anew, as code."""
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
        return f"{name}.{keys[0]}.in_([each.{keys[0]} for each in {objects}])"
    columns = ", ".join(f"{name}.{key}" for key in keys)
    values = ", ".join(f"each.{key}" for key in keys)
    return f"tuple_({columns}).in_([({values}) for each in {objects}])"


def loop_of(group: Group) -> str:
    """Gives where the loop begins that a line stands in, empty for none."""
    loop = group.loop
    return f"{loop.file}:{loop.loop_line or loop.line}" if loop is not None else ""

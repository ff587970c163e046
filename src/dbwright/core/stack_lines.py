"""Lines of the user's code as a stack has them, and what on a stack repeats a statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbwright.core.source import is_test

LINE, IN_LOOP = "the line is ", ", in the loop at "
"""How evidence says the code of a line, and the loop around it."""

_TURNS = 3
_KEPT = 6
"""So many stacks of one statement are kept (watcher/groups.py)."""
_INLINE = ("comp>", "<genexpr>", "<lambda>")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the user's code on a stack; `loop` says whether it stands within a loop.

    `loop_line` is the line that begins the innermost loop around it; both are None where the
    source could not be read. `value` says what becomes of what its call gives: kept, returned,
    or nothing; `guard` how it is tried: the turn of its loop, caught here, told as another, or not;
    `expected` are the errors that handlers around it in its function name.
    """

    file: str
    line: int
    function: str
    loop: bool | None = None
    loop_line: int | None = None
    code: str = ""
    value: str = ""
    guard: str = ""
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Called:
    """A function on the stacks of a statement, and how often one call of it was seen to send it.

    `most` is that of the call with most, of the executions that were looked at.
    """

    file: str
    function: str
    most: int


Stack = tuple[Line, ...]


def loop_of(
    stacks: Sequence[Stack], count: int, looked: int, called: Sequence[Called]
) -> Line | None:
    """Gives the innermost line on stacks that stands within a loop, or calls itself again.

    A loop has to be turned three times in one call of its function: one turn in each of several
    calls is none. Where calls could not be told apart, it has to be turned three times on each of
    the ways that it is come to. Nor is that of a test a loop which calls the program each turn.
    """
    most = {(each.file, each.function): each.most for each in called}
    for stack in stacks:
        own = [line for line in stack if is_test(stack[0].file) or not is_test(line.file)]
        again = _called_again(own)
        for within, line in zip([None, *own], own, strict=False):
            if not line.loop:
                continue
            turns = most.get((line.file, line.function))
            if turns is not None and within is not None:
                turns //= _sent_by_one(within, own, most)
            if turns is None:
                ways = 1 if again else len({_behind(each, line) for each in stacks} - {()})
                if ways > 1 and count < _TURNS * ways:
                    return again
                return line
            if turns >= min(_TURNS, looked):
                return line
        if again is not None:
            return again
    return None


def turns_of(stacks: Sequence[Stack], loop: Line, looked: int, called: Sequence[Called]) -> int:
    """Gives how often a loop turned in one call of its function, of the call where most.

    Where calls could not be told apart it is all that was looked at.
    """
    most = {(each.file, each.function): each.most for each in called}
    turns = most.get((loop.file, loop.function), looked)
    sent = [
        _sent_by_one(stack[stack.index(loop) - 1], stack, most)
        for stack in stacks
        if loop in stack[1:]
    ]
    return turns // min(sent, default=1)


def _sent_by_one(within: Line, stack: Sequence[Line], most: dict[tuple[str, str], int]) -> int:
    """Gives how many executions one call of what a loop calls sent: these are one turn of it.

    Of a function that stands on the stack twice, as a decorator's, the outer call is counted: 1.
    """
    function = (within.file, within.function)
    once = sum((line.file, line.function) == function for line in stack) == 1
    return max(1, most.get(function, 1)) if once else 1


def _behind(stack: Stack, loop: Line) -> Stack:
    """Gives what called the function of a loop, as a stack has it."""
    for place, line in enumerate(stack):
        if (line.file, line.loop_line) == (loop.file, loop.loop_line):
            return stack[place + 1 :]
    return ()


def _called_again(stack: Sequence[Line]) -> Line | None:
    """Gives the innermost line of a function that calls itself.

    One decorator's wrapper stands on a stack once for each function that it wraps: of functions
    made within others only those count that call themselves at once.
    """
    called = [line for line in stack if not line.function.endswith(_INLINE)]
    functions = [(line.file, line.function) for line in called]
    for place, (line, function) in enumerate(zip(called, functions, strict=True)):
        behind = functions[place + 1 :]
        if function in (behind[:1] if "<locals>" in line.function else behind):
            return line
    return None


def fails_alone(stacks: Sequence[Stack], loop: Line) -> bool:
    """Whether a turn of a loop may fail without the others, or is to be told by its name."""
    through = [stack[: stack.index(loop)] for stack in stacks if loop in stack]
    turns = loop.guard == "turn"
    alone = (any(each.guard in ("turn", "caught") for each in one) for one in through)
    return bool(through) and (turns or all(alone))


def is_walk(stacks: Sequence[Stack], loop: Line) -> bool:
    """Whether the function of a loop calls itself: what one call finds the next asks for."""
    function = (loop.file, loop.function)
    return any(
        sum((line.file, line.function) == function for line in stack) > 1 for stack in stacks
    )


def value_is_used(stack: Stack) -> bool:
    """Whether the program uses what its statement gave, a count of rows for example."""
    for line in stack:
        if line.value != "returned":
            return line.value == "kept"
    return False


def asked_by_tests(stacks: Sequence[Stack], looked: int, called: Sequence[Called]) -> bool:
    """Whether the program sends a statement once in each call, and tests call it each time.

    A library between them may repeat it: the tests have to call it from as many lines, or in a
    loop of theirs.
    """
    most = {(each.file, each.function): each.most for each in called}
    asked = [line for stack in stacks if (line := _test_of(stack)) is not None]
    if not asked or len(asked) < len(stacks):
        return False
    lines = (line for stack in stacks for line in stack if not is_test(line.file))
    if any(most.get((line.file, line.function), looked) > 1 for line in lines):
        return False
    return len(stacks) >= min(looked, _KEPT) or any(line.loop for line in asked)


def _test_of(stack: Stack) -> Line | None:
    """Gives the line of a test that calls the program on a stack."""
    if not stack or is_test(stack[0].file):
        return None
    return next((line for line in stack if is_test(line.file)), None)
